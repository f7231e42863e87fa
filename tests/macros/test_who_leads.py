import pytest

from casebook.modes import Mode
from tests.macros.sop_desk import a_prediction, a_score, decided


def primary_of(*scores):
    return decided(a_prediction(*scores)).primary


def test_an_observed_category_cannot_silence_life_safety():
    prediction = a_prediction(a_score("intimate_images"), a_score("self_harm"))

    decision = decided(prediction, modes={"intimate_images": Mode.OBSERVE, "self_harm": Mode.ACT})

    assert decision.categories == ("self_harm",)
    assert decision.mode >= Mode.SUGGEST


def test_an_observed_secondary_category_is_left_out():
    prediction = a_prediction(a_score("privacy"), a_score("copyright"))

    decision = decided(prediction, modes={"privacy": Mode.ACT, "copyright": Mode.OBSERVE})

    assert decision.categories == ("privacy",)
    assert decision.mode == Mode.ACT


def test_where_the_gravest_category_is_observed_the_rest_is_only_suggested():
    prediction = a_prediction(a_score("child_safety"), a_score("privacy"))

    decision = decided(prediction, modes={"child_safety": Mode.OBSERVE, "privacy": Mode.ACT})

    assert decision.categories == ("privacy",)
    assert decision.mode == Mode.SUGGEST


def test_what_is_merely_suspected_does_not_lead_where_the_model_is_sure():
    suspected = a_score("child_safety", 0.8, strength="suggest")

    decision = decided(a_prediction(a_score("intimate_images", 0.99), suspected))

    assert decision.categories == ("intimate_images", "child_safety")


def test_a_cue_about_a_life_leads_all_the_same():
    cue = a_score("self_harm", 0.85, decided_by="signal")

    assert primary_of(a_score("copyright", 0.99), cue) == "self_harm"


@pytest.mark.parametrize("flags", [(), ("imminent",)])
def test_of_self_harm_and_threat_the_likelier_leads(flags):
    for likely, other in (("self_harm", "imminent_threat"), ("imminent_threat", "self_harm")):
        decision = decided(a_prediction(a_score(other, 0.9), a_score(likely, 0.99), flags=flags))

        assert decision.primary == likely
