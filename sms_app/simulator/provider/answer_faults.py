"""What a Flask application can't do to a caller, done before it: an answer that comes late, or never, or with the
connection cut.

The application says what is to happen to its answer in a header, which is taken off here. An application server has no
way to end a connection without an answer, so the connection's socket is looked up in this process and shut down."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Literal

from sms_app.simulator.serving import Asgi, Message

HEADER = "simulated-line"


@dataclass(frozen=True)
class Fate:
    """What happens to an answer: first the reports of the call `reports` are waited for, then `slow_s` seconds; then
    it goes, or the connection is cut, or nothing comes until the caller gives up (`hang`)."""

    reports: str = ""
    slow_s: float = 0
    then: Literal["answer", "cut", "hang"] = "answer"

    def header(self) -> dict[str, str]:
        """As a response's header; none for an answer that simply goes."""
        return {HEADER: json.dumps(asdict(self))} if self != Fate() else {}


class AnswerFaults:
    """An ASGI application that passes requests on to another and does to its answers what it says."""

    def __init__(self, app: Asgi, reported: Callable[[str], Awaitable[None]]) -> None:
        """`reported` waits until the reports of a call are answered. To be made in the event loop."""
        self._app, self._reported = app, reported
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Cut every connection whose answer is held back."""
        self._closed.set()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        if kept and (fate := _taken_off(kept[0])) and not await self._goes(fate, receive):
            _cut(scope["client"])
            return
        for message in kept:
            await send(message)

    async def _goes(self, fate: Fate, receive: Callable[[], Awaitable[Message]]) -> bool:
        """Hold an answer back as long as it should be; whether it then goes."""
        if fate.reports:
            await self._or_closed(self._reported(fate.reports))
        if fate.slow_s:
            await self._or_closed(asyncio.sleep(fate.slow_s))
        if fate.then == "hang":
            await self._or_closed(_gone(receive))
        return fate.then == "answer" and not self._closed.is_set()

    async def _or_closed(self, waiting: Awaitable[None]) -> None:
        tasks = [asyncio.ensure_future(waiting), asyncio.ensure_future(self._closed.wait())]
        await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _taken_off(start: Message) -> Fate | None:
    """Take the header off the beginning of an answer."""
    name = HEADER.encode()
    found = [value for key, value in start["headers"] if key == name]
    start["headers"] = [(key, value) for key, value in start["headers"] if key != name]
    return Fate(**json.loads(found[0])) if found else None


async def _gone(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _cut(client: tuple[str, int | str]) -> None:
    """Shut down the connection from an address, which is a socket of this process."""
    for entry in os.listdir("/dev/fd"):
        with suppress(OSError):
            _shut_down_if_from(int(entry), (client[0], int(client[1])))


def _shut_down_if_from(descriptor: int, client: tuple[str, int]) -> None:
    """Shut down the socket of a file descriptor if its other end has this address. Raises OSError when the descriptor
    is closed, or its socket is not connected."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        return
    # shutting down a copy shuts down the connection itself; closing the copy does not
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        if connection.family == socket.AF_INET and connection.getpeername() == client:
            connection.shutdown(socket.SHUT_RDWR)
