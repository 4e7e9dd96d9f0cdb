"""Runs the stand-in in its own thread, for tests and for the command."""

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
        faults: Faults | None = None,
    ) -> None:
        """`web` is the address whose webhooks to call (empty: none); `secret` opens them and the control API; port 0
        picks a free one; `file` keeps the messages from run to run; `faults` are the switches to begin with."""
        super().__init__("provider", port)
        self.username, self.api_key, self.secret = username, api_key, secret
        self._web, self._file, self._now = web, file, now
        self._faults = faults or Faults()

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
        """Serve, and start the reports that an earlier run did not finish. Raises OSError when the port is taken or the
        file cannot be opened."""
        super().start()
        self._loop.call_soon_threadsafe(self._callbacks.go_on)
        return self

    async def _end(self) -> None:
        self._answer_faults.close()
        await self._callbacks.close()

    def _report(self, taken: Sequence[Taken], name: str) -> None:
        """Start the reports for a call, from the thread that answers it and before the answer is sent."""
        self._loop.call_soon_threadsafe(self._callbacks.report_on, taken, name)

    def close(self) -> None:
        """Stop at once; calls that are not answered yet get no answer. May be repeated."""
        super().close()
        self._book.close()

    @property
    def faults(self) -> Faults:
        """The switches. Set single fields, or assign another `Faults`."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._faults.become(faults)

    @property
    def messages(self) -> list[Taken]:
        """The messages taken, in order, whatever was answered."""
        return list(self._book.messages)

    @property
    def calls(self) -> int:
        """How many calls the messaging API got, whatever was answered."""
        return self._book.calls

    def serves(self, web: str) -> None:
        """Call the webhooks of this address from now on."""
        self._callbacks.web = web

    def incoming(self, number: str, text: str, to: str = "801") -> int:
        """Send us a text from a phone. Returns our webhook's HTTP status, 0 without an answer."""
        return self._wait(self._callbacks.incoming(number, text, to, datetime.now(UTC)))

    def opt_out(self, number: str, sender: str = "") -> int:
        """Opt out at the network. Returns our webhook's HTTP status, 0 without an answer."""
        return self._wait(self._callbacks.opt_out(number, sender))

    def settle(self, id_: str) -> None:
        """Record that nothing more is to be reported about a message: the reports were posted by the caller."""
        message = self._book.by_id[id_]
        self._book.reported(id_, self._faults.reports_for(message.number)[-1].partition(" ")[0])

    def report(self, message: Taken, status: str) -> int:
        """Post a report (`Success`, `Failed UserIsInactive`). Returns the webhook's status, 0 without an answer."""
        return self._wait(self._callbacks.report(message, status))

    def wait_reported(self) -> None:
        """Wait until all reports are answered."""
        self._wait(self._idle())

    async def _idle(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._callbacks.idle.wait()
