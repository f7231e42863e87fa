"""Which classifier speaks: the pinned champion, or the starter bundle on first use."""

from pathlib import Path

from casebook.ports import Predictor
from casebook.taxonomy import Taxonomy
from classifier.bundle import load_bundle
from classifier.predictor import TicketPredictor
from integration.store.shelf import Shelf
from operations.wiring import Progress
from training.first_bundle import ensure_starter_bundle

STARTER = "starter"


def champion(folder: Path, shelf: Shelf, words: Taxonomy, progress: Progress) -> Predictor:
    """Load the champion. The starter bundle follows its corpus; any other stays until replaced.

    Raise BundleRefused when the files are not the ones that were pinned.
    """
    pinned = shelf.champion()
    if pinned is not None and pinned.name != STARTER:
        return TicketPredictor(load_bundle(pinned.path, pinned=pinned.digest), words)

    def training(step: str, done: int, total: int) -> None:
        progress(f"training the first model: {step.replace('_', ' ')}", done, total)

    path, digest = ensure_starter_bundle(folder, progress=training)
    if pinned is not None and pinned.path == path:
        # What was pinned counts, not what lies there now.
        digest = pinned.digest
    else:
        shelf.promote(digest, name=STARTER, path=path)
    return TicketPredictor(load_bundle(path, pinned=digest), words)
