"""/webhooks: definitions, secrets, test sends, and the log of deliveries."""

from __future__ import annotations

import json
from dataclasses import replace

from integration.zendesk.sandbox import errors, render
from integration.zendesk.sandbox.ids import ulid
from integration.zendesk.sandbox.paging import Asked, opened, sealed
from integration.zendesk.sandbox.routes import Answer, Call, route
from integration.zendesk.sandbox.transport import Answered, Envelope, Transport
from integration.zendesk.sandbox.values import Json, stamp
from integration.zendesk.sandbox.webhooks import (
    TEST_SECRET,
    Attempt,
    Invocation,
    Webhook,
    fresh_secret,
)

_PAGE = 100


@route("POST", "/webhooks", admin=True)
def create(call: Call) -> Answer:
    """A new webhook."""
    made = call.desk.webhooks.add(call.record("webhook"), by=call.actor.id, now=call.desk.clock())
    return Answer({"webhook": render.webhook(made)}, 201)


@route("GET", "/webhooks", admin=True)
def index(call: Call) -> Answer:
    """All webhooks; `filter[name_contains]` and `filter[status]` narrow the list."""
    part = call.args.get("filter[name_contains]", "").casefold()
    status = call.args.get("filter[status]")
    rows = [
        one
        for one in call.desk.webhooks.hooks.values()
        if part in one.name.casefold() and status in (None, one.status)
    ]
    body, headers = _cursor(call, "webhooks", [render.webhook(one) for one in rows])
    return Answer(body, headers=headers)


@route("GET", "/webhooks/<webhook_id>", admin=True)
def show(call: Call, webhook_id: str) -> Answer:
    """One webhook, without its secrets."""
    return Answer({"webhook": render.webhook(call.desk.webhooks.get(webhook_id))})


@route("PUT", "/webhooks/<webhook_id>", admin=True)
def update(call: Call, webhook_id: str) -> Answer:
    """Replace a webhook's definition."""
    hook = call.desk.webhooks.get(webhook_id)
    call.desk.webhooks.replace(
        hook, call.record("webhook"), by=call.actor.id, now=call.desk.clock()
    )
    return Answer(status=204)


@route("PATCH", "/webhooks/<webhook_id>", admin=True)
def patch(call: Call, webhook_id: str) -> Answer:
    """Change some values of a webhook."""
    hook = call.desk.webhooks.get(webhook_id)
    call.desk.webhooks.change(hook, call.record("webhook"), by=call.actor.id, now=call.desk.clock())
    return Answer(status=204)


@route("DELETE", "/webhooks/<webhook_id>", admin=True)
def destroy(call: Call, webhook_id: str) -> Answer:
    """Delete a webhook."""
    call.desk.webhooks.remove(call.desk.webhooks.get(webhook_id))
    return Answer(status=204)


@route("GET", "/webhooks/<webhook_id>/signing_secret", admin=True)
def secret(call: Call, webhook_id: str) -> Answer:
    """The secret its deliveries are signed with."""
    return Answer(_secret(call.desk.webhooks.get(webhook_id)))


@route("POST", "/webhooks/<webhook_id>/signing_secret", admin=True)
def reset_secret(call: Call, webhook_id: str) -> Answer:
    """A new secret, in force at once."""
    hook = call.desk.webhooks.get(webhook_id)
    hook.secret = fresh_secret()
    return Answer(_secret(hook), 201)


def _secret(hook: Webhook) -> Json:
    return {"signing_secret": {"secret": hook.secret, "algorithm": "SHA256"}}


@route("POST", "/webhooks/test", admin=True)
def test(call: Call) -> Answer:
    """Send one request now and answer what came back.

    `webhook_id` names the webhook to borrow the definition and the secret of; without it the
    public test secret signs.
    """
    call.count("webhook-tests", call.desk.plan.webhook_tests)
    hook, body = _rehearsed(call)
    now = call.desk.clock()
    envelope = Envelope(body, call.desk.account_id, ulid(now), now, hook.secret)
    transport = Transport(call.desk.rules.timeout_seconds)
    # The endpoint may call the desk back before it answers: not while we hold the lock.
    call.desk.lock.release()
    try:
        outcome, _ = transport.send(hook, envelope)
    finally:
        call.desk.lock.acquire()
        transport.close()
    shown: Json = {"headers": [], "status_code": 504, "payload": ""}
    if isinstance(outcome, Answered):
        shown = {
            "headers": _pairs(outcome.headers),
            "status_code": outcome.status,
            "payload": outcome.text,
        }
    return Answer({"response": shown})


