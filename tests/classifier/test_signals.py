import time

import pytest

from casebook.errors import Misconfigured
from casebook.taxonomy import taxonomy
from classifier.cues import check_lexicon, lexicon, read_lexicon
from classifier.text import read
from tests.classifier.examples import FIRES, SILENT

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "tr", "ru", "ja", "zh", "ar")


def signals_in(text):
    return {hit.cue.category for hit in lexicon().find(read(text)) if hit.cue.kind == "signal"}


@pytest.mark.parametrize(("category", "text"), FIRES)
def test_a_certain_signal_fires(category, text):
    assert category in signals_in(text)


@pytest.mark.parametrize("text", SILENT)
def test_a_look_alike_passes(text):
    assert signals_in(text) == set()


def test_the_lexicon_speaks_the_taxonomy():
    check_lexicon(lexicon(), taxonomy())


@pytest.mark.parametrize("category", ["self_harm", "child_safety", "imminent_threat"])
def test_life_safety_is_heard_in_every_language_that_we_name(category):
    heard = {
        language for cue in read_sources(category) if "raises" in cue for language in cue["any"]
    }
    assert set(LANGUAGES) <= heard


def read_sources(category):
    import yaml

    from classifier.cues import lexicon_sources

    return yaml.safe_load(lexicon_sources()[f"{category}.yaml"])["cues"]


def test_a_hit_points_at_its_place_in_the_ticket():
    text = "Hello,\n\nI  am fine.<br>But I want to k\u200bill myself tonight."
    hit = next(h for h in lexicon().find(read(text)) if h.cue.category == "self_harm")

    assert text[hit.start : hit.end].replace("\u200b", "").endswith("kill myself")


def test_flags_and_sub_types_never_raise():
    for cue in lexicon().cues:
        assert (cue.kind == "signal") == (cue.floor is not None)
        assert cue.kind != "flag" or cue.category is None


HANGS_SECONDS = 2.0
PIECES = [
    "a", "a ", "\n", "1 ", "死", "my ", "i want to ", "kill you ", "adult my son ",
    "nude photos of ", "the police data ", "article 15 account ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
def test_no_pattern_is_slow_on_a_hostile_text(piece):
    text = (piece * 60_000)[:60_000]
    for cue in lexicon().cues:
        for pattern in (*cue.patterns, *cue.near, *cue.unless):
            started = time.process_time()
            pattern.compiled.search(text)
            spent = time.process_time() - started
            # A guard against catastrophe; the figure itself is measured by `make bench`.
            assert spent < HANGS_SECONDS, (
                f"{cue.name}: {spent:.3f} s in {pattern.compiled.pattern[:70]}"
            )


@pytest.mark.parametrize("piece", PIECES)
def test_the_whole_lexicon_is_quick_on_a_hostile_ticket(piece):
    reading = read((piece * 60_000)[:60_000])
    lexicon().find(read("warm up"))

    started = time.process_time()
    lexicon().find(reading)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("any: {en: ['kill.*me']}", "bounded repeat"),
        ("any: {en: ['KILL me']}", "lower case"),
        ("any: {en: ['(kill']}", "unterminated|missing"),
        ("anything: {en: ['kill']}", "anything"),
        ("any: {en: ['kill me']}\n    flag: imminent\n    sub_type: x", "neither raises"),
    ],
)
def test_a_faulty_lexicon_is_refused_with_its_name(entry, fault):
    page = (
        f"category: self_harm\ncues:\n  - cue: some_cue\n    words: says something\n    {entry}\n"
    )
    with pytest.raises(Misconfigured, match=rf"(?s)pages\.yaml.*({fault})"):
        read_lexicon({"pages.yaml": page})


def test_a_cue_outside_the_taxonomy_is_refused():
    page = "category: weather\ncues:\n  - {cue: rain, words: it rains, any: {en: [rain]}}\n"
    with pytest.raises(Misconfigured, match="rain"):
        check_lexicon(read_lexicon({"weather.yaml": page}), taxonomy())
