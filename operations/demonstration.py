"""The demo: 200 written tickets through a rehearsal, each compared with what a lead expects."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from casebook.taxonomy import GENERAL, Severity, Taxonomy
from casebook.ticket import priority_rank
from integration.envelope import priority as priority_named
from operations.rows import Row


@dataclass(frozen=True, slots=True)
class Expected:
    """What a trained support lead expects of a ticket."""

    category: str
    also: frozenset[str]
    severity: int | None
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class DemoTicket:
    """A written ticket of the demo."""

    row: Row
    requester: str
    expected: Expected


def demo_tickets() -> list[DemoTicket]:
    """The written tickets, in the order in which they are sent."""
    text = files("operations").joinpath("examples/tickets.jsonl").read_text(encoding="utf-8")
    return [_ticket(line, json.loads(raw)) for line, raw in enumerate(text.splitlines(), start=1)]


def _ticket(line: int, body: Mapping[str, Any]) -> DemoTicket:
    expect = body["expect"]
    return DemoTicket(
        row=Row(line, body["id"], body["subject"], body["text"]),
        requester=body["requester"].lower().replace(" ", "-"),
        expected=Expected(
            category=expect["category"],
            also=frozenset(expect["also"]),
            severity=expect["severity"],
            flags=frozenset(expect["flags"]),
        ),
    )


def differences(
    expected: Expected, shown: Mapping[str, Any], *, words: Taxonomy, groups: Mapping[str, int]
) -> list[str]:
    """How the ticket on the desk differs from what is expected; empty where it does not.

    `groups` is empty for a ticket that was only suggested: where Casewarden is not sure enough to
    act, tags and note are all that is expected, and a person sets priority and group.
    """
    if expected.category == GENERAL:
        return list(_touched(shown, words))
    found = list(_tagged_unlike(expected, shown, words))
    return [*found, *_routed_unlike(expected, shown, words, groups)] if groups else found


def _touched(shown: Mapping[str, Any], words: Taxonomy) -> Iterator[str]:
    ours = sorted(tag for tag in shown["tags"] if words.is_ours(tag))
    if ours:
        yield f"should be left alone, has {' '.join(ours)}"
    if shown["comment_count"] != 1:
        yield "should be left alone, has a note"


def _tagged_unlike(expected: Expected, shown: Mapping[str, Any], words: Taxonomy) -> Iterator[str]:
    wanted = {words.category_tag(one) for one in {expected.category, *expected.also}}
    wanted |= {words.flag_tag(flag) for flag in expected.flags}
    missing = sorted((wanted | {words.primary_tag(expected.category)}) - set(shown["tags"]))
    if missing:
        yield f"lacks {' '.join(missing)}"
    if shown["comment_count"] != 2:
        yield f"{shown['comment_count'] - 1} notes instead of one"


def _routed_unlike(
    expected: Expected, shown: Mapping[str, Any], words: Taxonomy, groups: Mapping[str, int]
) -> Iterator[str]:
    if expected.severity is not None:
        target = words.target(Severity(expected.severity)).priority
        if priority_rank(priority_named(shown["priority"])) < priority_rank(priority_named(target)):
            yield f"priority {shown['priority']} instead of {target}"
    group = words.categories[expected.category].group or ""
    if shown["group_id"] != groups.get(group):
        yield f"not routed to {group}"
