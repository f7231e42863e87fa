"""The ledger's table: appended to, never changed."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, select, text

from casebook.ledger import GENESIS, LedgerEntry, entry_hash
from integration.store.engine import Store
from integration.store.tables import ledger

_LOCK = 4_027_002
_PAGE = 1_000


def append_in(connection: Connection, entry: LedgerEntry) -> LedgerEntry:
    """Chain and insert an entry inside the caller's transaction."""
    if connection.dialect.name == "postgresql":
        # Two appends at once would chain to the same entry; the lock ends with the transaction.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = select(ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
    previous = connection.scalar(last) or GENESIS
    chained = replace(entry, previous=previous, hash=entry_hash(entry, previous))
    new = insert(ledger).values(
        at=chained.at,
        kind=chained.kind,
        ticket_id=chained.ticket_id,
        decision_id=chained.decision_id,
        facts=json.dumps(dict(chained.facts), sort_keys=True, ensure_ascii=False),
        previous=chained.previous,
        hash=chained.hash,
    )
    seq = connection.execute(new.returning(ledger.c.seq)).scalar_one()
    return replace(chained, seq=seq)


class StoredLedger:
    """`casebook.ports.Ledger` on the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def append(self, entry: LedgerEntry) -> LedgerEntry:
        """Chain and store an entry in a transaction of its own."""
        return self._store.write(lambda connection: append_in(connection, entry))

    def of(self, ticket_id: int) -> Sequence[LedgerEntry]:
        """Every entry of a ticket, oldest first."""
        query = select(ledger).where(ledger.c.ticket_id == ticket_id).order_by(ledger.c.seq)
        return self._store.read(lambda c: [_entry(row) for row in c.execute(query)])

    def since(self, at: datetime) -> list[LedgerEntry]:
        """Every entry from an instant on, oldest first."""
        query = select(ledger).where(ledger.c.at >= at).order_by(ledger.c.seq)
        return [_entry(row) for row in self._rows(query)]

    def entries(self) -> Iterable[LedgerEntry]:
        """The whole ledger, oldest first, read page by page."""
        return self._pages()

    def _pages(self) -> Iterator[LedgerEntry]:
        last = 0
        while True:
            query = select(ledger).where(ledger.c.seq > last).order_by(ledger.c.seq).limit(_PAGE)
            rows = self._rows(query)
            yield from (_entry(row) for row in rows)
            if len(rows) < _PAGE:
                return
            last = rows[-1].seq

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return self._store.read(lambda c: c.execute(query).all())

    def count(self) -> int:
        """How many entries there are."""
        query = select(func.count()).select_from(ledger)
        return int(self._store.read(lambda c: c.scalar(query)) or 0)


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        at=row.at,
        kind=row.kind,
        ticket_id=row.ticket_id,
        decision_id=row.decision_id,
        facts=json.loads(row.facts),
        seq=row.seq,
        previous=row.previous,
        hash=row.hash,
    )
