import re

import pytest

from casebook.prediction import Reason
from macros.note import ALLOWED_TAGS, MOST_BYTES, note_html
from tests.macros.sop_desk import WORDS, a_library, a_prediction, a_score, an_sop, decided

HOSTILE = '</li><script>alert(1)</script> {{ticket.requester.email}} {% if %} {{{%}}} & "quoted"'


def note_of(prediction, sops=None):
    sops = sops or a_library(an_sop(clocks=("gdpr_dsr", "uk_dsr")))
    return note_html(decided(prediction, sops=sops), sops=sops, taxonomy=WORDS)


def test_the_note_says_why_what_next_by_when_who_and_how_to_correct():
    reason = Reason("term", "Words about access requests")

    note = note_of(a_prediction(a_score(), flags={"juris_eu"}, reasons=(reason,)))

    for words in (
        "Privacy and data protection</b>: very sure (97 %), SEV3.",
        "European Union law is invoked or applies",
        "Words about access requests.",
        "<ol><li>Record when it came in</li></ol>",
        "GDPR art. 12(3)-(6)</li>",
        "UK GDPR art. 12A (confirm with Legal)",
        "The Privacy Lead approves.",
        "Casewarden::Privacy::Acknowledge",
        "<code>ts_privacy</code>",
        "will not set it again",
        "model 5e5e5e5e5e5e ",
        "SOP privacy@3",
    ):
        assert words in note


def test_other_categories_are_named():
    assert "Also: Copyright, Appeals." in note_of(
        a_prediction(a_score(), a_score("appeal", 0.5), a_score("copyright"))
    )


def test_without_an_sop_the_note_asks_for_a_person():
    note = note_of(a_prediction(a_score()), sops=a_library())

    assert "ask the lead of the queue" in note


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.99, "very sure"),
        (0.9, "quite sure"),
        (0.75, "fairly sure"),
        (0.6, "likely"),
        (0.3, "possible"),
    ],
)
def test_certainty_is_said_in_words(probability, words):
    assert f"{words} ({int(probability * 100)} %)" in note_of(
        a_prediction(a_score("privacy", probability))
    )


def hostile_note():
    sop = an_sop(title="x" * 120, steps=(HOSTILE,) * 12, do=(HOSTILE,), dont=(HOSTILE,))
    return note_of(a_prediction(a_score(), reasons=(Reason("term", HOSTILE),)), a_library(sop))


def test_nothing_interpolated_becomes_markup():
    tags = re.findall(r"</?([a-z0-9]+)[^>]*>", hostile_note())

    assert set(tags) <= set(ALLOWED_TAGS)
    assert "&lt;script&gt;" in hostile_note()


def test_nothing_interpolated_is_read_as_liquid():
    note = hostile_note()

    assert not re.search(r"\{\{|\{%|%\}|\}\}", note)
    assert "{<i></i>{ticket.requester.email}<i></i>}" in note


def test_control_and_direction_marks_are_taken_out():
    note = note_of(a_prediction(a_score(), reasons=(Reason("term", "a\u202eb\x00c\u200bd"),)))

    assert "abcd." in note


@pytest.mark.parametrize("letter", ["a", "é", "\U0001f512", "&", "{"])
def test_the_note_never_exceeds_its_bytes_and_shows_what_was_cut(letter):
    sop = an_sop(
        steps=(letter * 300,) * 12, do=(letter * 300,) * 12, dont=(letter * 300,) * 12,
        clocks=("gdpr_dsr",) * 20, macro=an_sop().macro.model_dump() | {"title": letter * 120},
    )  # fmt: skip
    reasons = tuple(Reason("term", f"{n} {letter * 120}") for n in range(20))

    note = note_of(a_prediction(a_score(), reasons=reasons), a_library(sop))

    assert len(note.encode()) <= MOST_BYTES
    assert "<li>…</li>" in note
    assert note.endswith("</i></p>")
    assert "ts_privacy" in note


def test_reasons_are_cut_before_steps():
    sop = an_sop(steps=("s" * 300,) * 12, dont=("d" * 300,) * 8)
    reasons = tuple(Reason("term", "r" * 299) for _ in range(8))

    note = note_of(a_prediction(a_score(), reasons=reasons), a_library(sop))

    assert (note.count("s" * 300), note.count("d" * 300)) == (12, 8)
    assert 0 < note.count("r" * 299) < 8
