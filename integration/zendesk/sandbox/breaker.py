"""The circuit breaker that spares an endpoint which keeps failing."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from integration.zendesk.sandbox.rules import DeliveryRules


@dataclass(slots=True)
class Breaker:
    """Counts one webhook's answers; seconds are those of one monotonic clock.

    Once tripped it lets nothing through for a rest, then one probe; the probe's outcome
    decides whether it closes or rests again.
    """

    rules: DeliveryRules
    _answers: deque[tuple[float, bool]] = field(default_factory=deque)
    _errors: int = 0
    _rests_until: float | None = None
    _probing: bool = False

    def lets_through(self, now: float) -> bool:
        """Whether a delivery may be tried now; a yes while tripped is the probe."""
        if self._rests_until is None:
            return True
        if now < self._rests_until or self._probing:
            return False
        self._probing = True
        return True

    def note(self, *, failed: bool, now: float) -> None:
        """Learn the outcome of one attempt."""
        if self._probing:
            self._probing = False
            self._rests_until = now + self.rules.breaker_rest_seconds if failed else None
            self._answers.clear()
            self._errors = 0
            return
        self._answers.append((now, failed))
        self._errors += failed
        self._forget(now)
        if self._is_too_bad():
            self._rests_until = now + self.rules.breaker_rest_seconds

    def _forget(self, now: float) -> None:
        oldest = now - self.rules.breaker_window_seconds
        while self._answers and self._answers[0][0] < oldest:
            self._errors -= self._answers.popleft()[1]

    def _is_too_bad(self) -> bool:
        asked = len(self._answers)
        if asked < self.rules.breaker_least_requests:
            return False
        share = self._errors / asked
        return share >= self.rules.breaker_error_share or self._errors > self.rules.breaker_errors
