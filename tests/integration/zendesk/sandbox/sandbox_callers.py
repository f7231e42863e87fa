from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

import requests

from integration.zendesk.sandbox import DeliveryRules, Sandbox

AT_ONCE = DeliveryRules(pace=0.0, timeout_seconds=0.3, threads=2)


class MovableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Api:
    """A caller with one identity."""

    def __init__(self, sandbox: Sandbox, authorization: str | None) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        if authorization:
            self.session.headers["Authorization"] = authorization

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> requests.Response:
        url = path if path.startswith("http") else f"{self.sandbox.address}{path}"
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.session.request(method, url, json=body, headers=named, timeout=10)

    def v2(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        return self(method, f"/api/v2{path}", body, **headers)

    def ticket(self, **values: Any) -> dict[str, Any]:
        spec = {"subject": "Someone shows my photo", "comment": {"body": "Please help."}}
        answer = self.v2("POST", "/tickets.json", {"ticket": spec | values})
        assert answer.status_code == 201, answer.text
        return answer.json()["ticket"]

    def update(self, ticket_id: int, **values: Any) -> requests.Response:
        return self.v2("PUT", f"/tickets/{ticket_id}.json", {"ticket": values})

    def webhook(self, endpoint: str, *events: str, **values: Any) -> dict[str, Any]:
        spec = {
            "name": "ts-ops",
            "endpoint": endpoint,
            "http_method": "POST",
            "request_format": "json",
            "status": "active",
            "subscriptions": [f"zen:event-type:ticket.{name}" for name in events],
        }
        answer = self.v2("POST", "/webhooks", {"webhook": spec | values})
        assert answer.status_code == 201, answer.text
        return answer.json()["webhook"]

    def close(self) -> None:
        self.session.close()


@dataclass
class Delivery:
    """One request that a webhook got."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Reply:
    """What the endpoint answers; `hold` waits for the sender to give up instead."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hold: bool = False


class Listener:
    """An endpoint that keeps what it gets and answers from a script, then with 200."""

    def __init__(self) -> None:
        self.got: list[Delivery] = []
        self.script: deque[Reply] = deque()
        self.changed = Condition()
        self.released = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}/events"
        self.thread = Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        with self.changed:
            self.released = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)

    def answer(self, *replies: Reply) -> None:
        self.script.extend(replies)

    def kinds(self) -> list[str]:
        return [one.event["type"].removeprefix("zen:event-type:ticket.") for one in self.got]


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with listener.changed:
                listener.got.append(Delivery(dict(self.headers.items()), body))
                reply = listener.script.popleft() if listener.script else Reply()
                listener.changed.notify_all()
                if reply.hold:
                    listener.changed.wait_for(lambda: listener.released, timeout=10)
                    self.close_connection = True
                    return
            self.send_response(reply.status)
            for key, value in reply.headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_args: object) -> None:
            return

    return Handler


def credentials(sandbox: Sandbox) -> dict[str, Any]:
    return {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
