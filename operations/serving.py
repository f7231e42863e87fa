"""Running the parts: a web server in a thread, and web and worker together in one process."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Self

import structlog
from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from casebook.errors import Misconfigured
from casebook.ports import Predictor
from operations.scheduler import Scheduler
from operations.web import build_app
from operations.wiring import Services
from operations.worker import OnWorked, Worker

log = structlog.get_logger()

WEB_THREADS = 16
# A half-sent request is given up after this time, so that stalled clients cannot hold threads.
CHANNEL_TIMEOUT_SECONDS = 15
STOP_SECONDS = 5.0


class WebServer:
    """A WSGI server on a port (0 for any free one), in a thread of its own."""

    def __init__(self, app: Flask, *, host: str, port: int) -> None:
        self._sockets: dict[int, Any] = {}
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = socket.create_server((host, port), family=family, backlog=1024)
        except OSError as error:
            raise Misconfigured(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self._server = create_server(
            app,
            map=self._sockets,
            sockets=[listening],
            threads=WEB_THREADS,
            channel_timeout=CHANNEL_TIMEOUT_SECONDS,
            # The app itself must see that a request came through a proxy.
            clear_untrusted_proxy_headers=False,
            ident=None,
        )
        shown = f"[{host}]" if ":" in host else host
        self.address = f"http://{shown}:{listening.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests and finish those in hand; a second call does nothing."""
        if self._over.is_set():
            return
        self._over.set()
        with suppress(OSError):
            self._server.pull_trigger()
        if self._thread.ident is None:
            self._close()
        else:
            self._thread.join(STOP_SECONDS)

    def _serve(self) -> None:
        """Turn waitress's own loop, so that no socket is pulled from under it at the end."""
        while not self._over.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
        self._close()

    def _close(self) -> None:
        self._server.accepting = False
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=STOP_SECONDS)
        # Answers that were finished last are still to be sent.
        wasyncore.loop(timeout=0.1, use_poll=True, map=self._sockets, count=5)
        wasyncore.close_all(self._sockets, ignore_all=True)


class Embedded:
    """Web, worker and scheduler in one process: the way to run on SQLite."""

    def __init__(
        self, services: Services, predictor: Predictor, *, host: str | None = None,
        port: int | None = None,
    ) -> None:  # fmt: skip
        settings = services.settings
        self._services = services
        self._predictor = predictor
        self._woken = threading.Event()
        self.web = WebServer(
            build_app(services, wake=self._woken.set),
            host=host or settings.host,
            port=settings.port if port is None else port,
        )
        self.worker: Worker | None = None
        self._scheduler = Scheduler(services)

    def __enter__(self) -> Self:
        """Begin to receive and to work; the desk must be provisioned by now."""
        pipeline = self._services.pipeline(self._predictor)
        self.worker = self._services.worker(pipeline, woken=self._woken)
        self.worker.start()
        self.web.start()
        self._scheduler.start()
        return self

    def listen(self, listener: OnWorked) -> None:
        """Tell somebody about every ticket from now on."""
        if self.worker is not None:
            self.worker.listen(listener)

    def __exit__(self, *_exception: object) -> None:
        """Take nothing new in, finish what is in hand, then close the database."""
        self.web.stop()
        self._scheduler.stop()
        if self.worker is not None:
            self.worker.stop()


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set; the second signal ends the process at once."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        if stopped.is_set():
            raise SystemExit(1)
        stopped.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
