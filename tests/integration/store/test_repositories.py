from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from casebook.case import Case
from casebook.ledger import GENESIS, first_break
from integration.store.casefile import Casefile, put_in
from integration.store.directory import BOT, GROUP, MACRO, USER, Secrets, StoredDirectory
from integration.store.effects import Effect, Effects
from integration.store.ledger import StoredLedger
from integration.store.sealing import KeyRing, SealBroken
from integration.store.shelf import Shelf
from integration.store.tables import ledger as ledger_table
from integration.store.tables import metadata, secret
from tests.builders import CANARY, NOW, an_entry, in_threads


@pytest.fixture
def ledger(store):
    return StoredLedger(store)


def test_entries_are_numbered_and_chained(ledger):
    one = ledger.append(an_entry(ticket_id=1))
    two = ledger.append(an_entry(ticket_id=2))
    assert (one.previous, two.previous) == (GENESIS, one.hash)
    assert one.seq < two.seq
    assert list(ledger.entries()) == [one, two]
    assert list(ledger.of(2)) == [two]
    assert ledger.count() == 2


def test_an_entry_comes_back_as_it_was_and_verifies(ledger):
    facts = {"a": None, "b": True, "c": 0.1, "d": ["é", "🚨"], "e": 2**53, "f": 1.0, "g": ""}
    there = NOW.astimezone(timezone(timedelta(hours=-7)))
    ledger.append(an_entry(facts=facts, at=there + timedelta(microseconds=7)))
    (entry,) = ledger.entries()
    assert entry.facts == facts
    assert entry.at == NOW + timedelta(microseconds=7)
    assert first_break(ledger.entries()) is None


def test_only_entries_from_an_instant_on_are_given(ledger):
    ledger.append(an_entry(at=NOW - timedelta(hours=2), ticket_id=1))
    ledger.append(an_entry(at=NOW, ticket_id=2))
    assert [entry.ticket_id for entry in ledger.since(NOW)] == [2]


def test_appending_at_once_keeps_one_chain(ledger):
    in_threads(lambda _owner: [ledger.append(an_entry()) for _ in range(10)], 6)
    assert ledger.count() == 60
    assert first_break(ledger.entries()) is None


def test_a_long_ledger_is_read_whole(ledger, monkeypatch):
    monkeypatch.setattr("integration.store.ledger._PAGE", 7)
    for number in range(21):
        ledger.append(an_entry(ticket_id=number + 1))
    assert [entry.ticket_id for entry in ledger.entries()] == list(range(1, 22))
    assert first_break(ledger.entries()) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"facts": '{"outcome": "untouched"}'},
        {"kind": "other"},
        {"ticket_id": 9},
        {"decision_id": None},
        {"at": NOW + timedelta(seconds=1)},
        {"hash": "0" * 64},
    ],
)
def test_a_row_changed_behind_our_back_is_found(ledger, store, changed):
    entries = [ledger.append(an_entry()) for _ in range(3)]
    target = update(ledger_table).where(ledger_table.c.seq == entries[1].seq)
    store.write(lambda c: c.execute(target.values(**changed)))
    assert first_break(ledger.entries()) == entries[1].seq


def test_no_column_but_the_sealed_ones_could_hold_a_text_of_a_ticket():
    """What may be long is named here, so that a new such column is a decision."""
    from sqlalchemy import LargeBinary, Text

    roomy = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Text | LargeBinary)
    }
    assert roomy == {
        "inbox.body",
        "secret.sealed",
        "ledger.facts",
        "pulse.facts",
        "casefile.removed",
        "casefile.held",
        "shelf.path",
    }


def test_an_unknown_ticket_has_an_empty_case(store):
    assert Casefile(store).get(5) == Case(5)


def test_a_case_is_kept_and_replaced(store):
    cases = Casefile(store)
    store.write(lambda c: put_in(c, Case(5, removed=frozenset({"ts_a", "ts_b"})), NOW))
    newer = Case(5, removed=frozenset({"ts_b"}), held=frozenset({"group"}))
    store.write(lambda c: put_in(c, newer, NOW))
    assert cases.get(5) == newer


def test_an_effect_goes_from_sent_to_how_it_ended(store):
    effects = Effects(store)
    assert effects.get("d") is None
    effects.send("d", 5, at=NOW)
    assert effects.get("d") == Effect("d", 5, "sent", None)
    effects.settle("d", "void", audit_id=None, at=NOW)
    assert effects.get("d").state == "void"
    effects.send("d", 5, at=NOW)
    assert effects.get("d").state == "sent"
    effects.settle("d", "applied", audit_id=99, at=NOW)
    assert effects.get("d") == Effect("d", 5, "applied", 99)


def test_the_directory_knows_names_and_ids_by_kind(store):
    directory = StoredDirectory(store)
    assert directory.bot_id() is None
    directory.put(GROUP, "Privacy-Office", "8439350020494")
    directory.put(MACRO, "Privacy: verify identity", "12")
    directory.put(USER, BOT, "77")
    directory.put(GROUP, "Privacy-Office", "8439350020495")
    assert directory.groups() == {"Privacy-Office": 8439350020495}
    assert directory.macros() == {"Privacy: verify identity": 12}
    assert directory.fields() == {}
    assert directory.bot_id() == 77
    directory.forget(GROUP, "Privacy-Office")
    assert directory.groups() == {}


def test_a_received_secret_rests_sealed(store, ring):
    secrets = Secrets(store, ring)
    assert secrets.get("webhook_signing") is None
    secrets.put("webhook_signing", "older")
    secrets.put("webhook_signing", CANARY)
    assert secrets.get("webhook_signing") == CANARY
    sealed = store.read(lambda c: c.scalar(select(secret.c.sealed)))
    assert CANARY.encode() not in sealed


def test_a_secret_is_closed_to_another_ring_and_to_another_name(store, ring):
    Secrets(store, ring).put("webhook_signing", CANARY)
    other = KeyRing(active="test", keys={"test": b"x" * 32})
    with pytest.raises(SealBroken):
        Secrets(store, other).get("webhook_signing")
    store.write(lambda c: c.execute(text("UPDATE secret SET name = 'text_key'")))
    with pytest.raises(SealBroken):
        Secrets(store, ring).get("text_key")


def test_there_is_one_champion_and_promoting_retires_the_one_before(store):
    shelf = Shelf(store)
    assert shelf.champion() is None
    shelf.promote("a" * 64, name="first", path=Path("one"))
    shelf.promote("b" * 64, name="second", path=Path("two"))
    assert (shelf.champion().name, shelf.champion().path) == ("second", Path("two"))
    shelf.promote("a" * 64, name="first", path=Path("one"))
    assert shelf.champion().digest == "a" * 64
