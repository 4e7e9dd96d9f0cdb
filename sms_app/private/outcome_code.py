"""The codes that a caseworker types into the support console: which request, and what came of it.

A code is five characters that stand for the row (Crockford's base32 of the first 25 bits of its id), `-`, a letter for
the outcome and a check character, such as `000G4-RW`. The opening page makes them (page/outcome.js); the console reads
them. Case does not matter, and O, I and L are read as 0, 1 and 1, as Crockford's alphabet has it."""

from __future__ import annotations

import re

LETTERS = "TRAEFMHDX"
"""Taken, reached, no answer, someone else answered, further yes, meet in person, handed over, do-not-call, closed."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX_CHARACTERS = 5
CHECKS = 31
"""The check is a remainder modulo this prime: it finds one wrong character and two neighbours that changed places,
except 0 for Z and Z for 0."""

_READ_AS = str.maketrans("OIL", "011")
_FORM = re.compile(rf"([{ALPHABET}]{{{PREFIX_CHARACTERS}}})-([{LETTERS}])([{ALPHABET}])")


def prefix(row: bytes) -> str:
    """The five characters of a row id (16 bytes): its first 25 bits."""
    bits = int.from_bytes(row[:4], "big") >> 7
    return "".join(ALPHABET[bits >> shift & 31] for shift in (20, 15, 10, 5, 0))


def code(row: bytes, letter: str) -> str:
    """The code for an outcome of the row. `letter` is one of LETTERS."""
    start = prefix(row)
    return f"{start}-{letter}{_check(start, letter)}"


def parse(text: str) -> tuple[str, str]:
    """The row's five characters and the letter of a code. Raises ValueError for a wrong check or no code."""
    typed = text.strip().upper()
    match = _FORM.fullmatch(typed[:PREFIX_CHARACTERS].translate(_READ_AS) + typed[PREFIX_CHARACTERS:])
    if match is None:
        raise ValueError("no outcome code")
    start, letter, check = match.groups()
    if check != _check(start, letter):
        raise ValueError("the check character of the outcome code is wrong")
    return start, letter


def _check(start: str, letter: str) -> str:
    weighted = sum((place + 1) * ALPHABET.index(character) for place, character in enumerate(start))
    return ALPHABET[(weighted + 6 * LETTERS.index(letter)) % CHECKS]
