"""Serves the phone page in its own thread, for tests and for the command."""

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
    """The phone page in a background thread, from `start` to `close`."""

    def __init__(
        self, network: Network, inbox: Inbox, callers: Callers, moment: Callable[[], datetime], port: int = 0
    ) -> None:
        """Takes what `page.create_app` takes; port 0 picks a free one."""
        super().__init__("phone", port)
        self._app = create_app(network, inbox, callers, moment)

    async def _make(self) -> Asgi:
        return Server(self._app, THREADS, MAX_BODY_BYTES)
