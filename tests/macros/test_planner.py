import pytest

from casebook.modes import Mode
from casebook.plan import AddNote, AddTags, NameMacro, SetField, SetGroup, SetPriority
from tests.macros.sop_desk import (
    SECRET_WORDS,
    a_case,
    a_library,
    a_prediction,
    a_score,
    a_ticket,
    action_of,
    an_sop,
    decided,
    planned,
    show,
    tags_of,
)

EDR = a_prediction(a_score("law_enforcement", sub_type="edr"), flags={"juris_us"})
PRIVACY = a_prediction(a_score("privacy", sub_type="access"))


def why_dropped(plan, start):
    return next((line.split(": ", 1)[1] for line in plan.dropped if line.startswith(start)), None)


# What the mode allows ----------------------------------------------------------------------


def test_an_ordinary_ticket_gets_not_even_a_tag():
    plan = planned(decided(a_prediction()))

    assert plan.empty
    assert plan.dropped == ()


def test_observing_writes_nothing_not_even_for_a_life_at_risk():
    plan = planned(decided(a_prediction(a_score("self_harm")), mode=Mode.OBSERVE))

    assert plan.empty
    assert plan.dropped == ("everything: the mode only records",)


def test_suggesting_tags_and_notes_and_moves_nothing():
    plan = planned(decided(PRIVACY, mode=Mode.SUGGEST))

    assert {type(action) for action in plan.actions} == {AddTags, SetField, AddNote}
    assert tags_of(plan) == {"ts_triaged", "ts_privacy", "ts_sub_access", "ts_sev3"}
    assert action_of(plan, SetField, "category").value == "ts_primary_privacy"
    assert action_of(plan, SetField, "severity").value == "ts_sev3"
    assert action_of(plan, SetField, "certainty").value == 0.97


def test_acting_also_raises_routes_and_names_the_macro():
    plan = planned(decided(EDR))

    assert action_of(plan, SetPriority).priority == "urgent"
    assert action_of(plan, SetGroup).group == "LE-Response"
    assert action_of(plan, NameMacro).title == "Casewarden::Law enforcement::Neutral receipt"
    assert "ts_flag_juris_us" in tags_of(plan)


@pytest.mark.parametrize("category", ["child_safety", "self_harm", "imminent_threat", "terrorism"])
def test_a_life_at_risk_reaches_people_also_when_only_suggested(category):
    plan = planned(decided(a_prediction(a_score(category)), mode=Mode.SUGGEST))

    assert action_of(plan, SetPriority).priority == "urgent"
    assert action_of(plan, SetGroup) is not None
    assert action_of(plan, NameMacro) is None


def test_a_life_at_risk_in_second_place_raises_but_does_not_route():
    scores = a_score("intimate_images"), a_score("self_harm")

    plan = planned(decided(a_prediction(*scores), mode=Mode.SUGGEST))

    assert action_of(plan, SetPriority).priority == "urgent"
    assert action_of(plan, SetGroup) is None


def test_the_tags_of_the_sop_come_along():
    sops = a_library(an_sop(then=({"field": "current_tags", "value": "ts_gdpr ts_dsr"},)))

    plan = planned(decided(PRIVACY, sops=sops), sops=sops)

    assert {"ts_gdpr", "ts_dsr"} <= tags_of(plan)


def test_a_forbidden_flag_keeps_the_macro_out():
    prediction = a_prediction(a_score("privacy"), flags={"legal_hold"})

    plan = planned(decided(prediction))

    assert action_of(plan, NameMacro) is None
    assert "legal_hold" in why_dropped(plan, "macro ")
    assert "none while" in action_of(plan, AddNote).html


# What the ticket shows ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.ACT])
@pytest.mark.parametrize("prediction", [EDR, PRIVACY, a_prediction(a_score("self_harm"))])
def test_a_plan_applied_leaves_nothing_to_do(mode, prediction):
    decision = decided(prediction, mode=mode)
    ticket = a_ticket(group_id=None)
    plan = planned(decision, ticket=ticket)

    again = planned(decision, ticket=show(plan, ticket))

    assert not plan.empty
    assert again.actions == ()


