from datetime import timedelta

import pytest

from casebook.case import Case
from casebook.errors import (
    DeskError,
    DeskUnavailable,
    NotAllowed,
    RateLimited,
    TicketClosed,
    TicketGone,
    UpdateConflict,
)
from casebook.event import FieldChange
from casebook.modes import Mode
from integration.store.effects import Effects
from tests.builders import (
    CANARY,
    NOW,
    a_comment_event,
    a_tags_event,
    a_ticket,
    an_event,
)
from tests.operations.fakes import (
    AUDIT,
    BOT,
    ByWord,
    Cases,
    Deciding,
    FakeDesk,
    a_pipeline,
    tags_of,
)

LATER = NOW + timedelta(seconds=30)


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def pipeline(store, clock, desk):
    return a_pipeline(store, clock, desk)


def effect_of(store, worked):
    return Effects(store).get(worked.decision.id)


def test_a_sensitive_ticket_is_tagged_in_one_call(pipeline, desk, store):
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, worked.applied.audit_id) == ("applied", AUDIT)
    assert worked.applied.calls == 1
    assert tags_of(desk.applied[0]) == {"ts_privacy"}
    assert effect_of(store, worked).state == "applied"
    assert desk.calls == ["write"]


def test_an_ordinary_ticket_is_left_untouched_without_a_call(pipeline, desk):
    worked = pipeline.work([an_event(ticket={"subject": "Hi", "description": "Hello"})])
    assert (worked.applied.outcome, desk.calls) == ("untouched", [])


def test_a_ticket_that_shows_everything_already_costs_no_call(pipeline, desk):
    worked = pipeline.work([an_event(ticket={"tags": frozenset({"ts_privacy"})})])
    assert (worked.applied.outcome, desk.calls) == ("already", [])


def test_a_category_in_observation_is_recorded_only(store, clock, desk):
    pipeline = a_pipeline(store, clock, desk, decide=Deciding(Mode.OBSERVE))
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, desk.calls) == ("observed", [])
    assert worked.decision.primary == "privacy"


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (an_event(ticket={"status": "closed"}), "closed"),
        (an_event(ticket={"status": "archived"}), "closed"),
        (an_event(ticket={"status": "deleted"}), "gone"),
        (an_event(ticket={"status": "scrubbed"}), "gone"),
        (an_event(type="soft_deleted"), "gone"),
        (an_event(type="permanently_deleted"), "gone"),
        (an_event(type="merged"), "gone"),
        (an_event(type="marked_as_spam"), "gone"),
        (a_tags_event(added="ts_privacy", actor_id=BOT), "own_echo"),
        (a_tags_event(removed="ts_privacy"), "noted"),
        (a_comment_event(by_staff=True), "noted"),
        (an_event(type="status_changed", change=FieldChange("open", "solved")), "noted"),
    ],
)
def test_where_nothing_is_to_be_decided_the_desk_is_not_called(pipeline, desk, event, outcome):
    worked = pipeline.work([event])
    assert (worked.applied.outcome, worked.decision, desk.calls) == (outcome, None, [])


def test_a_ticket_that_was_brought_back_is_worked_on(pipeline):
    events = [an_event(), an_event(type="soft_deleted"), an_event(type="undeleted")]
    assert pipeline.work(events).applied.outcome == "applied"
    assert pipeline.work(events[::-1]).applied.outcome == "gone"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (TicketGone("gone", status=404), "gone"),
        (TicketClosed("closed", status=422), "closed"),
        (DeskError("bad", status=422), "refused"),
    ],
)
def test_a_final_refusal_is_an_outcome_and_voids_the_effect(pipeline, desk, store, error, outcome):
    desk.updates = [error]
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, worked.applied.calls) == (outcome, 1)
    assert effect_of(store, worked).state == "void"


@pytest.mark.parametrize(
    "error",
    [
        RateLimited("busy", retry_after_seconds=9),
        NotAllowed("scope", status=403),
        DeskUnavailable("down"),
    ],
)
def test_a_passing_trouble_is_raised_and_nothing_was_written(pipeline, desk, error):
    desk.updates = [error]
    with pytest.raises(type(error)):
        pipeline.work([an_event()])
    assert pipeline.work([an_event()]).applied.outcome == "applied"
    assert "look up" not in desk.calls


def conflict():
    return UpdateConflict("changed", status=409)


def test_a_conflict_is_answered_by_one_reading_and_three_calls_at_most(pipeline, desk):
    fresh = a_ticket(updated_stamp="newer", tags=frozenset({"vip"}))
    desk.updates, desk.readings = [conflict()], [fresh]
    worked = pipeline.work([an_event()])
    assert desk.calls == ["write", "read", "write"]
    assert (worked.applied.outcome, worked.applied.calls) == ("applied", 3)
    assert desk.applied[0].updated_stamp == "newer"
    assert desk.applied[0].tags_before == {"vip"}


def test_after_a_conflict_the_decision_is_made_anew(pipeline, desk):
    desk.updates = [conflict()]
    desk.readings = [a_ticket(subject="Hello", description="All is well now")]
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, worked.applied.calls) == ("untouched", 2)


def test_a_second_conflict_is_left_for_later(pipeline, desk):
    desk.updates = [conflict(), conflict()]
    with pytest.raises(UpdateConflict):
        pipeline.work([an_event()])
    assert desk.calls == ["write", "read", "write"]


@pytest.mark.parametrize(
    ("reading", "outcome"),
    [
        (a_ticket(status="closed"), "closed"),
        (a_ticket(status="deleted"), "gone"),
        (TicketGone("gone", status=404), "gone"),
    ],
)
def test_a_ticket_that_ended_meanwhile_is_left_alone(pipeline, desk, reading, outcome):
    desk.updates, desk.readings = [conflict()], [reading]
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, worked.applied.calls) == (outcome, 2)


