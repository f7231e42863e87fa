"""Webhooks, their secrets, and the record of what was sent to them."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.ids import ulid
from integration.zendesk.sandbox.values import Json

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FORMATS = ("json", "xml", "form_encoded")
STATES = ("active", "inactive")
TRIGGERED = "conditional_ticket_events"
EVENT_PREFIX = "zen:event-type:"
# Zendesk signs test sends of a webhook that does not exist yet with this public value.
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105
TICKET_EVENTS = frozenset({
    "agent_assignment_changed", "attachment_linked_to_comment",
    "attachment_redacted_from_comment", "brand_changed", "comment_added",
    "comment_made_private", "comment_redacted", "created", "custom_field_changed",
    "custom_status_changed", "description_changed", "email_ccs_changed", "external_id_changed",
    "followers_changed", "form_changed", "group_assignment_changed", "marked_as_spam", "merged",
    "ola_policy_changed", "organization_changed", "permanently_deleted", "priority_changed",
    "problem_link_changed", "requester_changed", "schedule_changed", "sla_policy_changed",
    "soft_deleted", "status_changed", "subject_changed", "submitter_changed", "tags_changed",
    "task_due_at_changed", "type_changed", "undeleted",
})  # fmt: skip
_REQUIRED = ("name", "endpoint", "http_method", "request_format", "status")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver; without `status_code` nothing was sent."""

    status: str
    status_code: int | None
    completed_at: datetime
    request_headers: tuple[tuple[str, str], ...] = ()
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: str = ""


@dataclass(slots=True)
class Invocation:
    """One event on its way to one webhook; every attempt carries the same id."""

    id: str
    webhook_id: str
    body: bytes
    made_at: datetime
    status: str = "pending"
    attempts: list[Attempt] = field(default_factory=list)


@dataclass(slots=True)
class Webhook:
    """An endpoint, and the events it wants."""

    id: str
    name: str
    endpoint: str
    http_method: str
    request_format: str
    status: str
    secret: str
    created_at: datetime
    created_by: str
    description: str = ""
    subscriptions: tuple[str, ...] = ()
    authentication: Json | None = None
    custom_headers: dict[str, str] = field(default_factory=dict)
    updated_at: datetime | None = None
    updated_by: str | None = None
    invocations: deque[Invocation] = field(default_factory=deque)

    def credentials(self) -> dict[str, str]:
        """The headers that authenticate Zendesk to the endpoint."""
        if self.authentication is None:
            return {}
        data = self.authentication.get("data") or {}
        match self.authentication.get("type"):
            case "basic_auth":
                pair = f"{data.get('username', '')}:{data.get('password', '')}"
                return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
            case "bearer_token":
                return {"Authorization": f"Bearer {data.get('token', '')}"}
            case "api_key":
                return {str(data.get("name", "")): str(data.get("value", ""))}
            case _:
                return {}


