"""Posts delivery reports, incoming messages and opt-outs to our webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from uuid import uuid4

import urllib3

from sms_app.simulator.provider.book import Book, Taken
from sms_app.simulator.provider.faults import Faults

NETWORK_CODE = "99999"
"""The provider's code for a simulated network."""
AT_ONCE = 8
RETRIED_FOR_S = 600
TIMEOUT = urllib3.Timeout(connect=5, read=30)
# our server may have closed an unused connection; a report that comes twice does no harm
AGAIN = urllib3.Retry(1, allowed_methods=None, redirect=False, raise_on_redirect=False, status=0)
OK = 200


def delivery_form(message: Taken, status_and_reason: str) -> dict[str, str]:
    """The form of a report: a status and, after a space, a failure reason if there is one."""
    status, _, reason = status_and_reason.partition(" ")
    return {
        "id": message.id,
        "status": status,
        "phoneNumber": message.number,
        "networkCode": NETWORK_CODE,
        "retryCount": "0",
        **({"failureReason": reason} if reason else {}),
    }


class Callbacks:
    """Posts to the webhooks below `web`; posts nothing when `web` is empty. Runs in the server's event loop."""

    def __init__(self, web: str, secret: str, book: Book, faults: Faults) -> None:
        self.web, self._secret = web, secret
        self._book, self._faults = book, faults
        self._pool = ThreadPoolExecutor(AT_ONCE, "callback")
        self._connections = urllib3.PoolManager(1, maxsize=AT_ONCE, timeout=TIMEOUT, retries=AGAIN)
        self._under_way: dict[asyncio.Task[None], str] = {}
        self.idle = asyncio.Event()
        self.idle.set()

    async def post(self, path: str, form: dict[str, str]) -> int:
        """Post a form. Returns the HTTP status, or 0 without an answer."""
        url = f"{self.web}/at/{self._secret}/{path}"
        ask = partial(self._connections.request_encode_body, "POST", url, form, encode_multipart=False)
        try:
            return int((await asyncio.get_running_loop().run_in_executor(self._pool, ask)).status)
        except urllib3.exceptions.HTTPError:
            return 0

    def report_on(self, taken: Sequence[Taken], name: str) -> None:
        """Start the reports for a call's messages, with the faults that are switched on. `name` is the call's name."""
        if not self.web or not self._faults.reports:
            return
        for message in taken:
            self._begin(self._faults, message, name)

    async def reported(self, name: str) -> None:
        """Wait until the reports of a call are answered."""
        tasks = [task for task, call in self._under_way.items() if call == name]
        if tasks:
            await asyncio.wait(tasks)

    def go_on(self) -> None:
        """Start the reports that an earlier run did not finish."""
        for message in self._book.messages:
            statuses = [status.partition(" ")[0] for status in self._faults.reports_for(message.number)]
            if message.status != statuses[-1]:
                self.report_on([message], message.id)

    async def report(self, message: Taken, status_and_reason: str) -> int:
        """Post a report: a status and, after a space, a failure reason if there is one."""
        form = delivery_form(message, status_and_reason)
        answered = await self.post("delivery", form)
        if answered == OK:
            self._book.reported(message.id, form["status"])
        return answered

    async def incoming(self, number: str, text: str, to: str, at: datetime) -> int:
        """Post an incoming text."""
        form = {
            "date": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "from": number,
            "id": str(uuid4()),
            "linkId": str(uuid4()),
            "text": text,
            "to": to,
            "cost": "None",
            "networkCode": NETWORK_CODE,
        }
        return await self.post("sms", form)

    async def opt_out(self, number: str, sender: str) -> int:
        """Post an opt-out at the network."""
        return await self.post("opt-out", {"senderId": sender, "phoneNumber": number})

    async def close(self) -> None:
        """Cancel reports that are not posted yet, and close the connections."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._connections.clear()

    def _begin(self, faults: Faults, message: Taken, name: str) -> None:
        recipient = f"{name}|{message.number}"
        if faults.happens("lost_reports", recipient):
            return
        statuses = faults.reports_for(message.number)
        if faults.happens("disordered", recipient):
            statuses.reverse()
        if faults.happens("twice", recipient):
            statuses = [status for status in statuses for _ in range(2)]
        task = asyncio.create_task(self._all(message, statuses, faults.report_after_s, faults.retry_after_s))
        self._under_way[task] = name
        self.idle.clear()
        task.add_done_callback(self._done)

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
        del self._under_way[task]
        if not self._under_way:
            self.idle.set()