def test_a_tag_taken_away_meanwhile_is_not_put_back(pipeline, desk):
    """The event of the removal is still on its way when the safe update conflicts."""
    words = "my address, and I will hurt myself"
    tagged = {"tags": frozenset({"ts_privacy"}), "description": words}
    desk.updates, desk.readings = [conflict()], [a_ticket(tags=frozenset(), description=words)]
    worked = pipeline.work([an_event(ticket=tagged)])
    assert tags_of(desk.applied[0]) == {"ts_self_harm"}
    assert worked.case.removed == {"ts_privacy"}


def test_the_words_of_comments_are_kept_through_a_conflict(pipeline, desk):
    desk.updates = [conflict()]
    desk.readings = [a_ticket(subject="Hello", description="nothing")]
    pipeline.work([a_comment_event("my address", ticket={"subject": "x", "description": "y"})])
    assert tags_of(desk.applied[0]) == {"ts_privacy"}


def test_other_words_are_another_decision(pipeline):
    one = pipeline.work([an_event()]).decision
    other = pipeline.work([an_event(ticket={"subject": "Another address"})]).decision
    assert one.id != other.id


def test_new_comments_of_requesters_are_read_and_staffs_are_not(store, clock):
    reader = ByWord()
    pipeline = a_pipeline(store, clock, predictor=reader)
    events = [
        an_event(ticket={"subject": "S", "description": "D"}),
        a_comment_event("requester says", ticket={"subject": "S", "description": "D"}),
        a_comment_event("staff says", by_staff=True, ticket={"subject": "S", "description": "D"}),
    ]
    pipeline.work(events)
    assert reader.read == ["S\n\nD\n\nrequester says"]


def test_the_newest_snapshot_wins_whatever_the_order(pipeline):
    old = an_event(ticket={"updated_stamp": "old", "updated_at": NOW})
    new = an_event(ticket={"updated_stamp": "new", "updated_at": LATER})
    assert pipeline.read([new, old]).updated_stamp == "new"
    assert pipeline.read([old, new]).updated_stamp == "new"


def test_of_two_saves_in_one_second_the_later_snapshot_wins(pipeline):
    """Else the whole list of tags would be written from before the second save."""
    first = an_event(at=NOW, sequence_position=1, ticket={"tags": frozenset({"web"})})
    vip = {"tags": frozenset({"web", "vip"})}
    second = a_tags_event(added="vip", at=NOW, sequence_position=2, ticket=vip)
    third = a_tags_event(at=LATER, ticket={"tags": frozenset({"web", "vip", "eu"})})
    assert pipeline.read([first, second]).tags == {"web", "vip"}
    assert pipeline.read([third, first, second]).tags == {"web", "vip", "eu"}


def test_a_tag_that_a_person_took_away_stays_away(pipeline, desk):
    events = [an_event(), a_tags_event(removed="ts_privacy")]
    worked = pipeline.work(events)
    assert (worked.applied.outcome, desk.calls) == ("already", [])
    assert worked.case.removed == {"ts_privacy"}


LIFE = Case(4711, removed=frozenset({"ts_self_harm", "ts_privacy"}))
BOTH = "my address, and I will hurt myself"


def working_on(store, clock, desk, case=LIFE):
    return a_pipeline(store, clock, desk, cases=Cases(case))


def test_new_words_may_raise_a_life_safety_tag_again_and_no_other(store, clock, desk):
    worked = working_on(store, clock, desk).work([a_comment_event(BOTH)])
    assert tags_of(desk.applied[0]) == {"ts_self_harm"}
    assert worked.case.removed == {"ts_privacy"}


def test_without_new_words_a_life_safety_tag_stays_away(store, clock, desk):
    staffs = a_comment_event(BOTH, by_staff=True)
    renamed = an_event(type="subject_changed", ticket={"subject": BOTH})
    working_on(store, clock, desk).work([staffs, renamed])
    assert desk.applied == []


def test_a_life_safety_tag_taken_away_after_the_new_words_stays_away(store, clock, desk):
    events = [a_comment_event(BOTH), a_tags_event(removed="ts_self_harm")]
    worked = working_on(store, clock, desk).work(events)
    assert desk.applied == []
    assert "ts_self_harm" in worked.case.removed


def test_the_record_holds_labels_numbers_and_versions_but_no_words(pipeline, clock):
    worked = pipeline.work([an_event(ticket={"description": f"my address {CANARY}"})])
    clock.forward(seconds=1.5)
    entry = pipeline.record(worked, received_at=NOW, found_by="webhook")
    assert entry.kind == "worked"
    assert (entry.ticket_id, entry.decision_id) == (4711, worked.decision.id)
    assert entry.facts["seconds"] == 1.5
    assert entry.facts["primary"] == "privacy"
    assert entry.facts["code"] == "2"
    assert entry.facts["scores"] == ["privacy 0.9700 model"]
    assert CANARY not in repr(entry)


def test_the_record_of_a_ticket_that_was_not_decided_says_so(pipeline):
    worked = pipeline.work([an_event(type="soft_deleted")])
    entry = pipeline.record(worked, received_at=NOW, found_by="sweep")
    assert (entry.decision_id, entry.facts["outcome"]) == (None, "gone")
    assert entry.facts["found_by"] == "sweep"
    assert "primary" not in entry.facts


def test_a_digest_knows_the_words_again_and_tells_nothing(pipeline, store, clock):
    ticket = a_ticket()
    assert pipeline.digest_of(ticket) == pipeline.digest_of(a_ticket(tags=frozenset()))
    other = a_pipeline(store, clock, text_key=b"x" * 32)
    assert other.digest_of(ticket) != pipeline.digest_of(ticket)
