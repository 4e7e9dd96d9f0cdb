"""The words by which people name currencies, to find words for another currency than the programme's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from babel.core import get_global

from sms_app.yaml_lines import parse

TABLE = Path(__file__).with_name("currency_words.yaml")
# codes of ISO 4217 that are also words
WORDS_TOO = frozenset({"ALL", "COP", "CUP", "GEL", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"})


@lru_cache(maxsize=1)
def table() -> Mapping[str, tuple[str, ...]]:
    """The words for each currency by its code."""
    read: Mapping[str, list[str]] = parse(TABLE.read_text(encoding="utf-8"))
    return {code: tuple(words) for code, words in read.items()}


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """The codes of all currencies in use today, without those that are also words."""
    current = {
        code
        for history in get_global("territory_currencies").values()
        for code, _, end, _ in history
        if not end
    }
    return frozenset(current - WORDS_TOO)


def foreign(text: str, code: str, own: Iterable[str], others: Mapping[str, str]) -> Mapping[str, str]:
    """The words for other currencies in a text, each with the code of a currency that it names.

    `code` is the programme's currency and `own` its words for it; `others` maps words of other programmes to the codes
    of their currencies."""
    mine = {word.casefold() for word in (*own, *table().get(code, ()), code)}
    words = {word: other for other, listed in table().items() if other != code for word in listed} | {
        word: other for word, other in others.items() if other != code
    }
    # most words are nowhere in the text: that is told faster than by an expression
    folded = text.casefold()
    foreign_words = {
        word: other
        for word, other in words.items()
        if word.casefold() in folded
        and word.casefold() not in mine
        and _alone(word, re.IGNORECASE).search(text)
    }
    if any(map(str.islower, text)):  # in a text of capitals, a code could be any word
        written = (other for other in codes() - {code} if other in text)
        foreign_words |= {other: other for other in written if _alone(other).search(text)}
    return foreign_words


@lru_cache(maxsize=1024)
def _alone(word: str, flags: int = 0) -> re.Pattern[str]:
    """Matches a word with no letter beside it; digits may be beside it. A sign matches anywhere."""
    letter = r"[^\W\d_]"
    before = rf"(?<!{letter})" if word[0].isalpha() else ""
    after = rf"(?!{letter})" if word[-1].isalpha() else ""
    return re.compile(before + re.escape(word) + after, flags)
