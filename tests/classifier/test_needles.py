import re

import pytest

from classifier.cues import lexicon
from classifier.needles import NeedleBox, needles_of


@pytest.mark.parametrize(
    ("pattern", "needles"),
    [
        (r"\bkill myself\b", {"kill myself"}),
        (r"\b(?:kill|hurt) me\b", {"kill", "hurt"}),
        (r"colou?r", {"colo"}),
        (r"\w{1,3} \d", None),
        (r"(?:abc)?", None),
        (r"abcd|\d", None),
        (r"[a-z]{2}warrant", {"warrant"}),
        (r"(?!foo)barn(?=x)", {"barn"}),
        (r"ab{0,3}cdef", {"cdef"}),
        (r"死", {"死"}),
    ],
)
def test_needles_are_what_every_match_holds(pattern, needles):
    found = needles_of(pattern)
    assert found == (frozenset(needles) if needles else None)


def test_a_box_finds_exactly_the_needles_that_stand_in_a_text():
    box = NeedleBox(["kill", "killer", "死", "ab", "zzz"])
    assert box.present_in("a killing in 死海") == {"kill", "死"}
    assert box.present_in("") == frozenset()


def test_no_needle_hides_a_match(cue_examples):
    for text in cue_examples:
        for cue in lexicon().cues:
            for pattern in cue.patterns:
                if pattern.compiled.search(text) and pattern.needles is not None:
                    assert pattern.may_match(text), (cue.name, pattern.compiled.pattern[:60])


def test_patterns_are_compiled_once_and_valid():
    assert all(isinstance(p.compiled, re.Pattern) for c in lexicon().cues for p in c.patterns)
