"""/tickets, their comments and audits, jobs, and the incremental export."""

from __future__ import annotations

import hashlib
import json

from integration.zendesk.sandbox import bulk, errors, render
from integration.zendesk.sandbox.export import harvest
from integration.zendesk.sandbox.paging import Asked
from integration.zendesk.sandbox.routes import Answer, Call, Permits, location, route
from integration.zendesk.sandbox.state import Once
from integration.zendesk.sandbox.tickets import delete_ticket, open_ticket, update_ticket
from integration.zendesk.sandbox.values import Json, Ticket, stamp

_BOTH = frozenset({
    "assignee_email", "assignee_id", "attribute_value_ids", "brand_id", "collaborator_ids",
    "comment", "custom_fields", "custom_status_id", "description", "due_at", "email_ccs",
    "external_id", "fields", "followers", "group_id", "metadata", "organization_id", "priority",
    "problem_id", "requester", "requester_id", "sharing_agreement_ids", "status", "subject",
    "tags", "ticket_form_id", "type", "via_id", "voice_comment",
})  # fmt: skip
_CREATE = Permits(
    "ticket", "tickets", "create",
    _BOTH | {"collaborators", "macro_ids", "submitter_id", "via_followup_source_id",
             "raw_subject", "recipient", "created_at"},
)  # fmt: skip
_UPDATE = Permits(
    "ticket", "tickets", "update", _BOTH | {"macro_id", "safe_update", "updated_stamp"}
)
_DESTROY = Permits("ticket", "tickets", "destroy")
_KEY_LIVES_SECONDS = 7_200
# A description in an update is accepted and ignored; the submitter cannot change any more.
_NOT_UPDATED = frozenset({"description", "submitter_id"})


def shown(call: Call, ticket: Ticket) -> Json:
    """A ticket as this caller gets it."""
    return render.ticket(ticket, call.desk.fields, call.base)


def _counted(call: Call, ticket: Ticket) -> Json:
    """The number of comments where the caller asks for it."""
    asked = "comment_count" in call.args.get("include", "")
    return {"comment_count": len(ticket.comments)} if asked else {}


@route("POST", "/tickets", permits=_CREATE)
def create(call: Call) -> Answer:
    """Open a ticket; the same Idempotency-Key within two hours opens it once."""
    key = call.idempotency_key
    if key is None:
        return _created(call)
    fingerprint = hashlib.sha256(json.dumps(call.body, sort_keys=True).encode()).hexdigest()
    now = call.desk.clock().timestamp()
    kept = call.desk.once.get(key)
    if kept is not None and kept.until > now:
        if kept.fingerprint != fingerprint:
            text = "The idempotency key was used with another request body"
            raise errors.Refused(400, {"error": "IdempotentRequestError", "description": text})
        return Answer(kept.body, 201, {"x-idempotency-lookup": "hit"}, kept.location)
    made = _created(call)
    until = now + _KEY_LIVES_SECONDS
    call.desk.once[key] = Once(fingerprint, made.body or {}, made.location or "", until)
    return Answer(made.body, made.status, {"x-idempotency-lookup": "miss"}, made.location)


def _created(call: Call) -> Answer:
    ticket, audit = open_ticket(call.desk, call.actor, call.record("ticket"), call.origin)
    body = {"ticket": shown(call, ticket), "audit": audit}
    return Answer(body, 201, location=location("tickets", ticket.id))


@route("GET", "/tickets")
def index(call: Call) -> Answer:
    """All tickets this user may see, oldest first."""
    book, desk, actor = call.desk.tickets, call.desk, call.actor
    rows = book.alive
    if any(not group.is_public for group in desk.people.groups.values()):
        rows = [number for number in rows if desk.may_see(actor, book.tickets[number])]
    return call.page("tickets", rows, lambda number: shown(call, book.tickets[number]))


@route("GET", "/tickets/count")
def count(call: Call) -> Answer:
    """How many tickets there are."""
    now = stamp(call.desk.clock())
    return Answer({"count": {"value": len(call.desk.tickets.alive), "refreshed_at": now}})


@route("GET", "/tickets/show_many")
def show_many(call: Call) -> Answer:
    """Up to 100 tickets by number; missing and hidden ones are just not there.

    `include=comment_count` counts their comments, as in `show`.
    """
    ids = call.ids()
    if len(ids) > bulk.MOST:
        raise errors.too_many(bulk.MOST)
    found = [call.desk.tickets.tickets.get(number) for number in ids]
    rows = [
        shown(call, one) | _counted(call, one)
        for one in found
        if one is not None and not one.deleted and call.desk.may_see(call.actor, one)
    ]
    return Answer({"tickets": rows, "next_page": None, "previous_page": None, "count": len(rows)})


