"""A cheap look for words of life and death, to put an event first before any model runs."""

from functools import lru_cache

from casebook.taxonomy import taxonomy
from classifier.cues import Cue, lexicon
from classifier.text import read

# Zendesk waits while this runs; who writes that much before the point is not in the first minute.
READ_CHARS = 4_000


@lru_cache(maxsize=1)
def _urgent_cues() -> tuple[Cue, ...]:
    categories = taxonomy().categories
    life = {slug for slug, category in categories.items() if category.life_safety}
    return tuple(c for c in lexicon().cues if c.kind == "signal" and c.category in life)


def sounds_urgent(text: str) -> bool:
    """Whether a certain signal of a life-safety category stands in the beginning of a text."""
    reading = read(text[:READ_CHARS])
    return any(cue.find(reading.text) for cue in _urgent_cues())
