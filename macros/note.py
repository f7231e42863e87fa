"""The internal note: why, what to do next, by when, who approves, and how to correct it.

HTML of a small allow-list. It holds labels and SOP words, never any ticket text, and nothing in
it can be read as Liquid by Zendesk.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from casebook.decision import Decision
from casebook.taxonomy import Taxonomy
from macros.because import percent
from macros.library import SopLibrary
from macros.schema import Sop

MOST_BYTES = 8000
ALLOWED_TAGS = ("p", "br", "b", "strong", "i", "em", "ul", "ol", "li", "code", "h4", "a")
LIQUID_PAIR = re.compile(r"([{}%])(?=[{}%])")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
APPROVERS = {
    "none": "No approval is needed.",
    "lead": "The team lead approves.",
    "two_person": "Two different people approve.",
    "legal": "Legal approves.",
    "privacy": "The Privacy Lead approves.",
    "cs_manager": "The Child Safety Manager or deputy approves.",
}
# What is shortened first when a note is too long.
SHORTEN = ("reasons", "dont", "do", "steps", "clocks")


@dataclass(frozen=True, slots=True)
class _Lists:
    """The parts of a note that may be shortened."""

    reasons: tuple[str, ...]
    steps: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()


def note_html(decision: Decision, *, sops: SopLibrary, taxonomy: Taxonomy) -> str:
    """The note of a decision about a sensitive ticket, at most 8,000 bytes.

    Reasons are cut first, then don'ts and dos, then steps; what was cut shows as "…".
    """
    sop = sops.by_id(decision.sop.id) if decision.sop else None
    lists = _Lists(decision.because)
    if sop is not None:
        clocks = _clocks(sop, sops)
        lists = replace(lists, steps=sop.steps, do=sop.do, dont=sop.dont, clocks=clocks)
    head = _headline(decision, taxonomy)
    tail = _tail(decision, sop, taxonomy)
    note = _assemble(head, lists, tail)
    for name in SHORTEN:
        items: tuple[str, ...] = getattr(lists, name)
        while len(note.encode()) > MOST_BYTES and items:
            items = items[:-1]
            lists = _with(lists, name, (*items, "…"))
            note = _assemble(head, lists, tail)
    return note


def said(text: str) -> str:
    """Text made safe to stand in the note: no HTML, no control or direction marks."""
    return html.escape(CONTROL.sub("", text), quote=True)


def without_liquid(markup: str) -> str:
    """Break every pair of braces and percent signs with an empty element.

    An entity or an invisible character would not do: Zendesk decodes the first and may drop the
    second before it renders placeholders.
    """
    return LIQUID_PAIR.sub(r"\1<i></i>", markup)


def _with(lists: _Lists, name: str, items: tuple[str, ...]) -> _Lists:
    parts = {part: getattr(lists, part) for part in SHORTEN}
    return _Lists(**{**parts, name: items})


def _assemble(head: str, lists: _Lists, tail: str) -> str:
    parts = (
        head,
        _list("ul", "Why", lists.reasons),
        _list("ol", "What to do next", lists.steps),
        _list("ul", "Do", lists.do),
        _list("ul", "Don't", lists.dont),
        _list("ul", "Clocks that may run", lists.clocks),
        tail,
    )
    return without_liquid("".join(parts))


def _list(kind: str, title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    lines = "".join(f"<li>{said(item)}</li>" for item in items)
    return f"<h4>{said(title)}</h4><{kind}>{lines}</{kind}>"


def _headline(decision: Decision, taxonomy: Taxonomy) -> str:
    title = taxonomy.categories[decision.primary].title
    severity = "" if decision.severity is None else f", {decision.severity.name}"
    sure = f"{_in_words(decision.certainty)} ({percent(decision.certainty)})"
    line = f"<p><b>{said(title)}</b>: {sure}{severity}.</p>"
    also = [taxonomy.categories[category].title for category in decision.secondary]
    if also:
        line += f"<p>Also: {said(', '.join(also))}.</p>"
    flags = [taxonomy.flags[flag] for flag in sorted(decision.flags)]
    if flags:
        line += f"<p>Mind: {said('; '.join(flags))}.</p>"
    return line


def _in_words(certainty: float) -> str:
    ladder = ((0.95, "very sure"), (0.85, "quite sure"), (0.7, "fairly sure"), (0.5, "likely"))
    return next((words for least, words in ladder if certainty >= least), "possible")


def _tail(decision: Decision, sop: Sop | None, taxonomy: Taxonomy) -> str:
    parts = []
    if sop is None:
        parts.append("<p>No SOP is live for this: ask the lead of the queue how to go on.</p>")
    else:
        parts.append(f"<p><b>Approval:</b> {said(APPROVERS[sop.approver])}</p>")
        parts.append(_macro(decision, sop))
    tag = taxonomy.category_tag(decision.primary)
    parts.append(
        f"<p><b>Wrong?</b> Remove the tag <code>{said(tag)}</code> or change the field; "
        "Casewarden will not set it again.</p>"
    )
    parts.append(_footer(decision))
    return "".join(parts)


def _clocks(sop: Sop, sops: SopLibrary) -> tuple[str, ...]:
    known = (sops.clocks[clock] for clock in sop.clocks if clock in sops.clocks)
    return tuple(
        f"{clock.title}, {clock.law}" + ("" if clock.verified else " (confirm with Legal)")
        for clock in known
    )


def _macro(decision: Decision, sop: Sop) -> str:
    barred = sorted(set(sop.forbidden_flags) & decision.flags)
    if barred:
        return f"<p><b>Macro:</b> none while <code>{said(', '.join(barred))}</code> is set.</p>"
    return f"<p><b>Macro:</b> {said(sop.macro.title)}</p>"


def _footer(decision: Decision) -> str:
    parts = [f"Decision {decision.id}"]
    if decision.model:
        parts.append(f"model {decision.model[:12]}")
    if decision.sop is not None:
        parts.append(f"SOP {decision.sop.id}@{decision.sop.version}")
    return f"<p><i>{said(' · '.join(parts))}</i></p>"
