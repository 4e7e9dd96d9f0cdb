"""The engine's state of a dialogue. It is small and immutable, and JSON stores it without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Value = str | int | bool | date | datetime | tuple[int, ...] | None


@dataclass(frozen=True)
class VisitedScreen:
    """A screen that 0 goes back to: the block, the Run blocks that were active there, and how many answers there were
    before its own. Going back forgets the later answers."""

    block: str
    calls: tuple[str, ...]
    answer_count: int


@dataclass(frozen=True)
class State:
    """The engine's part of a position. `dial_context` is what is known from the dial itself (who calls, and the person
    if there is only one). `answers` were given since the root, by name. `calls` are the Run blocks to return to.
    `history` are the screens before this one. `wrong` counts refused answers in a row. `page` is the page of a list,
    from 0. `most` is the largest number that the question on the screen takes, when a fact limits it. `bookmarked` says
    that the person's bookmark may be set. `root` is the block at which the dialogue began, when that is not the
    programme's first screen."""

    lang: str
    dial_context: Mapping[str, Value] = field(default_factory=dict)
    answers: Mapping[str, Value] = field(default_factory=dict)
    current_block: str = ""
    calls: tuple[str, ...] = ()
    history: tuple[VisitedScreen, ...] = ()
    wrong: int = 0
    page: int = 0
    most: int = 0
    bookmarked: bool = False
    root: str = ""

    def value(self, name: str) -> Value:
        return self.answers[name] if name in self.answers else self.dial_context.get(name)


def to_json(state: State) -> dict[str, Any]:
    """The state as plain JSON values, empty parts left out."""
    full: dict[str, Any] = {
        "l": state.lang,
        "d": _pack(state.dial_context),
        "k": _pack(state.answers),
        "a": state.current_block,
        "c": list(state.calls),
        "p": [[p.block, p.answer_count, *p.calls] for p in state.history],
        "w": state.wrong,
        "g": state.page,
        "m": state.most,
        "b": state.bookmarked,
        "r": state.root,
    }
    return {key: value for key, value in full.items() if value}


def from_json(packed: Mapping[str, Any]) -> State:
    """The inverse of to_json."""
    return State(
        lang=packed["l"],
        dial_context=_unpack(packed.get("d", {})),
        answers=_unpack(packed.get("k", {})),
        current_block=packed.get("a", ""),
        calls=tuple(packed.get("c", ())),
        history=tuple(VisitedScreen(p[0], tuple(p[2:]), p[1]) for p in packed.get("p", ())),
        wrong=packed.get("w", 0),
        page=packed.get("g", 0),
        most=packed.get("m", 0),
        bookmarked=packed.get("b", False),
        root=packed.get("r", ""),
    )


def _pack(values: Mapping[str, Value]) -> dict[str, Any]:
    return {k: {"$": v.isoformat()} if isinstance(v, date) else v for k, v in values.items()}


def _unpack(values: Mapping[str, Any]) -> dict[str, Value]:
    return {k: _unpack_value(v) for k, v in values.items()}


def _unpack_value(value: Any) -> Value:
    if isinstance(value, dict):
        return _time(value["$"])
    return tuple(value) if isinstance(value, list) else value


def _time(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
