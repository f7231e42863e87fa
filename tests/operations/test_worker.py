import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from casebook.errors import DeskUnavailable, NotAllowed, OutcomeUnclear, RateLimited, UpdateConflict
from casebook.ledger import first_break
from integration.inbox import LEASE, LIFE_SAFETY_LANE, Closing
from integration.store.casefile import Casefile
from integration.store.ledger import StoredLedger
from integration.store.tables import work
from operations.worker import SHORTEST_WAIT_SECONDS, Worker
from tests.builders import NOW, a_delivery, an_envelope, body_of, wait_until
from tests.operations.fakes import ByWord, FakeDesk, a_pipeline

MAX_ATTEMPTS = 3


@pytest.fixture
def desk():
    return FakeDesk()


@pytest.fixture
def ledger(store):
    return StoredLedger(store)


def a_worker(inbox, store, clock, desk, **known):
    pipeline = a_pipeline(store, clock, desk, **known)
    return Worker(inbox, pipeline, clock=clock, threads=2, max_attempts=MAX_ATTEMPTS)


@pytest.fixture
def worker(inbox, store, clock, desk):
    return a_worker(inbox, store, clock, desk)


def came_in(inbox, *tickets, **known):
    for ticket_id in tickets:
        body = body_of(an_envelope(id=str(ticket_id)) | {"id": f"event-{ticket_id}"})
        inbox.accept(a_delivery(ticket_id, ticket_id=ticket_id, body=body, **known))


def row_of(store, ticket_id=1):
    return store.read(
        lambda c: c.execute(select(work).where(work.c.ticket_id == ticket_id)).one_or_none()
    )


def test_draining_works_off_everything(worker, inbox, desk, ledger):
    came_in(inbox, 1, 2, 3)
    assert worker.drain() == 3
    assert inbox.counts() == {
        "waiting": 0,
        "claimed": 0,
        "dead": 0,
        "open_events": 0,
        "done_events": 3,
    }
    assert {plan.ticket_id for plan in desk.applied} == {1, 2, 3}
    assert [entry.facts["outcome"] for entry in ledger.entries()] == ["applied"] * 3
    assert first_break(ledger.entries()) is None
    assert worker.drain() == 0


def test_many_events_of_a_ticket_are_one_decision(worker, inbox, desk, ledger):
    for number in range(10):
        body = body_of(an_envelope() | {"id": f"event-{number}"})
        inbox.accept(a_delivery(number, body=body))
    assert worker.drain() == 1
    assert len(desk.applied) == 1
    assert ledger.count() == 1


def test_what_a_person_did_is_kept_with_the_ticket(worker, inbox, store):
    removed = an_envelope("tags_changed", {"tags_added": [], "tags_removed": ["ts_privacy"]})
    inbox.accept(a_delivery(1, body=body_of(removed)))
    worker.drain()
    assert Casefile(store).get(4711).removed == {"ts_privacy"}


def test_a_claim_without_open_events_ends_without_a_record(worker, inbox, clock, desk, ledger):
    """An event came in after the claim and was worked on with the others."""
    came_in(inbox, 1)
    (claim,) = inbox.claim("other", now=clock.now(), limit=1)
    inbox.accept(a_delivery(9, ticket_id=1, event_id="late", invocation_id="late"))
    inbox.finish(claim, Closing(events=inbox.open_events(1), entries=()), now=clock.now())
    assert worker.drain() == 1
    assert (desk.calls, ledger.count(), inbox.counts()["waiting"]) == ([], 0, 0)


def test_a_rate_limit_is_waited_for_and_not_counted(worker, inbox, desk, clock, store):
    came_in(inbox, 1)
    desk.updates = [RateLimited("busy", retry_after_seconds=93)] * 20
    for _ in range(20):
        assert worker.drain() == 1
        assert row_of(store).attempts == 0
        assert row_of(store).run_at == clock.now() + timedelta(seconds=93)
        clock.forward(seconds=92)
        assert worker.drain() == 0
        clock.forward(seconds=1)
    assert worker.drain() == 1
    assert inbox.counts()["done_events"] == 1


