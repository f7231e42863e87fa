"""One calibrated logistic regression per category over shared features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.features import Features, Matrix, Prepared

FOLDS = 3
INVERSE_REGULARISATION = 4.0
# Written examples hold far more sensitive texts than a desk does. The ordinary ones are weighed up
# to this share, so that 0.9 means nine in ten among real tickets too.
ORDINARY_SHARE = 0.9
Labels = npt.NDArray[np.bool_]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Examples:
    """Training rows: texts made ready, and a column of truth per category (none: ordinary)."""

    texts: tuple[Prepared, ...]
    labels: Labels
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted whole. `weights` has a row per category and a column per feature."""

    categories: tuple[str, ...]
    features: Features
    weights: Matrix
    intercepts: Matrix
    slopes: Matrix
    shifts: Matrix

    def probabilities(self, rows: Any) -> Matrix:  # noqa: ANN401 - a scipy matrix
        """Calibrated probability of each category (columns) for rows of `features.transform`."""
        return _sigmoid((rows @ self.weights.T + self.intercepts) * self.slopes + self.shifts)


@dataclass(frozen=True, slots=True)
class _Line:
    weights: Matrix
    intercept: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model, and what models that had not seen a row said about it (same order as examples)."""

    model: Model
    out_of_fold: Matrix
    sample_weights: Matrix


def fit(examples: Examples, cue_names: Sequence[str], *, seed: int, progress: Progress) -> Fitted:
    """Fit features and one regression per category, calibrated on out-of-fold values."""
    total = len(examples.categories) + 2
    progress("features", 0, total)
    features = Features(cue_names)
    rows = features.learn(examples.texts)
    shares = desk_weights(examples.labels)
    folds = _folds(examples.labels, seed)
    lines, values = [], np.zeros(examples.labels.shape)
    for column, category in enumerate(examples.categories):
        progress(category, 1 + column, total)
        truth = examples.labels[:, column]
        for fold in range(FOLDS):
            seen, held = folds != fold, folds == fold
            line = _regress(rows[seen], truth[seen], shares[seen], seed)
            values[held, column] = rows[held] @ line.weights + line.intercept
        lines.append(_regress(rows, truth, shares, seed))
    slopes, shifts = _calibrate(values, examples.labels, shares)
    model = Model(
        categories=examples.categories,
        features=features,
        weights=np.array([line.weights for line in lines]),
        intercepts=np.array([line.intercept for line in lines]),
        slopes=slopes,
        shifts=shifts,
    )
    progress("calibrated", total, total)
    return Fitted(model, _sigmoid(values * slopes + shifts), shares)


def desk_weights(labels: Labels) -> Matrix:
    """A weight per row that brings ordinary rows up to the share that they have on a desk."""
    ordinary = ~labels.any(axis=1)
    sensitive_rows, ordinary_rows = int((~ordinary).sum()), int(ordinary.sum())
    if not sensitive_rows or not ordinary_rows:
        return np.ones(len(labels))
    heavier = ORDINARY_SHARE / (1 - ORDINARY_SHARE) * sensitive_rows / ordinary_rows
    return np.where(ordinary, max(1.0, heavier), 1.0)


def _folds(labels: Labels, seed: int) -> npt.NDArray[np.int64]:
    """A fold per row, such that each category is spread evenly."""
    random = np.random.default_rng(seed)
    folds = np.zeros(len(labels), dtype=np.int64)
    first = np.where(labels.any(axis=1), labels.argmax(axis=1), labels.shape[1])
    for group in np.unique(first):
        members = random.permutation(np.flatnonzero(first == group))
        folds[members] = np.arange(len(members)) % FOLDS
    return folds


def _regress(rows: Any, truth: Labels, shares: Matrix, seed: int) -> _Line:  # noqa: ANN401
    """What tells `truth` apart; never (or always) where there is nothing to tell."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    if truth.all() or not truth.any():
        return _Line(np.zeros(rows.shape[1]), 10.0 if len(truth) and truth.all() else -10.0)
    regression = LogisticRegression(
        C=INVERSE_REGULARISATION,
        solver="liblinear",
        dual=True,  # five times faster than primal for rows of many columns
        random_state=seed,
    ).fit(rows, truth, sample_weight=shares)
    return _Line(regression.coef_[0], float(regression.intercept_[0]))


def _calibrate(values: Matrix, labels: Labels, weights: Matrix) -> tuple[Matrix, Matrix]:
    """Slope and shift per category that turn a value into a probability (Platt's sigmoid)."""
    pairs = [_platt(values[:, i], labels[:, i], weights) for i in range(values.shape[1])]
    return np.array([slope for slope, _ in pairs]), np.array([shift for _, shift in pairs])


def _platt(values: Matrix, truth: Labels, weights: Matrix) -> tuple[float, float]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - heavy

    if truth.all() or not truth.any():
        return 1.0, 0.0
    sigmoid = LogisticRegression(C=100.0).fit(values[:, None], truth, sample_weight=weights)
    return max(float(sigmoid.coef_[0, 0]), 1e-6), float(sigmoid.intercept_[0])


def _sigmoid(values: Matrix) -> Matrix:
    squashed: Matrix = 1.0 / (1.0 + np.exp(-np.clip(values, -40.0, 40.0)))
    return squashed
