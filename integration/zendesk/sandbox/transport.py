"""One signed request to an endpoint, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import urllib3

from integration.zendesk.sandbox.webhooks import Webhook, signature

_READ_AT_MOST = 64 * 1024
_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "form_encoded": "application/x-www-form-urlencoded; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The endpoint said something; `retry_after_seconds` when it named a wait."""

    status: int
    headers: tuple[tuple[str, str], ...]
    text: str
    retry_after_seconds: float | None

    @property
    def failed(self) -> bool:
        """Whether the circuit breaker counts this as an error."""
        return self.status >= 400


@dataclass(frozen=True, slots=True)
class TimedOut:
    """No answer in time; logged as 504."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No connection at all; logged as 502."""


Outcome = Answered | TimedOut | Unreachable


@dataclass(frozen=True, slots=True)
class Envelope:
    """A body, and the ids and the instant of this attempt that are signed or sent with it."""

    body: bytes
    account_id: int
    invocation_id: str
    at: datetime
    secret: str


class Transport:
    """A pool of connections; safe to share between threads."""

    def __init__(self, timeout_seconds: float) -> None:
        self._pool = urllib3.PoolManager(
            num_pools=20,
            maxsize=16,
            retries=False,
            timeout=urllib3.Timeout(connect=timeout_seconds, read=timeout_seconds),
        )

    def send(
        self, hook: Webhook, envelope: Envelope
    ) -> tuple[Outcome, tuple[tuple[str, str], ...]]:
        """Send once, without redirects; returns the outcome and the headers that were sent."""
        headers, secret = request_headers(hook, envelope), hook.credentials()
        shown = tuple((key, value) for key, value in headers.items() if key not in secret)
        try:
            answer = self._pool.request(
                hook.http_method,
                hook.endpoint,
                body=_encoded(hook.request_format, envelope.body) or None,
                headers=headers,
                redirect=False,
                preload_content=False,
            )
            return _answered(answer), shown
        except urllib3.exceptions.ReadTimeoutError:
            return TimedOut(), shown
        except urllib3.exceptions.ConnectTimeoutError:
            return TimedOut(), shown
        except (urllib3.exceptions.HTTPError, OSError):
            return Unreachable(), shown

    def close(self) -> None:
        """Drop every connection."""
        self._pool.clear()


def request_headers(hook: Webhook, envelope: Envelope) -> dict[str, str]:
    """Zendesk's headers, the endpoint's credentials, and the webhook's own."""
    timestamp = envelope.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = _encoded(hook.request_format, envelope.body)
    return {
        **hook.custom_headers,
        "Content-Type": _TYPES[hook.request_format],
        "User-Agent": "Zendesk Webhook",
        "X-Zendesk-Account-Id": str(envelope.account_id),
        "X-Zendesk-Webhook-Id": hook.id,
        "X-Zendesk-Webhook-Invocation-Id": envelope.invocation_id,
        "X-Zendesk-Webhook-Signature": signature(envelope.secret, timestamp, body),
        "X-Zendesk-Webhook-Signature-Timestamp": timestamp,
        **hook.credentials(),
    }


def _encoded(request_format: str, body: bytes) -> bytes:
    if request_format != "form_encoded" or not body:
        return body
    told = json.loads(body)
    return urlencode(told).encode() if isinstance(told, dict) else body


def _answered(answer: urllib3.BaseHTTPResponse) -> Answered:
    text = answer.read(_READ_AT_MOST).decode("utf-8", errors="replace")
    if answer.read(1):
        answer.close()
    else:
        answer.release_conn()
    headers: Mapping[str, str] = answer.headers
    return Answered(
        status=answer.status,
        headers=tuple(headers.items()),
        text=text,
        retry_after_seconds=_seconds(headers.get("Retry-After")),
    )


def _seconds(told: str | None) -> float | None:
    return float(told) if told is not None and told.strip().isdecimal() else None
