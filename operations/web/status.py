"""The status page: what came in today, what became of it, what waits. Ids and counts only."""

import hmac
import ipaddress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Request, Response, abort, jsonify, render_template, request

from casebook.ledger import LedgerEntry
from operations.wiring import Services
from queue_health.pulse import pulse_of

WINDOW = timedelta(hours=24)
SHOWN = 50
IN_WORDS = {
    "applied": "tagged",
    "untouched": "left alone",
    "observed": "observed",
    "already": "nothing new",
    "closed": "closed",
    "gone": "gone",
    "noted": "agent's change",
    "refused": "refused by the desk",
}


def blueprint(services: Services) -> Blueprint:
    """`/status` for people and `/status.json` for machines."""
    pages = Blueprint("status", __name__, template_folder="templates")

    @pages.before_request
    def admit() -> None:
        if not _may_see(services, request):
            abort(403)

    @pages.get("/status")
    def show() -> str:
        return render_template("status.html", status=status_of(services))

    @pages.get("/status.json")
    def show_json() -> Response:
        return jsonify(status_of(services))

    return pages


def status_of(services: Services) -> dict[str, Any]:
    """Everything the page shows, as plain values."""
    now = services.clock.now()
    entries = services.ledger.since(now - WINDOW)
    oldest = services.inbox.oldest_open()
    return {
        "at": now.isoformat(timespec="seconds"),
        "desk": services.settings.zendesk_url,
        "window_hours": WINDOW.total_seconds() / 3600,
        "inbox": dict(services.inbox.counts()),
        "oldest_open_seconds": _age(oldest, now),
        "pulse": asdict(pulse_of(entries)),
        "tickets": [_row(services, entry) for entry in _newest(entries)],
    }


def _newest(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    """The newest entries that tell something; echoes of our own writes do not."""
    telling = [entry for entry in entries if entry.facts.get("outcome") != "own_echo"]
    return telling[: -SHOWN - 1 : -1]


def _row(services: Services, entry: LedgerEntry) -> dict[str, Any]:
    facts = entry.facts
    primary = str(facts.get("primary") or "")
    category = services.taxonomy.categories.get(primary)
    return {
        "ticket_id": entry.ticket_id,
        "at": entry.at.isoformat(timespec="seconds"),
        "outcome": IN_WORDS.get(str(facts.get("outcome")), entry.kind.replace("_", " ")),
        "category": category.title if category else "",
        "certainty": facts.get("certainty"),
        "severity": facts.get("severity"),
        "group": facts.get("group"),
        "sop": facts.get("sop"),
        "seconds": facts.get("seconds"),
    }


def _age(oldest: datetime | None, now: datetime) -> float | None:
    return None if oldest is None else round((now - oldest).total_seconds(), 1)


def _may_see(services: Services, incoming: Request) -> bool:
    """With a token whoever has it; without one only this machine, and nobody through a proxy."""
    token = services.settings.status_token
    # A token of no letters would let everybody in.
    if token is not None and token.get_secret_value():
        given = incoming.headers.get("Authorization", "").removeprefix("Bearer ")
        given = given or incoming.args.get("token", "")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    proxied = "X-Forwarded-For" in incoming.headers or "Forwarded" in incoming.headers
    # A page elsewhere may point its own name at this machine; it cannot choose the Host we expect.
    name = urlsplit(f"//{incoming.host}").hostname or ""
    asked_here = name == "localhost" or _is_this_machine(name)
    return not proxied and asked_here and _is_this_machine(incoming.remote_addr)


def _is_this_machine(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
