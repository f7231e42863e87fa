"""/tickets/{id}/tags: GET lists, PUT adds, POST replaces, DELETE removes."""

from __future__ import annotations

from collections.abc import Callable

from integration.zendesk.sandbox.facts import tag_list
from integration.zendesk.sandbox.routes import Answer, Call, route
from integration.zendesk.sandbox.tickets import update_ticket
from integration.zendesk.sandbox.values import Json

Tags = set[str]


@route("GET", "/tickets/<int:ticket_id>/tags")
def index(call: Call, ticket_id: int) -> Answer:
    """The ticket's tags."""
    return Answer({"tags": list(call.desk.ticket(ticket_id, call.actor).facts.tags)})


@route("PUT", "/tickets/<int:ticket_id>/tags")
def add(call: Call, ticket_id: int) -> Answer:
    """Add tags to those that are there."""
    return _change(call, ticket_id, lambda now, told: now | told)


@route("POST", "/tickets/<int:ticket_id>/tags")
def replace(call: Call, ticket_id: int) -> Answer:
    """Replace all tags."""
    answer = _change(call, ticket_id, lambda _now, told: told)
    return Answer(answer.body, 201, answer.headers)


@route("DELETE", "/tickets/<int:ticket_id>/tags")
def remove(call: Call, ticket_id: int) -> Answer:
    """Take tags away; answers what is left, as recordings of sister endpoints do."""
    return _change(call, ticket_id, lambda now, told: now - told)


def _change(call: Call, ticket_id: int, meet: Callable[[Tags, Tags], Tags]) -> Answer:
    ticket = call.desk.ticket(ticket_id, call.actor)
    counted = call.count_update(ticket_id)
    told = set(tag_list(call.body.get("tags")))
    patch: Json = {"tags": sorted(meet(set(ticket.facts.tags), told))}
    if "safe_update" in call.body:
        patch["safe_update"] = call.body["safe_update"]
        patch["updated_stamp"] = call.body.get("updated_stamp")
    update_ticket(call.desk, call.actor, ticket, patch, call.origin)
    return Answer({"tags": list(ticket.facts.tags)}, headers=counted)
