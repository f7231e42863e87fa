"""Counting calls in fixed windows, as Zendesk's rate limits do."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field

from integration.zendesk.sandbox import errors

MINUTE = 60
TEN_MINUTES = 600
_MOST_WINDOWS = 50_000


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit after this call; `resets` is in seconds."""

    total: int
    remaining: int
    resets: int

    def header(self) -> str:
        """How endpoint limits are written."""
        return f"total={self.total}; remaining={self.remaining}; resets={self.resets}"


@dataclass(slots=True)
class Limits:
    """All windows that are open now; `enforced=False` counts but refuses nothing."""

    enforced: bool
    _windows: dict[Hashable, tuple[float, int]] = field(default_factory=dict)

    def take(self, key: Hashable, total: int, *, now: float, seconds: int = MINUTE) -> Left:
        """Count one call; raises `Spent` when the window has none left."""
        ends, used = self._windows.get(key, (0.0, 0))
        if now >= ends:
            ends, used = now + seconds, 0
            self._make_room(now)
        resets = max(1, math.ceil(ends - now))
        if used >= total and self.enforced:
            raise Spent(Left(total, 0, resets))
        self._windows[key] = (ends, used + 1)
        return Left(total, max(0, total - used - 1), resets)

    def _make_room(self, now: float) -> None:
        if len(self._windows) >= _MOST_WINDOWS:
            self._windows = {key: one for key, one in self._windows.items() if one[0] > now}


class Spent(Exception):
    """A limit is used up until its window ends."""

    def __init__(self, left: Left) -> None:
        super().__init__(f"no calls left for {left.resets} s")
        self.left = left

    def refusal(self, sentence: str) -> errors.Refused:
        """The 429 that tells a caller when to come back."""
        return errors.throttled(sentence, self.left.resets)
