"""The codes that a caseworker gives the support console: which request, and what came of it.

A code is five characters that stand for the row (Crockford's base32 of the first 25 bits of its id), `-`, a letter for
the outcome and a check character, such as `000G4-RW`. The opening page makes them (page/outcome.js); the console reads
them. Case does not matter, and O, I and L are read as 0, 1 and 1, as Crockford's alphabet has it.

One code closes many rows: the five characters of each, `-X` and four check characters, such as `000G41F5SZ-X0ABC`."""

from __future__ import annotations

import re
from collections.abc import Iterable

LETTERS = "TRAEFMHDX"
"""Taken, reached, no answer, someone else answered, further yes, meet in person, handed over, do-not-call, closed."""
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX_CHARACTERS = 5
CHECKS = 31
"""The check is a remainder modulo this prime: it finds one wrong character and two neighbours that changed places,
except 0 for Z and Z for 0."""

MAX_CLOSED = 2_000
"""Rows that one code closes at most."""
MANY_CHECKS, MANY_CHECK_CHARACTERS = 1_048_573, 4
"""The check of a code for many rows is a remainder modulo this prime."""

_READ_AS = str.maketrans("OIL", "011")
_FORM = re.compile(rf"([{ALPHABET}]{{{PREFIX_CHARACTERS}}})-([{LETTERS}])([{ALPHABET}])")
_MANY = re.compile(rf"((?:[{ALPHABET}]{{{PREFIX_CHARACTERS}}})+)-X([{ALPHABET}]{{{MANY_CHECK_CHARACTERS}}})")


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


def closing(rows: Iterable[bytes]) -> str:
    """The code that closes all these rows."""
    prefixes = "".join(sorted(map(prefix, rows)))
    return f"{prefixes}-X{_check_of_many(prefixes)}"


def parse_closing(text: str) -> list[str]:
    """The five characters of each row that a code closes; a row may come twice. Raises ValueError for anything else,
    also for a code that was cut."""
    match = _MANY.fullmatch(text.strip().upper().translate(_READ_AS))
    if match is None or len(match[1]) > MAX_CLOSED * PREFIX_CHARACTERS:
        raise ValueError("no code that closes rows")
    prefixes, check = match.groups()
    if check != _check_of_many(prefixes):
        raise ValueError("the check characters of the code are wrong")
    return [prefixes[n : n + PREFIX_CHARACTERS] for n in range(0, len(prefixes), PREFIX_CHARACTERS)]


def _check_of_many(prefixes: str) -> str:
    check = 0
    for character in prefixes:
        check = (check * 32 + ALPHABET.index(character) + 1) % MANY_CHECKS
    return "".join(ALPHABET[check >> shift & 31] for shift in (15, 10, 5, 0))


def _check(start: str, letter: str) -> str:
    weighted = sum((place + 1) * ALPHABET.index(character) for place, character in enumerate(start))
    return ALPHABET[(weighted + 6 * LETTERS.index(letter)) % CHECKS]
