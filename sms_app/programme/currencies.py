"""The words by which people name currencies, to find those of another currency than the programme's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from babel.core import get_global
from ruamel.yaml import YAML

TABLE = Path(__file__).with_name("currency_words.yaml")
# codes of ISO 4217 that people also write for something else
WORDS_TOO = frozenset({"ALL", "COP", "CUP", "GEL", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"})


@lru_cache(maxsize=1)
def table() -> Mapping[str, tuple[str, ...]]:
    """The words for each currency by its code."""
    read: Mapping[str, list[str]] = YAML(typ="safe").load(TABLE.read_text(encoding="utf-8"))
    return {code: tuple(words) for code, words in read.items()}


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """Every code that is some country's money today and is no word."""
    found = {
        code
        for history in get_global("territory_currencies").values()
        for code, _, end, _ in history
        if not end
    }
    return frozenset(found - WORDS_TOO)


def foreign(text: str, code: str, own: Iterable[str], others: Mapping[str, str]) -> Mapping[str, str]:
    """The words of other currencies in a text, each with a currency that it names.

    `code` is the programme's currency, `own` its words for it; `others` has words of other programmes with their
    currencies' codes."""
    mine = {word.casefold() for word in (*own, *table().get(code, ()), code)}
    words = {word: other for other, listed in table().items() if other != code for word in listed} | {
        word: other for word, other in others.items() if other != code
    }
    found = {
        word: other
        for word, other in words.items()
        if word.casefold() not in mine and _alone(word, re.IGNORECASE).search(text)
    }
    if any(map(str.islower, text)):  # among capitals alone, a code is a word like the others
        found |= {other: other for other in codes() - {code} if _alone(other).search(text)}
    return found


@lru_cache(maxsize=1024)
def _alone(word: str, flags: int = 0) -> re.Pattern[str]:
    """A word with no letter beside it; digits may be. A sign stands anywhere."""
    letter = r"[^\W\d_]"
    before = rf"(?<!{letter})" if word[0].isalpha() else ""
    after = rf"(?!{letter})" if word[-1].isalpha() else ""
    return re.compile(before + re.escape(word) + after, flags)
