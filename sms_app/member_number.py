"""Member numbers: the number on a participant's card, digits that end in a Luhn check digit.

With a check digit, a number with one mistyped digit is nobody's. It does not tell whether a number exists: of all
numbers of a length, one in ten is well-formed."""

from __future__ import annotations

from collections.abc import Collection
from random import Random

DRAWN_FROM, DRAWN_TO = 10_000, 99_999


def with_check_digit(body: int) -> str:
    """The member number of a body: the body with at least four digits, and the check digit."""
    digits = f"{body:04d}"
    return digits + str(_check_digit(digits))


def is_well_formed(typed: str) -> bool:
    """Whether a number ends in its own check digit."""
    return (
        typed.isascii() and typed.isdigit() and len(typed) > 1 and _check_digit(typed[:-1]) == int(typed[-1])
    )


def draw(random: Random, count: int, taken: Collection[str] = ()) -> list[str]:
    """Draw new member numbers of six digits at random, so that a number tells nothing about other numbers.

    `taken` are the numbers in use. Raises ValueError when there are not enough left."""
    used = {int(number[:-1]) for number in taken if is_well_formed(number)}
    free = [body for body in range(DRAWN_FROM, DRAWN_TO + 1) if body not in used]
    return [with_check_digit(body) for body in random.sample(free, count)]


def _check_digit(body: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10
