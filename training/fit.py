"""From examples to a model bundle."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from casebook.taxonomy import Taxonomy, taxonomy
from classifier.bundle import Origin, save_bundle
from classifier.cues import Lexicon, check_lexicon, lexicon_sources, read_lexicon
from classifier.features import prepare
from classifier.pipeline import Examples, Fitted, Labels, Progress, fit
from classifier.thresholds import Threshold, choose_thresholds
from training.starter import STARTER, Row, read_corpus

SEED = 20261101


def train_starter(target: Path, *, progress: Progress) -> str:
    """Train on the starter corpus into the empty folder `target`; return the bundle's digest.

    `progress` is told a step's name, how many steps are done, and of how many.
    """
    return train(read_corpus(STARTER, taxonomy()), target=target, progress=progress)


def train(rows: Sequence[Row], *, target: Path, progress: Progress, seed: int = SEED) -> str:
    """Train on rows into the empty folder `target`; the same rows and seed give the same digest."""
    words, sources = taxonomy(), lexicon_sources()
    cues = read_lexicon(sources)
    check_lexicon(cues, words)
    progress("reading", 0, 1)
    examples = Examples(
        texts=tuple(prepare(row.written(), cues) for row in rows),
        labels=np.array([[c in row.labels for c in words.sensitive] for row in rows], dtype=bool),
        categories=words.sensitive,
    )
    fitted = fit(examples, _cue_features(cues), seed=seed, progress=progress)
    thresholds = choose_thresholds(
        fitted.out_of_fold, examples.labels, fitted.sample_weights, words
    )
    origin = Origin(
        lexicon=sources,
        digests={**source_digests(), "data": digest_rows(rows)},
        languages=Counter(row.lang for row in rows),
        metrics=_metrics(fitted, examples, thresholds, words),
        seed=seed,
    )
    return save_bundle(
        target,
        fitted.model,
        thresholds=thresholds,
        origin=origin,
        created_at=datetime.now(UTC),
    )


def _cue_features(cues: Lexicon) -> list[str]:
    """Cues that the model may lean on: never a flag, for "tonight" or an age must not route."""
    return [cue.name for cue in cues.cues if cue.kind != "flag"]


def source_digests() -> dict[str, str]:
    """Digests of taxonomy, lexicons and code: with data and seed, all that a model comes from."""
    code = [*_sources("classifier", ".py"), Path(__file__), Path(__file__).with_name("starter.py")]
    return {
        "taxonomy": _digest_files([Path(str(files("casebook").joinpath("taxonomy.yaml")))]),
        "lexicon": _digest_files(_sources("classifier/lexicon", ".yaml")),
        "code": _digest_files(code),
    }


def digest_rows(rows: Iterable[Row]) -> str:
    """Digest of training rows in their order."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.model_dump_json().encode() + b"\n")
    return digest.hexdigest()


def _sources(package: str, ending: str) -> list[Path]:
    name, _, below = package.partition("/")
    folder = Path(str(files(name))) / below
    return sorted(path for path in folder.iterdir() if path.suffix == ending)


def _digest_files(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _metrics(
    fitted: Fitted, examples: Examples, thresholds: Mapping[str, Threshold], words: Taxonomy
) -> dict[str, Any]:
    """What unseen written examples say, model alone; real desks differ, so this is no promise."""
    ordinary: Labels = np.logical_not(examples.labels.any(axis=1))
    table: dict[str, Any] = {}
    for column, category in enumerate(words.sensitive):
        chosen = fitted.out_of_fold[:, column] >= thresholds[category].suggest
        truth = examples.labels[:, column]
        table[category] = {
            "rows": int(truth.sum()),
            "recall": _share(chosen & truth, truth),
            "precision": _share(chosen & truth, chosen),
            "ordinary_disturbed": _share(chosen & ordinary, ordinary),
        }
    return {"out_of_fold": table, "rows": len(ordinary), "ordinary_rows": int(ordinary.sum())}


def _share(part: Any, whole: Any) -> float:  # noqa: ANN401 - numpy masks
    return round(float(part.sum()) / max(int(whole.sum()), 1), 4)
