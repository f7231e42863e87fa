"""Logs and counters. Both carry ids, labels and numbers only; an allow-list keeps text out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

# What a log line may carry beside its static event name. A new key is added here on purpose.
LOGGABLE = frozenset({
    "event", "level", "timestamp", "logger",
    "ticket_id", "event_id", "decision_id", "category", "outcome", "reason", "error", "lane",
    "attempts", "calls", "status", "method", "model", "port", "host", "address", "worker",
    "missing", "seconds", "count", "job", "slot", "version", "what", "where",
})  # fmt: skip
# Any longer value is not an id, a label or a number.
LONGEST_VALUE = 200
# Names of events are written in the code and never put together.
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,59}")

REGISTRY = CollectorRegistry()
WEBHOOKS = Counter(
    "casewarden_webhook_requests",
    "Webhook requests by what happened to them.",
    ["outcome", "reason"],
    registry=REGISTRY,
)
TICKETS = Counter(
    "casewarden_tickets_worked", "Tickets worked on by outcome.", ["outcome"], registry=REGISTRY
)
CALLS = Counter(
    "casewarden_desk_calls", "Calls to the desk's API.", ["method", "status"], registry=REGISTRY
)
FAILURES = Counter(
    "casewarden_work_failures", "Attempts that failed, by error.", ["error"], registry=REGISTRY
)
TIME_TO_TAG = Histogram(
    "casewarden_time_to_tag_seconds",
    "From the receipt of an event to the applied update.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
    registry=REGISTRY,
)


def only_loggable(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every key that is not on the list and every value that could be text."""
    kept = {key: _fact(key, value) for key, value in line.items() if key in LOGGABLE}
    dropped = len(line) - len(kept)
    return kept | {"dropped": dropped} if dropped else kept


def _fact(key: str, value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        # An error, a request or a ticket could bring any words along.
        return f"({type(value).__name__} is not logged)"
    if key == "event" and not _EVENT.fullmatch(value):
        return "(not an event's name)"
    return value if len(value) <= LONGEST_VALUE else "(too long to log)"


def set_up_logs(level: str) -> None:
    """JSON lines on stderr, from here on."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_loggable,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # Looked up anew for every line: whoever redirects stderr later gets the lines.
        logger_factory=lambda *_arguments: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def count_webhook(outcome: str, reason: str) -> None:
    """Count a webhook request."""
    WEBHOOKS.labels(outcome=outcome, reason=reason).inc()


def count_call(method: str, status: int) -> None:
    """Count a call to the desk; status 0 where no answer came."""
    CALLS.labels(method=method, status=str(status)).inc()
