"""The control surface under /_sandbox/ and the pages people look at; loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import wraps
from ipaddress import ip_address
from typing import Any

from flask import Flask, Response, abort, current_app, render_template, request
from markupsafe import Markup

from integration.zendesk.sandbox import errors
from integration.zendesk.sandbox.delivery import DeliveryEngine
from integration.zendesk.sandbox.state import DeskState
from integration.zendesk.sandbox.text import cleaned
from integration.zendesk.sandbox.tickets import open_ticket, update_ticket
from integration.zendesk.sandbox.values import Json, Origin, Ticket, User, stamp

ENGINE = "SANDBOX_ENGINE"
_LISTED = 200
_MAIL = Origin(client="Mail", channel="email")
_View = Callable[..., Response]


def add_to(app: Flask, desk: DeskState) -> None:
    """Hang the control surface and the pages into the application."""
    for rule, view in (
        ("/", _home),
        ("/agent/tickets/<int:ticket_id>", _ticket),
        ("/_sandbox/calls", _calls),
        ("/_sandbox/deliveries", _deliveries),
    ):
        app.add_url_rule(rule, view.__name__, _local(desk, view), methods=["GET"])
    app.add_url_rule("/_sandbox/mail", "mail", _local(desk, _mail), methods=["POST"])


def _local(desk: DeskState, view: _View) -> _View:
    @wraps(view)
    def guarded(**values: Any) -> Response:  # noqa: ANN401
        if not _is_loopback(request.remote_addr):
            abort(403)
        return view(desk, **values)

    return guarded


def _is_loopback(address: str | None) -> bool:
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def _calls(desk: DeskState) -> Response:
    return _json(desk.calls.report())


def _deliveries(_desk: DeskState) -> Response:
    return _json(_delivered())


def _delivered() -> Json:
    engine: DeliveryEngine | None = current_app.config.get(ENGINE)
    return engine.report() if engine else {"by_status": {}, "attempts": 0, "pending": 0}


def _mail(desk: DeskState) -> Response:
    """A mail from a customer: opens a ticket, or answers one when `ticket_id` is given."""
    told = request.get_json(silent=True)
    if not isinstance(told, dict):
        return _json({"error": "a JSON object is needed"}, 400)
    try:
        with desk.lock:
            return _json({"ticket_id": _received(desk, told)}, 201)
    except errors.Refused as refusal:
        body = refusal.body if isinstance(refusal.body, dict) else {"error": refusal.body}
        return _json(body, refusal.status)


def _received(desk: DeskState, mail: Json) -> int:
    sender = desk.people.requester(dict(mail.get("from") or {}), desk.clock())
    text = {"body": str(mail.get("body") or "")}
    if mail.get("ticket_id") is not None:
        ticket = desk.ticket(int(mail["ticket_id"]), sender)
        update_ticket(desk, sender, ticket, {"comment": text}, _MAIL)
        return ticket.id
    spec = {"subject": mail.get("subject"), "comment": text}
    ticket, _ = open_ticket(desk, sender, spec, _MAIL)
    return ticket.id


def _home(desk: DeskState) -> Response:
    with desk.lock:
        numbers = desk.tickets.alive[: -_LISTED - 1 : -1]
        rows = [desk.tickets.tickets[number] for number in numbers]
        page = render_template(
            "home.html",
            desk=desk,
            tickets=[(one, _name(desk, one.facts.requester_id)) for one in rows],
            total=len(desk.tickets.alive),
            calls=desk.calls.report()["total"],
            deliveries=_delivered(),
            webhooks=list(desk.webhooks.hooks.values()),
        )
    return _page(page)


def _ticket(desk: DeskState, ticket_id: int) -> Response:
    with desk.lock:
        found = desk.tickets.tickets.get(ticket_id)
        if found is None or found.deleted:
            return _page(render_template("missing.html", ticket_id=ticket_id), 404)
        page = render_template("ticket.html", **_scene(desk, found))
    return _page(page)


def _scene(desk: DeskState, ticket: Ticket) -> Json:
    group = desk.people.groups.get(ticket.facts.group_id or 0)
    users = desk.people.users
    fields = [
        (field.title, ticket.facts.fields[field.id])
        for field in desk.fields.custom()
        if ticket.facts.fields.get(field.id) is not None
    ]
    comments = [
        (users[one.author_id], replace(one, html_body=Markup(cleaned(one.html_body))))  # noqa: S704
        for one in ticket.comments
    ]
    return {
        "desk": desk,
        "ticket": ticket,
        "facts": ticket.facts,
        "requester": users[ticket.facts.requester_id],
        "assignee": desk.people.user(ticket.facts.assignee_id),
        "group": group,
        "fields": fields,
        "comments": comments,
        "audits": [(audit, _name(desk, audit["author_id"])) for audit in ticket.audits],
        "stamp": stamp,
        "when": _when,
    }


def _when(at: datetime) -> str:
    return f"{at:%d %b %Y, %H:%M} UTC".lstrip("0")


def _name(desk: DeskState, user_id: int) -> str:
    user: User | None = desk.people.users.get(user_id)
    return user.name if user else "unknown"


def _page(html: str, status: int = 200) -> Response:
    response = Response(html, status, content_type="text/html; charset=utf-8")
    # Nothing a ticket says may run, load or leave: no scripts, no remote anything.
    response.headers["content-security-policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    response.headers["x-content-type-options"] = "nosniff"
    response.headers["referrer-policy"] = "no-referrer"
    return response


def _json(body: Json, status: int = 200) -> Response:
    text = json.dumps(body, indent=2) + "\n"
    return Response(text, status, content_type="application/json; charset=utf-8")
