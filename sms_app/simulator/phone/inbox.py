"""Asks the provider's stand-in on this machine for the messages that reached a phone, and sends its replies.

Only the phone page uses it. It does not ask our database: the page shows what arrived, not what we recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

TIMEOUT_S = 5
SHOWN, SEARCHED = 30, 2000
NOT_ARRIVED = frozenset({"Rejected", "Failed", "Expired", "AbsentSubscriber"})
THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})


class NoInbox(Exception):
    """The provider is not a stand-in on this machine, or does not answer."""


@dataclass(frozen=True)
class Arrived:
    """A message that reached the phone."""

    text: str
    sender: str
    at: datetime


class Inbox:
    """All phones' messages. Sends the secret, which opens the control API, to addresses of this machine only."""

    def __init__(self, provider_url: str, secret: str) -> None:
        parts = urlsplit(provider_url)
        self._is_here = parts.scheme == "http" and parts.hostname in THIS_MACHINE
        self._host, self._port = parts.hostname or "", parts.port
        self._headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}

    def of(self, number: str) -> list[Arrived]:
        """The messages that reached a number (E.164), newest first. Raises NoInbox."""
        answer = self._ask("GET", f"messages?number={quote(number, safe='')}&last={SHOWN}")
        try:
            return [
                Arrived(str(m["text"]), str(m["sender"]), datetime.fromisoformat(m["at"]))
                for m in reversed(answer["messages"])
                if m["status"] not in NOT_ARRIVED
            ]
        except (KeyError, TypeError, ValueError):
            raise NoInbox from None

    def numbers(self) -> frozenset[str]:
        """The numbers (E.164) that a message reached. Raises NoInbox."""
        answer = self._ask("GET", f"messages?last={SEARCHED}")
        try:
            return frozenset(str(m["number"]) for m in answer["messages"] if m["status"] not in NOT_ARRIVED)
        except (KeyError, TypeError):
            raise NoInbox from None

    def reply(self, number: str, text: str, to: str) -> bool:
        """Send us a text from a phone. Returns whether our webhook accepted it. Raises NoInbox."""
        return self._posted("incoming", {"from": number, "text": text, "to": to})

    def opt_out(self, number: str) -> bool:
        """Opt out at the network. Returns whether our webhook accepted it. Raises NoInbox."""
        return self._posted("opt-out", {"number": number, "sender": ""})

    def _posted(self, path: str, given: Mapping[str, str]) -> bool:
        return self._ask("POST", path, given).get("answered") == 200

    def _ask(self, method: str, path: str, given: Mapping[str, str] | None = None) -> dict[str, Any]:
        if not self._is_here:
            raise NoInbox
        connection = HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
        try:
            body = None if given is None else json.dumps(given)
            connection.request(method, f"/control/{path}", body, self._headers)
            response = connection.getresponse()
            answer = json.loads(response.read()) if response.status == 200 else None
        except (OSError, HTTPException, ValueError):
            raise NoInbox from None
        finally:
            connection.close()
        if not isinstance(answer, dict):
            raise NoInbox
        return answer
