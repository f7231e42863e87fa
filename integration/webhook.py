"""`POST /zendesk/events`: verify, store, acknowledge. Nothing is decided while Zendesk waits.

401 bad signature or too old · 413 too large · 400 not an event · 200 stored, known or not for us ·
503 with `Retry-After: 30` when it cannot be stored, the only answer that Zendesk redelivers · never
500, which it does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Request, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from casebook.errors import CaseworkError
from casebook.event import TicketEvent
from casebook.ports import Clock
from integration.envelope import EventMalformed, NotATicketEvent, parse_event
from integration.inbox import Delivery, Inbox
from integration.signature import WebhookRejected, verify

# Under a minute, or Zendesk does not try again.
RETRY_AFTER_SECONDS = 30
EVENTS_PATH = "/zendesk/events"

# What happened to a request, each counted; a closed set, so it can be a metric's label.
OUTCOMES = (
    "accepted", "duplicate", "ignored_type", "ignored_family", "malformed",
    "unsigned", "stale", "bad_signature", "too_large", "cannot_store", "cut_off",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receiving:
    """What receiving needs. `count` is told every outcome, and a reason where there is one."""

    inbox: Inbox
    clock: Clock
    secrets: Callable[[], Sequence[str]]
    count: Callable[[str, str], None]
    lane_of: Callable[[TicketEvent], int]
    max_bytes: int
    tolerance: timedelta
    wake: Callable[[], None]


def blueprint(receiving: Receiving) -> Blueprint:
    """The receiving end as a Flask blueprint."""
    events = Blueprint("events", __name__)

    @events.post(EVENTS_PATH)
    def receive() -> Response:
        return _receive(receiving, request)

    return events


def install(app: Flask, receiving: Receiving) -> None:
    """Put the receiving end into an app."""
    app.register_blueprint(blueprint(receiving))


def _receive(receiving: Receiving, incoming: Request) -> Response:
    try:
        body = _body(incoming, receiving.max_bytes)
        _verify(receiving, incoming, body)
        status, outcome, reason = 200, _store(receiving, incoming, body), ""
    except (CaseworkError, HTTPException) as error:
        status, outcome, reason = _refusal(error)
    return _answer(receiving, status, outcome, reason)


def _refusal(error: CaseworkError | HTTPException) -> tuple[int, str, str]:
    """Status, outcome and reason of what went wrong."""
    match error:
        case RequestEntityTooLarge():
            return 413, "too_large", ""
        case HTTPException():
            return 400, "cut_off", ""
        case WebhookRejected():
            return 401, error.reason, ""
        case EventMalformed():
            return 400, "malformed", error.reason
        case NotATicketEvent():
            return 200, "ignored_family", ""
        case _:
            # Whatever it is, it is ours and not the sender's: ask for the event again.
            return 503, "cannot_store", type(error).__name__


def _body(incoming: Request, max_bytes: int) -> bytes:
    """The raw body, read only up to the limit; the signature covers exactly these bytes."""
    if (incoming.content_length or 0) > max_bytes:
        raise RequestEntityTooLarge
    # One byte more tells a body that ends at the limit from one that was cut off there.
    incoming.max_content_length = max_bytes + 1
    body = incoming.get_data(cache=False)
    if len(body) > max_bytes:
        raise RequestEntityTooLarge
    return body


def _verify(receiving: Receiving, incoming: Request, body: bytes) -> None:
    verify(
        body,
        signature=_single(incoming, "X-Zendesk-Webhook-Signature"),
        timestamp=_single(incoming, "X-Zendesk-Webhook-Signature-Timestamp"),
        secrets=receiving.secrets(),
        now=receiving.clock.now(),
        tolerance=receiving.tolerance,
    )


def _single(incoming: Request, name: str) -> str | None:
    """A header that must stand exactly once: of two, a proxy and we might read different ones."""
    values = incoming.headers.getlist(name)
    return values[0] if len(values) == 1 else None


def _store(receiving: Receiving, incoming: Request, body: bytes) -> str:
    event = parse_event(body)
    if not event.heeded:
        return "ignored_type"
    invocation = _single(incoming, "X-Zendesk-Webhook-Invocation-Id")
    delivery = Delivery(
        invocation_id=(invocation or event.id)[:64],
        event_id=event.id,
        ticket_id=event.ticket_id,
        type=event.type[:64],
        event_at=event.at,
        received_at=receiving.clock.now(),
        body=body,
        lane=receiving.lane_of(event),
        sequence_id=event.sequence_id,
        sequence_position=event.sequence_position,
    )
    if not receiving.inbox.accept(delivery):
        return "duplicate"
    receiving.wake()
    return "accepted"


def _answer(receiving: Receiving, status: int, outcome: str, reason: str) -> Response:
    receiving.count(outcome, reason)
    body: dict[str, Any] = {"outcome": outcome} | ({"reason": reason} if reason else {})
    response = jsonify(body)
    response.status_code = status
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
