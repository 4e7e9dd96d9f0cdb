"""The phone page served, in a thread of its own, for a test or for the command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sms_app.simulator.phone.inbox import Inbox
from sms_app.simulator.phone.network import Network
from sms_app.simulator.phone.page import MAX_BODY_BYTES, Callers, create_app
from sms_app.simulator.serving import Asgi, Running
from sms_app.web.server import Server

THREADS = 8


class Phone(Running):
    """The page in a background thread, from `start` to `close`."""

    def __init__(
        self, network: Network, inbox: Inbox, callers: Callers, moment: Callable[[], datetime], port: int = 0
    ) -> None:
        """As `page.create_app`; port 0 is a free one."""
        super().__init__("phone", port)
        self._app = create_app(network, inbox, callers, moment)

    async def _make(self) -> Asgi:
        return Server(self._app, THREADS, MAX_BODY_BYTES)
