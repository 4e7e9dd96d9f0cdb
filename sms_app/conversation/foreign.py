"""Checks programmes against each other: the same code twice, and numbers and words of another country."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sms_app.engine.checker.catalogue import PLACEHOLDER, Sentence
from sms_app.engine.checker.check import Checked
from sms_app.engine.flow import Fault
from sms_app.paths import on_disk
from sms_app.programme import currencies, telephones
from sms_app.programme.settings import Helpline, Programme

# a telephone number: digits, perhaps with spaces, that are not part of a date, time, decimal or dialled code
NUMBER = re.compile(r"(?<![\w*#/:.,+])\+?\d(?:[ -]?\d)*(?![\w*#/:]|[.,]\d)")
CODE = re.compile(r"\*\d+(?:\*\d+)*#")
FULL_SHORTEST = 7


@dataclass(frozen=True)
class Loaded:
    """A programme's settings and the file that they were read from."""

    path: Path
    settings: Programme

    def fault(self, setting: str, text: str) -> Fault:
        """A fault at the line of a setting."""
        return Fault(on_disk(self.path), self.settings.at.get(setting, 1), text)


def settings_faults(loaded: Loaded, others: Sequence[Loaded]) -> Iterator[Fault]:
    """Faults for a slug or code that another programme has, too, and for telephone lines of another country."""
    mine = loaded.settings
    for other in others:
        theirs = other.settings
        for name in ("slug", "service_code"):
            if getattr(mine, name) == getattr(theirs, name):
                text = f"`{getattr(mine, name)}` is the {name} of {on_disk(other.path)}, too"
                yield loaded.fault(name, text)
    for group, lines in (("lines", mine.lines), ("emergency", mine.emergency)):
        for name, line in lines.items():
            owner = None if line.verified_on else _line_of_another(line.number, mine, others)
            if owner:
                text = f"`{line.number}` is a line of {owner.slug}, in {owner.country}, too"
                do = "correct the line that is wrong, or call it here and write the day (`verified_on`)"
                yield loaded.fault(f"{group}.{name}.number", f"{text}: {do}")


def sentence_faults(loaded: Loaded, checked: Checked, others: Sequence[Loaded]) -> Iterator[Fault]:
    """Faults for telephone lines, codes and currency words of other programmes in this programme's sentences."""
    for sentences in checked.material.catalogues.values():
        for sentence in sentences.by_key.values():
            for text in dict.fromkeys(_in_sentence(sentence, loaded.settings, others)):
                yield sentences.fault(sentence.key, f"`{sentence.key}` {text}")


def _in_sentence(sentence: Sentence, mine: Programme, others: Sequence[Loaded]) -> Iterator[str]:
    codes = {other.settings.service_code: other.settings for other in others}
    labels = {other.settings.currency.label: other.settings.currency.code for other in others}
    for form in sentence.forms:
        plain = PLACEHOLDER.sub("{}", form)
        for number in NUMBER.findall(plain):
            yield from _of_number(number, mine, others)
        for code in CODE.findall(plain):
            if code in codes and code != mine.service_code:
                yield f"dials `{code}`, the code of {codes[code].slug}: write {{service_code}}"
        own = (mine.currency.label, *getattr(mine.currency, "words", ()))
        for word, other in currencies.foreign(plain, mine.currency.code, own, labels).items():
            yield f"says `{word}`, a word for {other}, and the currency is {mine.currency.code}: write {{currency}}"


def _of_number(number: str, mine: Programme, others: Sequence[Loaded]) -> Iterator[str]:
    """The fault of a telephone number that is written in a sentence; none when this can't be decided."""
    if owner := _line_of_another(number, mine, others):
        yield f"has the telephone line `{number}` of {owner.slug}, in {owner.country}"
        return
    plain = telephones.digits(number)
    if len(plain) < FULL_SHORTEST or not telephones.is_known(mine.country):
        return
    country = telephones.country_of(plain) if not plain.startswith("0") or plain.startswith("00") else ""
    if country and country != mine.country:
        yield f"has the telephone number `{number}` of {country}, the programme is in {mine.country}"
    elif plain.startswith("0") and not telephones.is_full_of(plain, mine.country):
        yield f"has `{number}`, which is no telephone number of {mine.country}"


def _line_of_another(number: str, mine: Programme, others: Sequence[Loaded]) -> Programme | None:
    """The programme of another country that has this number as a line, or None. A short number that this country has,
    too, counts as this country's. For a country without a known numbering plan the answer is None."""
    plain = telephones.digits(number)
    if not telephones.is_known(mine.country) or telephones.is_unset(plain):
        return None
    if telephones.is_short_of(plain, mine.country):
        return None
    return next(
        (
            other.settings
            for other in others
            if other.settings.country != mine.country
            for line in _lines(other.settings)
            if telephones.digits(line.number) == plain
        ),
        None,
    )


def _lines(programme: Programme) -> tuple[Helpline, ...]:
    return (*programme.lines.values(), *programme.emergency.values())
