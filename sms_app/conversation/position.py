"""What a dialogue's sealed blob holds: where it stands, a digest of what was consumed, and the answers given.

Every hop's text contains all earlier ones, so an answer is found again by the digest of its text. An old hop that
arrives again gets the bytes that it got before, as long as the blob has room for them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b

from sms_app.engine.state import State, from_json, to_json
from sms_app.vault import PositionTooLong

PLAIN, PACKED = b"\x00", b"\x01"


def digest(text: str) -> str:
    """What stands for a hop's text: 64 bits are plenty among the few hops of one dialogue."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Position:
    """A dialogue between two hops. `state` is None once it has ended."""

    state: State | None
    length: int
    consumed: str
    answers: tuple[tuple[str, str], ...]

    @classmethod
    def begin(cls, state: State) -> Position:
        return cls(state, 0, "", ())

    def answer_to(self, text: str) -> str | None:
        """The answer that exactly this hop got before, or None."""
        key = digest(text)
        return next((answer for known, answer in reversed(self.answers) if known == key), None)

    def new_input(self, text: str) -> str | None:
        """What a hop's text adds to the consumed one; None when it isn't its continuation."""
        head, rest = text[: self.length], text[self.length :]
        if digest(head) != self.consumed:
            return None
        if self.length == 0:
            return rest or None
        return rest[1:] if rest.startswith("*") else None

    def after(self, text: str, state: State | None, answer: str) -> Position:
        key = digest(text)
        return Position(state, len(text), key, (*self.answers, (key, answer)))

    @property
    def last_answer(self) -> str:
        return self.answers[-1][1]


def write(position: Position, seal: Callable[[bytes], bytes]) -> bytes:
    """Seal a position; when it is too long for its blob, compressed, and then without its oldest answers."""
    packed = _dump(position)
    try:
        return seal(PLAIN + packed)
    except PositionTooLong:
        pass
    while True:
        try:
            return seal(PACKED + zlib.compress(packed))
        except PositionTooLong:
            if len(position.answers) <= 1:
                raise
            position = replace(position, answers=position.answers[1:])
            packed = _dump(position)


def read(plain: bytes) -> Position:
    """The inverse of write, given the opened blob."""
    body = plain[1:] if plain[:1] == PLAIN else zlib.decompress(plain[1:])
    packed = json.loads(body)
    state = from_json(packed["s"]) if packed["s"] else None
    return Position(state, packed["n"], packed["t"], tuple((key, answer) for key, answer in packed["h"]))


def _dump(position: Position) -> bytes:
    state = to_json(position.state) if position.state else None
    packed = {"s": state, "n": position.length, "t": position.consumed, "h": position.answers}
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":")).encode()
