import re
from dataclasses import replace

import pytest

from casebook.decision import SopRef
from casebook.modes import Mode
from casebook.prediction import Reason
from casebook.taxonomy import Severity
from tests.macros.sop_desk import a_library, a_prediction, a_score, a_ticket, an_sop, decided


def primary_of(*scores, flags=()):
    return decided(a_prediction(*scores, flags=flags)).primary


# Ordinary ----------------------------------------------------------------------------------


def test_no_score_leaves_the_ticket_alone():
    decision = decided(a_prediction())

    assert decision.ordinary
    assert not decision.abstained
    assert decision.because == ("Nothing sensitive was found.",)
    assert (decision.severity, decision.priority, decision.group, decision.sop) == (None,) * 4


def test_abstaining_is_an_answer_and_says_why():
    reason = Reason("abstained", "Too little text")

    decision = decided(a_prediction(abstained=True, reasons=(reason,)))

    assert decision.ordinary
    assert decision.abstained
    assert decision.because[1] == "Too little text."


def test_a_modifier_never_routes_alone():
    decision = decided(a_prediction(flags={"imminent", "minor_involved"}))

    assert decision.ordinary
    assert decision.flags == frozenset()


# Who leads ---------------------------------------------------------------------------------

PRECEDENCE = [
    # scores, flags, who leads: handbook sections 1 and 5
    ((("self_harm",), ("child_safety",)), (), "child_safety"),
    ((("terrorism",), ("imminent_threat",)), ("imminent",), "imminent_threat"),
    ((("terrorism",), ("imminent_threat",)), (), "terrorism"),
    ((("government_removal",), ("self_harm",)), ("imminent",), "self_harm"),
    ((("intimate_images",), ("self_harm",)), (), "intimate_images"),
    ((("intimate_images",), ("government_removal",)), (), "government_removal"),
    ((("law_enforcement",), ("account_security",)), (), "law_enforcement"),
    ((("privacy",), ("copyright",)), (), "privacy"),
    ((("copyright",), ("trademark_ip",)), (), "copyright"),
    ((("fraud_scam",), ("abuse_report",)), (), "fraud_scam"),
    # the worse severity leads, whatever the precedence
    ((("law_enforcement",), ("intimate_images",)), (), "intimate_images"),
    ((("privacy", "access"), ("account_security", "account_takeover")), (), "account_security"),
    ((("law_enforcement", "edr"), ("intimate_images",)), (), "law_enforcement"),
    ((("copyright",), ("privacy", "dpo_complaint")), (), "privacy"),
]


@pytest.mark.parametrize(("scores", "flags", "leader"), PRECEDENCE)
def test_the_worst_leads_and_precedence_settles_the_rest(scores, flags, leader):
    scores = [a_score(c, 0.9, sub_type=rest[0] if rest else None) for c, *rest in scores]

    assert primary_of(*scores, flags=flags) == leader
    assert primary_of(*reversed(scores), flags=flags) == leader


def test_the_others_follow_in_the_same_order():
    decision = decided(
        a_prediction(a_score("appeal", 0.6), a_score("copyright"), a_score("law_enforcement"))
    )

    assert (decision.primary, *decision.secondary) == ("law_enforcement", "copyright", "appeal")


def test_a_suggestion_never_outranks_what_is_certain_enough_to_act_on():
    scores = a_score("law_enforcement", 0.4, strength="suggest"), a_score("copyright")

    decision = decided(a_prediction(*scores))

    assert decision.primary == "copyright"
    assert decision.mode is Mode.ACT


def test_a_life_likely_at_risk_outranks_also_as_a_mere_suggestion():
    scores = a_score("self_harm", 0.6, strength="suggest"), a_score("copyright", 0.8)

    decision = decided(a_prediction(*scores))

    assert decision.primary == "self_harm"
    assert decision.mode is Mode.SUGGEST


def test_a_faint_suspicion_about_a_life_sets_the_severity_but_not_the_route():
    scores = a_score("self_harm", 0.3, strength="suggest"), a_score("copyright")

    decision = decided(a_prediction(*scores))

    assert decision.categories == ("copyright", "self_harm")
    assert decision.severity is Severity.SEV1
    assert decision.mode is Mode.ACT


@pytest.mark.parametrize("authority", ["law_enforcement", "government_removal"])
@pytest.mark.parametrize("subject", ["terrorism", "imminent_threat", "self_harm"])
def test_an_authoritys_request_stays_one_though_it_tells_of_a_threat(authority, subject):
    told = a_score(subject, 0.9)

    assert primary_of(a_score(authority, 0.98), told) == authority
    assert primary_of(a_score(authority, 0.8, strength="suggest"), told) == subject


