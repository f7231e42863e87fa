"""Running the parts: a web server in a thread, and web and worker together in one process."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Self

import structlog
from flask import Flask
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


class WebServer:
    """A WSGI server on a port (0 for any free one), in a thread of its own."""

    def __init__(self, app: Flask, *, host: str, port: int) -> None:
        try:
            self._server = create_server(
                app,
                host=host,
                port=port,
                threads=WEB_THREADS,
                channel_timeout=CHANNEL_TIMEOUT_SECONDS,
                ident=None,
            )
        except OSError as error:
            raise Misconfigured(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self.address = f"http://{host}:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests and finish those in hand."""
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=5)
        self._server.close()
        self._thread.join(5)


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
