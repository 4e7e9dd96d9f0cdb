"""The content of a dialogue's sealed blob: the engine's state, a digest of the text that was consumed, the replies that
the network was given, and the moment of the last hop, which is stored nowhere else.

A hop's text contains the texts of all earlier hops, so a reply can be found by the digest of its hop's text. A hop that
arrives a second time gets the same bytes again, as long as they fit into the blob.
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
    """The digest of a hop's text. 64 bits are enough to tell the few hops of a dialogue apart."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Position:
    """A dialogue between two hops. `state` is None when the dialogue has ended. `length` and `consumed` are the length
    and digest of the text that was consumed. `replies` are digests of hops' texts with the replies. `touched` is the
    moment of the last hop; `write` sets it."""

    state: State | None
    length: int
    consumed: str
    replies: tuple[tuple[str, str], ...]
    touched: datetime = EPOCH

    @classmethod
    def begin(cls, state: State) -> Position:
        return cls(state, 0, "", ())

    def is_over(self, now: datetime) -> bool:
        """Whether the dialogue's time has passed at `now`, by the clock of the hop that asks. If the last hop is as far
        in the future, a clock was wrong and its age is not known, so the dialogue is over, too."""
        return abs(now - self.touched) >= DIALOGUE_LASTS

    def reply_to(self, text: str) -> str | None:
        """The reply that a hop with this text got before, or None."""
        key = digest(text)
        return next((reply for text_digest, reply in reversed(self.replies) if text_digest == key), None)

    def new_input(self, text: str) -> str | None:
        """The input that a hop's text adds to the consumed text; None when it does not continue that text."""
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
    """Seal the position of a hop at `now`. A position that is too long for its blob is compressed, and if it is still
    too long, loses its oldest replies."""
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
    """The inverse of write, given the opened blob. A position of an earlier version has no moment, so it is over."""
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
