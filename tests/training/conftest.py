from collections import Counter

import pytest

from casebook.taxonomy import taxonomy
from training.fit import train
from training.starter import STARTER, read_corpus

PER_CATEGORY = 16
ORDINARY = 90


@pytest.fixture(scope="session")
def small_corpus():
    """The first rows of each category of the starter corpus, enough to train in seconds."""
    seen = Counter()
    rows = []
    for row in read_corpus(STARTER, taxonomy()):
        seen[row.category] += 1
        if seen[row.category] <= (ORDINARY if row.category == "general" else PER_CATEGORY):
            rows.append(row)
    return tuple(rows)


@pytest.fixture(scope="session")
def small_bundle(small_corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles") / "small"
    return folder, train(small_corpus, target=folder, progress=lambda *_: None)
