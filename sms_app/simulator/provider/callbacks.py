"""What the stand-in posts to our webhooks: delivery reports, incoming messages, opt-outs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sms_app.simulator.provider.book import Book, Taken
from sms_app.simulator.provider.faults import Faults
from sms_app.simulator.provider.wire import Client

NETWORK_CODE = "99999"
"""The provider's code for a simulated network."""
AT_ONCE = 8
RETRIED_FOR_S = 600
OK = 200


class Callbacks:
    """The webhooks below `web`; with an empty `web` nothing is posted. Lives in the server's event loop."""

    def __init__(self, web: str, secret: str, book: Book, faults: Faults) -> None:
        self.web, self._secret = web, secret
        self._book, self._faults = book, faults
        self._free: asyncio.LifoQueue[Client | None] = asyncio.LifoQueue()
        for _ in range(AT_ONCE):
            self._free.put_nowait(None)
        self._under_way: set[asyncio.Task[None]] = set()
        self.idle = asyncio.Event()
        self.idle.set()

    async def post(self, path: str, form: dict[str, str]) -> int:
        """Post one form; the status, or 0 when nobody answers."""
        client = await self._free.get()
        try:
            if client is None or client.url != self.web:
                if client is not None:
                    client.close()
                client = Client(self.web)
            return await client.post(f"/at/{self._secret}/{path}", form)
        finally:
            self._free.put_nowait(client)

    def report_on(self, taken: Sequence[Taken], what: str) -> list[asyncio.Task[None]]:
        """Begin to report on messages as the faults say; the tasks that do it."""
        faults = self._faults
        if not self.web or not faults.reports:
            return []
        return [
            task for message in taken if (task := self._begin(faults, message, f"{what}|{message.number}"))
        ]

    def go_on(self) -> None:
        """Report on what an earlier run took and has not reported to the end."""
        for message in self._book.messages:
            statuses = [status.partition(" ")[0] for status in self._faults.reports_for(message.number)]
            if message.status != statuses[-1]:
                self.report_on([message], message.id)

    async def report(self, message: Taken, said: str) -> int:
        """Post one report; `said` is a status, and a failure reason after a space if it has one."""
        status, _, reason = said.partition(" ")
        form = {
            "id": message.id, "status": status, "phoneNumber": message.number, "networkCode": NETWORK_CODE,
            "retryCount": "0", **({"failureReason": reason} if reason else {}),
        }  # fmt: skip
        answered = await self.post("delivery", form)
        if answered == OK:
            self._book.reported(message.id, status)
        return answered

    async def incoming(self, number: str, text: str, to: str, at: datetime) -> int:
        """Somebody sent us a text."""
        form = {
            "date": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "from": number, "id": str(uuid4()), "linkId": str(uuid4()),
            "text": text, "to": to, "cost": "None", "networkCode": NETWORK_CODE,
        }  # fmt: skip
        return await self.post("sms", form)

    async def opt_out(self, number: str, sender: str) -> int:
        """Somebody told the network to let nothing more of ours through."""
        return await self.post("opt-out", {"senderId": sender, "phoneNumber": number})

    async def close(self) -> None:
        """Leave what is not posted yet, and let the connections go."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while not self._free.empty():
            client = self._free.get_nowait()
            if client is not None:
                client.close()

    def _begin(self, faults: Faults, message: Taken, what: str) -> asyncio.Task[None] | None:
        if faults.happens("lost_reports", what):
            return None
        statuses = faults.reports_for(message.number)
        if faults.happens("disordered", what):
            statuses.reverse()
        if faults.happens("twice", what):
            statuses = [status for status in statuses for _ in range(2)]
        task = asyncio.create_task(self._all(message, statuses, faults.report_after_s, faults.retry_after_s))
        self._under_way.add(task)
        self.idle.clear()
        task.add_done_callback(self._done)
        return task

    async def _all(
        self, message: Taken, statuses: Sequence[str], after_s: float, retry_after_s: float
    ) -> None:
        if after_s:
            await asyncio.sleep(after_s)
        for status in statuses:
            wait_s, waited_s = retry_after_s, 0.0
            while await self.report(message, status) != OK and waited_s < RETRIED_FOR_S:
                await asyncio.sleep(wait_s)
                wait_s, waited_s = wait_s * 2, waited_s + wait_s

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not self._under_way:
            self.idle.set()
