"""What reached a phone, asked of the provider's stand-in on this machine, and what the phone sends back. For the phone
page only: our database is not asked, so that the page shows what arrived and not what we believe."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT_S = 5
SHOWN, LOOKED_AT = 30, 2000
NOT_ARRIVED = frozenset({"Rejected", "Failed", "Expired", "AbsentSubscriber"})
NEAR = frozenset({"127.0.0.1", "localhost", "::1"})


class NoInbox(Exception):
    """The provider is no stand-in on this machine, or it does not answer."""


@dataclass(frozen=True)
class Arrived:
    """One message that the phone got."""

    text: str
    sender: str
    at: datetime


class Inbox:
    """All phones' messages. The secret, which opens the stand-in, is sent to an address of this machine only."""

    def __init__(self, provider_url: str, secret: str) -> None:
        parts = urlsplit(provider_url)
        self._near = parts.scheme == "http" and parts.hostname in NEAR
        self._host, self._port = parts.hostname or "", parts.port
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def of(self, number: str) -> list[Arrived]:
        """What arrived on a number (E.164), newest first. Raises NoInbox."""
        found = self._ask("GET", f"messages?number={quote(number, safe='')}&last={SHOWN}")
        try:
            return [
                Arrived(str(m["text"]), str(m["sender"]), datetime.fromisoformat(m["at"]))
                for m in reversed(found["messages"])
                if m["status"] not in NOT_ARRIVED
            ]
        except (KeyError, TypeError, ValueError):
            raise NoInbox from None

    def numbers(self) -> frozenset[str]:
        """The numbers (E.164) on which a message arrived. Raises NoInbox."""
        found = self._ask("GET", f"messages?last={LOOKED_AT}")
        try:
            return frozenset(str(m["number"]) for m in found["messages"] if m["status"] not in NOT_ARRIVED)
        except (KeyError, TypeError):
            raise NoInbox from None

    def reply(self, number: str, text: str, to: str) -> bool:
        """Send us a text from a phone; whether our webhook took it. Raises NoInbox."""
        return self._posted("incoming", {"from": number, "text": text, "to": to})

    def opt_out(self, number: str) -> bool:
        """Opt out at the network; whether our webhook took it. Raises NoInbox."""
        return self._posted("opt-out", {"number": number, "sender": ""})

    def _posted(self, path: str, given: Mapping[str, str]) -> bool:
        return self._ask("POST", path, given).get("answered") == 200

    def _ask(self, method: str, path: str, given: Mapping[str, str] | None = None) -> dict[str, Any]:
        if not self._near:
            raise NoInbox
        connection = HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            body = None if given is None else json.dumps(given)
            connection.request(method, f"/control/{path}", body, self._headers)
            response = connection.getresponse()
            found = json.loads(response.read()) if response.status == 200 else None
        except (OSError, HTTPException, ValueError):
            raise NoInbox from None
        finally:
            connection.close()
        if not isinstance(found, dict):
            raise NoInbox
        return found
