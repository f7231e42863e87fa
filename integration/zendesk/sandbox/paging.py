"""Pages of a list, by cursor (`page[size]`) or by number (`page`, `per_page`)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.values import Json

T = TypeVar("T")
_LARGEST = 100
_DEEPEST = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a list was asked for: the full address without its query, and the query."""

    url: str
    args: Mapping[str, str]

    def at(self, **changes: object) -> str:
        """The same address with other query values."""
        named = {key.replace("__", "[", 1) + "]" if "__" in key else key: value
                 for key, value in changes.items()}  # fmt: skip
        query = {**self.args, **named}
        kept = [(key, str(value)) for key, value in query.items() if value is not None]
        return f"{self.url}?{urlencode(kept)}"


def page(asked: Asked, name: str, rows: Sequence[T], show: Callable[[T], Json]) -> Json:
    """One page of `rows` under `name`, with the links Zendesk adds."""
    if any(key.startswith("page[") for key in asked.args):
        return _by_cursor(asked, name, rows, show)
    size = _bounded(asked.args.get("per_page"))
    number = max(1, _whole(asked.args.get("page"), 1))
    if number * size > _DEEPEST:
        text = "Offset pagination stops at 10,000 records; use cursor pagination."
        raise errors.Refused(400, {"error": "InvalidPaginationDepth", "description": text})
    start = (number - 1) * size
    more = start + size < len(rows)
    return {
        name: [show(row) for row in rows[start : start + size]],
        "next_page": asked.at(page=number + 1, per_page=size) if more else None,
        "previous_page": asked.at(page=number - 1, per_page=size) if number > 1 else None,
        "count": len(rows),
    }


def _by_cursor(asked: Asked, name: str, rows: Sequence[T], show: Callable[[T], Json]) -> Json:
    size = _bounded(asked.args.get("page[size]"))
    if "page[before]" in asked.args:
        end = opened(asked.args["page[before]"])
        start = max(0, end - size)
    else:
        start = opened(asked.args["page[after]"]) if "page[after]" in asked.args else 0
        end = start + size
    after, before = sealed(min(end, len(rows))), sealed(start)
    return {
        name: [show(row) for row in rows[start:end]],
        "meta": {"has_more": end < len(rows), "after_cursor": after, "before_cursor": before},
        "links": {
            "prev": asked.at(page__before=before, page__size=size, page__after=None),
            "next": asked.at(page__after=after, page__size=size, page__before=None),
        },
    }


def sealed(place: int) -> str:
    """A place in a list as an opaque cursor."""
    return base64.urlsafe_b64encode(f"o:{place}".encode()).decode()


def opened(cursor: str) -> int:
    """The place a cursor stands for, or 400."""
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("o:"))
    except (ValueError, binascii.Error):
        raise errors.unreadable("page[after] or page[before] is not a valid cursor") from None


def _bounded(told: str | None) -> int:
    return min(max(_whole(told, _LARGEST), 1), _LARGEST)


def _whole(told: str | None, otherwise: int) -> int:
    return int(told) if told is not None and told.isdecimal() else otherwise
