"""Whatever the model, the SOPs, the ticket and its people: the invariants hold."""

from hypothesis import given, settings
from hypothesis import strategies as st

from casebook.modes import Mode
from casebook.plan import AddNote, SetField, SetGroup, SetPriority
from casebook.prediction import Prediction, Reason, Score
from casebook.taxonomy import Severity
from casebook.ticket import PRIORITIES, STATUSES, priority_rank
from macros.red_lines import broken_red_lines, worst_shown
from tests.macros.sop_desk import (
    WORDS,
    a_case,
    a_library,
    a_ticket,
    an_sop,
    decided,
    planned,
    show,
    tags_of,
)

CATEGORIES = st.sampled_from(WORDS.sensitive)
FLAGS = st.frozensets(st.sampled_from(sorted(WORDS.flags)), max_size=4)
GROUPS = st.sampled_from([group.name for group in WORDS.groups])
HOSTILE = st.text(st.sampled_from("{}%<>&\"'/ aé\u202e\x00"), min_size=3, max_size=40)


@st.composite
def scores(draw):
    category = draw(CATEGORIES)
    subs = sorted(WORDS.categories[category].sub_types)
    return Score(
        category,
        draw(st.none() | st.sampled_from(subs)),
        draw(st.floats(0, 1)),
        draw(st.sampled_from(["model", "signal"])),
        draw(st.sampled_from(["suggest", "act"])),
    )


@st.composite
def predictions(draw):
    return Prediction(
        tuple(draw(st.lists(scores(), max_size=4))),
        draw(FLAGS),
        draw(st.sampled_from(["en", "de", "und"])),
        "model",
        abstained=draw(st.booleans()),
        reasons=tuple(draw(st.lists(st.builds(Reason, st.just("term"), HOSTILE), max_size=3))),
    )


@st.composite
def sops(draw, number):
    category = draw(CATEGORIES)
    then = (
        {"field": "group_id", "value": draw(GROUPS)},
        {"field": "priority", "value": draw(st.sampled_from(PRIORITIES))},
        {"field": "current_tags", "value": draw(st.sampled_from(["ts_extra", "ts_privacy"]))},
    )
    return an_sop(
        sop=f"sop_{number}",
        category=category,
        life=draw(st.sampled_from(["live", "live", "background", "draft", "expired"])),
        severity=draw(st.integers(0, 3)),
        then=then[: draw(st.integers(0, 3))],
        steps=(draw(HOSTILE),),
        forbidden_flags=tuple(sorted(draw(FLAGS))),
    )


@st.composite
def libraries(draw):
    return a_library(*(draw(sops(number)) for number in range(draw(st.integers(0, 5)))))


OUR_TAGS = st.sampled_from(
    [
        WORDS.tags.done,
        *map(WORDS.severity_tag, Severity),
        *map(WORDS.category_tag, WORDS.sensitive),
        *map(WORDS.primary_tag, WORDS.sensitive),
        *map(WORDS.flag_tag, sorted(WORDS.flags)[:4]),
    ]
)
TICKETS = st.builds(
    a_ticket,
    priority=st.none() | st.sampled_from(PRIORITIES),
    status=st.sampled_from(STATUSES),
    tags=st.sets(OUR_TAGS | st.sampled_from(["web", "vip"]), max_size=8),
    group_id=st.none() | st.just(360),
    assignee_id=st.none() | st.just(7),
)
CASES = st.builds(
    a_case,
    removed=st.sets(OUR_TAGS, max_size=4),
    held=st.sets(st.sampled_from(["priority", "group"])),
)
MODES = st.dictionaries(CATEGORIES, st.sampled_from(Mode))
WORLDS = st.tuples(predictions(), TICKETS, CASES, libraries(), MODES, st.sampled_from(Mode))


def plan_of(world):
    prediction, ticket, case, library, modes, mode = world
    decision = decided(prediction, ticket=ticket, sops=library, modes=modes, mode=mode)
    return decision, planned(decision, ticket=ticket, case=case, sops=library)


@given(WORLDS)
@settings(max_examples=300, deadline=None)
def test_no_plan_ever_crosses_a_red_line(world):
    decision, plan = plan_of(world)

    assert broken_red_lines(plan, world[1], decision, WORDS) == []


@given(WORLDS)
@settings(max_examples=300, deadline=None)
def test_a_plan_applied_to_its_ticket_leaves_nothing_to_do(world):
    prediction, ticket, case, library, modes, mode = world
    _, plan = plan_of(world)

    _, again = plan_of((prediction, show(plan, ticket), case, library, modes, mode))

    assert again.actions == ()


@given(WORLDS)
@settings(max_examples=200, deadline=None)
def test_nothing_is_lowered_removed_or_set_against_a_person(world):
    _, ticket, case, *_ = world
    _, plan = plan_of(world)
    shown = show(plan, ticket)

    assert priority_rank(shown.priority) >= priority_rank(ticket.priority)
    assert (worst_shown(shown, WORDS) or 0) <= (worst_shown(ticket, WORDS) or Severity.SEV3)
    assert tags_of(plan).isdisjoint(case.removed)
    assert WORDS.categories_in(ticket.tags) <= WORDS.categories_in(shown.tags)
    for name, kind in (("priority", SetPriority), ("group", SetGroup)):
        assert not (name in case.held and any(isinstance(a, kind) for a in plan.actions))
    fields = {action.value for action in plan.actions if isinstance(action, SetField)}
    assert fields.isdisjoint(case.removed)


@given(WORLDS)
@settings(max_examples=200, deadline=None)
def test_severity_is_the_worst_found_and_priority_follows(world):
    decision, _ = plan_of(world)

    if decision.ordinary:
        assert (decision.severity, decision.priority) == (None, None)
    else:
        least = WORDS.target(decision.severity).priority
        assert priority_rank(decision.priority) >= priority_rank(least)
        assert decision.because


@given(WORLDS)
@settings(max_examples=100, deadline=None)
def test_deciding_and_planning_are_pure(world):
    assert plan_of(world) == plan_of(world)


@given(WORLDS)
@settings(max_examples=100, deadline=None)
def test_an_ordinary_or_observed_ticket_is_never_touched(world):
    decision, plan = plan_of(world)

    if decision.ordinary or decision.mode is Mode.OBSERVE:
        assert plan.empty
    assert sum(isinstance(action, AddNote) for action in plan.actions) <= 1
