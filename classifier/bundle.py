"""A model on disk: a folder whose manifest names every file by its hash.

joblib is pickle, and unpickling runs code: nothing is loaded before the manifest's digest is the
pinned one and every file has the hash that the manifest names.
"""

import hashlib
import json
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from casebook.errors import CaseworkError
from classifier.cues import Lexicon, read_lexicon
from classifier.pipeline import Model
from classifier.thresholds import Threshold, thresholds_from

SCHEMA = 1
MANIFEST = "manifest.json"
MODEL = "model.joblib"
LEXICON = "lexicon"
LIBRARIES = ("joblib", "numpy", "scikit-learn", "scipy")


class BundleRefused(CaseworkError):
    """The folder is not the pinned bundle, or cannot be used here; nothing of it was loaded."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A loaded bundle. `languages` counts training rows by language."""

    digest: str
    model: Model
    lexicon: Lexicon
    thresholds: Mapping[str, Threshold]
    languages: Mapping[str, int]
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a model was made of; goes into the manifest as it is.

    `lexicon` holds the lexicon's files by name: they travel with the model, because the two are
    measured together.
    """

    lexicon: Mapping[str, str]
    digests: Mapping[str, str]
    languages: Mapping[str, int]
    metrics: Mapping[str, Any]
    seed: int


def libraries() -> dict[str, str]:
    """Versions that decide whether the same data gives the same model."""
    return {name: version(name) for name in LIBRARIES}


def save_bundle(
    folder: Path,
    model: Model,
    *,
    thresholds: Mapping[str, Threshold],
    origin: Origin,
    created_at: datetime,
) -> str:
    """Write a bundle into an empty folder and return its digest."""
    import joblib  # noqa: PLC0415 - heavy

    (folder / LEXICON).mkdir(parents=True)
    joblib.dump(model, folder / MODEL)
    for name, text in origin.lexicon.items():
        (folder / LEXICON / name).write_text(text, "utf-8")
    manifest = {
        "schema": SCHEMA,
        "created_at": created_at.isoformat(),
        "digests": dict(origin.digests),
        "libraries": libraries(),
        "languages": dict(sorted(origin.languages.items())),
        "metrics": dict(origin.metrics),
        "seed": origin.seed,
        "thresholds": {c: {"suggest": t.suggest, "act": t.act} for c, t in thresholds.items()},
        "files": {name: _hash(folder / name) for name in [MODEL, *_lexicon_names(origin.lexicon)]},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", "utf-8")
    return digest_of(manifest)


def digest_of(manifest: Mapping[str, Any]) -> str:
    """SHA-256 over everything in a manifest but the time of its making."""
    lasting = {key: value for key, value in manifest.items() if key != "created_at"}
    canonical = json.dumps(lasting, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; raise BundleRefused where there is none that we understand."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BundleRefused(f"{folder} holds no readable {MANIFEST}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        raise BundleRefused(f"{folder / MANIFEST} is not of schema {SCHEMA}; train the model again")
    return manifest


def load_bundle(folder: Path, *, pinned: str) -> Bundle:
    """Load the bundle whose digest is `pinned`; raise BundleRefused before running any of it."""
    manifest = read_manifest(folder)
    digest = digest_of(manifest)
    if digest != pinned:
        raise BundleRefused(
            f"{folder} holds bundle {digest[:12]}, but {pinned[:12]} is pinned: it was exchanged "
            "or edited. Put the pinned bundle back or promote this one."
        )
    _refuse_changed_files(folder, manifest["files"])
    return Bundle(
        digest=digest,
        model=_load_model(folder / MODEL),
        lexicon=_load_lexicon(folder, manifest["files"]),
        thresholds=thresholds_from(manifest["thresholds"]),
        languages=manifest["languages"],
        manifest=manifest,
    )


def _refuse_changed_files(folder: Path, hashes: Mapping[str, str]) -> None:
    if MODEL not in hashes or any(
        ".." in Path(name).parts or name.startswith("/") for name in hashes
    ):
        raise BundleRefused(f"{folder / MANIFEST} names files that a bundle does not have")
    for name, expected in hashes.items():
        try:
            actual = _hash(folder / name)
        except OSError as error:
            raise BundleRefused(f"{folder / name} cannot be read: {error}") from error
        if actual != expected:
            raise BundleRefused(f"{folder / name} was changed after the bundle was made")


def _load_model(path: Path) -> Model:
    import joblib  # noqa: PLC0415 - heavy

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of numpy's pickles, not ours
        model = joblib.load(path)
    if not isinstance(model, Model):
        raise BundleRefused(f"{path} holds something else than a model")
    return model


def _load_lexicon(folder: Path, names: Mapping[str, str]) -> Lexicon:
    pages = [name for name in names if name.startswith(f"{LEXICON}/")]
    return read_lexicon({Path(page).name: (folder / page).read_text("utf-8") for page in pages})


def _lexicon_names(lexicon: Mapping[str, str]) -> list[str]:
    return [f"{LEXICON}/{name}" for name in sorted(lexicon)]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
