import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from integration.inbox import LIFE_SAFETY_LANE, ORDINARY_LANE, Closing
from integration.store.tables import inbox as inbox_table
from integration.webhook import EVENTS_PATH, OUTCOMES, Receiving, install
from tests.builders import CANARY, SECRET, an_envelope, body_of, signed

LIMIT = 65_536


class Counted:
    """What was counted, and how often a worker was woken."""

    def __init__(self):
        self.outcomes = Counter()
        self.woken = 0

    def count(self, outcome, reason):
        self.outcomes[outcome, reason] += 1

    def wake(self):
        self.woken += 1


@pytest.fixture
def counted():
    return Counted()


@pytest.fixture
def web(inbox, clock, counted):
    app = Flask("receiving")
    install(
        app,
        Receiving(
            inbox=inbox,
            clock=clock,
            secrets=lambda: [SECRET],
            count=counted.count,
            lane_of=lambda event: LIFE_SAFETY_LANE if "hurry" in event.ticket.text() else 5,
            max_bytes=LIMIT,
            tolerance=timedelta(minutes=5),
            wake=counted.wake,
        ),
    )
    return app.test_client()


def send(web, envelope=None, **known):
    body = known.pop("body", None) or body_of(envelope or an_envelope())
    headers = known.pop("headers", None) or signed(body, **known)
    return web.post(EVENTS_PATH, data=body, headers=headers)


def stored(store):
    return store.read(lambda c: c.execute(select(inbox_table)).all())


def test_a_signed_event_is_stored_before_it_is_acknowledged(web, store, counted):
    answer = send(web)
    assert (answer.status_code, answer.json) == (200, {"outcome": "accepted"})
    (row,) = stored(store)
    assert (row.event_id, row.invocation_id, row.ticket_id) == ("event-1", "invocation-1", 4711)
    assert (row.type, row.found_by, row.sequence_id) == ("created", "webhook", "SEQ1")
    assert counted.outcomes == {("accepted", ""): 1}
    assert counted.woken == 1


@pytest.mark.parametrize(
    ("invocation", "event_id"), [("invocation-1", "event-2"), ("invocation-2", "event-1")]
)
def test_a_repeated_invocation_or_event_is_a_duplicate(web, store, counted, invocation, event_id):
    send(web)
    answer = send(web, an_envelope() | {"id": event_id}, invocation=invocation)
    assert (answer.status_code, answer.json) == (200, {"outcome": "duplicate"})
    assert len(stored(store)) == 1
    assert counted.outcomes["duplicate", ""] == 1
    assert counted.woken == 1


def test_without_an_invocation_id_the_events_own_id_counts(web, store):
    body = body_of(an_envelope())
    headers = signed(body)
    del headers["X-Zendesk-Webhook-Invocation-Id"]
    assert send(web, body=body, headers=headers).json == {"outcome": "accepted"}
    assert stored(store)[0].invocation_id == "event-1"


def test_words_of_danger_take_the_first_lane(web, inbox, clock):
    send(web, an_envelope(description="hurry"))
    (claim,) = inbox.claim("me", now=clock.now(), limit=5, lanes=(0, 0))
    assert claim.lane == LIFE_SAFETY_LANE < ORDINARY_LANE


@pytest.mark.parametrize(
    ("envelope", "outcome"),
    [
        (an_envelope("requester_changed"), "ignored_type"),
        (an_envelope("invented_yesterday"), "ignored_type"),
        (an_envelope() | {"type": "zen:event-type:user.deleted"}, "ignored_family"),
    ],
)
def test_an_event_that_is_not_for_us_is_acknowledged_and_not_kept(
    web, store, counted, envelope, outcome
):
    answer = send(web, envelope)
    assert (answer.status_code, answer.json) == (200, {"outcome": outcome})
    assert stored(store) == []
    assert counted.outcomes == {(outcome, ""): 1}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not_json"),
        (b"[]", "not_an_object"),
        (b"{}", "no_type"),
        (b'{"type": "zen:event-type:ticket.created"}', "no_event_id"),
        (body_of(an_envelope() | {"time": ""}), "no_time"),
        (body_of(an_envelope(id=None) | {"subject": ""}), "no_ticket_id"),
    ],
)
def test_a_signed_body_that_is_no_event_is_malformed_for_a_reason(web, counted, body, reason):
    answer = send(web, body=body)
    assert (answer.status_code, answer.json) == (400, {"outcome": "malformed", "reason": reason})
    assert counted.outcomes == {("malformed", reason): 1}


def drop(name):
    return lambda headers: {key: value for key, value in headers.items() if key != name}


def change(name, value):
    return lambda headers: headers | {name: value}


