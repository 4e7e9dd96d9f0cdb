"""Computes the length of a sentence with the longest values that its placeholders can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sms_app.engine.shapes import Day, Moment, Money, Number, Shape, Text, Word
from sms_app.texts import Placeholder, Texts, fold, gsm7_length, parse

_DAYS = [date(2028, month, 28) for month in range(1, 13)] + [date(2028, 12, day) for day in range(18, 28)]
SAMPLES: Mapping[type, Sequence[object]] = {
    Day: _DAYS,
    Moment: [datetime(day.year, day.month, day.day, 10, tzinfo=UTC) for day in _DAYS],
}
FORMS: Mapping[type, frozenset[str]] = {
    Text: frozenset({"plain"}),
    Number: frozenset({"plain"}),
    Money: frozenset({"money"}),
    Word: frozenset({"word"}),
    Day: frozenset({"date", "weekday", "daymonth"}),
    Moment: frozenset({"date", "weekday", "daymonth", "time"}),
}


@dataclass(frozen=True)
class Fills:
    """The shapes that each name of a screen can have."""

    shapes: Mapping[str, tuple[Shape, ...]]

    def wrong_form(self, placeholder: Placeholder) -> str:
        """Why a placeholder's form does not suit its value; empty when it does."""
        for shape in self.shapes[placeholder.name]:
            if placeholder.spec not in FORMS[type(shape)]:
                fit = " or ".join(sorted(FORMS[type(shape)]))
                return f"`{placeholder.name}` is a {type(shape).__name__}: write it as {fit}, not {placeholder.spec}"
        return ""


def constant_shape(value: object) -> Shape:
    """The shape of a programme's value; its length is the value's own."""
    if isinstance(value, datetime):
        return Moment()
    if isinstance(value, date):
        return Day()
    return Number(value) if isinstance(value, int) else Text(gsm7_length(fold(str(value))))


def longest(texts: Texts, language: str, key: str, fills: Fills) -> str:
    """A sentence with its longest values. Raises KeyError for an unknown sentence or placeholder."""
    return _longest(texts, language, texts.sentence(language, key), fills)


def _longest(texts: Texts, language: str, sentence: str, fills: Fills) -> str:
    return "".join(
        part if isinstance(part, str) else _value(texts, language, part, fills.shapes[part.name])
        for part in parse(sentence)
    )


def _value(texts: Texts, language: str, placeholder: Placeholder, shapes: tuple[Shape, ...]) -> str:
    written = [
        texts.filled(language, placeholder, value)
        for shape in shapes
        if placeholder.spec in FORMS[type(shape)]
        for value in _samples(shape)
    ]
    return max(written, key=gsm7_length, default="")


def _samples(shape: Shape) -> Sequence[object]:
    if isinstance(shape, Text):
        return ["w" * shape.longest]
    if isinstance(shape, Number | Money):
        return [shape.most]
    if isinstance(shape, Word):
        return shape.keys
    return SAMPLES[type(shape)]