def test_a_plan_applied_by_a_desk_without_our_fields_leaves_nothing_to_do_either():
    decision = decided(PRIVACY)
    plan = planned(decision)
    shown = a_ticket(tags=tags_of(plan), priority="normal")

    assert planned(decision, ticket=shown).empty


@pytest.mark.parametrize(("has", "left"), [("urgent", None), ("high", None), ("low", "normal")])
def test_the_priority_is_only_ever_raised(has, left):
    plan = planned(decided(PRIVACY), ticket=a_ticket(priority=has))

    action = action_of(plan, SetPriority)
    assert (action.priority if action else None) == left
    if left is None:
        assert why_dropped(plan, "priority normal") == f"the ticket has {has}"


def test_a_worse_severity_on_the_ticket_is_kept():
    plan = planned(decided(PRIVACY), ticket=a_ticket(tags={"ts_sev1"}))

    assert "ts_sev3" not in tags_of(plan)
    assert action_of(plan, SetField, "severity") is None
    assert why_dropped(plan, "tag ts_sev3") == "the ticket shows SEV1"


def test_a_milder_severity_on_the_ticket_is_raised_by_adding():
    plan = planned(decided(EDR), ticket=a_ticket(tags={"ts_sev2"}))

    assert "ts_sev0" in tags_of(plan)
    assert action_of(plan, SetField, "severity").value == "ts_sev0"


def test_the_category_field_keeps_what_comes_first():
    shown = a_ticket(tags={"ts_law_enforcement", "ts_primary_law_enforcement", "ts_sev1"})

    plan = planned(decided(PRIVACY), ticket=shown)

    assert "ts_privacy" in tags_of(plan)
    assert action_of(plan, SetField, "category") is None
    assert action_of(plan, SetGroup) is None


def test_a_ticket_is_not_routed_away_from_what_comes_first():
    shown = a_ticket(tags={"ts_privacy", "ts_primary_privacy", "ts_sev2"})

    plan = planned(decided(a_prediction(a_score("copyright"))), ticket=shown)

    assert why_dropped(plan, "group IP-Desk") == "the ticket shows a category that comes first"


def test_a_life_at_risk_comes_before_a_worse_case_that_is_not_about_life():
    shown = a_ticket(tags={"ts_law_enforcement", "ts_primary_law_enforcement", "ts_sev1"})

    plan = planned(decided(a_prediction(a_score("self_harm", sub_type="bereaved"))), ticket=shown)

    assert action_of(plan, SetField, "category").value == "ts_primary_self_harm"
    assert action_of(plan, SetGroup).group == "TS-Crisis"


def test_the_category_field_gives_way_to_what_is_worse():
    shown = a_ticket(tags={"ts_privacy", "ts_primary_privacy", "ts_sev3", "ts_triaged"})

    plan = planned(decided(EDR), ticket=shown)

    assert action_of(plan, SetField, "category").value == "ts_primary_law_enforcement"
    assert action_of(plan, SetGroup).group == "LE-Response"


def test_a_ticket_that_somebody_took_is_not_routed_away():
    plan = planned(decided(EDR), ticket=a_ticket(assignee_id=7))

    assert action_of(plan, SetGroup) is None
    assert why_dropped(plan, "group LE-Response") == "somebody has taken the ticket"


def test_a_ticket_about_life_is_routed_whoever_took_it():
    decision = decided(a_prediction(a_score("self_harm")))

    plan = planned(decision, ticket=a_ticket(assignee_id=7))

    assert action_of(plan, SetGroup).group == "TS-Crisis"


def test_a_restricted_ticket_is_never_opened_to_others():
    shown = a_ticket(tags={"ts_child_safety"})

    plan = planned(decided(a_prediction(a_score("fraud_scam"))), ticket=shown)

    assert action_of(plan, SetGroup) is None
    assert why_dropped(plan, "group Fraud-Ops") == "it would open a restricted ticket"


def test_a_new_flag_alone_brings_a_tag_and_no_second_note():
    decision = decided(PRIVACY)
    ticket = show(planned(decision), a_ticket())
    flagged = decided(a_prediction(*PRIVACY.scores, flags={"juris_eu"}))

    plan = planned(flagged, ticket=ticket)

    assert plan.actions == (AddTags(frozenset({"ts_flag_juris_eu"})),)
    assert why_dropped(plan, "note") == "nothing new to go with"


