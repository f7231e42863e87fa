import pytest

from classifier.text import read
from tests.classifier.examples import FIRES, SILENT


@pytest.fixture(scope="session")
def cue_examples():
    return [read(text).text for _, text in FIRES] + [read(text).text for text in SILENT]