def test_a_rate_limit_of_no_seconds_does_not_turn_in_a_circle(worker, inbox, desk, store, clock):
    came_in(inbox, 1)
    desk.updates = [RateLimited("busy", retry_after_seconds=0)] * 2
    assert worker.drain() == 1
    assert row_of(store).run_at == clock.now() + timedelta(seconds=SHORTEST_WAIT_SECONDS)


@pytest.mark.parametrize("error", [DeskUnavailable("down"), NotAllowed("scope", status=403)])
def test_trouble_of_the_desk_never_makes_a_dead_letter(worker, inbox, desk, clock, error):
    came_in(inbox, 1)
    desk.updates = [error] * (MAX_ATTEMPTS * 4)
    while desk.updates:
        assert worker.drain() == 1
        clock.forward(minutes=15)
    assert inbox.counts()["dead"] == 0
    assert worker.drain() == 1
    assert inbox.counts()["done_events"] == 1


@pytest.mark.parametrize(
    "errors", [[UpdateConflict("changed", status=409)] * 2, [OutcomeUnclear("lost")]]
)
def test_what_clears_up_by_itself_is_tried_again_within_seconds(worker, inbox, desk, clock, errors):
    came_in(inbox, 1)
    desk.updates = list(errors)
    worker.drain()
    assert inbox.counts()["waiting"] == 1
    clock.forward(seconds=5)
    worker.drain()
    assert inbox.counts()["done_events"] == 1


class Faulty(ByWord):
    """A classifier with a fault on one ticket."""

    def predict(self, ticket):
        if ticket.id == 1:
            raise ZeroDivisionError(ticket.subject)
        return super().predict(ticket)


def test_a_fault_of_ours_becomes_a_dead_letter_after_its_attempts(
    inbox, store, clock, desk, ledger
):
    worker = a_worker(inbox, store, clock, desk, predictor=Faulty())
    came_in(inbox, 1, 2)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert inbox.counts()["dead"] == 0
        assert worker.drain() == (2 if attempt == 1 else 1)
        clock.forward(minutes=15)
    assert worker.drain() == 0
    assert inbox.counts()["dead"] == 1
    assert inbox.counts()["open_events"] == 1
    (burial,) = ledger.of(1)
    assert (burial.kind, burial.decision_id) == ("dead_letter", None)
    assert burial.facts == {"error": "ZeroDivisionError", "attempts": MAX_ATTEMPTS}
    assert [entry.facts["outcome"] for entry in ledger.of(2)] == ["applied"]


def test_a_fault_is_logged_without_the_words_that_it_quotes(inbox, store, clock, desk):
    from structlog.testing import capture_logs

    worker = a_worker(inbox, store, clock, desk, predictor=Faulty())
    came_in(inbox, 1)
    with capture_logs() as logs:
        worker.drain()
    (line,) = [line for line in logs if line["event"] == "ticket_put_back"]
    assert (line["error"], line["reason"]) == ("ZeroDivisionError", None)


class Losing(ByWord):
    """A classifier so slow that its lease is gone when it answers."""

    def predict(self, ticket):
        self.lose()
        return super().predict(ticket)


def test_a_worker_that_lost_its_lease_records_nothing(inbox, store, clock, desk, ledger):
    losing = Losing()

    def lose():
        clock.forward(seconds=LEASE.total_seconds() + 1)
        (stolen,) = inbox.claim("another", now=clock.now(), limit=1)
        assert stolen.ticket_id == 1

    losing.lose = lose
    worker = a_worker(inbox, store, clock, desk, predictor=losing)
    came_in(inbox, 1)
    assert worker._next("slow", (0, 9))
    assert ledger.count() == 0
    assert inbox.counts()["claimed"] == 1
    assert inbox.counts()["open_events"] == 1


