import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from casebook.case import Case
from casebook.errors import LeaseLost
from integration.inbox import (
    HOUR_CLOCK_LANE,
    LEASE,
    LIFE_SAFETY_LANE,
    LIFE_SAFETY_LEASE,
    ORDINARY_LANE,
    Closing,
    back_off,
)
from integration.store.casefile import Casefile
from integration.store.ledger import StoredLedger
from integration.store.sealing import SealBroken
from integration.store.tables import inbox as inbox_table
from integration.store.tables import work
from tests.builders import NOW, a_delivery, an_entry


def work_row(store, ticket_id=4711):
    query = select(work).where(work.c.ticket_id == ticket_id)
    return store.read(lambda c: c.execute(query).one_or_none())


def claim_one(inbox, now=NOW, **known):
    claims = inbox.claim("me", now=now, limit=1, **known)
    return claims[0] if claims else None


def finish(inbox, claim, *entries, events=None, now=NOW, case=None):
    events = inbox.open_events(claim.ticket_id) if events is None else events
    inbox.finish(claim, Closing(events=events, entries=entries, case=case), now=now)


SECOND_PROCESS = """
import sys
from integration.inbox import Inbox
from integration.store.engine import open_store
from integration.store.sealing import KeyRing
store = open_store(sys.argv[1])
(event,) = Inbox(store, KeyRing(active="test", keys={"test": bytes(range(32))})).open_events(4711)
sys.stdout.buffer.write(event.body)
store.close()
"""


def test_what_was_accepted_is_there_for_another_process(inbox, address):
    delivery = a_delivery()
    assert inbox.accept(delivery)
    read = subprocess.run(
        [sys.executable, "-c", SECOND_PROCESS, address], capture_output=True, check=True
    )
    assert read.stdout == delivery.body


def test_an_event_is_taken_once_by_event_and_by_invocation(inbox):
    assert inbox.accept(a_delivery(1))
    assert not inbox.accept(a_delivery(1))
    assert not inbox.accept(a_delivery(2, event_id="event-1"))
    assert not inbox.accept(a_delivery(2, invocation_id="invocation-1"))
    assert inbox.counts()["open_events"] == 1


def test_a_duplicate_makes_no_new_work(inbox, store):
    inbox.accept(a_delivery(1))
    inbox.accept(a_delivery(1))
    assert work_row(store).dirty == 1


def test_ten_events_of_one_ticket_are_one_piece_of_work(inbox):
    for number in range(10):
        inbox.accept(a_delivery(number))
    assert inbox.counts() == {
        "waiting": 1,
        "claimed": 0,
        "dead": 0,
        "open_events": 10,
        "done_events": 0,
    }
    assert len(inbox.claim("me", now=NOW, limit=50)) == 1


def test_events_come_in_the_order_in_which_zendesk_caused_them(inbox):
    later, earlier = NOW + timedelta(seconds=1), NOW
    inbox.accept(a_delivery(1, event_at=later, body=b"third"))
    inbox.accept(a_delivery(2, event_at=earlier, sequence_position=2, body=b"second"))
    inbox.accept(a_delivery(3, event_at=earlier, sequence_position=1, body=b"first"))
    assert [event.body for event in inbox.open_events(4711)] == [b"first", b"second", b"third"]


def test_the_most_urgent_lane_is_claimed_first_then_the_oldest(inbox):
    inbox.accept(a_delivery(1, ticket_id=1, lane=ORDINARY_LANE))
    second = {"received_at": NOW - timedelta(seconds=1)}
    inbox.accept(a_delivery(2, ticket_id=2, lane=ORDINARY_LANE, **second))
    inbox.accept(a_delivery(3, ticket_id=3, lane=HOUR_CLOCK_LANE))
    inbox.accept(a_delivery(4, ticket_id=4, lane=LIFE_SAFETY_LANE))
    claims = inbox.claim("me", now=NOW, limit=10)
    assert [claim.ticket_id for claim in claims] == [4, 3, 2, 1]


def test_a_worker_can_keep_to_a_lane(inbox):
    inbox.accept(a_delivery(1, ticket_id=1))
    assert not inbox.due(NOW, lanes=(0, 0))
    assert claim_one(inbox, lanes=(0, 0)) is None
    inbox.accept(a_delivery(2, ticket_id=2, lane=LIFE_SAFETY_LANE))
    assert inbox.due(NOW, lanes=(0, 0))
    assert claim_one(inbox, lanes=(0, 0)).ticket_id == 2


