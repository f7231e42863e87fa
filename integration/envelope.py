"""Zendesk's event envelope into a `TicketEvent`. Every rule here has bitten some integrator."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, get_args

from casebook.errors import CaseworkError
from casebook.event import Change, CommentAdded, FieldChange, TagsChange, TicketEvent
from casebook.ticket import PRIORITIES, STATUSES, Comment, Priority, Status, Ticket
from integration.signature import instant

TYPE_PREFIX = "zen:event-type:ticket."
SUBJECT_PREFIX = "zen:ticket:"
# Ids and positions that both databases can hold.
LARGEST_ID, LARGEST_POSITION = 2**63 - 1, 2**31 - 1
_EVENT_ID = re.compile(r"[!-~]{1,64}")
MalformedBecause = Literal[
    "not_json", "not_an_object", "no_type", "no_event_id", "no_ticket_id", "no_time"
]


class EventMalformed(CaseworkError):
    """A signed body that is not an event envelope; `reason` is one of a closed set."""

    def __init__(self, reason: MalformedBecause) -> None:
        super().__init__(f"malformed event: {reason}")
        self.reason: MalformedBecause = reason


class NotATicketEvent(CaseworkError):
    """An event of another family (users, organisations, articles): nothing for us."""


MALFORMED_REASONS: tuple[str, ...] = get_args(MalformedBecause)


def parse_event(body: bytes) -> TicketEvent:
    """Read an envelope; unknown keys are ignored. Raise EventMalformed or NotATicketEvent."""
    envelope = _object(body)
    kind = envelope.get("type")
    if not isinstance(kind, str) or not kind:
        raise EventMalformed("no_type")
    if not kind.startswith(TYPE_PREFIX):
        raise NotATicketEvent(f"event type {kind[:80]!r} is not about tickets")
    event_id = envelope.get("id")
    if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
        raise EventMalformed("no_event_id")
    detail = _mapping(envelope.get("detail"))
    change = _mapping(envelope.get("event"))
    sequence = _mapping(_mapping(change.get("meta")).get("sequence"))
    at = _time(envelope.get("time"))
    if at is None:
        raise EventMalformed("no_time")
    return TicketEvent(
        id=event_id,
        type=kind.removeprefix(TYPE_PREFIX),
        at=at,
        ticket=_snapshot(envelope, detail, at),
        actor_id=number(detail.get("actor_id")),
        account_id=number(envelope.get("account_id")),
        sequence_id=_sequence_id(sequence.get("id")),
        sequence_position=_position(sequence.get("position")),
        change=_change(kind.removeprefix(TYPE_PREFIX), change),
    )


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventMalformed("not_json") from error
    if not isinstance(envelope, dict):
        raise EventMalformed("not_an_object")
    return envelope


def _snapshot(envelope: Mapping[str, Any], detail: Mapping[str, Any], at: datetime) -> Ticket:
    subject = text(envelope.get("subject"))
    ticket_id = number(detail.get("id")) or number(subject.removeprefix(SUBJECT_PREFIX))
    if ticket_id is None:
        raise EventMalformed("no_ticket_id")
    stamp = text(detail.get("updated_at"))
    return Ticket(
        id=ticket_id,
        subject=text(detail.get("subject")),
        description=text(detail.get("description")),
        status=status(detail.get("status")),
        priority=priority(detail.get("priority")),
        tags=tags(detail.get("tags")),
        updated_at=_time(stamp) or at,
        updated_stamp=stamp,
        created_at=_time(detail.get("created_at")),
        group_id=number(detail.get("group_id")),
        assignee_id=number(detail.get("assignee_id")),
        requester_id=number(detail.get("requester_id")),
        organization_id=number(detail.get("organization_id")),
        brand_id=number(detail.get("brand_id")),
        form_id=number(detail.get("form_id")),
        channel=text(_mapping(detail.get("via")).get("channel")) or None,
    )


def _change(kind: str, change: Mapping[str, Any]) -> Change | None:
    if kind == "tags_changed":
        return TagsChange(tags(change.get("tags_added")), tags(change.get("tags_removed")))
    if kind == "comment_added":
        comment = _mapping(change.get("comment"))
        author = _mapping(comment.get("author"))
        return CommentAdded(
            Comment(
                id=number(comment.get("id")),
                body=text(comment.get("body")),
                public=comment.get("is_public") is True,
                by_staff=author.get("is_staff") is True,
            )
        )
    if "current" in change or "previous" in change:
        field = number(_mapping(change.get("custom_field")).get("id"))
        return FieldChange(_word(change.get("current")), _word(change.get("previous")), field)
    return None


def number(value: object) -> int | None:
    """An id. Zendesk writes ids as strings here and as numbers there; "", "0" and null are none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
    return value if isinstance(value, int) and 0 < value <= LARGEST_ID else None


def tags(value: object) -> frozenset[str]:
    """Tags from a list, or from a space-separated string."""
    if isinstance(value, str):
        return frozenset(value.split())
    return (
        frozenset(tag for tag in value if isinstance(tag, str))
        if isinstance(value, list)
        else (frozenset())
    )


def priority(value: object) -> Priority | None:
    """A priority in any case; None for none and for a word that Zendesk does not have."""
    word = text(value).lower()
    return next((known for known in PRIORITIES if known == word), None)


def status(value: object) -> Status:
    """A status in any case; an unknown one counts as open, so that the ticket is looked at."""
    word = text(value).lower()
    return next((known for known in STATUSES if known == word), "open")


def _sequence_id(value: object) -> str | None:
    return value if isinstance(value, str) and _EVENT_ID.fullmatch(value) else None


def _position(value: object) -> int:
    position = number(value) or 0
    return position if position <= LARGEST_POSITION else 0


def _word(value: object) -> str | None:
    return None if value is None else str(value)


def text(value: object) -> str:
    """Text that can be encoded; half a character (a text cut inside an emoji) becomes a mark."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _time(value: object) -> datetime | None:
    return instant(value) if isinstance(value, str) else None
