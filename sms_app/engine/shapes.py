"""The shapes of facts and actions: the declarations that flows are compiled and checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """Free text of at most `longest` GSM-7 septets."""

    longest: int


@dataclass(frozen=True)
class Number:
    """A whole number of at most `most`."""

    most: int


@dataclass(frozen=True)
class Money:
    """An amount in whole smallest units of the programme's currency, at most `most`."""

    most: int


@dataclass(frozen=True)
class Day:
    """A calendar day in the programme's zone."""


@dataclass(frozen=True)
class Moment:
    """A point in time, shown in the programme's zone."""


@dataclass(frozen=True)
class Word:
    """One of a few catalogue keys (such as `common.yes`), rendered in the reader's language."""

    keys: tuple[str, ...]


Shape = Text | Number | Money | Day | Moment | Word


@dataclass(frozen=True)
class FactShape:
    """A fact. `fields` fill placeholders; `values` are its named values for branches. With `many` it is a list of rows
    of fields, of which at most `rows` are joined into one placeholder. `needs` are the names that must be known before
    it is looked up; `tells` has the names that become known with each named value."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    many: bool = False
    rows: int = 0
    needs: tuple[str, ...] = ()
    tells: Mapping[str, Mapping[str, Shape]] = field(default_factory=dict)


@dataclass(frozen=True)
class TextShape:
    """An SMS text: `fields` fill its placeholders, and it must have each; `needed` if the programme sends it."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    needed: bool = True


@dataclass(frozen=True)
class ActionShape:
    """An action: its named outcomes, the names of answers that it needs, the names that it adds to them (`gives`), and
    whether it stores nothing (`reads_only`). `language` is the name, if any, of the answer that is a language. With
    `asked` it is done only by an answer that came alone, after a screen that asked for it."""

    outcomes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    gives: Mapping[str, Shape] = field(default_factory=dict)
    reads_only: bool = False
    language: str = ""
    asked: bool = False
