"""The pulse of the queue over a stretch of time, from ledger entries alone.

time to tag = from the receipt of a ticket's oldest open event to its applied update, in seconds.
calls per ticket = API calls of applied tickets divided by applied tickets.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from casebook.ledger import LedgerEntry


@dataclass(frozen=True, slots=True)
class Pulse:
    """Counts and times; a time is None where nothing was measured, never zero."""

    worked: int
    outcomes: Mapping[str, int]
    categories: Mapping[str, int]
    severities: Mapping[str, int]
    abstained: int
    dead_letters: int
    tag_seconds_p50: float | None
    tag_seconds_p95: float | None
    calls_per_ticket: float | None
    found_by_sweep: int


def pulse_of(entries: Iterable[LedgerEntry]) -> Pulse:
    """Count what the entries say; each worked entry is one ticket's way."""
    every = list(entries)
    worked = [entry for entry in every if entry.kind == "worked"]
    applied = [entry for entry in worked if entry.facts.get("outcome") == "applied"]
    seconds = sorted(_number(entry, "seconds") for entry in applied)
    return Pulse(
        worked=len(worked),
        outcomes=_count(worked, "outcome"),
        categories=_count(applied, "primary"),
        severities=_count(applied, "severity"),
        abstained=sum(entry.facts.get("abstained") is True for entry in worked),
        dead_letters=sum(entry.kind == "dead_letter" for entry in every),
        tag_seconds_p50=quantile(seconds, 0.50),
        tag_seconds_p95=quantile(seconds, 0.95),
        calls_per_ticket=_mean([_number(entry, "calls") for entry in applied]),
        found_by_sweep=sum(entry.facts.get("found_by") == "sweep" for entry in worked),
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest value that at least `share` of the values do not exceed."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _count(entries: Iterable[LedgerEntry], key: str) -> Mapping[str, int]:
    found = (entry.facts.get(key) for entry in entries)
    return dict(Counter(str(value) for value in found if value is not None).most_common())


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _number(entry: LedgerEntry, key: str) -> float:
    value = entry.facts.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
