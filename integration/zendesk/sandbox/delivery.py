"""The engine that brings events to webhooks: threads, retries, and a breaker per webhook."""

from __future__ import annotations

import heapq
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Thread

from integration.zendesk.sandbox.breaker import Breaker
from integration.zendesk.sandbox.rules import DeliveryRules
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.transport import (
    Answered,
    Envelope,
    Outcome,
    TimedOut,
    Transport,
    Unreachable,
)
from integration.zendesk.sandbox.values import Json
from integration.zendesk.sandbox.webhooks import Attempt, Invocation, Webhook

_log = logging.getLogger(__name__)
_STOP_SECONDS = 2.0


def wait_before_retry(outcome: Outcome, retries: int, rules: DeliveryRules) -> float | None:
    """Seconds until the next attempt after `retries` of them, or None when this was the last.

    409 is tried again up to three times, a timeout up to five; 429 and 503 only when they
    name a wait below a minute; nothing else is ever sent again.
    """
    match outcome:
        case TimedOut():
            return rules.retry_seconds if retries < rules.timeout_retries else None
        case Answered(status=409):
            return rules.retry_seconds if retries < rules.conflict_retries else None
        case Answered(status=429 | 503, retry_after_seconds=float(wait)):
            near = wait < rules.longest_retry_after_seconds
            return wait if near and retries < rules.throttle_retries else None
        case _:
            return None


@dataclass(order=True, slots=True)
class _Due:
    at: float
    turn: int
    invocation: Invocation = field(compare=False)


class DeliveryEngine:
    """Delivers what the desk dispatches until it is stopped."""

    def __init__(self, desk: DeskState) -> None:
        self._desk, self._rules = desk, desk.rules
        self._due: list[_Due] = []
        self._turns = count()
        self._pending = 0
        self._stopping = False
        self._changed = Condition()
        self._counts: Counter[str] = Counter()
        self._attempts = 0
        self._breakers: dict[str, Breaker] = {}
        self._transport = Transport(self._rules.timeout_seconds)
        self._threads = [
            Thread(target=self._work, name=f"sandbox-delivery-{number}", daemon=True)
            for number in range(self._rules.threads)
        ]

    def start(self) -> None:
        """Begin to deliver; events from before this moment were dropped."""
        self._desk.webhooks.dispatch = self.dispatch
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop delivering; what has not arrived is lost, as in a real outage."""
        self._desk.webhooks.dispatch = None
        with self._changed:
            self._stopping = True
            self._due.clear()
            self._changed.notify_all()
        # Threads that wait for a slow endpoint are daemons: nobody has to wait for them.
        patience = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(timeout=max(0.0, patience - time.monotonic()))
        self._transport.close()

    def dispatch(self, invocation: Invocation) -> None:
        """Take one event; it counts as pending until delivered or given up."""
        with self._changed:
            self._pending += 1
            self._push(invocation, wait=0.0)

    def idle(self, timeout_seconds: float) -> bool:
        """Wait until nothing is pending, retries included; False when time is up first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._pending == 0, timeout_seconds)

    def report(self) -> Json:
        """Deliveries by how they ended, attempts made, and what is still pending."""
        with self._changed:
            return {
                "by_status": dict(sorted(self._counts.items())),
                "attempts": self._attempts,
                "pending": self._pending,
            }

    def _push(self, invocation: Invocation, *, wait: float) -> None:
        due = time.monotonic() + wait * self._rules.pace
        heapq.heappush(self._due, _Due(due, next(self._turns), invocation))
        self._changed.notify()

    def _next(self) -> Invocation | None:
        with self._changed:
            while not self._stopping:
                if not self._due:
                    self._changed.wait()
                    continue
                left = self._due[0].at - time.monotonic()
                if left <= 0:
                    return heapq.heappop(self._due).invocation
                self._changed.wait(left)
        return None

    def _work(self) -> None:
        while (invocation := self._next()) is not None:
            try:
                self._deliver(invocation)
            except Exception as problem:  # noqa: BLE001 - a thread's edge: one bad delivery must not end it
                _log.error("delivery_failed: %s", type(problem).__name__)
                self._settle(invocation, "failed")

    def _deliver(self, invocation: Invocation) -> None:
        with self._desk.lock:
            hook = self._desk.webhooks.hooks.get(invocation.webhook_id)
            at = self._desk.clock()
        if hook is None or hook.status != "active":
            self._settle(invocation, "terminated")
            return
        with self._changed:
            breaker = self._breakers.setdefault(hook.id, Breaker(self._rules))
            open_way = breaker.lets_through(time.monotonic())
        if not open_way:
            invocation.attempts.append(Attempt("circuit broken", None, at))
            self._settle(invocation, "circuit broken")
            return
        self._attempt(invocation, hook, breaker)

    def _attempt(self, invocation: Invocation, hook: Webhook, breaker: Breaker) -> None:
        at = self._desk.clock()
        envelope = Envelope(invocation.body, self._desk.account_id, invocation.id, at, hook.secret)
        outcome, sent = self._transport.send(hook, envelope)
        retries = len(invocation.attempts)
        wait = wait_before_retry(outcome, retries, self._rules)
        made = _attempt_of(outcome, sent, final=wait is None, envelope=envelope)
        with self._changed:
            self._attempts += 1
            breaker.note(failed=_is_failure(outcome), now=time.monotonic())
            invocation.attempts.append(made)
            if wait is not None and not self._stopping:
                invocation.status = made.status
                self._push(invocation, wait=wait)
                return
        self._settle(invocation, made.status)

    def _settle(self, invocation: Invocation, status: str) -> None:
        with self._changed:
            invocation.status = status
            self._counts[status] += 1
            self._pending -= 1
            if self._pending == 0:
                self._changed.notify_all()


def _is_failure(outcome: Outcome) -> bool:
    return outcome.failed if isinstance(outcome, Answered) else True


def _attempt_of(
    outcome: Outcome, sent: tuple[tuple[str, str], ...], *, final: bool, envelope: Envelope
) -> Attempt:
    failed = "terminated" if final else "failed"
    match outcome:
        case Answered(status, headers, text, _):
            named = "success" if status < 400 else failed
            return Attempt(named, status, envelope.at, sent, headers, text)
        case TimedOut():
            return Attempt(failed, 504, envelope.at, sent)
        case Unreachable():
            return Attempt(failed, 502, envelope.at, sent)
