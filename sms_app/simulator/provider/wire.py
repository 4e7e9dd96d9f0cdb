"""HTTP/1.1, as little of it as the stand-in needs, on both sides of a connection."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

BODY_LONGEST = 1024 * 1024
TIMEOUT_S = 30
REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
           429: "Too Many Requests", 500: "Internal Server Error"}  # fmt: skip


class BadRequest(Exception):
    """What came is no HTTP that we read."""


@dataclass(frozen=True)
class Asked:
    """A request; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The body as a form's fields. Raises UnicodeDecodeError."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    content_type: str = "text/plain"

    def as_bytes(self) -> bytes:
        return (
            f"HTTP/1.1 {self.status} {REASONS[self.status]}\r\nContent-Type: {self.content_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        ).encode() + self.body


async def read_request(reader: StreamReader) -> Asked | None:
    """The next request of a connection; None at its end. Raises BadRequest."""
    try:
        first, headers = _head(await reader.readuntil(b"\r\n\r\n"))
        length = int(headers.get("content-length", "0"))
        if length > BODY_LONGEST or "transfer-encoding" in headers:
            raise BadRequest
        body = await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        return None
    except (ValueError, asyncio.LimitOverrunError):
        raise BadRequest from None
    method, target, _ = first
    parts = urlsplit(target)
    return Asked(method, parts.path, dict(parse_qsl(parts.query)), headers, body)


class Client:
    """One connection to a web address, kept open while the other side keeps it."""

    def __init__(self, url: str) -> None:
        """`url` without a path's last slash; http only: it is on this machine."""
        self.url, parts = url, urlsplit(url)
        self._host, self._port, self._base = parts.hostname or "", parts.port or 80, parts.path
        self._open: tuple[StreamReader, StreamWriter] | None = None

    async def post(self, path: str, form: Mapping[str, str]) -> int:
        """Post a form; the status that was answered, or 0 when nobody answers."""
        body = urlencode(form).encode()
        head = (
            f"POST {self._base}{path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        used = self._open is not None
        status = await self._once(head + body)
        # the other side may have closed a connection that lay unused
        return await self._once(head + body) if used and not status else status

    async def _once(self, request: bytes) -> int:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                if self._open is None:
                    self._open = await asyncio.open_connection(self._host, self._port)
                reader, writer = self._open
                writer.write(request)
                (version, status, *_), headers = _head(await reader.readuntil(b"\r\n\r\n"))
                if (
                    version == "HTTP/1.1"
                    and "content-length" in headers
                    and headers.get("connection") != "close"
                ):
                    await reader.readexactly(int(headers["content-length"]))
                else:
                    self.close()
                return int(status)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            self.close()
            return 0

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _head(raw: bytes) -> tuple[list[str], dict[str, str]]:
    """The first line's words and the headers. Raises ValueError."""
    first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 3:
        raise ValueError
    pairs = (line.partition(":") for line in lines)
    return words, {name.strip().lower(): value.strip() for name, _, value in pairs}