def test_an_urgent_event_lifts_its_ticket_and_an_ordinary_one_never_lowers_it(inbox, store):
    inbox.accept(a_delivery(1, lane=ORDINARY_LANE))
    inbox.accept(a_delivery(2, lane=LIFE_SAFETY_LANE))
    inbox.accept(a_delivery(3, lane=ORDINARY_LANE))
    assert work_row(store).lane == LIFE_SAFETY_LANE


def test_a_claimed_ticket_is_not_claimed_again(inbox):
    inbox.accept(a_delivery())
    assert claim_one(inbox) is not None
    assert claim_one(inbox) is None
    assert not inbox.due(NOW)


def test_an_expired_lease_can_be_claimed_and_the_old_one_records_nothing(inbox, store):
    inbox.accept(a_delivery())
    lost = claim_one(inbox)
    late = NOW + LEASE + timedelta(seconds=1)
    assert claim_one(inbox, now=NOW + LEASE) is None
    assert inbox.due(late)
    found = claim_one(inbox, now=late)
    assert found.epoch == lost.epoch + 1
    with pytest.raises(LeaseLost):
        finish(inbox, lost, an_entry(), case=Case(4711, held=frozenset({"group"})), now=late)
    with pytest.raises(LeaseLost):
        inbox.renew(lost, now=late)
    inbox.retry_later(lost, error="Late", run_at=late, counted=True)
    inbox.bury(lost, error="Late", entry=an_entry(kind="dead_letter"))
    assert StoredLedger(store).count() == 0
    assert Casefile(store).get(4711) == Case(4711)
    assert inbox.counts()["claimed"] == 1
    assert inbox.counts()["open_events"] == 1
    finish(inbox, found, an_entry(), now=late)
    assert inbox.counts()["done_events"] == 1


def test_a_lease_that_ran_out_is_lost_even_before_another_has_the_ticket(inbox):
    inbox.accept(a_delivery())
    lost = claim_one(inbox)
    late = NOW + LEASE + timedelta(seconds=1)
    inbox.claim("another", now=late, limit=1, lanes=(0, 0))
    with pytest.raises(LeaseLost):
        finish(inbox, lost, an_entry(), now=late)


def test_a_renewed_lease_holds_longer(inbox):
    inbox.accept(a_delivery())
    claim = claim_one(inbox)
    inbox.renew(claim, now=NOW + LEASE)
    assert claim_one(inbox, now=NOW + LEASE + timedelta(seconds=1)) is None
    finish(inbox, claim)


def test_where_a_life_may_hang_on_it_the_lease_is_shorter(inbox):
    inbox.accept(a_delivery(lane=LIFE_SAFETY_LANE))
    assert claim_one(inbox).lease_until == NOW + LIFE_SAFETY_LEASE < NOW + LEASE


def test_finishing_closes_empties_records_and_keeps_the_case(inbox, store):
    inbox.accept(a_delivery())
    case = Case(4711, removed=frozenset({"ts_privacy"}), held=frozenset({"priority"}))
    finish(inbox, claim_one(inbox), an_entry(), case=case)
    row = store.read(lambda c: c.execute(select(inbox_table)).one())
    assert (row.body, row.done_at, row.outcome) == (None, NOW, "worked")
    assert work_row(store) is None
    assert Casefile(store).get(4711) == case
    assert [entry.kind for entry in StoredLedger(store).entries()] == ["worked"]


def test_an_event_that_comes_during_the_work_puts_the_ticket_back(inbox, store):
    inbox.accept(a_delivery(1))
    claim = claim_one(inbox)
    seen = inbox.open_events(4711)
    inbox.accept(a_delivery(2))
    finish(inbox, claim, an_entry(), events=seen)
    assert inbox.counts()["waiting"] == 1
    again = claim_one(inbox)
    assert [event.id for event in inbox.open_events(4711)] != [event.id for event in seen]
    finish(inbox, again, an_entry())
    assert inbox.counts() == {
        "waiting": 0,
        "claimed": 0,
        "dead": 0,
        "open_events": 0,
        "done_events": 2,
    }


def test_a_counted_failure_counts_and_a_wait_does_not(inbox, store):
    inbox.accept(a_delivery())
    later = NOW + timedelta(minutes=1)
    inbox.retry_later(claim_one(inbox), error="Broken", run_at=later, counted=True)
    row = work_row(store)
    assert (row.attempts, row.last_error, row.run_at) == (1, "Broken", later)
    assert claim_one(inbox, now=later - timedelta(seconds=1)) is None
    inbox.retry_later(claim_one(inbox, now=later), error="Busy", run_at=later, counted=False)
    assert work_row(store).attempts == 1
    assert claim_one(inbox, now=later).attempts == 1


