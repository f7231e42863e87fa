import threading

from sqlalchemy import select

from casebook.ledger import first_break
from integration.inbox import Closing, Inbox
from integration.store.engine import open_store
from integration.store.ledger import StoredLedger
from integration.store.tables import work
from tests.builders import NOW, a_delivery, an_entry, in_threads


def finish(inbox, claim, entry):
    events = inbox.open_events(claim.ticket_id)
    inbox.finish(claim, Closing(events=events, entries=(entry,)), now=NOW)


def test_two_workers_never_get_the_same_ticket(inbox):
    tickets = 60
    for number in range(tickets):
        inbox.accept(a_delivery(number, ticket_id=number + 1))
    got, lock = [], threading.Lock()

    def work_on(owner):
        while claims := inbox.claim(owner, now=NOW, limit=3):
            with lock:
                got.extend(claim.ticket_id for claim in claims)

    in_threads(work_on, 6)
    assert sorted(got) == list(range(1, tickets + 1))


def test_sixteen_threads_of_two_hundred_writes_all_land(inbox, store):
    def write(owner):
        for number in range(200):
            name = f"{owner}-{number}"
            assert inbox.accept(
                a_delivery(event_id=name, invocation_id=name, ticket_id=number % 40 + 1, body=b"{}")
            )

    in_threads(write, 16)
    assert inbox.counts()["open_events"] == 3_200
    assert inbox.counts()["waiting"] == 40
    assert sum(row.dirty for row in store.read(lambda c: c.execute(select(work)).all())) == 3_200


def test_writing_and_working_at_once_loses_nothing_and_keeps_the_chain(address, ring):
    """Two stores on one database, as two processes would have."""
    receiving, working = open_store(address), open_store(address)
    incoming, outgoing = Inbox(receiving, ring), Inbox(working, ring)
    written = threading.Event()

    def both(owner):
        if owner == "t0":
            for number in range(150):
                incoming.accept(a_delivery(number, ticket_id=number % 7 + 1))
            written.set()
            return
        while not (written.is_set() and not outgoing.due(NOW)):
            for claim in outgoing.claim(owner, now=NOW, limit=1):
                finish(outgoing, claim, an_entry(ticket_id=claim.ticket_id))

    in_threads(both, 4)
    assert outgoing.counts()["done_events"] == 150
    assert outgoing.counts()["waiting"] == 0
    assert first_break(StoredLedger(working).entries()) is None
    receiving.close()
    working.close()
