"""The model that a fresh installation starts with: trained on first use, then kept."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from classifier.bundle import MANIFEST, digest_of, libraries, read_manifest
from training.fit import SEED, source_digests, train_starter
from training.starter import STARTER

Progress = Callable[[str, int, int], None]


def ensure_starter_bundle(folder: Path, *, progress: Progress) -> tuple[Path, str]:
    """Path and digest of the starter bundle below `folder`, trained now where it is missing.

    Its name holds a digest of corpus, taxonomy, lexicons, code and library versions, so an
    upgrade trains anew. Two processes may call this at once: both train, one folder remains.
    """
    target = folder / f"starter-{starter_source_digest()[:12]}"
    if not (target / MANIFEST).exists():
        _build(folder, target, progress)
    return target, digest_of(read_manifest(target))


def starter_source_digest() -> str:
    """Digest of everything that the starter bundle comes from."""
    digest = hashlib.sha256(f"{SEED}".encode())
    for name, value in sorted({**source_digests(), **libraries()}.items()):
        digest.update(f"{name}={value}\n".encode())
    for path in sorted(STARTER.glob("*.jsonl")):
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _build(folder: Path, target: Path, progress: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".starter-", dir=folder))
    try:
        train_starter(workshop / "bundle", progress=progress)
        _put_in_place(workshop / "bundle", target)
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _put_in_place(built: Path, target: Path) -> None:
    """Rename is atomic; where another process was first, its bundle (the same) stays."""
    try:
        built.replace(target)
    except OSError:
        if not (target / MANIFEST).exists():
            raise
