from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from casebook.ledger import GENESIS, LedgerEntry, entry_hash, first_break
from tests.builders import NOW, an_entry


def chained(*entries):
    whole, previous = [], GENESIS
    for seq, entry in enumerate(entries, start=1):
        linked = replace(entry, seq=seq, previous=previous, hash=entry_hash(entry, previous))
        whole.append(linked)
        previous = linked.hash
    return whole


values = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.text(max_size=8),
    st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text(max_size=4), max_size=3),
)  # fmt: skip
entries = st.builds(
    LedgerEntry,
    at=st.integers(-(10**15), 10**15).map(lambda some: NOW + timedelta(microseconds=some)),
    kind=st.sampled_from(["worked", "dead_letter"]),
    ticket_id=st.none() | st.integers(1, 2**50),
    decision_id=st.none() | st.text(max_size=8),
    facts=st.dictionaries(st.text(max_size=6), values, max_size=4),
)
ledgers = st.lists(entries, min_size=1, max_size=6).map(lambda some: chained(*some))


@given(ledgers)
def test_an_untouched_ledger_has_no_break(ledger):
    assert first_break(ledger) is None


@given(ledgers, st.data())
def test_a_change_of_any_entry_is_found_where_it_was_made(ledger, data):
    place = data.draw(st.integers(0, len(ledger) - 1))
    entry = ledger[place]
    changed = data.draw(
        st.sampled_from(
            [
                replace(entry, at=entry.at + timedelta(microseconds=1)),
                replace(entry, kind=entry.kind + "x"),
                replace(entry, ticket_id=(entry.ticket_id or 0) + 1),
                replace(entry, decision_id=(entry.decision_id or "") + "x"),
                replace(entry, facts=dict(entry.facts) | {"added": True}),
                replace(entry, previous="f" * 64),
                replace(entry, hash="f" * 64),
            ]
        )
    )
    spoilt = [*ledger[:place], changed, *ledger[place + 1 :]]
    assert first_break(spoilt) == entry.seq


@given(ledgers, st.data())
def test_an_entry_taken_out_before_the_end_is_found(ledger, data):
    place = data.draw(st.integers(0, len(ledger) - 1))
    rest = [*ledger[:place], *ledger[place + 1 :]]
    follows = ledger[place + 1].seq if place + 1 < len(ledger) else None
    assert first_break(rest) == follows


def test_entries_that_changed_places_are_found():
    one, two = chained(an_entry(ticket_id=1), an_entry(ticket_id=2))
    assert first_break([two, one]) == two.seq


def test_a_later_part_can_be_checked_from_the_hash_before_it():
    one, two, three = chained(an_entry(), an_entry(), an_entry())
    assert first_break([two, three], previous=one.hash) is None


def test_an_entry_hashes_the_same_in_every_time_zone():
    """A database gives every time back in UTC, whatever zone it was written in."""
    there = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert entry_hash(an_entry(at=there), GENESIS) == entry_hash(an_entry(at=NOW), GENESIS)
