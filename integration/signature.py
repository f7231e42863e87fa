"""Did Zendesk send this? Its HMAC over timestamp and raw body, and how fresh it is."""

import base64
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from casebook.errors import CaseworkError

# Zendesk signs test sends of webhooks that do not exist yet with this public string.
PUBLIC_TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - public
RejectedFor = Literal["unsigned", "stale", "bad_signature"]


class WebhookRejected(CaseworkError):
    """The request did not come from our Zendesk account, or came too late."""

    def __init__(self, reason: RejectedFor) -> None:
        super().__init__(f"webhook rejected: {reason}")
        self.reason: RejectedFor = reason


def signature_of(body: bytes, *, timestamp: str, secret: str) -> str:
    """Base64 of HMAC-SHA256 over timestamp then raw body, keyed by the secret as it is written."""
    digest = hmac.digest(secret.encode(), timestamp.encode() + body, "sha256")
    return base64.b64encode(digest).decode()


def verify(  # each is one header or setting, and all are named  # noqa: PLR0913
    body: bytes,
    *,
    signature: str | None,
    timestamp: str | None,
    secrets: Sequence[str],
    now: datetime,
    tolerance: timedelta,
) -> None:
    """Raise WebhookRejected unless one of `secrets` signed this very body just now.

    Several secrets are live while one is rotated. The timestamp is that of the attempt, so a late
    redelivery is as fresh as a first one.
    """
    if not signature or not timestamp:
        raise WebhookRejected("unsigned")
    if not _matches(body, signature.strip(), timestamp.strip(), secrets):
        raise WebhookRejected("bad_signature")
    sent_at = instant(timestamp.strip())
    if sent_at is None or abs(now - sent_at) > tolerance:
        raise WebhookRejected("stale")


def _matches(body: bytes, signature: str, timestamp: str, secrets: Sequence[str]) -> bool:
    given = signature.encode("utf-8", "replace")
    expected = [signature_of(body, timestamp=timestamp, secret=secret) for secret in secrets]
    # Every secret is compared, so that timing does not tell which one is live.
    return sum(hmac.compare_digest(one.encode(), given) for one in expected) > 0


def instant(value: str) -> datetime | None:
    """A time in UTC from ISO 8601 with zone and any fraction, None for anything else."""
    try:
        parsed = datetime.fromisoformat(_whole_microseconds(value))
        return parsed.astimezone(UTC) if parsed.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _whole_microseconds(value: str) -> str:
    """Zendesk writes nanoseconds; Python reads at most microseconds."""
    head, dot, tail = value.partition(".")
    if not dot:
        return value
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[: min(digits, 6)]:0<6}{tail[digits:]}"
