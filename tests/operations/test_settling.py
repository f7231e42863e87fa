import pytest

from casebook.errors import DeskUnavailable, OutcomeUnclear, TicketGone, UpdateConflict
from integration.store.effects import Effects
from tests.builders import an_event
from tests.operations.fakes import AUDIT, FakeDesk, Landed, a_pipeline

UNCLEAR = OutcomeUnclear("the answer got lost")


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def pipeline(store, clock, desk):
    return a_pipeline(store, clock, desk)


def test_an_unclear_write_that_landed_is_settled_by_its_audit(pipeline, desk, store):
    desk.updates = [Landed(UNCLEAR)]
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, worked.applied.audit_id) == ("applied", AUDIT)
    assert desk.calls == ["write", "look up"]
    assert Effects(store).get(worked.decision.id).state == "applied"


def test_an_unclear_write_is_never_repeated_in_the_same_breath(pipeline, desk):
    desk.updates = [UNCLEAR]
    with pytest.raises(OutcomeUnclear):
        pipeline.work([an_event()])
    assert desk.calls == ["write", "look up"]


def test_a_later_attempt_looks_first_and_repeats_only_what_did_not_land(pipeline, desk):
    desk.updates = [UNCLEAR]
    with pytest.raises(OutcomeUnclear):
        pipeline.work([an_event()])
    desk.calls.clear()
    assert pipeline.work([an_event()]).applied.outcome == "applied"
    assert desk.calls == ["look up", "write"]


def test_an_unclear_write_that_lands_late_is_not_doubled(pipeline, desk):
    """It was not among the audits yet; then our repetition conflicts with it."""
    desk.updates = [UNCLEAR]
    with pytest.raises(OutcomeUnclear):
        pipeline.work([an_event()])
    desk.updates = [Landed(UpdateConflict("changed", status=409))]
    desk.calls.clear()
    worked = pipeline.work([an_event()])
    assert (worked.applied.outcome, worked.applied.audit_id) == ("applied", AUDIT)
    assert desk.calls == ["look up", "write", "read", "look up"]
    assert desk.applied == []


@pytest.mark.parametrize("landed", [True, False])
def test_a_write_noted_before_a_crash_is_settled_before_it_is_repeated(
    pipeline, desk, store, clock, landed
):
    decision = pipeline.work([an_event()]).decision
    desk.calls.clear()
    Effects(store).send(decision.id, 4711, at=clock.now())
    if not landed:
        desk.landed.clear()
    worked = pipeline.work([an_event()])
    assert worked.applied.outcome == "applied"
    assert desk.calls == (["look up"] if landed else ["look up", "write"])


def test_an_unclear_write_stays_unclear_while_the_audits_cannot_be_read(pipeline, desk, store):
    desk.updates, desk.look_ups = [Landed(UNCLEAR)], [DeskUnavailable("down")]
    with pytest.raises(DeskUnavailable):
        pipeline.work([an_event()])
    desk.calls.clear()
    assert pipeline.work([an_event()]).applied.outcome == "applied"
    assert desk.calls == ["look up"]


def test_a_ticket_that_is_gone_when_a_write_is_settled_is_an_outcome(pipeline, desk):
    desk.updates, desk.look_ups = [UNCLEAR], [TicketGone("gone", status=404)]
    assert pipeline.work([an_event()]).applied.outcome == "gone"


def test_the_same_decision_is_applied_once(pipeline, desk):
    pipeline.work([an_event()])
    again = pipeline.work([an_event()])
    assert (again.applied.outcome, again.applied.audit_id) == ("already", AUDIT)
    assert len(desk.applied) == 1
