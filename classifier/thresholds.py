"""From which probability on a category is suggested, and from which it may act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casebook.prediction import Strength
from casebook.taxonomy import Taxonomy
from classifier.features import Matrix
from classifier.pipeline import Labels

# Missing a danger to life costs more than a needless look; elsewhere a needless look costs more.
LIFE_SAFETY_BETA = 2.0
OTHER_BETA = 0.8
# People on a desk write about more than any corpus holds, so what looks best on written examples
# is kept within these bounds; they disturb under two in a hundred ordinary texts of other origin.
LIFE_SAFETY_SUGGEST = (0.3, 0.5)
OTHER_SUGGEST = (0.55, 0.75)
ACT_PRECISION = 0.95
ACT_MIN_HITS = 5
ACT_BOUNDS = (0.7, 0.98)
# From this share of the suggest threshold on, silence would claim more than the model knows.
GREY_FROM = 0.6


@dataclass(frozen=True, slots=True)
class Threshold:
    """Lower bounds on a calibrated probability; `suggest` is below `act`."""

    suggest: float
    act: float

    def strength_of(self, probability: float) -> Strength | None:
        """The strongest thing that a probability allows."""
        if probability >= self.act:
            return "act"
        return "suggest" if probability >= self.suggest else None

    def is_grey(self, probability: float) -> bool:
        """Whether a probability is too high for silence and too low for a suggestion."""
        return self.suggest * GREY_FROM <= probability < self.suggest


def choose_thresholds(
    probabilities: Matrix, labels: Labels, weights: Matrix, taxonomy: Taxonomy
) -> dict[str, Threshold]:
    """Thresholds per sensitive category from out-of-fold probabilities (columns in that order)."""
    return {
        category: _choose(
            probabilities[:, i],
            labels[:, i],
            weights,
            life_safety=taxonomy.categories[category].life_safety,
        )
        for i, category in enumerate(taxonomy.sensitive)
    }


def _choose(
    probabilities: Matrix, truth: Labels, weights: Matrix, *, life_safety: bool
) -> Threshold:
    steps = np.unique(probabilities)
    curve = [_at(step, probabilities, truth, weights) for step in steps]
    beta = LIFE_SAFETY_BETA if life_safety else OTHER_BETA
    lowest, highest = LIFE_SAFETY_SUGGEST if life_safety else OTHER_SUGGEST
    best = max(
        zip(curve, steps, strict=True), key=lambda pair: _f_beta(pair[0][0], pair[0][1], beta)
    )[1]
    suggest = min(max(float(best), lowest), highest)
    act = min(max(_act_from(steps, curve), ACT_BOUNDS[0], suggest + 0.05), ACT_BOUNDS[1])
    return Threshold(round(suggest, 6), round(act, 6))


def _at(
    step: float, probabilities: Matrix, truth: Labels, weights: Matrix
) -> tuple[float, float, int]:
    """Precision, recall and true hits at a threshold, by desk weights."""
    chosen = probabilities >= step
    hits = float(weights[chosen & truth].sum())
    return (
        hits / max(float(weights[chosen].sum()), 1e-9),
        hits / max(float(weights[truth].sum()), 1e-9),
        int((chosen & truth).sum()),
    )


def _act_from(steps: Sequence[float] | Matrix, curve: Sequence[tuple[float, float, int]]) -> float:
    good = [
        float(step)
        for step, (precision, _, hits) in zip(steps, curve, strict=True)
        if precision >= ACT_PRECISION and hits >= ACT_MIN_HITS
    ]
    return min(good, default=ACT_BOUNDS[1])


def _f_beta(precision: float, recall: float, beta: float) -> float:
    weight = beta * beta
    return (1 + weight) * precision * recall / max(weight * precision + recall, 1e-9)


def thresholds_from(table: Mapping[str, Mapping[str, float]]) -> dict[str, Threshold]:
    """Thresholds as a manifest holds them."""
    return {category: Threshold(**row) for category, row in table.items()}