def bury(inbox, claim):
    entry = an_entry(kind="dead_letter", decision_id=None, facts={"error": "Broken"})
    inbox.bury(claim, error="Broken", entry=entry)


def test_a_dead_letter_is_recorded_keeps_its_events_and_is_not_due(inbox, store):
    inbox.accept(a_delivery())
    bury(inbox, claim_one(inbox))
    assert inbox.counts()["dead"] == 1
    assert not inbox.due(NOW + timedelta(days=1))
    assert len(inbox.open_events(4711)) == 1
    assert [entry.kind for entry in StoredLedger(store).entries()] == ["dead_letter"]


def test_a_new_event_revives_a_dead_letter_with_all_its_events(inbox):
    inbox.accept(a_delivery(1))
    inbox.retry_later(claim_one(inbox), error="Broken", run_at=NOW, counted=True)
    bury(inbox, claim_one(inbox))
    inbox.accept(a_delivery(2))
    claim = claim_one(inbox)
    assert claim.attempts == 0
    assert len(inbox.open_events(4711)) == 2


def test_new_words_during_the_last_attempt_are_not_buried_with_it(inbox, store):
    inbox.accept(a_delivery(1))
    claim = claim_one(inbox)
    inbox.accept(a_delivery(2))
    bury(inbox, claim)
    assert inbox.counts()["dead"] == 0
    assert StoredLedger(store).count() == 0
    assert claim_one(inbox).attempts == 0


def test_a_life_safety_event_does_not_wait_for_a_back_off(inbox):
    inbox.accept(a_delivery(1))
    inbox.retry_later(
        claim_one(inbox), error="Broken", run_at=NOW + timedelta(minutes=10), counted=True
    )
    assert not inbox.due(NOW)
    inbox.accept(a_delivery(2, lane=LIFE_SAFETY_LANE))
    assert claim_one(inbox).lane == LIFE_SAFETY_LANE


def test_a_life_safety_event_during_a_failing_attempt_does_not_wait_either(inbox):
    inbox.accept(a_delivery(1))
    claim = claim_one(inbox)
    inbox.accept(a_delivery(2, lane=LIFE_SAFETY_LANE))
    later = NOW + timedelta(minutes=10)
    inbox.retry_later(claim, error="Broken", run_at=later, counted=True)
    again = claim_one(inbox)
    assert again.lane == LIFE_SAFETY_LANE
    inbox.retry_later(again, error="Broken", run_at=later, counted=True)
    assert claim_one(inbox) is None


def test_the_oldest_open_event_tells_how_far_behind_we_are(inbox):
    assert inbox.oldest_open() is None
    inbox.accept(a_delivery(1, received_at=NOW))
    inbox.accept(a_delivery(2, received_at=NOW - timedelta(minutes=3)))
    assert inbox.oldest_open() == NOW - timedelta(minutes=3)
    finish(inbox, claim_one(inbox))
    assert inbox.oldest_open() is None


@pytest.mark.parametrize("attempts", [0, 1, 3, 10, 40, 10_000])
@pytest.mark.parametrize(("lane", "cap"), [(LIFE_SAFETY_LANE, 20.0), (ORDINARY_LANE, 600.0)])
def test_a_back_off_doubles_up_to_its_cap_with_a_quarter_of_jitter(attempts, lane, cap):
    expected = min(cap, 2.0 * 2 ** min(attempts, 16))
    for _ in range(50):
        seconds = back_off(attempts, lane=lane).total_seconds()
        assert 0.75 * expected <= seconds <= 1.25 * expected


def test_a_body_moved_to_another_event_is_not_opened(inbox, store):
    inbox.accept(a_delivery(1))
    inbox.accept(a_delivery(2))
    first = select(inbox_table.c.body).where(inbox_table.c.event_id == "event-1")
    body = store.read(lambda c: c.scalar(first))
    swap = update(inbox_table).where(inbox_table.c.event_id == "event-2").values(body=body)
    store.write(lambda c: c.execute(swap))
    with pytest.raises(SealBroken):
        inbox.open_events(4711)


def test_a_naive_time_is_refused(inbox):
    from sqlalchemy.exc import StatementError

    with pytest.raises(StatementError, match="naive"):
        inbox.accept(a_delivery(event_at=NOW.replace(tzinfo=None)))
    assert inbox.counts()["open_events"] == 0
