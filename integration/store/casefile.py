"""What people decided about a ticket, kept as lists of tag and field names."""

import json
from datetime import datetime

from sqlalchemy import Connection, select

from casebook.case import Case
from integration.store.engine import Store
from integration.store.tables import casefile
from integration.store.upsert import upsert


class Casefile:
    """Cases by ticket."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, ticket_id: int) -> Case:
        """The case of a ticket; an empty one where nothing is known."""
        query = select(casefile).where(casefile.c.ticket_id == ticket_id)
        row = self._store.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            return Case(ticket_id=ticket_id)
        return Case(
            ticket_id=ticket_id,
            removed=frozenset(json.loads(row.removed)),
            held=frozenset(json.loads(row.held)),
        )


def put_in(connection: Connection, case: Case, at: datetime) -> None:
    """Keep a case inside the caller's transaction."""
    values = {
        "ticket_id": case.ticket_id,
        "removed": json.dumps(sorted(case.removed)),
        "held": json.dumps(sorted(case.held)),
        "at": at,
    }
    upsert(connection, casefile, values, keys=("ticket_id",))
