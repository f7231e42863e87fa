import pytest

from casebook.ports import Predictor
from casebook.taxonomy import taxonomy
from classifier.predictor import TicketPredictor
from tests.classifier.builders import a_ticket
from tests.training.conftest import small_bundle, small_corpus  # noqa: F401 - fixtures


@pytest.fixture(scope="session")
def predictor(small_bundle):  # noqa: F811
    folder, digest = small_bundle
    return TicketPredictor.load(folder, pinned=digest)


def said(predictor, text, **more):
    return predictor.predict(a_ticket(text, **more))


def test_the_port_is_implemented(predictor):
    port: Predictor = predictor
    assert len(port.digest) == 64


def test_an_ordinary_ticket_is_left_alone(predictor):
    prediction = said(predictor, "How do I change the paper size of my invoices in the app?")
    assert prediction.scores == ()
    assert prediction.flags == frozenset()
    assert not prediction.abstained


def test_a_certain_signal_raises_whatever_the_model_says(predictor):
    prediction = said(predictor, "My invoice shows the wrong size. I want to kill myself.")

    score = prediction.score_of("self_harm")

    assert score.strength == "act"
    assert score.probability >= 0.9


@pytest.mark.parametrize(
    ("text", "category", "sub_type"),
    [
        ("Erase my data, article 17 GDPR", "privacy", "erasure"),
        ("Auskunft nach Art. 15 DSGVO bitte", "privacy", "access"),
        ("A grand jury subpoena is attached", "law_enforcement", "subpoena_gj"),
        ("This is a DMCA counter notification", "copyright", "counter_notice"),
        ("my friend says she will end her life", "self_harm", "third_party_concern"),
    ],
)
def test_the_sub_type_comes_from_its_cues(predictor, text, category, sub_type):
    assert said(predictor, text).score_of(category).sub_type == sub_type


def test_flags_qualify_what_was_found(predictor):
    prediction = said(predictor, "I'm 15 and I want to kill myself tonight")
    assert {"imminent", "minor_involved"} <= prediction.flags


@pytest.mark.parametrize(
    "text", ["tonight, right now please!", "I'm 15 years old and like it here"]
)
def test_a_modifier_alone_routes_nothing(predictor, text):
    assert all(score.decided_by == "model" for score in said(predictor, text).scores)


def test_a_nondisclosure_demand_is_flagged(predictor):
    text = "Search warrant attached. Do not notify the account holder, see 18 USC 2705(b)."
    assert "nondisclosure" in said(predictor, text).flags


@pytest.mark.parametrize("text", ["I need help.", "hi", "", "???", "\u200b\u202e"])
def test_too_little_text_is_no_answer(predictor, text):
    prediction = said(predictor, text)
    assert prediction.abstained
    assert prediction.scores == ()
    assert prediction.reasons[0].kind == "abstained"


def test_an_unknown_tongue_is_no_answer_but_a_signal_is_heard(predictor):
    strange = "qwzx vrrt plok mnbv trewq hgfd"
    assert said(predictor, strange).abstained
    assert said(predictor, f"{strange} もう死にたい").score_of("self_harm").strength == "act"


def test_reasons_point_into_the_ticket_and_copy_nothing(predictor):
    ticket = a_ticket("Hello.\n\nPlease erase all my data under article 17 GDPR.", subject="Data")
    prediction = predictor.predict(ticket)

    assert 1 <= len(prediction.reasons) <= 3
    for reason in prediction.reasons:
        assert reason.category in {"privacy", None}
        if reason.start is not None:
            assert ticket.text()[reason.start : reason.end].strip()
    signal = next(r for r in prediction.reasons if r.kind == "signal")
    assert "article 17 GDPR" in ticket.text()[signal.start : signal.end]


def test_the_language_is_named(predictor):
    text = "Ich möchte wissen, welche Daten Sie über mich gespeichert haben, Art. 15 DSGVO"
    prediction = said(predictor, text)
    assert prediction.language == "de"
    assert "non_english" in prediction.flags


def test_many_at_once_say_the_same_as_one_by_one(predictor):
    tickets = [
        a_ticket(text) for text in ("erase me, gdpr article 17", "hi", "where is my parcel?")
    ]
    assert predictor.predict_many(tickets) == [predictor.predict(ticket) for ticket in tickets]
    assert predictor.predict_many([]) == []


@pytest.mark.parametrize(
    "text",
    ["\x00\xff" * 5_000, "a" * 10_000_000, "\u202e" * 50_000, "死" * 50_000, "<a " * 30_000],
    ids=["binary", "ten megabytes", "direction marks", "one character", "open tags"],
)
def test_any_text_gets_an_answer(predictor, text):
    prediction = said(predictor, text)
    assert prediction.model == predictor.digest


def test_nothing_outside_the_taxonomy_is_said(predictor):
    words = taxonomy()
    text = (
        "I'm 15. A man threatens to post my nudes tonight. Delete my data, article 17 GDPR. "
        "My lawyer will sue. DMCA. The police were told. My account was hacked."
    )
    prediction = said(predictor, text)

    assert len(prediction.scores) >= 3
    for score in prediction.scores:
        assert score.category in words.sensitive
        assert (
            score.sub_type is None or score.sub_type in words.categories[score.category].sub_types
        )
        assert 0 <= score.probability <= 1
    assert prediction.flags <= set(words.flags)


def test_what_the_requester_adds_later_counts(predictor):
    ticket = a_ticket("Thanks, that works.", comments=["one more thing: I want to kill myself"])
    assert predictor.predict(ticket).score_of("self_harm") is not None
