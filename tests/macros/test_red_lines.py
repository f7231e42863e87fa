from dataclasses import dataclass, replace

import pytest

from casebook.modes import Mode
from casebook.plan import AddNote, AddTags, NameMacro, SetField, SetGroup, SetPriority
from macros.red_lines import RedLineCrossed, broken_red_lines
from tests.macros.sop_desk import (
    WORDS,
    a_library,
    a_prediction,
    a_score,
    a_ticket,
    an_sop,
    decided,
    planned,
)

DECISION = decided(a_prediction(a_score("law_enforcement")))
EMPTY = replace(planned(DECISION), actions=())


def broken(*actions, ticket=None, decision=DECISION):
    plan = replace(EMPTY, actions=actions)
    return broken_red_lines(plan, ticket or a_ticket(), decision, WORDS)


@dataclass(frozen=True)
class SolveTicket:
    status: str = "solved"


def test_what_the_planner_makes_crosses_none():
    plan = planned(DECISION)

    assert broken_red_lines(plan, a_ticket(), DECISION, WORDS) == []


CROSSED = [
    (SetPriority("normal"), {"priority": "urgent"}, "lowers the priority"),
    (AddTags(frozenset({"ts_sev3"})), {"tags": {"ts_sev1"}}, "lowers the severity"),
    (SetField("severity", "ts_sev2"), {"tags": {"ts_sev0"}}, "lowers the severity"),
    (AddTags(frozenset({"auto_close"})), {}, "not ours"),
    (SetGroup("TS-Frontline"), {"tags": {"ts_child_safety"}}, "opens a restricted ticket"),
    (SetGroup("TS-Ops"), {"tags": {"ts_law_enforcement"}}, "opens a restricted ticket"),
    (AddNote("<p>{{ticket.requester.email}}</p>"), {}, "Liquid"),
    (AddNote("<p>{% if x %}</p>"), {}, "Liquid"),
    (AddNote("<img src=x>"), {}, "markup"),
    (AddNote('<p onclick="x">a</p>'), {}, "markup"),
    (AddNote("<scrip"), {}, "markup"),
    (AddNote("a" * 8001), {}, "longer"),
    (SolveTicket(), {}, "not known here"),
]


@pytest.mark.parametrize(("action", "shown", "words"), CROSSED)
def test_a_plan_that_crosses_a_line_is_named(action, shown, words):
    faults = broken(action, ticket=a_ticket(**shown))

    assert [words in fault for fault in faults] == [True]


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (SetPriority("urgent"), "sets a priority"),
        (SetGroup("LE-Response"), "routes"),
        (NameMacro("Casewarden::x"), "names a macro"),
    ],
)
def test_suggesting_moves_nothing(action, words):
    faults = broken(action, decision=replace(DECISION, mode=Mode.SUGGEST))

    assert [words in fault for fault in faults] == [True]


@pytest.mark.parametrize(
    "decision", [replace(DECISION, mode=Mode.OBSERVE), decided(a_prediction())]
)
def test_observed_and_ordinary_tickets_are_left_alone(decision):
    assert broken(AddTags(frozenset({"ts_triaged"})), decision=decision)


def test_a_second_note_is_refused():
    assert broken(AddNote("a"), AddNote("b")) == ["it says one thing twice"]


def test_plans_are_not_mixed_up():
    assert broken(ticket=a_ticket(id=1)) == [
        "plan, ticket and decision are not about the same ticket"
    ]


def test_the_planner_raises_rather_than_cross_a_line():
    sops = a_library(an_sop(then=({"field": "current_tags", "value": "auto_close"},)))

    with pytest.raises(RedLineCrossed, match="not ours"):
        planned(decided(a_prediction(a_score()), sops=sops), sops=sops)