def test_a_child_at_risk_comes_first_whoever_writes():
    scores = a_score("law_enforcement", 0.99), a_score("child_safety", 0.9)

    assert primary_of(*scores) == "child_safety"


def test_an_appeal_stays_an_appeal_when_it_mentions_the_violation():
    scores = a_score("appeal", 0.9), a_score("intimate_images", 0.6), a_score("copyright", 0.7)

    decision = decided(a_prediction(*scores))

    assert decision.primary == "appeal"
    assert decision.severity is Severity.SEV1


@pytest.mark.parametrize("life", ["child_safety", "self_harm", "imminent_threat", "terrorism"])
def test_a_risk_to_life_ends_an_appeal(life):
    assert primary_of(a_score("appeal", 0.99), a_score(life, 0.5)) == life


def test_an_appeal_that_is_not_the_surest_gives_way():
    assert primary_of(a_score("appeal", 0.7), a_score("copyright", 0.8)) == "copyright"


def test_an_appeal_that_is_only_suggested_does_not_outrank():
    appeal = a_score("appeal", 0.8, strength="suggest")

    assert primary_of(appeal, a_score("copyright", 0.7)) == "copyright"


def test_a_category_that_the_taxonomy_does_not_know_is_left_out():
    decision = decided(a_prediction(a_score("weather"), a_score("privacy", sub_type="weather")))

    assert decision.categories == ("privacy",)
    assert decision.sub_types == ()


# How severe --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "sub_type", "flags", "severity", "priority"),
    [
        ("child_safety", None, (), Severity.SEV1, "urgent"),
        ("child_safety", "sextortion_minor", (), Severity.SEV0, "urgent"),
        ("child_safety", "csam_appeal", (), Severity.SEV2, "high"),
        ("self_harm", "user_imminent", (), Severity.SEV0, "urgent"),
        ("self_harm", "user_non_imminent", ("imminent",), Severity.SEV0, "urgent"),
        ("self_harm", "bereaved", (), Severity.SEV2, "high"),
        ("law_enforcement", "edr", (), Severity.SEV0, "urgent"),
        ("law_enforcement", "le_general", (), Severity.SEV3, "normal"),
        ("government_removal", "tco_order", (), Severity.SEV0, "urgent"),
        ("privacy", "access", (), Severity.SEV3, "normal"),
        ("privacy", "access", ("imminent",), Severity.SEV3, "normal"),
        ("fraud_scam", None, ("imminent",), Severity.SEV2, "high"),
    ],
)
def test_severity_is_the_handbooks(category, sub_type, flags, severity, priority):
    sops = a_library()
    score = a_score(category, sub_type=sub_type)

    decision = decided(a_prediction(score, flags=flags), sops=sops)

    assert (decision.severity, decision.priority) == (severity, priority)


def test_a_milder_sub_type_is_not_defeated_by_the_sops_floor():
    sops = a_library(an_sop(severity=1))

    known = decided(a_prediction(a_score(sub_type="access")), sops=sops)
    unknown = decided(a_prediction(a_score()), sops=sops)

    assert (known.severity, unknown.severity) == (Severity.SEV3, Severity.SEV1)


def test_an_sop_for_a_sub_type_may_raise_it():
    when = {
        "all": (
            {"field": "category", "operator": "is", "value": "privacy"},
            {"field": "sub_type", "operator": "is", "value": "minor_data"},
        )
    }
    sops = a_library(an_sop(), an_sop(sop="privacy_minor", when=when, severity=1))

    decision = decided(a_prediction(a_score(sub_type="minor_data")), sops=sops)

    assert decision.sop == SopRef("privacy_minor", 3)
    assert decision.severity is Severity.SEV1


def test_the_worst_of_all_categories_counts():
    scores = a_score("appeal", 0.9), a_score("government_removal", 0.4)

    assert decided(a_prediction(*scores)).severity is Severity.SEV1


@pytest.mark.parametrize(("wanted", "priority"), [("urgent", "urgent"), ("low", "normal")])
def test_an_sop_raises_the_priority_and_never_lowers_it(wanted, priority):
    sops = a_library(an_sop(then=({"field": "priority", "value": wanted},)))

    assert decided(a_prediction(a_score()), sops=sops).priority == priority


