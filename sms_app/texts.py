"""Sentences: catalogue lookup, placeholders, plural forms, GSM-7 folding, length. All words for participants come from
here.

A catalogue is `locales/<language>/LC_MESSAGES/<domain>.po`, its domain a programme's slug, its message ids keys such as
`savings.menu`. A placeholder is `{name}` or `{name:spec}`, spec one of `SPECS`: with `word` the value is the key of
another sentence; the names of weekdays and months are the sentences `weekday.1` (Monday) to `month.12`."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from sms_app.paths import on_disk

GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_TWICE = frozenset("\f^{}\\[~]|€")
# units of the only segment of a text, and of each of several: septets, or UTF-16 code units (3GPP TS 23.038, 23.040)
PARTS = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
MAX_SCREEN_LENGTH = 160
SPECS = ("plain", "word", "weekday", "date", "daymonth", "time", "money")
UNKNOWN = "?"
STALE = "its compiled file is missing or out of date"

_FOLDS = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "\u2011": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
    }
)
_PLAIN = re.compile(r"[ !\"#%&'()*+,\-./0-9:;<=>?A-Z_a-z\n]*", re.ASCII)
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")


class CatalogueFaults(Exception):
    """Catalogues can't be used; `faults` has the file and the reason of each fault, one a line."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


class Currency(Protocol):
    """The part of a currency that rendering needs: the decimals of its amounts."""

    @property
    def decimals(self) -> int: ...


@dataclass(frozen=True)
class Placeholder:
    """One `{name:spec}` of a sentence."""

    name: str
    spec: str = "plain"


def fold(text: str) -> str:
    """The same text in GSM-7: typographic marks become plain, accents that GSM-7 lacks and invisible characters go."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_fold_one(character) for character in text.translate(_FOLDS))


def _fold_one(character: str) -> str:
    if character in GSM7 or character in GSM7_TWICE:
        return character
    if unicodedata.category(character) in {"Cf", "Cc", "Mn", "Me"}:
        return ""
    if character.isspace():
        return " "
    plain = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return plain if plain and all(c in GSM7 or c in GSM7_TWICE for c in plain) else UNKNOWN


def gsm7_length(text: str) -> int:
    """The length of a folded text in septets: `{`, `€` and the others of GSM7_TWICE count twice."""
    return len(text) + sum(text.count(character) for character in GSM7_TWICE)


@dataclass(frozen=True)
class Size:
    """A text as it is sent: its encoding (`GSM-7` or `UCS-2`), its units (septets, or UTF-16 code units), and the
    number of its segments, which decides what it costs."""

    encoding: str
    units: int
    segments: int


def size(text: str) -> Size:
    """The size of any text, folded or not. A double character (`{`, `€`; in UCS-2 an emoji) is never split over two
    segments, so a segment may have a unit less than fits."""
    gsm7 = all(character in GSM7 or character in GSM7_TWICE for character in text)
    widths = [1 + (c in GSM7_TWICE if gsm7 else c > "\uffff") for c in text]
    encoding = "GSM-7" if gsm7 else "UCS-2"
    alone, of_many = PARTS[encoding]
    count, used = 1, 0
    if sum(widths) > alone:
        for width in widths:
            if used + width > of_many:
                count, used = count + 1, 0
            used += width
    return Size(encoding, sum(widths), count)


def segments(text: str) -> int:
    """The number of segments of any text, folded or not."""
    return size(text).segments


def format_money(amount: int, decimals: int) -> str:
    """An amount in smallest units as people write it: `9,600`, or `12.50` with two decimals."""
    whole, rest = divmod(abs(amount), 10**decimals)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}" + (f".{rest:0{decimals}d}" if decimals else "")


@lru_cache(maxsize=4096)
def parse(template: str) -> tuple[str | Placeholder, ...]:
    """A sentence as folded parts and placeholders. Raises ValueError for a stray brace or an unknown spec."""
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        parts.append(_literal(template[end : match.start()]))
        spec = match[2] or "plain"
        if spec not in SPECS:
            raise ValueError(f"`{match[0]}`: unknown form `{spec}`, not one of {', '.join(SPECS)}")
        parts.append(Placeholder(match[1], spec))
        end = match.end()
    parts.append(_literal(template[end:]))
    return tuple(part for part in parts if part != "")


def _literal(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValueError(f"a brace that is no placeholder in `{text.strip()}`")
    return fold(text)


def placeholders(template: str) -> tuple[Placeholder, ...]:
    """The placeholders of a sentence, in order. Raises ValueError like `parse`."""
    return tuple(part for part in parse(template) if isinstance(part, Placeholder))


def catalogue_path(locales_dir: Path, language: str, domain: str) -> Path:
    """The path of a language's catalogue; the compiled file beside it ends in `.mo`."""
    return locales_dir / language / "LC_MESSAGES" / f"{domain}.po"


