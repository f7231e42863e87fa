"""/ticket_fields."""

from __future__ import annotations

from integration.zendesk.sandbox import errors, render
from integration.zendesk.sandbox.fields import FLAGS, TicketField
from integration.zendesk.sandbox.routes import Answer, Call, Permits, location, route

_KEYS = frozenset({
    "title", "description", "agent_description", "active", "regexp_for_validation",
    "title_in_portal", "tag", "position", "custom_field_options", "key", "type", *FLAGS,
})  # fmt: skip


def _field(call: Call, field_id: int) -> TicketField:
    if (found := call.desk.fields.fields.get(field_id)) is None:
        raise errors.not_found()
    return found


@route("GET", "/ticket_fields")
def index(call: Call) -> Answer:
    """All ticket fields, the desk's own included."""
    rows = list(call.desk.fields.fields.values())
    return call.page("ticket_fields", rows, lambda one: render.ticket_field(one, call.base))


@route("GET", "/ticket_fields/<int:field_id>")
def show(call: Call, field_id: int) -> Answer:
    """One ticket field."""
    return Answer({"ticket_field": render.ticket_field(_field(call, field_id), call.base)})


@route(
    "POST",
    "/ticket_fields",
    admin=True,
    permits=Permits("ticket_field", "ticket_fields", "create", _KEYS),
)
def create(call: Call) -> Answer:
    """A new custom field."""
    made = call.desk.fields.add(call.record("ticket_field"), call.desk.clock())
    body = {"ticket_field": render.ticket_field(made, call.base)}
    return Answer(body, 201, location=location("ticket_fields", made.id))


@route(
    "PUT",
    "/ticket_fields/<int:field_id>",
    admin=True,
    permits=Permits("ticket_field", "ticket_fields", "update", _KEYS),
)
def update(call: Call, field_id: int) -> Answer:
    """Change a field; its type stays what it was."""
    one = _field(call, field_id)
    call.desk.fields.change(one, call.record("ticket_field"), call.desk.clock())
    return Answer({"ticket_field": render.ticket_field(one, call.base)})


@route(
    "DELETE",
    "/ticket_fields/<int:field_id>",
    admin=True,
    permits=Permits("ticket_field", "ticket_fields", "destroy"),
)
def destroy(call: Call, field_id: int) -> Answer:
    """Delete a custom field; tickets keep the tags."""
    call.desk.fields.remove(_field(call, field_id))
    return Answer(status=204)
