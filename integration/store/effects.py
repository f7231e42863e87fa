"""Remote writes, one row before each, so that none is repeated blindly."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select, update

from integration.store.engine import Store
from integration.store.tables import effect
from integration.store.upsert import insert_new

EffectState = Literal["sent", "applied", "void"]


@dataclass(frozen=True, slots=True)
class Effect:
    """A remote write: `sent` may or may not have landed; `void` certainly did not."""

    decision_id: str
    ticket_id: int
    state: EffectState
    audit_id: int | None


class Effects:
    """Effects by decision."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, decision_id: str) -> Effect | None:
        """The effect of a decision, None where nothing was ever sent."""
        query = select(effect).where(effect.c.decision_id == decision_id)
        row = self._store.read(lambda c: c.execute(query).one_or_none())
        if row is None:
            return None
        return Effect(row.decision_id, row.ticket_id, row.state, row.audit_id)

    def send(self, decision_id: str, ticket_id: int, *, at: datetime) -> None:
        """Note that a write is about to be sent."""
        self._store.write(lambda c: _send(c, decision_id, ticket_id, at))

    def settle(
        self, decision_id: str, state: EffectState, *, audit_id: int | None, at: datetime
    ) -> None:
        """Note how a sent write ended."""
        done = update(effect).where(effect.c.decision_id == decision_id)
        done = done.values(state=state, audit_id=audit_id, at=at)
        self._store.write(lambda c: c.execute(done))


def _send(connection: Connection, decision_id: str, ticket_id: int, at: datetime) -> None:
    values = {"decision_id": decision_id, "ticket_id": ticket_id, "state": "sent", "at": at}
    if not insert_new(connection, effect, values):
        again = update(effect).where(effect.c.decision_id == decision_id)
        connection.execute(again.values(state="sent", at=at))
