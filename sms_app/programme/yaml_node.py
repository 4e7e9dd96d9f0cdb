"""A YAML value with its line. Readers take the values that they expect from it and note what is missing or wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from sms_app.yaml_lines import YamlList, YamlMap, YamlProblem, parse

T = TypeVar("T")
Faults = list[tuple[int, str]]


class Node:
    """A value and its line. The node of a missing value notes no faults: its parent noted that it is missing."""

    def __init__(self, value: Any, line: int, faults: Faults | None) -> None:
        self.value, self.line, self._faults = value, line, faults

    def fault(self, text: str) -> None:
        """Note a fault at this value's line."""
        if self._faults is not None:
            self._faults.append((self.line, text))

    def parts(self, required: Collection[str], optional: Collection[str] = ()) -> Mapping[str, Node]:
        """The named values of a map. A required value that is missing is a fault; so is a name that is not listed."""
        if not isinstance(self.value, YamlMap):
            self.fault("a map is expected here")
            return {name: Node(None, self.line, None) for name in (*required, *optional)}
        for name in self.value:
            if name not in required and name not in optional:
                self._at(name).fault(f"`{name}` is not known here")
        nodes = {}
        for name in (*required, *optional):
            if name in self.value:
                nodes[name] = self._at(name)
            else:
                nodes[name] = Node(None, self.line, None)
                if name in required:
                    self.fault(f"`{name}` is missing")
        return nodes

    def items(self, read: Callable[[Node], T]) -> dict[str, T]:
        """A map with any names; `read` reads each value."""
        if not isinstance(self.value, YamlMap) or not self.value:
            self.fault("a map is expected here")
            return {}
        return {str(name): read(self._at(name)) for name in self.value}

    def each(self, read: Callable[[Node], T]) -> tuple[T, ...]:
        """A list; `read` reads each value."""
        if not isinstance(self.value, YamlList):
            self.fault("a list is expected here")
            return ()
        nodes = (Node(v, self.value.lines[n], self._faults) for n, v in enumerate(self.value))
        return tuple(read(node) for node in nodes)

    def text(self, pattern: str = r"\S(.*\S)?", like: str = "") -> str:
        """Text of one line that matches the pattern; `like` is an example of it."""
        if isinstance(self.value, str) and re.fullmatch(pattern, self.value):
            return self.value
        hint = f" like {like}" if like else ""
        quotes = ": put it in quotes" if isinstance(self.value, int | float) else ""
        self.fault(f"text{hint} is expected here{quotes}")
        return ""

    def whole(self, least: int, most: int) -> int:
        """A whole number between two bounds."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and least <= self.value <= most:
            return int(self.value)
        self.fault(f"a whole number from {least} to {most} is expected here")
        return least

    def yes_no(self) -> bool:
        """true or false."""
        if isinstance(self.value, bool):
            return self.value
        self.fault("true or false is expected here")
        return False

    def day(self) -> date:
        """A day like 2026-01-07."""
        if isinstance(self.value, date) and not isinstance(self.value, datetime):
            return self.value
        self.fault("a day like 2026-01-07 is expected here")
        return date(2000, 1, 1)

    def clock(self) -> time:
        """An hour like "08:00"."""
        return time.fromisoformat(self.text(r"([01]\d|2[0-3]):[0-5]\d", '"08:00"') or "00:00")

    def _at(self, name: object) -> Node:
        return Node(self.value[name], self.value.lines[name], self._faults)


def lines(node: Node) -> dict[str, int]:
    """The line of every named value and list item below a node, by its path: `emergency.police.number`,
    `languages.0`."""
    by_path: dict[str, int] = {}
    ahead: list[tuple[str, Any]] = [("", node.value)]
    while ahead:
        before, value = ahead.pop()
        if isinstance(value, YamlMap):
            inner = [(f"{before}{name}", value.lines[name], value[name]) for name in value]
        elif isinstance(value, YamlList):
            inner = [(f"{before}{n}", value.lines[n], item) for n, item in enumerate(value)]
        else:
            continue
        for name, line, item in inner:
            by_path[name] = line
            ahead.append((f"{name}.", item))
    return by_path


def load(path: Path) -> tuple[Node, Faults]:
    """The file's top value, and the list that its faults are noted in: (line, text)."""
    faults: Faults = []
    try:
        value = parse(path.read_text(encoding="utf-8"))
    except OSError:
        faults.append((1, "the file can't be read"))
    except UnicodeDecodeError:
        faults.append((1, "not UTF-8"))
    except YamlProblem as problem:
        faults.append((problem.line, f"not YAML: {problem.why}"))
    return (Node(None, 1, None) if faults else Node(value, 1, faults)), faults
