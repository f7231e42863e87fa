"""The incremental export: every ticket that changed, in the order it changed."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import Ticket

_MOST = 1_000
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Harvest:
    """One page of an export; `cursor` continues after it, also when the stream has ended."""

    tickets: list[Ticket]
    cursor: str
    ended: bool


def harvest(desk: DeskState, args: Mapping[str, str]) -> Harvest:
    """Up to `per_page` tickets from `start_time` (Unix seconds) or from `cursor` on."""
    stream, place = _stream(desk, args)
    size = _size(args.get("per_page"))
    skip_deleted = args.get("exclude_deleted") == "true"
    newest = desk.clock() - _MINUTE if desk.last_minute_rule else None
    page: list[Ticket] = []
    for ticket in stream:
        if newest is not None and ticket.generated_at > newest:
            break
        if len(page) == size:
            return Harvest(page, sealed(place), ended=False)
        place = ticket.changed_seq
        if not (skip_deleted and ticket.deleted):
            page.append(ticket)
    return Harvest(page, sealed(place), ended=True)


def _stream(desk: DeskState, args: Mapping[str, str]) -> tuple[Iterator[Ticket], int]:
    if args.get("cursor"):
        place = opened(args["cursor"])
        return desk.tickets.changed_after(place), place
    told = args.get("start_time", "")
    if not told.lstrip("-").isdecimal():
        raise errors.unreadable("start_time is missing or not a Unix time in seconds")
    second = int(told)
    return desk.tickets.changed_since(second), desk.tickets.place_before(second)


def sealed(place: int) -> str:
    """A place in the change log as an opaque cursor."""
    return base64.b64encode(f"{place}.0||{place}".encode()).decode()


def opened(cursor: str) -> int:
    """The place a cursor stands for, or 400."""
    try:
        return int(base64.b64decode(cursor, validate=True).decode().partition(".")[0])
    except (ValueError, binascii.Error):
        raise errors.unreadable("cursor is not valid") from None


def _size(told: str | None) -> int:
    return min(max(int(told), 1), _MOST) if told and told.isdecimal() else _MOST
