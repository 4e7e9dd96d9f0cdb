"""A stand-in that runs: in a thread of its own, for a test or for the command."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sms_app.simulator.provider.book import Taken
from sms_app.simulator.provider.faults import Faults
from sms_app.simulator.provider.server import HERE, Server

PATIENCE_S = 30
T = TypeVar("T")


class Provider:
    """The stand-in in a background thread, from `start` to `close`. Its methods may be called from any other thread."""

    def __init__(
        self, username: str, api_key: str, secret: str, web: str = "", port: int = 0, file: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        """`web` is the address whose webhooks are called, none if empty; `secret` is theirs and the control API's;
        port 0 is a free one; `file` keeps what was taken from run to run."""
        self.username, self.api_key, self.secret, self.port = username, api_key, secret, port
        self._make: Callable[[], Server] = lambda: Server(username, api_key, secret, web, now, file)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="provider")
        self._started = threading.Event()
        self._error: OSError | None = None

    def start(self) -> Provider:
        """Serve. Raises OSError when the port or the file can't be had."""
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error
        return self

    def close(self) -> None:
        """Stop at once; calls under way get no answer. May be repeated."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://{HERE}:{self.port}"

    @property
    def faults(self) -> Faults:
        """The switches: set its fields, or all of them by another's."""
        return self._server.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._server.faults.become(faults)

    @property
    def messages(self) -> list[Taken]:
        """What was taken, in its order, whatever was answered."""
        return list(self._server.book.messages)

    @property
    def calls(self) -> int:
        """How many calls the messaging API had, whatever was answered."""
        return self._server.book.calls

    def serves(self, web: str) -> None:
        """From now on the webhooks of another address are called."""
        self._server.callbacks.web = web

    def incoming(self, number: str, text: str, to: str = "801") -> int:
        """A phone sends us a text; the status that our webhook answered, 0 for none."""
        return self._wait(self._server.callbacks.incoming(number, text, to, datetime.now(UTC)))

    def opt_out(self, number: str, sender: str = "") -> int:
        """A phone opts out at the network; the status that our webhook answered, 0 for none."""
        return self._wait(self._server.callbacks.opt_out(number, sender))

    def report(self, message: Taken, status: str) -> int:
        """Post one report (`Success`, `Failed UserIsInactive`); the status that our webhook answered, 0 for none."""
        return self._wait(self._server.callbacks.report(message, status))

    def wait_reported(self) -> None:
        """Wait until every report that was to be posted was answered."""
        self._wait(self._idle())

    def _wait(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result()

    async def _idle(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._server.callbacks.idle.wait()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        try:
            self._server = self._make()
            listening, self.port = await self._server.listen(self.port)
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        await self._stop.wait()
        await self._server.close(listening)
