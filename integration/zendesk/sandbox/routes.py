"""The table of routes: each view is a function from a call to an answer, free of the web."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from integration.zendesk.sandbox.access import Token
from integration.zendesk.sandbox.limits import MINUTE, TEN_MINUTES, Spent
from integration.zendesk.sandbox.paging import Asked, page
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.values import Json, Origin, User

T = TypeVar("T")
Handler = Callable[..., "Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `location` is a path below the desk's address."""

    body: Json | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request. `base` is the desk's address as the caller wrote it."""

    desk: DeskState
    actor: User
    token: Token | None
    base: str
    path: str
    args: Mapping[str, str]
    body: Json
    idempotency_key: str | None
    origin: Origin

    def record(self, name: str) -> Json:
        """The object under this key of the body, empty when there is none."""
        found = self.body.get(name)
        return found if isinstance(found, dict) else {}

    def records(self, name: str) -> list[Json]:
        """The list of objects under this key of the body."""
        found = self.body.get(name)
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def ids(self) -> list[int]:
        """The numbers of the `ids` query, without repeats."""
        told = [one.strip() for one in self.args.get("ids", "").split(",")]
        return list(dict.fromkeys(int(one) for one in told if one.isdecimal()))

    def page(self, name: str, rows: list[T], show: Callable[[T], Json]) -> Answer:
        """One page of rows, the way the query asks for it."""
        return Answer(page(Asked(self.base + self.path, self.args), name, rows, show))

    def count_update(self, ticket_id: int | None) -> dict[str, str]:
        """Count a ticket update against both limits; the headers that report them.

        Without a ticket (bulk calls) only the account's limit counts.
        """
        limits, plan, now = self.desk.limits, self.desk.plan, self.desk.clock().timestamp()
        sentence = "Rate limit for ticket updates exceeded, please wait before updating"
        headers: dict[str, str] = {}
        try:
            if ticket_id is not None:
                key = ("ticket", self.actor.id, ticket_id)
                left = limits.take(key, plan.updates_per_ticket, now=now, seconds=TEN_MINUTES)
                headers["zendesk-ratelimit-per-ticket-updates"] = left.header()
            left = limits.take("updates", plan.updates, now=now)
            headers["zendesk-ratelimit-tickets-update"] = left.header()
        except Spent as spent:
            raise spent.refusal(f"{sentence} this ticket again") from None
        return headers

    def count(self, key: str, total: int) -> dict[str, str]:
        """Count a call against a limit of its own per minute; the header that reports it."""
        try:
            left = self.desk.limits.take(
                key, total, now=self.desk.clock().timestamp(), seconds=MINUTE
            )
        except Spent as spent:
            text = f"Rate limit for {key.replace('-', ' ')} exceeded, please wait"
            raise spent.refusal(text) from None
        return {f"zendesk-ratelimit-{key}": left.header()}


@dataclass(frozen=True, slots=True)
class Permits:
    """The keys a record in the body may have; others are ignored, with a warning header."""

    record: str
    controller: str
    action: str
    keys: frozenset[str] = frozenset()

    def warning(self, body: Json) -> dict[str, str]:
        """`x-zendesk-api-warn` when the body has keys that mean nothing here."""
        told = body.get(self.record)
        unknown: list[str] = []
        if isinstance(told, dict):
            unknown = [f'"{self.record}.{key}"' for key in told if key not in self.keys]
        elif told is not None:
            unknown = [f'"{self.record}"']
        if not unknown:
            return {}
        text = (
            f'{{:allowed_parameters=>{{:controller=>"{self.controller}", '
            f':action=>"{self.action}", :unpermitted_keys=>[{", ".join(unknown)}], '
            ":invalid_values=>[]}}"
        )
        return {"x-zendesk-api-warn": text.encode("ascii", "replace").decode()}


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path below /api/v2, who may use it, and what does it."""

    method: str
    rule: str
    handler: Handler
    admin: bool
    end_users: bool
    permits: Permits | None

    @property
    def resource(self) -> str:
        """The first part of the path, which scopes are named after."""
        return self.rule.lstrip("/").partition("/")[0]


ROUTES: list[Route] = []


def route(
    method: str,
    rule: str,
    *,
    admin: bool = False,
    end_users: bool = False,
    permits: Permits | None = None,
) -> Callable[[Handler], Handler]:
    """Put a view into the table; `admin` and `end_users` widen or narrow who may call it."""

    def keep(handler: Handler) -> Handler:
        ROUTES.append(Route(method, rule, handler, admin, end_users, permits))
        return handler

    return keep


def location(kind: str, number: int | str) -> str:
    """The path of a new record."""
    return f"/api/v2/{kind}/{number}.json"