def test_the_sop_chooses_the_group_and_the_taxonomy_where_it_does_not():
    to_comms = an_sop(then=({"field": "group_id", "value": "Comms"},))

    assert decided(a_prediction(a_score()), sops=a_library(to_comms)).group == "Comms"
    assert decided(a_prediction(a_score()), sops=a_library(an_sop())).group == "Privacy-Office"


# How far -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "strength", "reached"),
    [
        (Mode.ACT, "act", Mode.ACT),
        (Mode.ACT, "suggest", Mode.SUGGEST),
        (Mode.SUGGEST, "act", Mode.SUGGEST),
        (Mode.OBSERVE, "act", Mode.OBSERVE),
        (Mode.OBSERVE, "suggest", Mode.OBSERVE),
    ],
)
def test_the_mode_is_the_more_cautious_of_admin_and_model(mode, strength, reached):
    prediction = a_prediction(a_score(strength=strength))

    assert decided(prediction, modes={"privacy": mode}).mode is reached


def test_a_category_without_a_mode_of_its_own_takes_the_default():
    prediction = a_prediction(a_score())

    assert decided(prediction, modes={"appeal": Mode.ACT}, mode=Mode.OBSERVE).mode is Mode.OBSERVE


@pytest.mark.parametrize("life", ["draft", "expired"])
def test_an_sop_that_is_not_live_is_ignored(life):
    decision = decided(a_prediction(a_score()), sops=a_library(an_sop(life=life, severity=0)))

    assert (decision.mode, decision.sop) == (Mode.SUGGEST, None)
    assert decision.severity is Severity.SEV3
    assert "no SOP" in decision.because[-1]


def test_an_sop_in_the_background_only_records_and_says_so():
    sops = a_library(an_sop(life="background", severity=0))

    decision = decided(a_prediction(a_score()), sops=sops)

    assert (decision.mode, decision.sop) == (Mode.OBSERVE, SopRef("privacy", 3))
    assert decision.severity is Severity.SEV3
    assert "background" in decision.because[-1]


def test_a_live_sop_goes_before_one_in_the_background():
    sops = a_library(an_sop(sop="a_trial", life="background"), an_sop())

    assert decided(a_prediction(a_score()), sops=sops).sop == SopRef("privacy", 3)


# Why ---------------------------------------------------------------------------------------


def test_the_reasons_are_sentences_for_agents():
    reasons = (Reason("term", "Words about takedowns"), Reason("signal", "sworn statement"))
    scores = a_score("copyright", 0.974), a_score("privacy", 1.0, decided_by="signal")

    because = decided(a_prediction(*scores, reasons=reasons)).because

    assert because == (
        "A certain signal points to Privacy and data protection.",
        "Model is 97 % sure of Copyright.",
        "SEV3 for Privacy and data protection.",
        "Certain signal: sworn statement.",
        "Words about takedowns.",
    )


def test_imminence_is_named_as_the_reason():
    because = decided(a_prediction(a_score("self_harm"), flags={"imminent"})).because

    assert "SEV0 since it is imminent." in because


def test_nearly_certain_is_never_said_to_be_certain():
    assert "99 %" in decided(a_prediction(a_score(probability=0.9999))).because[0]


# The id ------------------------------------------------------------------------------------

BASE = a_prediction(a_score("privacy", sub_type="access"), a_score("appeal", 0.6))


def test_the_id_is_stable_and_short():
    assert decided(BASE).id == decided(BASE).id
    assert re.fullmatch(r"[a-z2-7]{26}", decided(BASE).id)


def test_the_id_does_not_depend_on_what_else_the_ticket_shows():
    busy = a_ticket(status="open", priority="high", tags={"web"}, updated_stamp="later")

    assert decided(BASE, ticket=busy).id == decided(BASE).id


def test_the_id_does_not_depend_on_the_order_of_scores():
    assert decided(replace(BASE, scores=BASE.scores[::-1])).id == decided(BASE).id


@pytest.mark.parametrize(
    "other",
    [
        lambda: decided(BASE, words="other words"),
        lambda: decided(BASE, ticket=a_ticket(id=4712)),
        lambda: decided(replace(BASE, model="another")),
        lambda: decided(BASE, mode=Mode.OBSERVE),
        lambda: decided(BASE, sops=a_library(an_sop())),
        lambda: decided(replace(BASE, scores=BASE.scores[:1])),
        lambda: decided(replace(BASE, flags=frozenset({"juris_eu"}))),
    ],
    ids=["words", "ticket", "model", "mode", "sops", "categories", "flags"],
)
def test_whatever_matters_makes_a_new_id(other):
    assert other().id != decided(BASE).id
