"""Numbers and names as Zendesk hands them out."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator
from datetime import datetime
from itertools import count

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Ids:
    """Ever-growing numbers: small for tickets, long for everything else."""

    def __init__(self, first: int = 8_439_350_020_494) -> None:
        self._long: Iterator[int] = count(first, 32)
        self._tickets: Iterator[int] = count(1)
        self._changes: Iterator[int] = count(1)

    def next(self) -> int:
        """A number for anything but a ticket."""
        return next(self._long)

    def next_ticket(self) -> int:
        """Ticket numbers start at 1 and have no gaps."""
        return next(self._tickets)

    def next_change(self) -> int:
        """The next place in the change log."""
        return next(self._changes)


def ulid(now: datetime) -> str:
    """26 characters that sort by time, as webhooks and invocations are named."""
    value = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))


def uuid_text() -> str:
    """A random event id."""
    return str(uuid.uuid4())


def sequence_id() -> str:
    """What all events of one action share: 32 upper-case hex digits."""
    return secrets.token_hex(16).upper()


def job_id() -> str:
    """A job's name: `V3-` and 32 hex digits."""
    return f"V3-{secrets.token_hex(16)}"
