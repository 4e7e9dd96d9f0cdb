"""A provider of a few lines, for the gateway's tests: it answers what a test says, or misbehaves."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass
class Seen:
    """One request."""

    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


Behave = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Keeps what came and does as the test says."""

    protocol_version = "HTTP/1.1"
    server: Stub
    form: dict[str, str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.form = dict(parse_qsl(body))
        self.server.seen.append(Seen(self.path, dict(self.headers.items()), self.form))
        self.server.behave(self)

    def do_CONNECT(self) -> None:
        self.server.seen.append(Seen(self.path, dict(self.headers.items()), {}))
        self.reply(502, b"")

    def reply(
        self, status: int, body: bytes, kind: str = "application/json", extra: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(extra or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Stub(ThreadingHTTPServer):
    """Listens on this machine until it is closed. `hold` lets go whoever waits for the end."""

    request_queue_size = 200
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Seen] = []
        self.connections = 0
        self.closed = 0
        self.behave: Behave = answer_all(101)
        self.hold = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed += 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests want."""


@contextmanager
def stub() -> Iterator[Stub]:
    with Stub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.hold.set()
            server.shutdown()
            thread.join()


@contextmanager
def listening(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where each connection is given to `behave` and then closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    found, _ = server.accept()
                except OSError:
                    return
                with found:
                    behave(found)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def recipient(number: str, code: int = 101, **more: Any) -> dict[str, Any]:
    """One entry as the provider writes it."""
    return {
        "statusCode": code,
        "number": number,
        "status": "Success",
        "cost": "RWF 12.0000",
        "messageId": f"ATXid_{number[1:]}",
        **more,
    }


def written(recipients: Sequence[Any], message: str = "Sent to 1/1 Total Cost: RWF 12.0000") -> bytes:
    """A whole answer."""
    return json.dumps({"SMSMessageData": {"Message": message, "Recipients": recipients}}).encode()


def answer_all(code: int, **more: Any) -> Behave:
    """Say the same of each recipient."""

    def behave(handler: Handler) -> None:
        numbers = handler.form["to"].split(",")
        handler.reply(201, written([recipient(number, code, **more) for number in numbers]))

    return behave


def answer(status: int, body: bytes = b"", **more: Any) -> Behave:
    """Answer so, whatever came."""
    return lambda handler: handler.reply(status, body, **more)
