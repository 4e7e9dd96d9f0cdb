"""The HTTP side of the web process. It reads a request's body in full before a thread works on the request.

The body is read on the event loop and has a deadline. So a client that sends it slowly, or never completely, holds no
thread and no database connection, and is cut off. Only complete requests reach the Flask application."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

PATIENCE_S = 10.0
"""The seconds that a client has to send a request's head, and again to send its body."""
TOO_SLOW = 408
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Gone(Exception):
    """The client went away before its request was complete."""


@dataclass(frozen=True)
class Answer:
    """The application's answer: the status, the headers in bytes, the body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Server:
    """An ASGI application that runs a WSGI application in `threads` threads, on complete requests only."""

    def __init__(
        self,
        app: WSGIApplication,
        threads: int,
        longest: int,
        patience_s: float = PATIENCE_S,
        longest_at: Mapping[str, int] | None = None,
    ) -> None:
        """`longest` is the limit of a body in bytes, `longest_at` has other limits by path: a longer body is not read,
        and the application refuses it. `patience_s` is the deadline in seconds."""
        self._longest_at = longest_at or {}
        self._app, self._longest, self._patience_s = app, longest, patience_s
        self._pool = ThreadPoolExecutor(threads, "request")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request: 408 when its body is not complete in time, no answer when the client is gone."""
        try:
            async with asyncio.timeout(self._patience_s):
                body = await self._body(scope, receive)
        except Gone:
            return
        except TimeoutError:
            answer = Answer(TOO_SLOW, [(b"content-type", b"text/plain"), (b"connection", b"close")], b"")
        else:
            environ = _environ(scope, body)
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._pool, _answer, self._app, environ)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _body(self, scope: Message, receive: Receive) -> bytes:
        """The whole body. Of a body that is too long, a part that is longer than `longest`. Raises Gone."""
        longest = self._longest_at.get(scope["path"], self._longest)
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"")
        if not length and b"transfer-encoding" not in headers:
            return b""
        if length.isdigit() and int(length) > longest:
            # the application refuses it by its length
            return b""
        body = bytearray()
        while len(body) <= longest:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        return bytes(body)


def _environ(scope: Message, body: bytes) -> dict[str, Any]:
    """A request's environ as PEP 3333 defines it."""
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        # the input ends with the body, also without a Content-Length
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            # it could be taken for the header with a hyphen
            continue
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    return environ


def _answer(app: WSGIApplication, environ: Mapping[str, Any]) -> Answer:
    """Run the application on a complete request."""
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started[:] = [int(status[:3]), headers]
        return started.append

    parts: Iterable[bytes] = app(dict(environ), start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close:
            close()
    status, headers = started
    return Answer(status, [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers], body)
