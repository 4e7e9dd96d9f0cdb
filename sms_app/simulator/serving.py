"""Serves an application of the simulator with granian, in a thread of this process."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self, TypeVar

HERE = "127.0.0.1"
BACKLOG = 1024
LISTENS_WITHIN_S = 30
Message = dict[str, Any]
Asgi = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]
T = TypeVar("T")


class Running:
    """An ASGI application in a background thread, from `start` to `close`. A subclass makes the application in the
    thread's event loop, and may clean up at the end."""

    def __init__(self, name: str, port: int = 0) -> None:
        """`port` is a port of this machine; 0 picks a free one."""
        self.port = port
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name=name)
        self._started = threading.Event()
        self._error: BaseException | None = None

    async def _make(self) -> Asgi:
        """Make the application."""
        raise NotImplementedError

    async def _end(self) -> None:
        """Called before the server stops, to release requests that wait."""

    def start(self) -> Self:
        """Serve. Raises OSError when the port is taken."""
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def close(self) -> None:
        """Stop. May be repeated."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}"

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            self.port = _free_port(self.port)
            server = _server(await self._make(), self.port)
            serving = asyncio.create_task(server.serve())
            await _until_it_listens(self.port, serving)
        except BaseException as error:
            self._error = error
            return
        finally:
            self._started.set()
        await asyncio.wait([serving, asyncio.create_task(self._stop.wait())], return_when="FIRST_COMPLETED")
        await self._end()
        server.stop()
        await serving


def _server(app: Asgi, port: int) -> Any:
    from granian.constants import HTTPModes, Interfaces
    from granian.server.embed import Server

    # granian warns that its embedded server is experimental; production does not use it
    logging.getLogger("_granian").setLevel(logging.ERROR)
    return Server(
        app,
        HERE,
        port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
        log_access=False,
    )


def _free_port(port: int) -> int:
    """The port, or a free one for 0. Raises OSError when the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HERE, port))
        return int(probe.getsockname()[1])


async def _until_it_listens(port: int, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(LISTENS_WITHIN_S):
        while not serving.done():
            try:
                _, writer = await asyncio.open_connection(HERE, port)
            except OSError:
                await asyncio.sleep(0.005)
                continue
            writer.close()
            return
    await serving
