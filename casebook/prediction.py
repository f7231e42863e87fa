"""What the classifier says about a ticket, and why."""

from dataclasses import dataclass
from typing import Literal

DecidedBy = Literal["model", "signal"]
Strength = Literal["suggest", "act"]
ReasonKind = Literal["term", "signal", "similar", "language", "abstained"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason in words for an agent. Offsets point into `Ticket.text()`; no text is copied."""

    kind: ReasonKind
    words: str
    category: str | None = None
    start: int | None = None
    end: int | None = None
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """A sensitive category that cleared its threshold.

    `probability` is calibrated for `decided_by="model"`; a certain signal carries its floor.
    `strength` tells which of the two thresholds was cleared.
    """

    category: str
    sub_type: str | None
    probability: float
    decided_by: DecidedBy
    strength: Strength


@dataclass(frozen=True, slots=True)
class Prediction:
    """Everything the classifier says; `scores` is empty for an ordinary or an abstained ticket.

    `abstained` is an answer: too little text, or nothing certain enough either way.
    `model` is the digest of the bundle that spoke.
    """

    scores: tuple[Score, ...]
    flags: frozenset[str]
    language: str
    model: str
    abstained: bool = False
    reasons: tuple[Reason, ...] = ()

    def score_of(self, category: str) -> Score | None:
        """The score of one category, None where it cleared nothing."""
        return next((score for score in self.scores if score.category == category), None)
