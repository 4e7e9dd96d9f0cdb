"""The content of a dialogue's sealed blob: where the dialogue stands, a digest of the text that was consumed, the
replies that the network was given, and the moment of the last hop, which is stored nowhere else.

A hop's text contains the texts of all earlier hops, so a reply is found again by the digest of its hop's text. A hop
that arrives a second time gets the same bytes again, as long as the blob has room for them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from sms_app.engine.state import State, from_json, to_json
from sms_app.models.ussd import DIALOGUE_LASTS
from sms_app.vault import PositionTooLong

PLAIN, PACKED = b"\x00", b"\x01"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def digest(text: str) -> str:
    """What stands for a hop's text: 64 bits are plenty among the few hops of one dialogue."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Position:
    """A dialogue between two hops. `state` is None once it has ended; `touched` is the moment of its last hop, as
    `write` keeps it."""

    state: State | None
    length: int
    consumed: str
    replies: tuple[tuple[str, str], ...]
    touched: datetime = EPOCH

    @classmethod
    def begin(cls, state: State) -> Position:
        return cls(state, 0, "", ())

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed, by the clock of the hop that asks. A last hop that is as far in the future is
        of a clock that was wrong, and says nothing of how long ago it was."""
        return abs(now - self.touched) >= DIALOGUE_LASTS

    def reply_to(self, text: str) -> str | None:
        """The reply that exactly this hop got before, or None."""
        key = digest(text)
        return next((reply for text_digest, reply in reversed(self.replies) if text_digest == key), None)

    def new_input(self, text: str) -> str | None:
        """What a hop's text adds to the consumed one; None when it isn't its continuation."""
        head, rest = text[: self.length], text[self.length :]
        if digest(head) != self.consumed:
            return None
        if self.length == 0:
            return rest or None
        return rest[1:] if rest.startswith("*") else None

    def after(self, text: str, state: State | None, reply: str) -> Position:
        key = digest(text)
        return Position(state, len(text), key, (*self.replies, (key, reply)))

    @property
    def last_reply(self) -> str:
        return self.replies[-1][1]


def write(position: Position, now: datetime, seal: Callable[[bytes], bytes]) -> bytes:
    """Seal a position that a hop at `now` touched; when it is too long for its blob, compressed, and then without its
    oldest replies."""
    position = replace(position, touched=now)
    packed = _dump(position)
    try:
        return seal(PLAIN + packed)
    except PositionTooLong:
        pass
    while True:
        try:
            return seal(PACKED + zlib.compress(packed))
        except PositionTooLong:
            if len(position.replies) <= 1:
                raise
            position = replace(position, replies=position.replies[1:])
            packed = _dump(position)


def read(plain: bytes) -> Position:
    """The inverse of write, given the opened blob. One that an earlier version wrote, without its moment, is over."""
    body = plain[1:] if plain[:1] == PLAIN else zlib.decompress(plain[1:])
    packed = json.loads(body)
    state = from_json(packed["s"]) if packed["s"] else None
    replies = tuple((key, reply) for key, reply in packed["h"])
    touched = EPOCH + packed.get("m", 0) * MICROSECOND
    return Position(state, packed["n"], packed["t"], replies, touched)


def _dump(position: Position) -> bytes:
    state = to_json(position.state) if position.state else None
    moment = (position.touched - EPOCH) // MICROSECOND
    packed = {"s": state, "n": position.length, "t": position.consumed, "h": position.replies, "m": moment}
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode()
