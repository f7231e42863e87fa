"""The desk on a port: a real HTTP server in threads, with its delivery engine."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from waitress import wasyncore
from waitress.server import create_server

from integration.zendesk.sandbox.app import create_app
from integration.zendesk.sandbox.delivery import DeliveryEngine
from integration.zendesk.sandbox.pages import ENGINE
from integration.zendesk.sandbox.rules import UNLIMITED, DeliveryRules, Plan
from integration.zendesk.sandbox.state import DeskState

# Views hold one lock, so more threads only fight for it: 4 serve faster than 2 or 8.
_THREADS = 4


class Sandbox:
    """A running desk. Use it as a context manager, or call `stop`."""

    def __init__(self, state: DeskState, *, host: str, port: int) -> None:
        self.state = state
        # A queue of requests is normal under load; waitress would warn of every one.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._engine = DeliveryEngine(state)
        app = create_app(state)
        app.config[ENGINE] = self._engine
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            app, map=self._sockets, host=host, port=port, threads=_THREADS, ident=None,
            connection_limit=400, clear_untrusted_proxy_headers=True,
        )  # fmt: skip
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{self._server.effective_port}"
        self._over = Event()
        self._loop = Thread(target=self._serve, name="sandbox-http", daemon=True)

    @classmethod
    def start(  # noqa: PLR0913 - the five things a rehearsal may want to choose, all by name
        cls,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        plan: Plan = UNLIMITED,
        rules: DeliveryRules | None = None,
        client_id: str = "casewarden_bot",
        client_secret: str | None = None,
    ) -> Self:
        """Open a new, empty desk on a port (0 = any free one) and serve it at once."""
        state = DeskState(
            plan=plan,
            rules=rules or DeliveryRules(),
            client_id=client_id,
            client_secret=client_secret or secrets.token_hex(32),
        )
        return cls.serving(state, host=host, port=port)

    @classmethod
    def serving(cls, state: DeskState, *, host: str = "127.0.0.1", port: int = 0) -> Self:
        """Serve a desk that was prepared before."""
        sandbox = cls(state, host=host, port=port)
        sandbox._engine.start()
        sandbox._loop.start()
        return sandbox

    @property
    def client_id(self) -> str:
        """The OAuth client of the bot admin."""
        return self.state.client_id

    @property
    def client_secret(self) -> str:
        """The secret that goes with `client_id`."""
        return self.state.client_secret

    def idle(self, timeout_seconds: float) -> bool:
        """Wait until no delivery is pending; False when time is up first."""
        return self._engine.idle(timeout_seconds)

    def deliveries(self) -> dict[str, Any]:
        """What became of the webhook deliveries so far."""
        return self._engine.report()

    def wait(self) -> None:
        """Block until the desk is stopped from another thread or by a signal."""
        self._over.wait()

    def stop(self) -> None:
        """Close the port and drop what was not delivered; a second call does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        with suppress(OSError):
            self._server.pull_trigger()
        self._loop.join(timeout=5)
        self._engine.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _serve(self) -> None:
        while not self._over.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown()
        self._server.close()
        wasyncore.close_all(self._sockets, ignore_all=True)
