"""The classifier as the product uses it: model and certain signals together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from casebook.prediction import DecidedBy, Prediction, Reason, Score, Strength
from casebook.taxonomy import Taxonomy, taxonomy
from casebook.ticket import Ticket
from classifier import explain
from classifier.bundle import Bundle, load_bundle
from classifier.cues import Hit
from classifier.features import Prepared
from classifier.language import UNKNOWN, language_of
from classifier.text import Reading, for_model, read

MIN_WORDS = 4
MIN_KNOWN_WORDS = 2
# A language with fewer training rows than this is new to the model.
MIN_LANGUAGE_ROWS = 15
BATCH = 256
# This category is about minors by definition, whatever words were used; its appeal need not be.
MINORS, APPEAL_OF_MINORS = "child_safety", "csam_appeal"
# Beside a category that may act, the model alone suggests a life-safety one from here on.
BESIDE_FROM = 0.5
_RANK: dict[Strength | None, int] = {None: 0, "suggest": 1, "act": 2}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A ticket after cleaning."""

    prepared: Prepared
    reading: Reading
    language: str


class TicketPredictor:
    """A bundle that speaks; implements `casebook.ports.Predictor`.

    A certain signal may raise a category above what the model says, never lower it. Flags
    qualify a finding, so an ordinary ticket has none.
    """

    def __init__(self, bundle: Bundle, vocabulary: Taxonomy) -> None:
        self._bundle = bundle
        self._taxonomy = vocabulary

    @classmethod
    def load(cls, folder: Path, *, pinned: str) -> Self:
        """Load the pinned bundle; raise BundleRefused where the folder holds anything else."""
        return cls(load_bundle(folder, pinned=pinned), taxonomy())

    @property
    def digest(self) -> str:
        """Digest of the bundle."""
        return self._bundle.digest

    def predict(self, ticket: Ticket) -> Prediction:
        """Say what a ticket is about."""
        return self.predict_many([ticket])[0]

    def predict_many(self, tickets: Sequence[Ticket]) -> list[Prediction]:
        """The same for many, in order."""
        said: list[Prediction] = []
        for first in range(0, len(tickets), BATCH):
            said += self._predict_batch(tickets[first : first + BATCH])
        return said

    def _predict_batch(self, tickets: Sequence[Ticket]) -> list[Prediction]:
        ready = [self._make_ready(ticket.text()) for ticket in tickets]
        model = self._bundle.model
        rows = model.features.transform([one.prepared for one in ready])
        known = model.features.known_words(rows)
        table = model.probabilities(rows)
        return [
            self._say(one, dict(zip(model.categories, map(float, row), strict=True)), int(words))
            for one, row, words in zip(ready, table, known, strict=True)
        ]

    def _make_ready(self, text: str) -> _Ready:
        reading = read(text)
        plain = for_model(text)
        prepared = Prepared(plain, self._bundle.lexicon.find(reading))
        return _Ready(prepared, reading, language_of(plain))

    def _say(self, ready: _Ready, probabilities: dict[str, float], known_words: int) -> Prediction:
        scores = self._scores(ready, probabilities)
        doubt = None if scores else self._doubt(ready, probabilities, known_words)
        return Prediction(
            scores=scores,
            flags=self._flags(ready, scores),
            language=ready.language,
            model=self.digest,
            abstained=doubt is not None,
            reasons=(doubt,) if doubt else self._reasons(ready, scores),
        )

    def _scores(self, ready: _Ready, probabilities: dict[str, float]) -> tuple[Score, ...]:
        hits = ready.prepared.hits
        scores = [
            score
            for category in self._taxonomy.sensitive
            if (score := self._score(category, probabilities.get(category, 0.0), ready))
        ]
        if any(score.strength == "act" for score in scores):
            cued = {hit.cue.category for hit in hits}
            scores = [s for s in scores if s.category in cued or self._stands_beside(s)]
        return tuple(sorted(scores, key=lambda score: (-_RANK[score.strength], -score.probability)))

    def _stands_beside(self, score: Score) -> bool:
        """Whether a finding without any cue is sure enough beside one that may act.

        Long formal letters look a little like everything; only what is likely stays beside the
        thing that they are surely about.
        """
        life_safety = self._taxonomy.categories[score.category].life_safety
        return score.strength == "act" or (life_safety and score.probability >= BESIDE_FROM)

    def _score(self, category: str, probability: float, ready: _Ready) -> Score | None:
        hits = ready.prepared.hits
        by_model = self._model_strength(category, probability, ready.language)
        signals = [hit.cue for hit in hits if hit.cue.category == category and hit.cue.floor]
        by_signal = max((cue.strength for cue in signals), key=_rank, default=None)
        floor = max((cue.floor or 0.0 for cue in signals), default=0.0)
        strength = max(by_model, by_signal, key=_rank)
        if strength is None:
            return None
        decided_by: DecidedBy = (
            "model" if by_model == strength and probability >= floor else "signal"
        )
        likely = max(probability, floor)
        return Score(
            category, _sub_type(category, hits, self._taxonomy), likely, decided_by, strength
        )

    def _model_strength(self, category: str, probability: float, language: str) -> Strength | None:
        """What the model alone may do: in a language new to it, it acts only on life-safety."""
        threshold = self._bundle.thresholds.get(category)
        strength = threshold.strength_of(probability) if threshold else None
        known = language == UNKNOWN or self._bundle.languages.get(language, 0) >= MIN_LANGUAGE_ROWS
        if strength == "act" and not known and not self._taxonomy.categories[category].life_safety:
            return "suggest"
        return strength

    def _flags(self, ready: _Ready, scores: Sequence[Score]) -> frozenset[str]:
        if not scores:
            return frozenset()
        found = {score.category for score in scores}
        flags = {
            hit.cue.flag
            for hit in ready.prepared.hits
            if hit.cue.flag and (not hit.cue.only_with or hit.cue.only_with & found)
        }
        if any(s.category == MINORS and s.sub_type != APPEAL_OF_MINORS for s in scores):
            flags.add("minor_involved")
        if ready.language not in {"en", UNKNOWN}:
            flags.add("non_english")
        return frozenset(flag for flag in flags if flag in self._taxonomy.flags)

    def _reasons(self, ready: _Ready, scores: Sequence[Score]) -> tuple[Reason, ...]:
        if not scores:
            return ()
        terms = explain.terms_for(
            self._bundle.model,
            ready.prepared,
            ready.reading,
            category=scores[0].category,
            taxonomy=self._taxonomy,
        )
        return explain.reasons_for(
            scores, ready.prepared.hits, terms, language=self._language_reason(ready.language)
        )

    def _language_reason(self, language: str) -> Reason | None:
        if language == UNKNOWN or self._bundle.languages.get(language, 0) >= MIN_LANGUAGE_ROWS:
            return None
        return Reason(kind="language", words=f"few training examples in this language ({language})")

    def _doubt(
        self, ready: _Ready, probabilities: dict[str, float], known_words: int
    ) -> Reason | None:
        words = len(ready.prepared.text.split())
        if words < MIN_WORDS:
            return explain.abstaining("too little text to tell")
        if known_words < MIN_KNOWN_WORDS:
            return explain.abstaining("hardly a word that the model knows")
        grey = [
            category
            for category, threshold in self._bundle.thresholds.items()
            if threshold.is_grey(probabilities.get(category, 0.0))
        ]
        if not grey:
            return None
        likeliest = max(grey, key=lambda category: probabilities[category])
        title = self._taxonomy.categories[likeliest].title
        return Reason("abstained", f"could be {title}, but not surely enough", likeliest)


def _rank(strength: Strength | None) -> int:
    return _RANK[strength]


def _sub_type(category: str, hits: Sequence[Hit], vocabulary: Taxonomy) -> str | None:
    """The sub-type with the most cues; the graver one where two have as many."""
    votes = Counter(h.cue.sub_type for h in hits if h.cue.category == category and h.cue.sub_type)
    grave = vocabulary.categories[category].sub_types
    return max(votes, key=lambda one: (votes[one], -grave[one]), default=None)