@dataclass(slots=True)
class WebhookBook:
    """All webhooks, found by id or by the event they want."""

    kept_invocations: int
    hooks: dict[str, Webhook] = field(default_factory=dict)
    dispatch: Callable[[Invocation], None] | None = None
    _wanting: dict[str, dict[str, None]] = field(default_factory=dict)

    def get(self, webhook_id: str) -> Webhook:
        """The webhook with this id, or 404."""
        if (found := self.hooks.get(webhook_id)) is None:
            raise errors.not_found()
        return found

    def add(self, spec: Json, *, by: int, now: datetime) -> Webhook:
        """A new webhook with a fresh secret; how it is connected is fixed from here on."""
        told = {"http_method": "POST", "request_format": "json", "status": "active", **spec}
        made = Webhook(
            id=ulid(now),
            name="",
            endpoint="",
            http_method="",
            request_format="",
            status="",
            secret=fresh_secret(),
            created_at=now,
            created_by=str(by),
            invocations=deque(maxlen=self.kept_invocations),
        )
        _fill(made, told)
        self.hooks[made.id] = made
        self._index(made)
        return made

    def change(self, hook: Webhook, spec: Json, *, by: int, now: datetime) -> None:
        """Merge new values into a webhook."""
        wanted = spec.get("subscriptions") or []
        told = bool(wanted) and isinstance(wanted, list)
        if told and (TRIGGERED in wanted) != (TRIGGERED in hook.subscriptions):
            text = "Subscriptions: a webhook cannot change how it is connected"
            raise errors.invalid({"subscriptions": [text]})
        _fill(hook, spec)
        hook.updated_at, hook.updated_by = now, str(by)
        self._index(hook)

    def replace(self, hook: Webhook, spec: Json, *, by: int, now: datetime) -> None:
        """Put a whole new definition in the place of the old; needs every required value."""
        missing = [name for name in _REQUIRED if not spec.get(name)]
        if missing:
            problems = {name: [f"{name}: cannot be blank"] for name in missing}
            raise errors.invalid(problems, error="BlankValue")
        blank: Json = {"description": "", "authentication": None, "custom_headers": {}}
        self.change(hook, {**blank, **spec}, by=by, now=now)

    def remove(self, hook: Webhook) -> None:
        """Delete a webhook; what is still on its way to it is dropped."""
        del self.hooks[hook.id]
        for wanting in self._wanting.values():
            wanting.pop(hook.id, None)

    def wanting(self, event_type: str) -> list[Webhook]:
        """The active webhooks that subscribe to an event type."""
        found = (self.hooks[key] for key in self._wanting.get(event_type, ()))
        return [hook for hook in found if hook.status == "active"]

    def send(self, hook: Webhook, body: bytes, now: datetime) -> None:
        """Put one event on its way, when somebody delivers."""
        if self.dispatch is None:
            return
        made = Invocation(ulid(now), hook.id, body, now)
        hook.invocations.append(made)
        self.dispatch(made)

    def _index(self, hook: Webhook) -> None:
        for wanting in self._wanting.values():
            wanting.pop(hook.id, None)
        for name in hook.subscriptions:
            self._wanting.setdefault(name, {})[hook.id] = None


def fresh_secret() -> str:
    """A signing secret that looks like base64 and is used as the literal text."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """base64(HMAC-SHA256(secret, timestamp + body))."""
    digest = hmac.digest(secret.encode(), timestamp.encode() + body, "sha256")
    return base64.b64encode(digest).decode()


def _fill(hook: Webhook, spec: Json) -> None:
    _check(hook, spec)
    for name in (*_REQUIRED, "description"):
        if name in spec:
            setattr(hook, name, str(spec[name] or ""))
    if "subscriptions" in spec:
        hook.subscriptions = tuple(str(one) for one in spec["subscriptions"] or ())
    if "authentication" in spec:
        hook.authentication = spec["authentication"]
    if "custom_headers" in spec:
        told = spec["custom_headers"] or {}
        hook.custom_headers = {str(key): str(value) for key, value in told.items()}


def _check(hook: Webhook, spec: Json) -> None:
    wanted = spec.get("subscriptions")
    unknown = _unknown_subscriptions(wanted if isinstance(wanted, list) else [wanted or ""])
    endpoint = str(spec.get("endpoint") or hook.endpoint)
    wrong = {
        "name": not (spec.get("name") or hook.name),
        "endpoint": not endpoint.startswith(("http://", "https://")),
        "http_method": spec.get("http_method", "POST") not in METHODS,
        "request_format": spec.get("request_format", "json") not in FORMATS,
        "status": spec.get("status", "active") not in STATES,
        "authentication": not _is_authentication(spec.get("authentication")),
        "custom_headers": not isinstance(spec.get("custom_headers"), dict | None),
        "subscriptions": bool(unknown),
    }
    problems = {name: [f"{name}: is invalid"] for name, bad in wrong.items() if bad}
    if problems:
        raise errors.invalid(problems)


def _is_authentication(told: object) -> bool:
    if isinstance(told, dict):
        return isinstance(told.get("data"), dict | None)
    return told is None


def _unknown_subscriptions(wanted: Iterable[object]) -> list[str]:
    names = [str(one) for one in wanted]
    if TRIGGERED in names and len(names) > 1:
        return names
    return [one for one in names if one and one != TRIGGERED and not _is_event(one)]


def _is_event(name: str) -> bool:
    family, _, event = name.removeprefix(EVENT_PREFIX).partition(".")
    if not name.startswith(EVENT_PREFIX) or not event:
        return False
    return family != "ticket" or event in TICKET_EVENTS