def _rehearsed(call: Call) -> tuple[Webhook, bytes]:
    asked = call.record("request")
    webhook_id = call.args.get("webhook_id")
    now = call.desk.clock()
    if webhook_id:
        hook = call.desk.webhooks.get(webhook_id)
    else:
        hook = Webhook(
            ulid(now), "test", "", "POST", "json", "active", TEST_SECRET, now, str(call.actor.id)
        )
    hook = replace(
        hook,
        endpoint=str(asked.get("endpoint") or hook.endpoint),
        http_method=str(asked.get("http_method") or hook.http_method),
        request_format=str(asked.get("request_format") or hook.request_format),
    )
    if not hook.endpoint.startswith(("http://", "https://")):
        raise errors.invalid({"endpoint": ["Endpoint: is invalid"]})
    payload = asked.get("payload", "")
    text = payload if isinstance(payload, str) else json.dumps(payload, indent=2)
    return hook, text.encode()


@route("GET", "/webhooks/<webhook_id>/invocations", admin=True)
def invocations(call: Call, webhook_id: str) -> Answer:
    """What was sent, newest first."""
    hook = call.desk.webhooks.get(webhook_id)
    rows = [_invocation(one) for one in reversed(hook.invocations)]
    body, headers = _cursor(call, "invocations", rows)
    return Answer(body, headers=headers)


@route("GET", "/webhooks/<webhook_id>/invocations/<invocation_id>/attempts", admin=True)
def attempts(call: Call, webhook_id: str, invocation_id: str) -> Answer:
    """Every try of one invocation, with what was sent and what came back."""
    hook = call.desk.webhooks.get(webhook_id)
    for one in hook.invocations:
        if one.id == invocation_id:
            return Answer({"attempts": [_attempt(one, tried) for tried in one.attempts]})
    raise errors.not_found()


def _invocation(one: Invocation) -> Json:
    last = one.attempts[-1] if one.attempts else None
    shown: Json = {
        "id": one.id,
        "status": one.status,
        "latest_completed_at": stamp(last.completed_at if last else one.made_at),
    }
    if last is not None and last.status_code is not None:
        shown["status_code"] = last.status_code
    return shown


def _attempt(invocation: Invocation, one: Attempt) -> Json:
    shown: Json = {
        "id": invocation.webhook_id,
        "invocation_id": invocation.id,
        "status": one.status,
        "completed_at": stamp(one.completed_at),
    }
    if one.status_code is not None:
        payload = invocation.body.decode("utf-8", "replace")
        shown["status_code"] = one.status_code
        shown["request"] = {"headers": _pairs(one.request_headers), "payload": payload}
        shown["response"] = {
            "headers": _pairs(one.response_headers),
            "payload": one.response_body,
        }
    return shown


def _pairs(headers: tuple[tuple[str, str], ...]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in headers]


def _cursor(call: Call, name: str, rows: list[Json]) -> tuple[Json, dict[str, str]]:
    told = call.args.get("page[size]", "")
    size = min(int(told), _PAGE) if told.isdecimal() else _PAGE
    start = opened(call.args["page[after]"]) if "page[after]" in call.args else 0
    end = start + size
    meta: Json = {"has_more": end < len(rows)}
    links: Json = {}
    headers: dict[str, str] = {}
    if start:
        meta["before_cursor"] = sealed(max(0, start - size))
    if end < len(rows):
        meta["after_cursor"] = sealed(end)
        links["next"] = Asked(call.base + call.path, call.args).at(page__after=sealed(end))
        headers["link"] = f'<{links["next"]}>; rel="next"'
    return {"meta": meta, "links": links, name: rows[start:end]}, headers