@route("POST", "/tickets/create_many")
def create_many(call: Call) -> Answer:
    """Open up to 100 tickets in a job."""
    job = bulk.create_many(call.desk, call.actor, call.records("tickets"), call.origin)
    return Answer({"job_status": job.queued(call.base)})


@route("PUT", "/tickets/update_many")
def update_many(call: Call) -> Answer:
    """One change for many tickets (`ids`), or one each (`tickets`), in a job."""
    counted = call.count_update(None)
    desk, actor, origin = call.desk, call.actor, call.origin
    if "ids" in call.args:
        job = bulk.update_same(desk, actor, call.ids(), call.record("ticket"), origin)
    else:
        rows = [_updatable(row) for row in call.records("tickets")]
        job = bulk.update_each(desk, actor, rows, origin)
    return Answer({"job_status": job.queued(call.base)}, headers=counted)


@route(
    "DELETE",
    "/tickets/destroy_many",
    permits=Permits("tickets", "tickets", "destroy_many"),
)
def destroy_many(call: Call) -> Answer:
    """Delete up to 100 tickets in a job."""
    job = bulk.delete_many(call.desk, call.actor, call.ids())
    return Answer({"job_status": job.queued(call.base)})


@route("GET", "/tickets/<int:ticket_id>")
def show(call: Call, ticket_id: int) -> Answer:
    """One ticket; `include=comment_count` counts its comments."""
    ticket = call.desk.ticket(ticket_id, call.actor)
    return Answer({"ticket": shown(call, ticket) | _counted(call, ticket)})


@route("PUT", "/tickets/<int:ticket_id>", permits=_UPDATE)
def update(call: Call, ticket_id: int) -> Answer:
    """Change a ticket in one go: fields, tags, custom fields and one comment."""
    ticket = call.desk.ticket(ticket_id, call.actor)
    counted = call.count_update(ticket_id)
    patch = _updatable(call.record("ticket"))
    audit = update_ticket(call.desk, call.actor, ticket, patch, call.origin)
    return Answer({"ticket": shown(call, ticket), "audit": audit}, headers=counted)


@route("DELETE", "/tickets/<int:ticket_id>", permits=_DESTROY)
def destroy(call: Call, ticket_id: int) -> Answer:
    """Delete a ticket."""
    delete_ticket(call.desk, call.actor, call.desk.ticket(ticket_id, call.actor))
    return Answer(status=204)


@route("GET", "/tickets/<int:ticket_id>/comments")
def comments(call: Call, ticket_id: int) -> Answer:
    """The conversation, oldest first unless `sort=-created_at`."""
    ticket = call.desk.ticket(ticket_id, call.actor)
    rows = list(ticket.comments)
    descending = call.args.get("sort_order") == "desc" or call.args.get("sort") == "-created_at"
    answer = call.page("comments", rows[::-1] if descending else rows, render.comment)
    if answer.body is not None and "users" in call.args.get("include", ""):
        ids = dict.fromkeys(one["author_id"] for one in answer.body["comments"])
        people = call.desk.people.users
        answer.body["users"] = [render.user(people[key], call.base) for key in ids]
    return answer


@route("GET", "/tickets/<int:ticket_id>/audits")
def audits(call: Call, ticket_id: int) -> Answer:
    """Who changed what, oldest first unless `sort_order=desc`."""
    ticket = call.desk.ticket(ticket_id, call.actor)
    rows = list(ticket.audits)
    descending = call.args.get("sort_order") == "desc"
    return call.page("audits", rows[::-1] if descending else rows, lambda audit: audit)


@route("GET", "/job_statuses/<job_id>")
def job(call: Call, job_id: str) -> Answer:
    """What became of a bulk change."""
    found = call.desk.jobs.jobs.get(job_id)
    if found is None:
        raise errors.not_found()
    return Answer({"job_status": found.completed(call.base)})


@route("GET", "/incremental/tickets/cursor", admin=True)
def incremental(call: Call) -> Answer:
    """Every ticket that changed, deleted and private ones too."""
    call.count("incremental-exports", call.desk.plan.exports)
    page = harvest(call.desk, call.args)
    asked = Asked(call.base + call.path, call.args)
    return Answer(
        {
            "tickets": [shown(call, one) for one in page.tickets],
            "after_url": asked.at(cursor=page.cursor, start_time=None),
            "before_url": None,
            "after_cursor": page.cursor,
            "before_cursor": None,
            "end_of_stream": page.ended,
        }
    )


def _updatable(patch: Json) -> Json:
    return {key: value for key, value in patch.items() if key not in _NOT_UPDATED}