def test_a_ticket_without_a_group_is_routed_even_when_all_tags_were_inherited():
    decision = decided(PRIVACY)
    inherited = show(planned(decision), a_ticket())

    bare = a_ticket(tags=inherited.tags, priority=inherited.priority, group_id=None)
    plan = planned(decision, ticket=bare)

    assert action_of(plan, SetGroup).group == "Privacy-Office"
    assert action_of(plan, AddNote) is None


# What a person decided ---------------------------------------------------------------------


def test_a_tag_that_a_person_removed_is_not_set_again():
    plan = planned(decided(PRIVACY), case=a_case(removed={"ts_sub_access"}))

    assert "ts_sub_access" not in tags_of(plan)
    assert "ts_privacy" in tags_of(plan)
    assert why_dropped(plan, "tag ts_sub_access") == "a person decided otherwise"


def test_a_category_that_a_person_removed_leaves_nothing_behind():
    plan = planned(decided(PRIVACY), case=a_case(removed={"ts_privacy"}))

    assert plan.empty
    assert plan.dropped == ("everything: a person decided otherwise",)


def test_removing_the_leader_keeps_the_other_tags_and_nothing_that_speaks_for_it():
    scores = a_score("government_removal", sub_type="tco_order"), a_score("copyright")

    plan = planned(decided(a_prediction(*scores)), case=a_case(removed={"ts_government_removal"}))

    assert tags_of(plan) == {"ts_copyright", "ts_triaged"}
    assert [type(action) for action in plan.actions] == [AddTags]


def test_removing_the_leader_does_not_silence_a_life_at_risk():
    scores = a_score("intimate_images"), a_score("self_harm")

    plan = planned(decided(a_prediction(*scores)), case=a_case(removed={"ts_intimate_images"}))

    assert {"ts_self_harm", "ts_sev1"} <= tags_of(plan)
    assert action_of(plan, SetPriority).priority == "urgent"
    assert action_of(plan, SetGroup) is None


def test_another_choice_in_the_category_field_stands():
    shown = a_ticket(tags={"ts_privacy", "ts_primary_copyright"})

    plan = planned(decided(PRIVACY), ticket=shown, case=a_case(removed={"ts_primary_privacy"}))

    assert action_of(plan, SetField, "category") is None
    assert action_of(plan, SetGroup) is None


def test_a_severity_that_a_person_lowered_is_not_raised_again():
    scores = a_prediction(a_score("law_enforcement", sub_type="preservation"))

    plan = planned(
        decided(scores), ticket=a_ticket(tags={"ts_sev3"}), case=a_case(removed={"ts_sev1"})
    )

    assert not {tag for tag in tags_of(plan) if tag.startswith("ts_sev")}


def test_something_worse_than_what_a_person_lowered_is_raised():
    plan = planned(
        decided(EDR), ticket=a_ticket(tags={"ts_sev3"}), case=a_case(removed={"ts_sev1"})
    )

    assert "ts_sev0" in tags_of(plan)


@pytest.mark.parametrize(("held", "kind"), [("priority", SetPriority), ("group", SetGroup)])
def test_what_a_person_set_is_left_alone(held, kind):
    plan = planned(decided(EDR), case=a_case(held={held}))

    assert action_of(plan, kind) is None
    assert why_dropped(plan, held) == "a person decided otherwise"


# What it carries ---------------------------------------------------------------------------


def test_the_plan_names_the_ticket_as_it_was_read():
    ticket = a_ticket(tags={"web"})
    decision = decided(PRIVACY)

    plan = planned(decision, ticket=ticket)

    assert plan.ticket_id == ticket.id
    assert plan.decision_id == decision.id
    assert plan.updated_stamp == ticket.updated_stamp
    assert plan.tags_before == {"web"}


def test_no_ticket_text_is_in_a_decision_or_a_plan():
    decision = decided(PRIVACY)
    plan = planned(decision)

    assert SECRET_WORDS not in repr(decision) + repr(plan) + action_of(plan, AddNote).html
