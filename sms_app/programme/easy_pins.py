"""PINs that are refused because they are easy to guess: common PINs (a data file), and those on her card or phone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources

FILE = "common_pins.txt"
DIGITS = 4
CODE_SHORTEST = 3  # fewer digits of a service code are in too many PINs


def is_easy(pin: str, member: str, numbers: Iterable[str], service_code: str) -> bool:
    """Whether a four-digit PIN is too easy to guess: a common PIN, digits of her member number, the last four digits of
    one of `numbers` (E.164), or a PIN that has the digits of the service code in it."""
    codes = [run for run in re.findall(r"\d+", service_code) if len(run) >= CODE_SHORTEST]
    return (
        pin in common()
        or pin in member
        or any(number.endswith(pin) for number in numbers)
        or any(code in pin or pin in code for code in codes)
    )


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The PINs of the packaged list. Raises ValueError, with the line, for an entry that is no PIN and no range."""
    return frozenset(read(resources.files(__package__).joinpath(FILE).read_text()))


def read(text: str) -> Iterator[str]:
    """The PINs in a list's text: `1234`, or `1940-2030` for all PINs from the first to the last; `#` begins a
    comment."""
    for number, line in enumerate(text.splitlines(), 1):
        for entry in line.partition("#")[0].split():
            first, is_range, last = entry.partition("-")
            last = last if is_range else first
            if not (_is_pin(first) and _is_pin(last) and first <= last):
                raise ValueError(
                    f"{FILE}:{number}: `{entry}` is not a PIN of {DIGITS} digits, or a range of them"
                )
            yield from (f"{pin:0{DIGITS}d}" for pin in range(int(first), int(last) + 1))


def _is_pin(text: str) -> bool:
    return re.fullmatch(f"[0-9]{{{DIGITS}}}", text) is not None
