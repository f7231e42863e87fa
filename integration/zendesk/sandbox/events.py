"""What happened to a ticket, as the envelopes that webhooks get: one per changed attribute."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from integration.zendesk.sandbox.facts import Change
from integration.zendesk.sandbox.ids import sequence_id, uuid_text
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import Comment, Json, Ticket, User, stamp
from integration.zendesk.sandbox.webhooks import EVENT_PREFIX

_VERSION = "2022-11-06"
_NAMES = {
    "subject": "subject_changed",
    "requester_id": "requester_changed",
    "submitter_id": "submitter_changed",
    "brand_id": "brand_changed",
    "ticket_form_id": "form_changed",
    "custom_status_id": "custom_status_changed",
    "status": "status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "organization_id": "organization_changed",
    "external_id": "external_id_changed",
    "problem_id": "problem_link_changed",
    "due_at": "task_due_at_changed",
}
_SHOUTED = frozenset({"status", "priority", "type"})
_PERSONS = {"follower_ids": "followers_changed", "email_cc_ids": "email_ccs_changed"}


@dataclass(frozen=True, slots=True)
class Happening:
    """One event before it is addressed: its short name, and what is special about it."""

    name: str
    payload: Json


def created() -> Happening:
    """A new ticket; everything worth knowing is in the snapshot."""
    return Happening("created", {})


def deleted() -> Happening:
    """A ticket went to the deleted ones."""
    return Happening("soft_deleted", {})


def commented(desk: DeskState, comment: Comment) -> Happening:
    """A message or a note was added; the only event that carries its text."""
    author = desk.people.users[comment.author_id]
    payload = {
        "comment": {
            "id": str(comment.id),
            "body": comment.body,
            "is_public": comment.public,
            "author": {"id": str(author.id), "is_staff": author.is_staff, "name": author.name},
            "attachments": [],
        }
    }
    return Happening("comment_added", payload)


def changed(desk: DeskState, moved: Iterable[Change]) -> list[Happening]:
    """One event per changed attribute that Zendesk has an event for."""
    found = (_changed(desk, one) for one in moved)
    return [one for one in found if one is not None]


def _changed(desk: DeskState, one: Change) -> Happening | None:
    if one.field_id is not None:
        return _field_changed(desk, one, one.field_id)
    if one.name == "tags":
        added, removed = _moves(one)
        return Happening("tags_changed", {"tags_added": added, "tags_removed": removed})
    if one.name in _PERSONS:
        added, removed = _moves(one)
        return Happening(_PERSONS[one.name], {"users_added": added, "users_removed": removed})
    if one.name not in _NAMES:
        return None
    shouted = one.name in _SHOUTED
    payload = {"current": _value(one.after, shouted), "previous": _value(one.before, shouted)}
    return Happening(_NAMES[one.name], payload)


def _field_changed(desk: DeskState, one: Change, number: int) -> Happening:
    field = desk.fields.fields[number]
    payload = {
        "current": {"value": one.after},
        "previous": {"value": one.before},
        "custom_field": {"id": str(number), "title": field.title, "type": field.type},
    }
    return Happening("custom_field_changed", payload)


def _moves(one: Change) -> tuple[list[str], list[str]]:
    before = one.before if isinstance(one.before, tuple) else ()
    after = one.after if isinstance(one.after, tuple) else ()
    added = [str(item) for item in after if item not in before]
    return added, [str(item) for item in before if item not in after]


def _value(value: object, shouted: bool) -> str | None:
    if value is None:
        return None
    return str(value).upper() if shouted else str(value)


def publish(
    desk: DeskState, ticket: Ticket, actor: User, *, at: datetime, happenings: Sequence[Happening]
) -> None:
    """Send every event of one action to every webhook that wants it.

    The events share one sequence id; `position` counts all of them, wanted or not.
    """
    sequence, detail = sequence_id(), None
    for position, happening in enumerate(happenings, start=1):
        kind = f"{EVENT_PREFIX}ticket.{happening.name}"
        hooks = desk.webhooks.wanting(kind)
        if not hooks:
            continue
        detail = detail or snapshot(ticket, actor)
        meta = {"sequence": {"id": sequence, "position": position}}
        body = _envelope(desk, ticket, kind, detail, {"meta": meta, **happening.payload})
        for hook in hooks:
            desk.webhooks.send(hook, body, at)


def _envelope(desk: DeskState, ticket: Ticket, kind: str, detail: Json, event: Json) -> bytes:
    envelope = {
        "account_id": desk.account_id,
        "detail": detail,
        "event": event,
        "id": uuid_text(),
        "subject": f"zen:ticket:{ticket.id}",
        "time": desk.clock().strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z",
        "type": kind,
        "zendesk_event_version": _VERSION,
    }
    # Zendesk pretty-prints, with a newline at the end: a signature over anything but the raw
    # bytes fails here as it fails there.
    return (json.dumps(envelope, indent=2, ensure_ascii=False) + "\n").encode()


def snapshot(ticket: Ticket, actor: User) -> Json:
    """The ticket as every one of its events shows it: ids are texts, enums upper case."""
    facts = ticket.facts
    status = "DELETED" if ticket.deleted else facts.status.upper()
    return {
        "actor_id": str(actor.id),
        "assignee_id": _id(facts.assignee_id),
        "brand_id": _id(facts.brand_id),
        "created_at": stamp(ticket.created_at),
        "custom_status": _id(facts.custom_status_id),
        "description": ticket.description,
        "external_id": facts.external_id,
        "form_id": _id(facts.ticket_form_id),
        "group_id": _id(facts.group_id),
        "id": str(ticket.id),
        "is_public": ticket.is_public,
        "organization_id": _id(facts.organization_id),
        "priority": _value(facts.priority, shouted=True),
        "requester_id": _id(facts.requester_id),
        "status": status,
        "subject": facts.subject,
        "submitter_id": _id(facts.submitter_id),
        "tags": list(facts.tags),
        "type": _value(facts.type, shouted=True),
        "updated_at": stamp(ticket.updated_at),
        "via": {"channel": ticket.channel},
    }


def _id(value: int | None) -> str:
    return "" if value is None else str(value)
