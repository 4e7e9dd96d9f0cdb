"""Providers that tests send to: one in this process, one over HTTP, and a rate that has room.

One whose answers a test writes itself, for the gateway, is in `provider_stub.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from sms_app.channel.outcome import SendOutcome
from sms_app.simulator.provider.running import Provider
from tests.world.databases import CALLBACK_SECRET

API_KEY = "only-for-tests-api-key"


class Post:
    """A provider in this process: says `sent` unless told otherwise, and remembers each call."""

    provider, recipients_a_call = "theirs", 100

    def __init__(self, answer: Callable[[str], SendOutcome] | None = None) -> None:
        self.calls: list[tuple[tuple[str, ...], str, str]] = []
        self._answer = answer or (
            lambda number: SendOutcome(number, "sent", "", f"ATXid_{number}", Decimal("12"), "RWF")
        )

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        self.calls.append((tuple(numbers), text, sender))
        return [self._answer(number) for number in numbers]

    @property
    def numbers(self) -> list[str]:
        return sorted(number for numbers, _, _ in self.calls for number in numbers)


class Held:
    """A permit that holds unless it is `late`."""

    def __init__(self, late: bool = False) -> None:
        self.late = late

    def holds(self) -> bool:
        return not self.late


class Always:
    """A rate with room for everything; `allowed` recipients a second, halved when the provider says so."""

    def __init__(self, allowed: int = 2000) -> None:
        self.allowed = allowed
        self.taken: list[int] = []

    def per_second(self) -> int:
        return self.allowed

    def slow_down(self) -> None:
        self.allowed = max(1, self.allowed // 2)

    def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
        self.taken.append(n)
        return Held()


class Full(Always):
    """A rate without room."""

    def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
        return None


@contextmanager
def provider(
    web: str = "", username: str = "demo", api_key: str = API_KEY, port: int = 0, file: Path | None = None
) -> Iterator[Provider]:
    """The provider's stand-in, in this process. `p.url`, `p.faults.error_after = 1`, `p.messages`, `p.incoming(…)`.

    With `web` (an address of `serve`) it posts delivery reports there by itself; `p.wait_reported()` waits for them."""
    found = Provider(username, api_key, CALLBACK_SECRET, web, port, file).start()
    try:
        yield found
    finally:
        found.close()