def is_stale(source: Path) -> bool:
    """Whether a catalogue's compiled file is missing, damaged or different from its source."""
    compiled = source.with_suffix(".mo")
    if not compiled.exists():
        return True
    try:
        with compiled.open("rb") as file:
            said = _sentences(read_mo(file))
    except (OSError, ValueError, IndexError, struct.error):
        return True  # damaged
    return said != _sentences(_read(source))


def compile_catalogue(source: Path) -> Path:
    """Write a catalogue's compiled file beside it, whole or not at all; gives its path. Raises PoFileError."""
    compiled = source.with_suffix(".mo")
    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    half = compiled.with_suffix(".half")
    with half.open("wb") as file:
        write_mo(file, catalogue)
    half.replace(compiled)
    return compiled


def _read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file)


def _sentences(catalogue: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {
        _forms(message.id): _forms(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }


def _forms(text: str | Sequence[str]) -> tuple[str, ...]:
    """A message's forms, whether babel has one text or several plural forms."""
    return (text,) if isinstance(text, str) else tuple(text)


@dataclass(frozen=True)
class Texts:
    """A programme's sentences in all its languages, ready to render."""

    catalogues: Mapping[str, GNUTranslations]
    zone: ZoneInfo
    decimals: int

    @classmethod
    def load(
        cls, locales_dir: Path, domain: str, languages: Sequence[str], time_zone: str, currency: Currency
    ) -> Texts:
        """Read the compiled catalogues. Raises CatalogueFaults with each that is missing or out of date."""
        faults: list[str] = []
        catalogues: dict[str, GNUTranslations] = {}
        for language in languages:
            source = catalogue_path(locales_dir, language, domain)
            name = on_disk(source)
            if not source.exists():
                faults.append(f"{name}:1: there is no such catalogue")
            elif is_stale(source):
                faults.append(f"{name}:1: {STALE}")
            else:
                with source.with_suffix(".mo").open("rb") as file:
                    catalogues[language] = GNUTranslations(file)
        if faults:
            raise CatalogueFaults(faults)
        return cls(catalogues, ZoneInfo(time_zone), currency.decimals)

    def sentence(self, language: str, key: str, n: int | None = None) -> str:
        """The sentence of a key with its placeholders, in its plural form for `n`. Raises KeyError for an unknown
        key."""
        catalogue = self.catalogues[language]
        sentence = catalogue.gettext(key) if n is None else catalogue.ngettext(key, key, n)
        if sentence == key:
            raise KeyError(f"{language}: {key}")
        return sentence

    def render(self, language: str, key: str, values: Mapping[str, object], n: int | None = None) -> str:
        """A sentence with its values, folded to GSM-7. Raises KeyError for an unknown key or a missing value."""
        parts = parse(self.sentence(language, key, n))
        return "".join(
            part if isinstance(part, str) else self.filled(language, part, values[part.name])
            for part in parts
        )

    def filled(self, language: str, placeholder: Placeholder, value: object) -> str:
        """A value in the form that its placeholder says, folded."""
        if placeholder.spec == "plain":
            return fold(str(value))
        return _FORMS[placeholder.spec](self, language, value)

    def _local(self, value: object) -> date:
        """The value as a date, or a datetime in the programme's zone."""
        if isinstance(value, datetime):
            return value.astimezone(self.zone)
        if isinstance(value, date):
            return value
        raise TypeError(f"a day or time is expected, not {type(value).__name__}")


def _word(texts: Texts, language: str, value: object) -> str:
    return texts.render(language, str(value), {})


def _weekday(texts: Texts, language: str, value: object) -> str:
    return fold(texts.sentence(language, f"weekday.{texts._local(value).isoweekday()}"))


def _date(texts: Texts, language: str, value: object) -> str:
    return texts._local(value).strftime("%d/%m")


def _daymonth(texts: Texts, language: str, value: object) -> str:
    day = texts._local(value)
    return fold(f"{day.day} {texts.sentence(language, f'month.{day.month}')}")


def _time(texts: Texts, language: str, value: object) -> str:
    moment = texts._local(value)
    if not isinstance(moment, datetime):
        raise TypeError("a time is expected, not a day")
    return moment.strftime("%H:%M")


def _money(texts: Texts, language: str, value: object) -> str:
    if not isinstance(value, int):
        raise TypeError(f"an amount is a whole number, not {type(value).__name__}")
    return format_money(value, texts.decimals)


_FORMS: Mapping[str, Callable[[Texts, str, object], str]] = {
    "word": _word,
    "weekday": _weekday,
    "date": _date,
    "daymonth": _daymonth,
    "time": _time,
    "money": _money,
}
