import pytest
from pydantic import ValidationError

from casebook.taxonomy import Severity
from macros.conditions import facts_of, holds, is_true
from macros.schema import Condition, When
from tests.macros.sop_desk import a_prediction, a_score, a_ticket

FACTS = facts_of(
    a_ticket(tags={"web", "ts_vip"}, priority="high", channel="email", assignee_id=7),
    a_prediction(flags={"juris_eu", "minor_involved"}),
    a_score("privacy", 0.9, sub_type="access"),
    severity=Severity.SEV2,
)


def condition(field, operator, value=None):
    return Condition(field=field, operator=operator, value=value)


@pytest.mark.parametrize(
    ("field", "operator", "value", "truth"),
    [
        ("category", "is", "privacy", True),
        ("category", "is_not", "privacy", False),
        ("sub_type", "is", "erasure", False),
        ("sub_type", "present", None, True),
        ("flags", "includes", "juris_uk juris_eu", True),
        ("flags", "not_includes", "juris_uk juris_eu", False),
        ("flags", "not_includes", "legal_hold", True),
        ("language", "is_not", "en", False),
        ("current_tags", "includes", "ts_vip", True),
        ("current_tags", "includes", "vip", False),
        ("priority", "greater_than", "normal", True),
        ("priority", "greater_than", "high", False),
        ("priority", "less_than", "high", False),
        ("status", "less_than", "solved", True),
        ("severity", "less_than", 3, True),
        ("severity", "is", 2, True),
        ("severity", "is", "2", True),
        ("via_id", "is", "email", True),
        ("assignee_id", "present", None, True),
        ("assignee_id", "not_present", None, False),
        ("group_id", "is", "360", True),
        ("group_id", "is_not", 361, True),
        ("brand_id", "is", "5", False),
        ("brand_id", "is_not", "5", True),
        ("ticket_form_id", "not_present", None, True),
        ("certainty", "greater_than", 0.85, True),
        ("certainty", "less_than", "0.85", False),
    ],
)
def test_a_condition_reads_like_zendesks(field, operator, value, truth):
    assert is_true(condition(field, operator, value), FACTS) is truth


def test_no_priority_is_the_lowest_of_all():
    facts = {**FACTS, "priority": None}

    assert is_true(condition("priority", "less_than", "low"), facts)


def test_every_of_all_and_one_of_any_must_hold():
    yes, no = condition("category", "is", "privacy"), condition("category", "is", "appeal")

    assert holds(When(all=(yes,)), FACTS)
    assert holds(When(all=(yes,), any=(no, yes)), FACTS)
    assert not holds(When(all=(yes, no)), FACTS)
    assert not holds(When(all=(yes,), any=(no,)), FACTS)


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("colour", "is", "red"),
        ("category", "resembles", "privacy"),
        ("category", "includes", "privacy"),
        ("flags", "is", "imminent"),
        ("assignee_id", "is", "7"),
        ("priority", "is", None),
        ("sub_type", "present", "access"),
        ("certainty", "is", 0.5),
        ("category", "is", True),
    ],
)
def test_an_unknown_field_or_operator_is_an_error_never_a_silent_false(field, operator, value):
    with pytest.raises(ValidationError):
        Condition.model_validate({"field": field, "operator": operator, "value": value})
