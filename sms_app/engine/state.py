"""Where a dialogue stands: small, immutable, and the same after a round through JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

Value = str | int | bool | date | datetime | None


@dataclass(frozen=True)
class Passed:
    """A screen that 0 goes back to: the block, the runs that were under way there, and how many answers were kept
    before its own: going back forgets the later ones."""

    block: str
    calls: tuple[str, ...]
    known: int


@dataclass(frozen=True)
class State:
    """`dial` is what the dial itself told (who calls, the person if there is only one); `kept` what was answered
    since the root; `calls` the Run blocks to return to; `wrong` the refused answers in a row; `page` of a list;
    `most` the largest number that the question on the screen takes, when a fact said so."""

    lang: str
    dial: Mapping[str, Value] = field(default_factory=dict)
    kept: Mapping[str, Value] = field(default_factory=dict)
    at: str = ""
    calls: tuple[str, ...] = ()
    passed: tuple[Passed, ...] = ()
    wrong: int = 0
    page: int = 0
    most: int = 0
    bookmarked: bool = False

    def value(self, name: str) -> Value:
        return self.kept[name] if name in self.kept else self.dial.get(name)


def to_json(state: State) -> dict[str, Any]:
    """The state as plain JSON values, empty parts left out."""
    full: dict[str, Any] = {
        "l": state.lang, "d": _pack(state.dial), "k": _pack(state.kept), "a": state.at, "c": list(state.calls),
        "p": [[p.block, p.known, *p.calls] for p in state.passed],
        "w": state.wrong, "g": state.page, "m": state.most, "b": state.bookmarked,
    }  # fmt: skip
    return {key: value for key, value in full.items() if value}


def from_json(packed: Mapping[str, Any]) -> State:
    """The inverse of to_json."""
    return State(
        lang=packed["l"], dial=_unpack(packed.get("d", {})), kept=_unpack(packed.get("k", {})),
        at=packed.get("a", ""), calls=tuple(packed.get("c", ())),
        passed=tuple(Passed(p[0], tuple(p[2:]), p[1]) for p in packed.get("p", ())),
        wrong=packed.get("w", 0), page=packed.get("g", 0), most=packed.get("m", 0), bookmarked=packed.get("b", False),
    )  # fmt: skip


def _pack(values: Mapping[str, Value]) -> dict[str, Any]:
    return {k: {"$": v.isoformat()} if isinstance(v, date) else v for k, v in values.items()}


def _unpack(values: Mapping[str, Any]) -> dict[str, Value]:
    return {k: _time(v["$"]) if isinstance(v, dict) else v for k, v in values.items()}


def _time(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