def test_threads_take_up_what_comes_in_and_stop(worker, inbox):
    worker.start()
    came_in(inbox, *range(1, 11))
    worker.wake()
    wait_until(lambda: inbox.counts()["done_events"] == 10)
    worker.stop()
    assert not any(thread.is_alive() for thread in worker._threads)
    came_in(inbox, 99)
    assert inbox.due(NOW)


class Held(ByWord):
    """A classifier that waits until the test lets it go on."""

    def hold(self):
        self.begun, self.go_on = threading.Event(), threading.Event()
        return self

    def predict(self, ticket):
        self.begun.set()
        assert self.go_on.wait(10)
        return super().predict(ticket)


def test_stopping_finishes_what_is_in_hand_and_takes_nothing_new(inbox, store, clock, desk):
    held = Held().hold()
    worker = a_worker(inbox, store, clock, desk, predictor=held)
    came_in(inbox, 1)
    worker.start()
    worker.wake()
    assert held.begun.wait(10)
    stopping = threading.Thread(target=worker.stop)
    stopping.start()
    assert worker._stopping.wait(10)
    came_in(inbox, 2)
    worker.wake()
    held.go_on.set()
    stopping.join(10)
    assert [plan.ticket_id for plan in desk.applied] == [1]
    assert inbox.counts()["waiting"] == 1


def test_a_ticket_in_hand_is_renewed_and_one_that_nobody_works_on_is_not(
    inbox, store, clock, desk, monkeypatch
):
    monkeypatch.setattr("operations.worker.RENEW_EVERY_SECONDS", 0.01)
    held = Held().hold()
    worker = a_worker(inbox, store, clock, desk, predictor=held)
    came_in(inbox, 1, 2)
    inbox.claim("a worker that died", now=clock.now(), limit=1)
    worker.start()
    worker.wake()
    assert held.begun.wait(10)
    died, in_hand = row_of(store, 1).lease_until, row_of(store, 2).lease_until
    clock.forward(seconds=5)
    wait_until(lambda: row_of(store, 2).lease_until > in_hand)
    assert row_of(store, 1).lease_until == died
    held.go_on.set()
    worker.stop()


def test_one_thread_is_kept_for_life_safety(inbox, store, clock, desk):
    """Both others are busy, and a ticket on which a life may hang need not wait for them."""
    held = Held(words={"address": "privacy"}).hold()
    worker = a_worker(inbox, store, clock, desk, predictor=held)
    came_in(inbox, 1, 2, 3)
    worker.start()
    worker.wake()
    wait_until(lambda: inbox.counts()["claimed"] == 2)
    came_in(inbox, 9, lane=LIFE_SAFETY_LANE)
    worker.wake()
    wait_until(lambda: row_of(store, 9).state == 1)
    assert row_of(store, 3).state == 0
    held.go_on.set()
    wait_until(lambda: inbox.counts()["done_events"] == 4)
    worker.stop()


def test_a_thread_outlives_a_fault_in_claiming(worker, inbox, monkeypatch):
    claims, failed = inbox.claim, threading.Event()

    def claim(*args, **known):
        if not failed.is_set():
            failed.set()
            raise ZeroDivisionError
        return claims(*args, **known)

    monkeypatch.setattr(inbox, "claim", claim)
    came_in(inbox, 1)
    worker.start()
    worker.wake()
    wait_until(lambda: inbox.counts()["done_events"] == 1)
    worker.stop()
    assert failed.is_set()


def test_listeners_hear_of_every_ticket(worker, inbox):
    heard = []
    worker.listen(lambda worked, entry: heard.append((worked.ticket.id, entry.facts["outcome"])))
    came_in(inbox, 1, 2)
    worker.drain()
    assert sorted(heard) == [(1, "applied"), (2, "applied")]
