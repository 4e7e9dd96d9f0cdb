"""Delays, withholds or cuts the stand-in's answers, which a Flask application itself cannot do.

The application says in a header what must happen to its answer; this module removes the header. An application server
cannot end a connection without an answer, so this module finds the connection's socket in this process and shuts it
down."""

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
    """What happens to an answer. First it waits for the reports of the call `reports`, then `slow_s` seconds. Then it
    is sent (`answer`), or the connection is cut (`cut`), or nothing is sent until the caller gives up (`hang`)."""

    reports: str = ""
    slow_s: float = 0
    then: Literal["answer", "cut", "hang"] = "answer"

    def header(self) -> dict[str, str]:
        """The fate as a response header; no header for a plain answer."""
        return {HEADER: json.dumps(asdict(self))} if self != Fate() else {}


class AnswerFaults:
    """An ASGI application that wraps another, and treats its answers as their headers say."""

    def __init__(self, app: Asgi, reported: Callable[[str], Awaitable[None]]) -> None:
        """`reported` waits until the reports of a call are answered. Create it in the event loop."""
        self._app, self._reported = app, reported
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Cut every connection whose answer is still waiting."""
        self._closed.set()

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        if messages and (fate := _take_header(messages[0])) and not await self._goes(fate, receive):
            _cut(scope["client"])
            return
        for message in messages:
            await send(message)

    async def _goes(self, fate: Fate, receive: Callable[[], Awaitable[Message]]) -> bool:
        """Hold the answer back as its fate says. Returns whether to send it then."""
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


def _take_header(start: Message) -> Fate | None:
    """Remove the header from the first message of an answer, and return the fate in it."""
    name = HEADER.encode()
    values = [value for key, value in start["headers"] if key == name]
    start["headers"] = [(key, value) for key, value in start["headers"] if key != name]
    return Fate(**json.loads(values[0])) if values else None


async def _gone(receive: Callable[[], Awaitable[Message]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _cut(client: tuple[str, int | str]) -> None:
    """Shut down the connection from this address; its socket belongs to this process."""
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
