"""The worker: claims tickets, takes each its way, and records or puts back what came of it."""

import os
import secrets
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

from casebook.errors import (
    CaseworkError,
    DeskUnavailable,
    LeaseLost,
    NotAllowed,
    OutcomeUnclear,
    RateLimited,
    StoreUnavailable,
    UpdateConflict,
)
from casebook.ledger import LedgerEntry
from casebook.ports import Clock
from integration.envelope import parse_event
from integration.inbox import LIFE_SAFETY_LANE, Claim, Closing, Inbox, OpenEvent, back_off
from operations.pipeline import Pipeline, Worked
from operations.telemetry import FAILURES, TICKETS, TIME_TO_TAG

log = structlog.get_logger()

POLL_SECONDS = 0.15
RENEW_EVERY_SECONDS = 4.0
# A desk that limits us and says "0 seconds" must not be asked in a circle.
SHORTEST_WAIT_SECONDS = 1.0
# Not the ticket's fault: it waits as long as it takes and never becomes a dead letter.
# While the desk is out every ticket is tried again at this step of the back-off, about 16 s.
OUTAGE_STEP = 3
NOT_ITS_FAULT = (RateLimited, NotAllowed, DeskUnavailable, StoreUnavailable)
ALL_LANES, LIFE_SAFETY_ONLY = (0, 9), (LIFE_SAFETY_LANE, LIFE_SAFETY_LANE)
# Called with every ticket that was taken its way; the demo's live table listens.
OnWorked = Callable[[Worked, LedgerEntry], None]


