"""A stand-in that runs: in a thread of its own, for a test or for the command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from sms_app.simulator.provider.answer_faults import AnswerFaults
from sms_app.simulator.provider.api import Messaging
from sms_app.simulator.provider.app import MAX_BODY_BYTES, create_app
from sms_app.simulator.provider.book import Book, Taken
from sms_app.simulator.provider.callbacks import Callbacks
from sms_app.simulator.provider.faults import Faults
from sms_app.simulator.serving import Asgi, Running
from sms_app.web.server import Server

PATIENCE_S = 30
THREADS = 8


class Provider(Running):
    """The stand-in in a background thread, from `start` to `close`. Its methods may be called from any other thread."""

    def __init__(
        self,
        username: str,
        api_key: str,
        secret: str,
        web: str = "",
        port: int = 0,
        file: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`web` is the address whose webhooks are called, none if empty; `secret` is theirs and the control API's;
        port 0 is a free one; `file` keeps what was taken from run to run."""
        super().__init__("provider", port)
        self.username, self.api_key, self.secret = username, api_key, secret
        self._web, self._file, self._now = web, file, now
        self._faults = Faults()

    async def _make(self) -> Asgi:
        self._book = Book(self._file)
        self._callbacks = Callbacks(self._web, self.secret, self._book, self._faults)
        calls = Messaging(self.username, self.api_key, self._book, self._faults, self._report, self._now)
        self.app = create_app(
            calls, self.secret, self._book, self._callbacks, self._faults, self._now, self._wait
        )
        self._answer_faults = AnswerFaults(
            Server(self.app, THREADS, MAX_BODY_BYTES), self._callbacks.reported
        )
        return self._answer_faults

    def start(self) -> Self:
        """Serve, and report on what an earlier run did not report to the end. Raises OSError when the port or the file
        can't be had."""
        super().start()
        self._loop.call_soon_threadsafe(self._callbacks.go_on)
        return self

    async def _end(self) -> None:
        self._answer_faults.close()
        await self._callbacks.close()

    def _report(self, taken: Sequence[Taken], what: str) -> None:
        """Begin to report on a call, from the thread that answers it; begun before the answer goes."""
        self._loop.call_soon_threadsafe(self._callbacks.report_on, taken, what)

    def close(self) -> None:
        """Stop at once; calls under way get no answer. May be repeated."""
        super().close()
        self._book.close()

    @property
    def faults(self) -> Faults:
        """The switches: set its fields, or all of them by another's."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults.become(faults)

    @property
    def messages(self) -> list[Taken]:
        """What was taken, in its order, whatever was answered."""
        return list(self._book.messages)

    @property
    def calls(self) -> int:
        """How many calls the messaging API had, whatever was answered."""
        return self._book.calls

    def serves(self, web: str) -> None:
        """From now on the webhooks of another address are called."""
        self._callbacks.web = web

    def incoming(self, number: str, text: str, to: str = "801") -> int:
        """A phone sends us a text; the status that our webhook answered, 0 for none."""
        return self._wait(self._callbacks.incoming(number, text, to, datetime.now(UTC)))

    def opt_out(self, number: str, sender: str = "") -> int:
        """A phone opts out at the network; the status that our webhook answered, 0 for none."""
        return self._wait(self._callbacks.opt_out(number, sender))

    def report(self, message: Taken, status: str) -> int:
        """Post one report (`Success`, `Failed UserIsInactive`); the status that our webhook answered, 0 for none."""
        return self._wait(self._callbacks.report(message, status))

    def wait_reported(self) -> None:
        """Wait until every report that was to be posted was answered."""
        self._wait(self._idle())

    async def _idle(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._callbacks.idle.wait()
