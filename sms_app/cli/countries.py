"""A country's usual settings, from the Unicode CLDR and the time zone database: defaults that a person checks."""

from __future__ import annotations

import re
from importlib.resources import files

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from babel.numbers import get_currency_symbol, get_territory_currencies

from sms_app.texts import fold

MAX_LABEL_LENGTH = 4


def time_zone(country: str) -> str:
    """The country's first time zone; empty when none is known."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[2] for row in rows if row[0] == country), "")


def currency(country: str) -> str:
    """The code of the country's money; empty when none is known."""
    currencies = get_territory_currencies(country)
    return str(currencies[0]) if currencies else ""


def decimals(code: str) -> int:
    """How many decimals of a currency are used in cash."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(code, fractions["DEFAULT"])[2])


def label(code: str, language: str) -> str:
    """A currency's symbol in a language, if a phone can show it in a few characters; else its code."""
    try:
        symbol = str(get_currency_symbol(code, locale=language))
    except (UnknownLocaleError, ValueError):
        return code
    return symbol if fold(symbol) == symbol and re.fullmatch(rf"\S{{1,{MAX_LABEL_LENGTH}}}", symbol) else code


def languages(country: str) -> tuple[str, ...]:
    """The codes of the country's official languages."""
    return tuple(
        code for code in get_official_languages(country, de_facto=True) if re.fullmatch("[a-z]{2,3}", code)
    )


def language_name(code: str) -> str:
    """A language's own name for itself, in letters that a phone shows; its code when CLDR has no name."""
    try:
        name = Locale.parse(code).get_display_name(code) or code
    except (UnknownLocaleError, ValueError):
        return code
    return fold(name[0].upper() + name[1:])