class Worker:
    """Threads that work on tickets; one of them takes life-safety tickets only."""

    def __init__(  # each is one setting or port, and all are named  # noqa: PLR0913
        self,
        inbox: Inbox,
        pipeline: Pipeline,
        *,
        clock: Clock,
        threads: int,
        max_attempts: int,
        woken: threading.Event | None = None,
    ) -> None:
        self._inbox = inbox
        self._pipeline = pipeline
        self._clock = clock
        self._max_attempts = max_attempts
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._awake = woken or threading.Event()
        self._in_flight: dict[int, Claim] = {}
        self._lock = threading.Lock()
        self._listeners: list[OnWorked] = []
        name = f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(3)}"
        lanes = [LIFE_SAFETY_ONLY, *([ALL_LANES] * threads)]
        self._threads = [
            threading.Thread(target=self._serve, args=(f"{name}-{i}", lane), name=f"worker-{i}")
            for i, lane in enumerate(lanes)
        ]
        self._renewer = threading.Thread(target=self._renew, name="worker-renewer", daemon=True)

    def listen(self, listener: OnWorked) -> None:
        """Tell somebody about every ticket from now on."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin to claim tickets."""
        self._renewer.start()
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Something came in: look at once instead of at the next poll."""
        self._awake.set()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Claim nothing more, finish what is in hand, and return."""
        self._stopping.set()
        self._awake.set()
        for thread in self._threads:
            thread.join(timeout_seconds)
        self._stopped.set()

    def drain(self) -> int:
        """Work in the calling thread until nothing is due; the number of tickets worked on."""
        worked = 0
        while self._next("drain", ALL_LANES):
            worked += 1
        return worked

    def _serve(self, owner: str, lanes: tuple[int, int]) -> None:
        while not self._stopping.is_set():
            try:
                if self._next(owner, lanes):
                    continue
            except StoreUnavailable as error:
                FAILURES.labels(error=type(error).__name__).inc()
                log.warning("store_unavailable", worker=owner)
            # The edge of a thread: were it to end here, nobody would claim in its place.
            except Exception as error:  # noqa: BLE001
                FAILURES.labels(error=type(error).__name__).inc()
                log.error("claim_failed", worker=owner, error=type(error).__name__)  # noqa: TRY400
            self._awake.wait(POLL_SECONDS)
            self._awake.clear()

    def _next(self, owner: str, lanes: tuple[int, int]) -> bool:
        now = self._clock.now()
        if not self._inbox.due(now, lanes=lanes):
            return False
        claims = self._inbox.claim(owner, now=now, limit=1, lanes=lanes)
        for claim in claims:
            self._work(claim)
        return bool(claims)

    def _work(self, claim: Claim) -> None:
        with self._lock:
            self._in_flight[claim.ticket_id] = claim
        try:
            self._take_its_way(claim)
        except LeaseLost:
            log.warning("lease_lost", ticket_id=claim.ticket_id)
        # The edge of a ticket's way: whatever happens, it is put back, counted and seen.
        except Exception as error:  # noqa: BLE001
            self._put_back(claim, error)
        finally:
            with self._lock:
                self._in_flight.pop(claim.ticket_id, None)

    def _take_its_way(self, claim: Claim) -> None:
        stored = self._inbox.open_events(claim.ticket_id)
        if not stored:
            self._inbox.finish(claim, Closing(events=(), entries=()), now=self._clock.now())
            return
        worked = self._pipeline.work([parse_event(event.body) for event in stored])
        entry = self._record(worked, stored)
        closing = Closing(events=stored, entries=(entry,), case=worked.case)
        self._inbox.finish(claim, closing, now=self._clock.now())
        TICKETS.labels(outcome=worked.applied.outcome).inc()
        if worked.applied.outcome == "applied":
            TIME_TO_TAG.observe(float(str(entry.facts["seconds"])))
        log.info(
            "ticket_worked",
            ticket_id=claim.ticket_id,
            outcome=worked.applied.outcome,
            category=entry.facts.get("primary"),
            calls=worked.applied.calls,
            seconds=entry.facts["seconds"],
            missing=worked.applied.detail.get("missing"),
        )
        for listener in self._listeners:
            listener(worked, entry)

    def _record(self, worked: Worked, stored: list[OpenEvent]) -> LedgerEntry:
        return self._pipeline.record(
            worked,
            received_at=min(event.received_at for event in stored),
            found_by=stored[0].found_by,
        )

    def _put_back(self, claim: Claim, error: Exception) -> None:
        kind = type(error).__name__
        FAILURES.labels(error=kind).inc()
        log.warning(
            "ticket_put_back",
            ticket_id=claim.ticket_id,
            error=kind,
            attempts=claim.attempts + 1,
            lane=claim.lane,
            # Only our own errors' messages are known to hold no ticket text.
            reason=str(error) if isinstance(error, CaseworkError) else None,
        )
        try:
            if claim.attempts + 1 >= self._max_attempts and not isinstance(error, NOT_ITS_FAULT):
                self._inbox.bury(claim, error=kind, entry=self._burial(claim, kind))
            else:
                self._retry_later(claim, error, kind)
        except StoreUnavailable:
            # The lease runs out by itself, and another attempt follows.
            log.warning("store_unavailable", ticket_id=claim.ticket_id)

    def _retry_later(self, claim: Claim, error: Exception, kind: str) -> None:
        wait = back_off(claim.attempts, lane=claim.lane)
        if isinstance(error, RateLimited):
            wait = timedelta(seconds=max(error.retry_after_seconds, SHORTEST_WAIT_SECONDS))
        elif isinstance(error, NOT_ITS_FAULT):
            wait = back_off(OUTAGE_STEP, lane=claim.lane)
        elif isinstance(error, UpdateConflict | OutcomeUnclear):
            wait = min(wait, timedelta(seconds=5))
        self._inbox.retry_later(
            claim,
            error=kind,
            run_at=self._clock.now() + wait,
            counted=not isinstance(error, NOT_ITS_FAULT),
        )

    def _burial(self, claim: Claim, kind: str) -> LedgerEntry:
        return LedgerEntry(
            at=self._clock.now(),
            kind="dead_letter",
            ticket_id=claim.ticket_id,
            decision_id=None,
            facts={"error": kind, "attempts": claim.attempts + 1},
        )

    def _renew(self) -> None:
        """Renew tickets in flight, and only these: a claim nobody works on must expire."""
        while not self._stopped.wait(RENEW_EVERY_SECONDS):
            with self._lock:
                in_flight = list(self._in_flight.values())
            for claim in in_flight:
                try:
                    self._inbox.renew(claim, now=self._clock.now())
                except (LeaseLost, StoreUnavailable):
                    log.warning("not_renewed", ticket_id=claim.ticket_id)
