"""What can be done with tickets: open, update, delete. Callers hold the desk's lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from integration.zendesk.sandbox import audits, errors, events
from integration.zendesk.sandbox.conversation import Draft, draft
from integration.zendesk.sandbox.facts import DEFAULT_CUSTOM_STATUS, Change, difference
from integration.zendesk.sandbox.patches import wanted
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import (
    Comment,
    Facts,
    Json,
    Origin,
    Ticket,
    User,
    number,
    stamp,
)

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, where it came from, and when."""

    actor: User
    origin: Origin
    at: datetime


def open_ticket(desk: DeskState, actor: User, spec: Json, origin: Origin) -> tuple[Ticket, Json]:
    """A new ticket and its first audit; needs a first comment (or `description`)."""
    now = _floor(desk.clock())
    act = Act(actor, origin, now)
    blank = Facts(
        subject="",
        requester_id=actor.id,
        submitter_id=actor.id,
        brand_id=desk.brand_id,
        ticket_form_id=desk.form_id,
        custom_status_id=DEFAULT_CUSTOM_STATUS["new"],
    )
    asked = spec.get("comment") or spec.get("description")
    facts = wanted(desk, actor, blank, {key: spec[key] for key in spec if key != "comment"})
    spoken = asked if isinstance(asked, dict) else {"body": asked}
    # The submitter is always the author of the first comment.
    first = draft(desk, actor, {"author_id": facts.submitter_id, **spoken}, None, facts)
    if first is None:
        text = "Description: cannot be blank"
        raise errors.invalid({"base": [text]}, error="BlankValue")
    ticket = Ticket(
        id=desk.ids.next_ticket(),
        facts=facts,
        description=first.text.body,
        is_public=first.public,
        channel=origin.channel,
        created_at=now,
        updated_at=now,
        generated_at=now,
    )
    return ticket, _opened(desk, act, ticket, first, spec)


def _opened(desk: DeskState, act: Act, ticket: Ticket, first: Draft, spec: Json) -> Json:
    record = _record(desk, act, ticket, spec.get("metadata"))
    comment = _add_comment(desk, act, ticket, first, record)
    record["events"] += [audits.comment_event(comment), *audits.creations(desk.ids, ticket.facts)]
    macros = spec.get("macro_ids")
    for macro_id in macros if isinstance(macros, list) else ():
        record["events"] += _macro_events(desk, macro_id, act.origin)
    ticket.audits.append(record)
    desk.tickets.add(ticket)
    desk.tickets.moved(ticket, desk.ids.next_change(), desk.clock())
    events.publish(desk, ticket, act.actor, at=act.at, happenings=[events.created()])
    return record


def update_ticket(
    desk: DeskState, actor: User, ticket: Ticket, patch: Json, origin: Origin
) -> Json:
    """Apply a patch and return its audit; an update that changes nothing has no events."""
    _refuse_stale(ticket, patch)
    facts = wanted(desk, actor, ticket.facts, patch)
    spoken = draft(desk, actor, patch["comment"], ticket, facts) if patch.get("comment") else None
    moved = difference(ticket.facts, facts)
    used = _macro_events(desk, patch.get("macro_id"), origin)
    at = max(_floor(desk.clock()), ticket.updated_at + _SECOND)
    act = Act(actor, origin, at)
    record = _record(desk, act, ticket, patch.get("metadata"))
    if not (moved or spoken or used):
        return record
    ticket.facts, ticket.updated_at = facts, at
    _commit(desk, act, ticket, _Step(moved, spoken, used, record))
    return record


@dataclass(frozen=True, slots=True)
class _Step:
    moved: list[Change]
    spoken: Draft | None
    used: list[Json]
    record: Json


def _commit(desk: DeskState, act: Act, ticket: Ticket, step: _Step) -> None:
    happenings = events.changed(desk, step.moved)
    if step.spoken is not None:
        comment = _add_comment(desk, act, ticket, step.spoken, step.record)
        step.record["events"].append(audits.comment_event(comment))
        happenings.insert(0, events.commented(desk, comment))
    step.record["events"] += [*audits.changes(desk.ids, step.moved), *step.used]
    ticket.audits.append(step.record)
    desk.tickets.moved(ticket, desk.ids.next_change(), desk.clock())
    events.publish(desk, ticket, act.actor, at=act.at, happenings=happenings)


def delete_ticket(desk: DeskState, actor: User, ticket: Ticket) -> None:
    """Move a ticket to the deleted ones: gone for everybody, still in exports."""
    ticket.updated_at = max(_floor(desk.clock()), ticket.updated_at + _SECOND)
    desk.tickets.bury(ticket)
    desk.tickets.moved(ticket, desk.ids.next_change(), desk.clock())
    events.publish(desk, ticket, actor, at=ticket.updated_at, happenings=[events.deleted()])


def _refuse_stale(ticket: Ticket, patch: Json) -> None:
    if ticket.facts.status == "closed":
        raise errors.closed()
    # The value of safe_update does not matter: naming it is enough, `false` included.
    if "safe_update" in patch and patch.get("updated_stamp") != stamp(ticket.updated_at):
        raise errors.update_conflict()


def _record(desk: DeskState, act: Act, ticket: Ticket, custom: object) -> Json:
    record = audits.audit(desk.ids.next(), ticket.id, author=act.actor, at=act.at, events=[])
    record["metadata"] = audits.metadata(act.origin, custom)
    record["via"] = audits.via(act.origin.channel)
    return record


def _add_comment(desk: DeskState, act: Act, ticket: Ticket, spoken: Draft, record: Json) -> Comment:
    comment = Comment(
        id=desk.ids.next(),
        audit_id=record["id"],
        author_id=spoken.author.id,
        body=spoken.text.body,
        html_body=spoken.text.html_body,
        plain_body=spoken.text.plain_body,
        public=spoken.public,
        created_at=act.at,
        metadata=record["metadata"],
        channel=act.origin.channel,
    )
    ticket.comments.append(comment)
    ticket.is_public = ticket.is_public or spoken.public
    return comment


def _macro_events(desk: DeskState, macro_id: object, origin: Origin) -> list[Json]:
    macro = desk.macros.macros.get(number(macro_id) or 0)
    if macro is None:
        return []
    return [audits.macro_event(desk.ids, macro.id, macro.title, origin.channel)]


def _floor(at: datetime) -> datetime:
    return at.replace(microsecond=0)