def double(name):
    return lambda headers: [*headers.items(), (name, headers[name])]


SIGNATURE = "X-Zendesk-Webhook-Signature"
TIMESTAMP = "X-Zendesk-Webhook-Signature-Timestamp"


@pytest.mark.parametrize(
    ("spoil", "outcome"),
    [
        (drop(SIGNATURE), "unsigned"),
        (drop(TIMESTAMP), "unsigned"),
        (change(SIGNATURE, "A" * 44), "bad_signature"),
        (change(SIGNATURE, "\xff\xfe"), "bad_signature"),
        (change(TIMESTAMP, "2026-11-22T10:00:01Z"), "bad_signature"),
        # WSGI joins two headers of one name, so what is left does not verify.
        (double(SIGNATURE), "bad_signature"),
        (double(TIMESTAMP), "bad_signature"),
    ],
)
def test_a_spoilt_delivery_is_refused_and_counted(web, store, counted, spoil, outcome):
    body = body_of(an_envelope())
    answer = send(web, body=body, headers=spoil(signed(body)))
    assert (answer.status_code, answer.json) == (401, {"outcome": outcome})
    assert stored(store) == []
    assert counted.outcomes == {(outcome, ""): 1}


def test_a_delivery_signed_long_ago_is_stale(web, clock, counted):
    body = body_of(an_envelope())
    headers = signed(body)
    clock.forward(minutes=5, seconds=1)
    assert send(web, body=body, headers=headers).status_code == 401
    assert counted.outcomes == {("stale", ""): 1}


def test_a_body_over_the_limit_is_refused_before_its_signature_is_checked(web, counted):
    answer = send(web, body=b"x" * (LIMIT + 1), headers={SIGNATURE: "no", TIMESTAMP: "no"})
    assert answer.status_code == 413
    assert counted.outcomes == {("too_large", ""): 1}


def test_a_body_without_a_length_is_read_only_up_to_the_limit(web, counted):
    from io import BytesIO

    answer = web.post(
        EVENTS_PATH,
        input_stream=BytesIO(b"x" * (LIMIT + 1)),
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert counted.outcomes == {("too_large", ""): 1}


def test_a_body_just_within_the_limit_is_read(web):
    room = LIMIT - len(body_of(an_envelope(description="")))
    assert send(web, an_envelope(description="x" * room)).status_code == 200


def test_a_store_that_cannot_write_asks_for_the_event_again(web, store, counted):
    store.close()
    answer = send(web)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.json == {"outcome": "cannot_store", "reason": "StoreUnavailable"}
    assert counted.outcomes == {("cannot_store", "StoreUnavailable"): 1}
    assert counted.woken == 0


@pytest.mark.parametrize(
    "detail",
    [
        {"id": 10**30},
        {"actor_id": 10**30},
        {"description": "\ud83d"},
        {"tags": ["\ud83d", "\x00"]},
        {"subject": "\x00"},
        {"created_at": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_nothing_signed_is_ever_answered_with_500(web, detail):
    body = json.dumps(an_envelope(**detail)).encode()
    assert send(web, body=body).status_code == 200


@pytest.mark.parametrize("invocation", ["i" * 300, "\xff", " "])
def test_a_strange_invocation_id_does_not_stop_an_event(web, invocation):
    assert send(web, invocation=invocation).status_code == 200


def test_every_counted_outcome_is_one_of_a_closed_set(web, counted, store):
    send(web)
    send(web)
    send(web, an_envelope("requester_changed"))
    send(web, body=b"{")
    send(web, headers={"X-Other": "1"})
    store.close()
    send(web, an_envelope() | {"id": "event-9"}, invocation="invocation-9")
    assert {outcome for outcome, _ in counted.outcomes} <= set(OUTCOMES)
    assert sum(counted.outcomes.values()) == 6


def bytes_at_rest(store):
    database = Path(store.engine.url.database)
    return b"".join(path.read_bytes() for path in database.parent.glob(f"{database.name}*"))


def test_the_words_of_a_ticket_rest_sealed_and_are_gone_when_it_is_done(web, store, inbox, clock):
    send(web, an_envelope(description=CANARY, subject=CANARY))
    if store.engine.dialect.name == "sqlite":
        assert CANARY.encode() not in bytes_at_rest(store)
    (claim,) = inbox.claim("me", now=clock.now(), limit=1)
    events = inbox.open_events(4711)
    assert CANARY.encode() in events[0].body
    inbox.finish(claim, Closing(events=events, entries=()), now=clock.now())
    (row,) = stored(store)
    assert row.body is None
    assert row.done_at == clock.now()
