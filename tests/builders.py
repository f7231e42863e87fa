"""Values with defaults, so that a test names only what matters to it."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from casebook.decision import Decision, SopRef
from casebook.event import CommentAdded, TagsChange, TicketEvent
from casebook.ledger import LedgerEntry
from casebook.modes import Mode
from casebook.plan import AddTags, Plan
from casebook.prediction import Prediction, Score
from casebook.taxonomy import Severity
from casebook.ticket import Comment, Ticket
from integration.inbox import Delivery
from integration.signature import signature_of

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
STAMP = "2026-11-22T09:59:00Z"
SECRET = "made-up-signing-secret"
# A phrase that no code would ever write by itself, so that finding it anywhere proves a leak.
CANARY = "zq-canary-marmalade-7741"


@dataclass
class FakeClock:
    """Time that stands still until the test moves it."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        """Move on by a timedelta's keywords."""
        self.at += timedelta(**amount)


def wait_until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Return as soon as the condition holds; fail the test when it never does."""
    deadline, tick = time.monotonic() + seconds, threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition never came true")
        tick.wait(0.005)


def in_threads(job: Callable[[str], None], count: int) -> None:
    """Run `job` in threads named t0, t1, …; fail when one fails or does not end."""
    faults: list[Exception] = []

    def guarded(owner: str) -> None:
        try:
            job(owner)
        except Exception as error:  # noqa: BLE001 - handed to the test
            faults.append(error)

    threads = [threading.Thread(target=guarded, args=(f"t{i}",)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    assert not any(thread.is_alive() for thread in threads)


def a_comment(body: str = "Please look again.", **known: Any) -> Comment:
    return Comment(**{"id": 501, "body": body, "public": True, "by_staff": False} | known)


def a_ticket(**known: Any) -> Ticket:
    """An open ticket from a web form, with one tag and no priority."""
    defaults: dict[str, Any] = {
        "id": 4711,
        "subject": "Somebody posted my address",
        "description": "My home address stands on a page of yours.",
        "status": "open",
        "priority": None,
        "tags": frozenset({"web"}),
        "updated_at": NOW - timedelta(minutes=1),
        "updated_stamp": STAMP,
    }
    return Ticket(**defaults | known)


def an_event(**known: Any) -> TicketEvent:
    """A requester's new ticket; `ticket` may be a mapping of what matters about it."""
    ticket = known.pop("ticket", {})
    defaults: dict[str, Any] = {
        "id": "event-1",
        "type": "created",
        "at": NOW - timedelta(minutes=1),
        "ticket": a_ticket(**ticket) if isinstance(ticket, dict) else ticket,
        "actor_id": 900,
    }
    return TicketEvent(**defaults | known)


def a_comment_event(body: str = "Please look again.", **known: Any) -> TicketEvent:
    comment = a_comment(body, by_staff=known.pop("by_staff", False))
    return an_event(
        **{"id": "event-2", "type": "comment_added"} | known, change=CommentAdded(comment)
    )


def a_tags_event(*, added: str = "", removed: str = "", **known: Any) -> TicketEvent:
    change = TagsChange(frozenset(added.split()), frozenset(removed.split()))
    return an_event(**{"id": "event-3", "type": "tags_changed"} | known, change=change)


def a_score(category: str = "privacy", probability: float = 0.97, **known: Any) -> Score:
    defaults = {"sub_type": None, "decided_by": "model", "strength": "act"}
    return Score(category=category, probability=probability, **defaults | known)


def a_prediction(**probabilities: float) -> Prediction:
    """A model's word on categories: `a_prediction(privacy=0.97)`; without any it is ordinary."""
    scores = tuple(a_score(category, value) for category, value in probabilities.items())
    return Prediction(scores=scores, flags=frozenset(), language="en", model="0" * 64)


def a_decision(primary: str = "privacy", **known: Any) -> Decision:
    defaults: dict[str, Any] = {
        "id": "decision-1",
        "ticket_id": 4711,
        "severity": Severity.SEV2,
        "priority": "high",
        "group": "Privacy-Office",
        "sop": SopRef("privacy_erasure", 1),
        "mode": Mode.ACT,
        "certainty": 0.97,
    }
    return Decision(primary=primary, **defaults | known)


def a_plan(**known: Any) -> Plan:
    defaults: dict[str, Any] = {
        "ticket_id": 4711,
        "decision_id": "decision-1",
        "updated_stamp": STAMP,
        "tags_before": frozenset({"web"}),
        "actions": (AddTags(frozenset({"ts_privacy"})),),
    }
    return Plan(**defaults | known)


def an_entry(**known: Any) -> LedgerEntry:
    defaults: dict[str, Any] = {
        "at": NOW,
        "kind": "worked",
        "ticket_id": 4711,
        "decision_id": "decision-1",
        "facts": {"outcome": "applied", "seconds": 1.25, "calls": 1, "primary": "privacy"},
    }
    return LedgerEntry(**defaults | known)


def an_envelope(
    kind: str = "created", change: Mapping[str, Any] | None = None, **detail: Any
) -> dict[str, Any]:
    """An event as Zendesk sends it: ids as strings, words in capitals, empty ids in every form."""
    defaults: dict[str, Any] = {
        "actor_id": "900",
        "assignee_id": "",
        "brand_id": "7501",
        "created_at": "2026-11-22T09:40:55Z",
        "custom_status": "7601",
        "description": "My home address stands on a page of yours.",
        "external_id": None,
        "form_id": "7701",
        "group_id": "0",
        "id": "4711",
        "is_public": True,
        "organization_id": None,
        "priority": None,
        "requester_id": "900",
        "status": "NEW",
        "subject": "Somebody posted my address",
        "submitter_id": "900",
        "tags": ["web"],
        "type": "QUESTION",
        "updated_at": STAMP,
        "via": {"channel": "web_form"},
    }
    return {
        "type": f"zen:event-type:ticket.{kind}",
        "account_id": 100200,
        "id": "event-1",
        "time": "2026-11-22T09:59:00.123456789Z",
        "zendesk_event_version": "2022-11-06",
        "subject": "zen:ticket:4711",
        "detail": defaults | detail,
        "event": {"meta": {"sequence": {"id": "SEQ1", "position": 1}}} | dict(change or {}),
    }


def body_of(envelope: object) -> bytes:
    """The bytes that travel: pretty-printed, with a newline at the end, as Zendesk writes them."""
    return (json.dumps(envelope, indent=2, ensure_ascii=False) + "\n").encode()


def signed(body: bytes, **known: Any) -> dict[str, str]:
    """The headers of a delivery that Zendesk signed just now."""
    timestamp = known.get("timestamp", "2026-11-22T10:00:00Z")
    return {
        "X-Zendesk-Account-Id": "100200",
        "X-Zendesk-Webhook-Id": "01WEBHOOK",
        "X-Zendesk-Webhook-Invocation-Id": known.get("invocation", "invocation-1"),
        "X-Zendesk-Webhook-Signature": signature_of(
            body, timestamp=timestamp, secret=known.get("secret", SECRET)
        ),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zendesk Webhook",
    }


def a_delivery(number: int = 1, **known: Any) -> Delivery:
    """A verified event on its way in; another `number` is another event and invocation."""
    defaults: dict[str, Any] = {
        "invocation_id": f"invocation-{number}",
        "event_id": f"event-{number}",
        "ticket_id": 4711,
        "type": "created",
        "event_at": NOW,
        "received_at": NOW,
        "body": body_of(an_envelope() | {"id": f"event-{number}"}),
    }
    return Delivery(**defaults | known)
