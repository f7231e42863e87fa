"""The record of one action on a ticket, as Zendesk words it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from integration.zendesk.sandbox.facts import Change
from integration.zendesk.sandbox.ids import Ids
from integration.zendesk.sandbox.values import Comment, Facts, Json, Origin, User, stamp

_ON_CREATION = (
    "subject", "requester_id", "priority", "type", "status", "assignee_id", "group_id",
    "organization_id", "brand_id", "ticket_form_id", "custom_status_id",
)  # fmt: skip


def via(channel: str) -> Json:
    """Where something came in."""
    return {"channel": channel, "source": {"from": {}, "to": {}, "rel": None}}


def metadata(origin: Origin, custom: object) -> Json:
    """What the system knows about the caller, and what the caller asked to keep."""
    system = {
        "client": origin.client,
        "ip_address": origin.address,
        "location": "Example City, Example Land",
        "latitude": 52.0,
        "longitude": 4.5,
    }
    return {"system": system, "custom": dict(custom) if isinstance(custom, Mapping) else {}}


def audit(number: int, ticket_id: int, *, author: User, at: datetime, events: list[Json]) -> Json:
    """An audit still without metadata and origin."""
    return {
        "id": number,
        "ticket_id": ticket_id,
        "created_at": stamp(at),
        "author_id": author.id,
        "metadata": {},
        "events": events,
        "via": {},
    }


def creations(ids: Ids, facts: Facts) -> list[Json]:
    """One `Create` per attribute a new ticket starts with, empty ones included."""
    pairs: list[tuple[str, object]] = [(name, getattr(facts, name)) for name in _ON_CREATION]
    if facts.tags:
        pairs.append(("tags", facts.tags))
    pairs += [(str(key), value) for key, value in facts.fields.items() if value is not None]
    return [
        {"id": ids.next(), "type": "Create", "value": as_text(value), "field_name": name}
        for name, value in pairs
    ]


def changes(ids: Ids, moved: Iterable[Change]) -> list[Json]:
    """One `Change` per attribute that moved."""
    return [
        {
            "id": ids.next(),
            "type": "Change",
            "value": as_text(one.after),
            "field_name": one.name,
            "previous_value": as_text(one.before),
        }
        for one in moved
    ]


def comment_event(comment: Comment) -> Json:
    """A comment inside its audit."""
    return {
        "id": comment.id,
        "type": "Comment",
        "author_id": comment.author_id,
        "body": comment.body,
        "html_body": comment.html_body,
        "plain_body": comment.plain_body,
        "public": comment.public,
        "attachments": [],
        "audit_id": comment.audit_id,
    }


def macro_event(ids: Ids, macro_id: int, title: str, channel: str) -> Json:
    """The note that an agent used a macro; it says so, it does nothing."""
    return {
        "id": ids.next(),
        "type": "AgentMacroReference",
        "macro_id": str(macro_id),
        "macro_title": title,
        "via": via(channel),
    }


def as_text(value: object) -> object:
    """Values in audits are texts or lists of texts, numbers too."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (tuple, list)):
        return [str(one) for one in value]
    return str(value)
