"""The stand-in itself: the messaging API, and the control API beside it, on a port of this machine."""

from __future__ import annotations

import asyncio
import hmac
from asyncio import StreamReader, StreamWriter
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from sms_app.simulator.provider import messaging
from sms_app.simulator.provider.book import Book
from sms_app.simulator.provider.callbacks import Callbacks
from sms_app.simulator.provider.control import Control
from sms_app.simulator.provider.faults import Faults
from sms_app.simulator.provider.wire import Answer, Asked, BadRequest, read_request

HERE = "127.0.0.1"
MESSAGING, ACCOUNT = "/version1/messaging", "/version1/user"
JSON = "application/json"
BACKLOG = 1024
BEFORE = {"bad_key": 401, "too_many": 429, "error_before": 500}
SAID = {400: "Bad request", 401: "The supplied authentication is invalid", 404: "Not found", 429: "Slow down",
        500: "Something went wrong"}  # fmt: skip


class _Cut(Exception):
    """The connection ends here, without an answer."""


class Server:
    """One stand-in. Everything in it happens in one event loop."""

    def __init__(
        self, username: str, api_key: str, secret: str, web: str, now: Callable[[], datetime], file: Path | None = None
    ) -> None:  # fmt: skip
        """`secret` is our callbacks', and also the key of the control API; `web` our web process's address."""
        self.book, self.faults = Book(file), Faults()
        self.callbacks = Callbacks(web, secret, self.book, self.faults)
        self._account = (username, api_key)
        self._now = now
        self._control = Control(self.book, self.callbacks, self.faults, secret, now)
        self._seen: Counter[bytes] = Counter()
        self._taken: deque[tuple[float, int]] = deque()
        self._connections: set[asyncio.Task[None]] = set()

    async def listen(self, port: int) -> tuple[asyncio.Server, int]:
        """Serve on a port of this machine; 0 is a free one."""
        try:
            listening = await asyncio.start_server(self._connection, HERE, port, backlog=BACKLOG)
        except OSError:
            self.book.close()
            raise
        self.callbacks.go_on()
        return listening, int(listening.sockets[0].getsockname()[1])

    async def close(self, listening: asyncio.Server) -> None:
        """Stop at once; what was taken is in the book."""
        listening.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self.callbacks.close()
        self.book.close()

    async def _connection(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while (asked := await read_request(reader)) is not None:
                writer.write((await self._answer(asked, reader)).as_bytes())
                await writer.drain()
        except BadRequest:
            writer.write(_plain(400).as_bytes())
        except _Cut:
            writer.transport.abort()
        except (OSError, asyncio.CancelledError):
            # the caller is gone, or we are to stop: nobody wants an answer
            pass
        finally:
            self._connections.discard(task)
            writer.close()

    async def _answer(self, asked: Asked, reader: StreamReader) -> Answer:
        if asked.path.startswith("/control/"):
            return await self._control.answer(asked)
        if (asked.method, asked.path) == ("POST", MESSAGING):
            return await self._messaging(asked, reader)
        if (asked.method, asked.path) == ("GET", ACCOUNT):
            broke = self.faults.no_balance >= 1
            return (
                Answer(200, messaging.account(broke), JSON)
                if self._knows(asked, asked.query)
                else _plain(401)
            )
        return _plain(404)

    async def _messaging(self, asked: Asked, reader: StreamReader) -> Answer:
        """One call of the messaging API, with whatever goes wrong in it."""
        self.book.calls += 1
        faults, what = self.faults, self._name(asked.body)
        struck = faults.calls is None or faults.calls > 0
        if struck and faults.calls:
            faults.calls -= 1
        form = _form(asked)
        if not self._knows(asked, form):
            return _plain(401)
        if struck and faults.happens("cut_before", what):
            raise _Cut
        refused = next((n for name, n in BEFORE.items() if struck and faults.happens(name, what)), None)
        if not refused and not self._has_room(len(form.get("to", "").split(","))):
            refused = 429
        if refused or not form.get("to") or not form.get("message"):
            return _plain(refused or 400)
        handled = messaging.handle(form, faults, what, struck, self._now().isoformat(timespec="milliseconds"))
        self.book.take(handled.taken)
        reports = self.callbacks.report_on(handled.taken, what)
        if struck:
            await self._after(faults, what, reports, reader)
            if faults.happens("error_after", what):
                return _plain(500)
        kind = f"{JSON}; charset=utf-8" if struck and faults.charset else JSON
        return Answer(201, handled.body, kind)

    def _has_room(self, recipients: int) -> bool:
        """Whether a call's recipients still fit into what is taken in a second; if so they count."""
        most, now = self.faults.per_second, self._now().timestamp()
        while self._taken and self._taken[0][0] <= now - 1:
            self._taken.popleft()
        if most and sum(many for _, many in self._taken) + recipients > most:
            return False
        self._taken.append((now, recipients))
        return True

    async def _after(
        self, faults: Faults, what: str, reports: list[asyncio.Task[None]], reader: StreamReader
    ) -> None:  # fmt: skip
        """What happens between taking a call and answering it."""
        if reports and faults.happens("early_reports", what):
            await asyncio.wait(reports)
        if faults.slow_s:
            await asyncio.sleep(faults.slow_s)
        if faults.happens("cut_after", what):
            raise _Cut
        if faults.happens("hang_after", what):
            await reader.read()
            raise _Cut

    def _knows(self, asked: Asked, form: Mapping[str, str]) -> bool:
        username, key = self._account
        right = hmac.compare_digest(asked.headers.get("apikey", "").encode(), key.encode())
        return right and form.get("username") == username

    def _name(self, body: bytes) -> str:
        """A call's name for the faults: the same call again is another one, and rolls anew."""
        digest = blake2b(body, digest_size=16).digest()
        self._seen[digest] += 1
        return f"{digest.hex()}|{self._seen[digest]}"


def _form(asked: Asked) -> dict[str, str]:
    try:
        return asked.form()
    except UnicodeDecodeError:
        raise BadRequest from None


def _plain(status: int) -> Answer:
    return Answer(status, SAID[status].encode())
