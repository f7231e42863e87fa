"""Our record of one ticket: what people decided about it, which no model may undo."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from casebook.event import FieldChange, TagsChange, TicketEvent
from casebook.taxonomy import Taxonomy

WATCHED = {"priority_changed": "priority", "group_assignment_changed": "group"}


@dataclass(frozen=True, slots=True)
class Case:
    """What people did to a ticket.

    `removed` are tags of ours that a person took away; `held` are the fields (`priority`,
    `group`) that a person set after the ticket came in.
    """

    ticket_id: int
    removed: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


def by_people(events: Iterable[TicketEvent], *, bot_id: int | None) -> list[TicketEvent]:
    """Leave out the echoes of our own writes.

    A `created` event always counts, since whoever keyed the ticket in, its words are a requester's;
    so does an event without an actor, which may be anybody's.
    """
    return [
        event
        for event in events
        if event.type == "created" or event.actor_id is None or event.actor_id != bot_id
    ]


def after(case: Case, events: Iterable[TicketEvent], taxonomy: Taxonomy) -> Case:
    """The case once these events of people (not our own echoes) are taken in, in order."""
    for event in events:
        case = _after_one(case, event, taxonomy)
    return case


def _after_one(case: Case, event: TicketEvent, taxonomy: Taxonomy) -> Case:
    match event.change:
        case TagsChange(added, removed):
            ours = frozenset(tag for tag in removed if taxonomy.is_ours(tag))
            return replace(case, removed=(case.removed | ours) - added)
        case FieldChange() if event.type in WATCHED:
            return replace(case, held=case.held | {WATCHED[event.type]})
        case _:
            return case
