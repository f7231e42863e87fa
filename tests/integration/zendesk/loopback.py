"""A tiny HTTP server on this machine that misbehaves on command, and counts what it got."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler], None]


def answer(status: int = 200, body: str = "{}", **headers: str) -> Behaviour:
    """Answer as told; an underscore in a header's name stands for a hyphen."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        content = body.encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return behave


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Take the request and cut the line without an answer."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()
    handler.close_connection = True


def cut_body(handler: BaseHTTPRequestHandler) -> None:
    """Begin an answer and close the line in the middle of its body."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"ticket": ')
    handler.close_connection = True


def garbage(handler: BaseHTTPRequestHandler) -> None:
    """Answer something that is no HTTP."""
    handler.wfile.write(b"what?\r\n\r\n")
    handler.close_connection = True


@dataclass
class Loopback:
    """Where the server is, what it got, and when it may stop being silent."""

    address: str
    got: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)

    def silence(self, _handler: BaseHTTPRequestHandler) -> None:
        """Take the request and say nothing until the test is over."""
        self.go_on.wait(10)


@contextmanager
def serving(*behaviours: Behaviour | str) -> Iterator[Loopback]:
    """Serve one behaviour after the other, the last one for ever; `silent` never answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    loopback = Loopback(f"http://127.0.0.1:{server.server_port}")
    left = list(behaviours)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            loopback.got.append((self.command, self.path, self.rfile.read(length)))
            loopback.headers.append(dict(self.headers))
            behave = left.pop(0) if len(left) > 1 else left[0]
            (loopback.silence if isinstance(behave, str) else behave)(self)

        do_GET = do_PUT = do_POST = handle_any  # noqa: N815 - http.server's names

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield loopback
    finally:
        loopback.go_on.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
