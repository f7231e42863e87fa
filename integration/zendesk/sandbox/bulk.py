"""Many tickets in one call; each row succeeds or fails for itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.facts import tag_list
from integration.zendesk.sandbox.jobs import Job
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.tickets import delete_ticket, open_ticket, update_ticket
from integration.zendesk.sandbox.values import Json, Origin, Ticket, User, number

MOST = 100


def create_many(desk: DeskState, actor: User, specs: Sequence[Json], origin: Origin) -> Job:
    """Open up to 100 tickets."""
    _bounded(specs)

    def create(index: int) -> Json:
        ticket, _ = open_ticket(desk, actor, specs[index], origin)
        return {"index": index, "id": ticket.id, "account_id": desk.account_id}

    rows = [_row(create, index, {"index": index, "id": 0}) for index in range(len(specs))]
    return desk.jobs.done("Bulk Create Ticket", rows, desk.clock())


def update_same(
    desk: DeskState, actor: User, ids: Sequence[int], patch: Json, origin: Origin
) -> Job:
    """The same change for every ticket; knows `additional_tags` and `remove_tags`."""
    _bounded(ids)

    def update(index: int) -> Json:
        ticket = desk.ticket(ids[index], actor)
        change = {key: patch[key] for key in patch if key not in _ALWAYS_SAFE}
        update_ticket(desk, actor, ticket, _retagged(ticket, change), origin)
        return _updated(ticket.id)

    rows = [_row(update, place, {"index": place, "id": ids[place]}) for place in range(len(ids))]
    return desk.jobs.done("Bulk Ticket Update", rows, desk.clock())


def update_each(desk: DeskState, actor: User, specs: Sequence[Json], origin: Origin) -> Job:
    """A change of its own for each ticket, which names it by `id`."""
    _bounded(specs)

    def update(index: int) -> Json:
        spec = specs[index]
        ticket = desk.ticket(number(spec.get("id")) or 0, actor)
        update_ticket(desk, actor, ticket, _retagged(ticket, spec), origin)
        return _updated(ticket.id)

    rows = [
        _row(update, place, {"index": place, "id": number(specs[place].get("id"))})
        for place in range(len(specs))
    ]
    return desk.jobs.done("Batch Ticket Update", rows, desk.clock())


def delete_many(desk: DeskState, actor: User, ids: Sequence[int]) -> Job:
    """Move up to 100 tickets to the deleted ones."""
    _bounded(ids)

    def delete(index: int) -> Json:
        delete_ticket(desk, actor, desk.ticket(ids[index], actor))
        return {"action": "delete", "id": ids[index], "status": "Deleted", "success": True}

    rows = [_row(delete, place, {"index": place, "id": ids[place]}) for place in range(len(ids))]
    return desk.jobs.done("Bulk Delete Ticket", rows, desk.clock())


_ALWAYS_SAFE = frozenset({"safe_update", "updated_stamp"})


def _row(work: Callable[[int], Json], index: int, failed: Json) -> Json:
    try:
        return work(index)
    except errors.Refused as refusal:
        body = refusal.body if isinstance(refusal.body, dict) else {}
        details = str(body.get("details") or body.get("description") or "")
        return {**failed, "error": body.get("error", "TicketUpdate"), "details": details}


def _updated(ticket_id: int) -> Json:
    return {"action": "update", "id": ticket_id, "status": "Updated", "success": True}


def _retagged(ticket: Ticket, patch: Json) -> Json:
    if "additional_tags" not in patch and "remove_tags" not in patch:
        return patch
    tags = set(tag_list(patch["tags"])) if "tags" in patch else set(ticket.facts.tags)
    tags |= set(tag_list(patch.get("additional_tags")))
    tags -= set(tag_list(patch.get("remove_tags")))
    return {**patch, "tags": sorted(tags)}


def _bounded(rows: Sequence[object]) -> None:
    if len(rows) > MOST:
        raise errors.too_many(MOST)
