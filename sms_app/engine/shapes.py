"""What facts and actions look like from outside: the declarations that flows are compiled and checked against."""

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
    """One of a few catalogue keys, rendered in the reader's language (`common.yes`, `common.no`)."""

    keys: tuple[str, ...]


Shape = Text | Number | Money | Day | Moment | Word


@dataclass(frozen=True)
class FactShape:
    """A fact: fields for placeholders, named `values` for branches, `many` when it is a list of rows of fields,
    at most `rows` of them where they are joined into one placeholder. `needs` are the names that must be known
    before it is looked up; `tells` what one of its named values adds to them."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    values: tuple[str, ...] = ()
    many: bool = False
    rows: int = 0
    needs: tuple[str, ...] = ()
    tells: Mapping[str, Mapping[str, Shape]] = field(default_factory=dict)


@dataclass(frozen=True)
class TextShape:
    """A text by SMS: what fills its placeholders, each of which it must have, and whether the programme says it."""

    fields: Mapping[str, Shape] = field(default_factory=dict)
    needed: bool = True


@dataclass(frozen=True)
class ActionShape:
    """An action: its named outcomes, the kept names it needs, what its outcomes add to them, and whether it stores
    nothing (`reads_only`). `language` is the kept name, if any, that is one of the programme's languages."""

    outcomes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    gives: Mapping[str, Shape] = field(default_factory=dict)
    reads_only: bool = False
    language: str = ""
