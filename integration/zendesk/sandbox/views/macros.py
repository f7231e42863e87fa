"""/macros, and what one would do to a ticket."""

from __future__ import annotations

from integration.zendesk.sandbox import previews, render
from integration.zendesk.sandbox.macros import Macro
from integration.zendesk.sandbox.routes import Answer, Call, Permits, location, route

_KEYS = frozenset({"title", "actions", "active", "description", "restriction", "position"})


@route("GET", "/macros")
def index(call: Call) -> Answer:
    """All macros; `active` and `category` narrow the list."""
    active, category = call.args.get("active"), call.args.get("category")
    rows = [
        one
        for one in call.desk.macros.macros.values()
        if active in (None, str(one.active).lower()) and category in (None, one.category)
    ]
    return _page(call, rows)


@route("GET", "/macros/active")
def active_macros(call: Call) -> Answer:
    """The macros agents can use."""
    return _page(call, [one for one in call.desk.macros.macros.values() if one.active])


def _page(call: Call, rows: list[Macro]) -> Answer:
    return call.page("macros", rows, lambda one: render.macro(one, call.base))


@route("GET", "/macros/categories")
def categories(call: Call) -> Answer:
    """The first parts of titles that `::` divides."""
    return Answer({"categories": call.desk.macros.categories()})


@route("GET", "/macros/<int:macro_id>")
def show(call: Call, macro_id: int) -> Answer:
    """One macro."""
    return Answer({"macro": render.macro(call.desk.macros.get(macro_id), call.base)})


@route("POST", "/macros", permits=Permits("macro", "macros", "create", _KEYS))
def create(call: Call) -> Answer:
    """A new macro."""
    made = call.desk.macros.add(call.record("macro"), call.desk.clock())
    body = {"macro": render.macro(made, call.base)}
    return Answer(body, 201, location=location("macros", made.id))


@route("PUT", "/macros/<int:macro_id>", permits=Permits("macro", "macros", "update", _KEYS))
def update(call: Call, macro_id: int) -> Answer:
    """Change a macro; its actions are replaced as a whole."""
    one = call.desk.macros.get(macro_id)
    call.desk.macros.change(one, call.record("macro"), call.desk.clock())
    return Answer({"macro": render.macro(one, call.base)})


@route("DELETE", "/macros/<int:macro_id>", permits=Permits("macro", "macros", "destroy"))
def destroy(call: Call, macro_id: int) -> Answer:
    """Delete a macro."""
    call.desk.macros.remove(macro_id)
    return Answer(status=204)


@route("DELETE", "/macros/destroy_many", permits=Permits("macros", "macros", "destroy_many"))
def destroy_many(call: Call) -> Answer:
    """Delete several macros."""
    for macro_id in call.ids():
        call.desk.macros.remove(macro_id)
    return Answer(status=204)


@route("GET", "/macros/<int:macro_id>/apply")
def apply(call: Call, macro_id: int) -> Answer:
    """Only what the macro would change."""
    return Answer(previews.changes(call.desk.macros.get(macro_id), call.actor))


@route("GET", "/tickets/<int:ticket_id>/macros/<int:macro_id>/apply")
def apply_to_ticket(call: Call, ticket_id: int, macro_id: int) -> Answer:
    """The whole ticket as the macro would leave it."""
    ticket = call.desk.ticket(ticket_id, call.actor)
    macro = call.desk.macros.get(macro_id)
    return Answer(previews.after(call.desk, ticket, macro, actor=call.actor, base=call.base))
