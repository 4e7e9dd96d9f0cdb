"""A load generator that plays dialogues over keep-alive connections and checks every reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter


@dataclass
class Result:
    """The measurements of a run: answered requests, seconds, the server's processor seconds, each request's latency in
    seconds, and the wrong answers."""

    requests: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    latencies: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of the server's processor time for a request."""
        return 1000 * self.cpu_s / self.requests

    def percentile(self, share: float) -> float:
        """The latency in milliseconds that `share` of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


Hop = tuple[bytes, bytes]
Dialogues = Iterator[list[Hop]]


class _Connection(asyncio.Protocol):
    """Sends hop after hop, and checks that each answer contains what its hop expects."""

    def __init__(
        self, dialogues: Dialogues, result: Result, until: float, done: asyncio.Future[None]
    ) -> None:
        self.dialogues, self.result, self.until, self.done = dialogues, result, until, done
        self.hops: list[Hop] = []
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def _next(self) -> None:
        if not self.hops:
            if perf_counter() >= self.until:
                self.transport.close()
                return
            self.hops = list(reversed(next(self.dialogues)))
        request, self.expected = self.hops.pop()
        self.sent = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.result.latencies.append(perf_counter() - self.sent)
        self.result.requests += 1
        if not head.startswith(b"HTTP/1.1 200") or self.expected not in body:
            self.result.wrong.append(f"{self.expected!r} not in {body!r}")
        self.buffer = body[length:]
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.result.wrong.append(type(error).__name__)
        if not self.done.done():
            self.done.set_result(None)


def post(path: str, form: str) -> bytes:
    """An HTTP/1.1 request as the network's gateway posts it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\n\r\n"
    )
    return (head + form).encode()


def run(port: int, dialogues: Callable[[], Dialogues], connections: int, seconds: float) -> Result:
    """Play dialogues for about `seconds` over `connections` connections. Every dialogue that begins is finished."""
    return asyncio.run(_run(port, dialogues(), connections, seconds))


async def _run(port: int, dialogues: Dialogues, connections: int, seconds: float) -> Result:
    loop, result, start = asyncio.get_running_loop(), Result(), perf_counter()
    waiting = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        waiting.append(done)
        await loop.create_connection(
            lambda done=done: _Connection(dialogues, result, start + seconds, done), "127.0.0.1", port
        )
    await asyncio.gather(*waiting)
    result.seconds = perf_counter() - start
    return result
