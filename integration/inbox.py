"""The durable inbox: every verified event a row, every ticket with open events one work row.

An event is acknowledged only after `accept` has committed. A worker claims tickets, not events,
with a lease; whoever lost the lease can record nothing. Ten events on one ticket cost one decision.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, case, delete, func, select, update

from casebook.case import Case
from casebook.errors import LeaseLost
from casebook.event import FoundBy
from casebook.ledger import LedgerEntry
from integration.store.casefile import put_in
from integration.store.engine import Store
from integration.store.ledger import append_in
from integration.store.sealing import KeyRing
from integration.store.tables import inbox, work
from integration.store.upsert import insert_new

WAITING, CLAIMED, DEAD = 0, 1, 3
LIFE_SAFETY_LANE, HOUR_CLOCK_LANE, ORDINARY_LANE = 0, 2, 5
LEASE = timedelta(seconds=15)
LIFE_SAFETY_LEASE = timedelta(seconds=10)
BACK_OFF_BASE_SECONDS, BACK_OFF_CAP_SECONDS, LIFE_SAFETY_CAP_SECONDS = 2.0, 600.0, 20.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified event on its way in. `body` is the raw JSON, sealed before it rests."""

    invocation_id: str
    event_id: str
    ticket_id: int
    type: str
    event_at: datetime
    received_at: datetime
    body: bytes
    lane: int = ORDINARY_LANE
    found_by: FoundBy = "webhook"
    sequence_id: str | None = None
    sequence_position: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A ticket that this worker may work on until `lease_until`; `epoch` fences out the others."""

    ticket_id: int
    lane: int
    epoch: int
    claimed: int
    attempts: int
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class OpenEvent:
    """An event still to be worked on."""

    id: int
    body: bytes
    received_at: datetime
    found_by: str


@dataclass(frozen=True, slots=True)
class Closing:
    """What ends a claim: the events worked on, what is recorded, and the case as it is now."""

    events: Sequence[OpenEvent]
    entries: Sequence[LedgerEntry]
    case: Case | None = None


class Inbox:
    """The inbox on the database. Every time is given in; nothing here reads a clock."""

    def __init__(self, store: Store, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring

    def accept(self, delivery: Delivery) -> bool:
        """Store an event; return after the commit. False for one that is already here.

        Raise StoreUnavailable: then nothing was stored and the sender must send again.
        """
        return self._store.write(lambda c: self._accept(c, delivery))

    def _accept(self, connection: Connection, delivery: Delivery) -> bool:
        values = {
            name: getattr(delivery, name)
            for name in ("invocation_id", "event_id", "ticket_id", "type", "event_at")
        } | {
            "received_at": delivery.received_at,
            "found_by": delivery.found_by,
            "sequence_id": delivery.sequence_id,
            "sequence_position": delivery.sequence_position,
            "body": self._ring.seal(delivery.body, place=_place(delivery.event_id)),
        }
        if not insert_new(connection, inbox, values):
            return False
        _make_work(connection, delivery)
        return True

    def claim(
        self, owner: str, *, now: datetime, limit: int, lanes: tuple[int, int] = (0, 9)
    ) -> list[Claim]:
        """Take up to `limit` due tickets, most urgent lane first; expired leases count as due."""
        self._free_expired(now)
        return self._store.write(lambda c: _claim(c, owner, now, limit, lanes))

    def _free_expired(self, now: datetime) -> None:
        expired = (work.c.state == CLAIMED) & (work.c.lease_until < now)
        if self._store.read(lambda c: c.scalar(select(work.c.ticket_id).where(expired).limit(1))):
            free = update(work).where(expired).values(state=WAITING, owner=None)
            self._store.write(lambda c: c.execute(free))

    def due(self, now: datetime, *, lanes: tuple[int, int] = (0, 9)) -> bool:
        """Whether some ticket waits to be worked on; cheap enough to ask often."""
        due = select(work.c.ticket_id).where(
            ((work.c.state == WAITING) & (work.c.run_at <= now) & work.c.lane.between(*lanes))
            | ((work.c.state == CLAIMED) & (work.c.lease_until < now))
        )
        return self._store.read(lambda c: c.scalar(due.limit(1))) is not None

    def renew(self, claim: Claim, *, now: datetime) -> None:
        """Extend the lease of a ticket in flight; raise LeaseLost when another has it."""
        longer = update(work).where(_held(claim)).values(lease_until=now + lease_of(claim.lane))
        if self._store.write(lambda c: c.execute(longer).rowcount) != 1:
            raise LeaseLost(f"ticket {claim.ticket_id}: the lease went to another worker")

    def open_events(self, ticket_id: int) -> list[OpenEvent]:
        """The events of a ticket that are not done, in the order Zendesk caused them."""
        query = (
            select(inbox)
            .where(inbox.c.ticket_id == ticket_id, inbox.c.done_at.is_(None))
            .order_by(inbox.c.event_at, inbox.c.sequence_position, inbox.c.id)
        )
        rows = self._store.read(lambda c: c.execute(query).all())
        return [self._opened(row) for row in rows]

    def _opened(self, row: Row[Any]) -> OpenEvent:
        body = self._ring.open(row.body, place=_place(row.event_id))
        return OpenEvent(row.id, body, row.received_at, row.found_by)

    def finish(self, claim: Claim, closing: Closing, *, now: datetime) -> None:
        """Close events, empty their bodies and record what was done, all in one transaction.

        Raise LeaseLost when another worker has the ticket; then nothing of this is kept.
        """
        self._store.write(lambda c: _finish(c, claim, closing, now))

    def retry_later(self, claim: Claim, *, error: str, run_at: datetime, counted: bool) -> None:
        """Put a ticket back; `counted` is False for waits that are nobody's fault (429).

        A life-safety event that came in during the attempt makes the ticket due at once.
        """
        hurry = (work.c.dirty != claim.claimed) & (work.c.lane == LIFE_SAFETY_LANE)
        back = (
            update(work)
            .where(_held(claim))
            .values(
                state=WAITING,
                run_at=case((hurry, work.c.run_at), else_=run_at),
                attempts=claim.attempts + (1 if counted else 0),
                owner=None,
                last_error=error,
            )
        )
        self._store.write(lambda c: c.execute(back))

    def bury(self, claim: Claim, *, error: str, entry: LedgerEntry) -> None:
        """Make a ticket a dead letter, with a ledger entry; its events stay as they are.

        An event that came in during the last attempt was never tried: the ticket waits again.
        """
        self._store.write(lambda c: _bury(c, claim, error, entry))

    def counts(self) -> Mapping[str, int]:
        """Tickets waiting, claimed and dead, events open and done."""
        return self._store.read(_counts)

    def oldest_open(self) -> datetime | None:
        """When the oldest unfinished event came in, None where all are done."""
        query = select(func.min(inbox.c.received_at)).where(inbox.c.done_at.is_(None))
        oldest: datetime | None = self._store.read(lambda c: c.scalar(query))
        return oldest


def lease_of(lane: int) -> timedelta:
    """How long a claim holds without being renewed; shorter where a life may hang on it."""
    return LIFE_SAFETY_LEASE if lane == LIFE_SAFETY_LANE else LEASE


def back_off(attempts: int, *, lane: int) -> timedelta:
    """How long to wait after this many failures: doubling, capped, with jitter of a quarter."""
    cap = LIFE_SAFETY_CAP_SECONDS if lane == LIFE_SAFETY_LANE else BACK_OFF_CAP_SECONDS
    seconds = min(cap, BACK_OFF_BASE_SECONDS * 2 ** min(attempts, 16))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311 - jitter


def _place(event_id: str) -> str:
    return f"inbox|{event_id}"


def _held(claim: Claim) -> Any:  # noqa: ANN401 - an SQL expression
    return (
        (work.c.ticket_id == claim.ticket_id)
        & (work.c.epoch == claim.epoch)
        & (work.c.state == CLAIMED)
    )


def _make_work(connection: Connection, delivery: Delivery) -> None:
    fresh = {
        "ticket_id": delivery.ticket_id,
        "lane": delivery.lane,
        "run_at": delivery.received_at,
    }
    if insert_new(connection, work, fresh):
        return
    again = update(work).where(work.c.ticket_id == delivery.ticket_id)
    connection.execute(again.values(dirty=work.c.dirty + 1))
    worse = again.where(work.c.lane > delivery.lane).values(lane=delivery.lane)
    connection.execute(worse)
    # New words revive a dead letter; a new life-safety cue does not wait for a back-off.
    revived = again.where(work.c.state == DEAD)
    connection.execute(revived.values(state=WAITING, run_at=delivery.received_at, attempts=0))
    if delivery.lane == LIFE_SAFETY_LANE:
        hurry = again.where(work.c.state == WAITING)
        connection.execute(hurry.values(run_at=delivery.received_at))


def _claim(
    connection: Connection, owner: str, now: datetime, limit: int, lanes: tuple[int, int]
) -> list[Claim]:
    due: Select[Any] = (
        select(work)
        .where(work.c.state == WAITING, work.c.run_at <= now, work.c.lane.between(*lanes))
        .order_by(work.c.lane, work.c.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claims = []
    for row in connection.execute(due).all():
        until = now + lease_of(row.lane)
        take = (
            update(work)
            .where(work.c.ticket_id == row.ticket_id)
            .values(
                state=CLAIMED,
                owner=owner,
                lease_until=until,
                epoch=row.epoch + 1,
                claimed=row.dirty,
            )
        )
        connection.execute(take)
        claims.append(Claim(row.ticket_id, row.lane, row.epoch + 1, row.dirty, row.attempts, until))
    return claims


def _finish(connection: Connection, claim: Claim, closing: Closing, now: datetime) -> None:
    over = delete(work).where(_held(claim), work.c.dirty == claim.claimed)
    if connection.execute(over).rowcount != 1:
        # More came in meanwhile: the ticket waits again, or the lease is another's.
        again = (
            update(work)
            .where(_held(claim))
            .values(state=WAITING, owner=None, run_at=now, attempts=0, last_error=None)
        )
        if connection.execute(again).rowcount != 1:
            raise LeaseLost(f"ticket {claim.ticket_id}: the lease went to another worker")
    outcome = closing.entries[-1].kind if closing.entries else None
    ids = [event.id for event in closing.events]
    done = update(inbox).where(inbox.c.id.in_(ids), inbox.c.done_at.is_(None))
    connection.execute(done.values(done_at=now, body=None, outcome=outcome))
    for entry in closing.entries:
        append_in(connection, entry)
    if closing.case is not None:
        put_in(connection, closing.case, now)


def _bury(connection: Connection, claim: Claim, error: str, entry: LedgerEntry) -> None:
    held = update(work).where(_held(claim)).values(owner=None, last_error=error)
    dead = held.where(work.c.dirty == claim.claimed).values(state=DEAD)
    if connection.execute(dead).rowcount == 1:
        append_in(connection, entry)
    else:
        connection.execute(held.values(state=WAITING, attempts=0))


def _counts(connection: Connection) -> Mapping[str, int]:
    states = select(work.c.state, func.count()).group_by(work.c.state)
    by_state: dict[int, int] = {row[0]: row[1] for row in connection.execute(states)}
    is_open = select(func.count()).select_from(inbox).where(inbox.c.done_at.is_(None))
    every = select(func.count()).select_from(inbox)
    open_events = int(connection.scalar(is_open) or 0)
    return {
        "waiting": by_state.get(WAITING, 0),
        "claimed": by_state.get(CLAIMED, 0),
        "dead": by_state.get(DEAD, 0),
        "open_events": open_events,
        "done_events": int(connection.scalar(every) or 0) - open_events,
    }
