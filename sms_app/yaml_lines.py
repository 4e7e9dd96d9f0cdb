"""Reads YAML 1.2 into maps and lists that know their lines. The parser is PyYAML's in C: one in Python took most of the
time in which a process starts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

import yaml

TAG = "tag:yaml.org,2002:"
PLAIN: Mapping[str, tuple[str, Sequence[str], Callable[[str], Any]]] = {
    "null": (r"(~|null|Null|NULL|)$", ["~", "n", "N", ""], lambda _: None),
    "bool": (r"(true|True|TRUE|false|False|FALSE)$", "tTfF", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]+$", "-+0123456789", int),
    "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+.0123456789", float),
    "timestamp": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}$", "0123456789", date.fromisoformat),
}
"""What a word without quotes may be besides a text: its pattern, its first characters, and how it is read."""


class YamlProblem(Exception):
    """The text can't be read: the line, from 1, and why."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"{line}: {why}")
        self.line, self.why = line, why


class YamlMap(dict[Any, Any]):
    """A map, with the line of each key in `lines`. Lines begin at 1, columns at 0. `is_flow` says that it is written
    in braces."""

    def __init__(self, line: int = 1, column: int = 0, is_flow: bool = False) -> None:
        super().__init__()
        self.line, self.column, self.is_flow = line, column, is_flow
        self.lines: dict[object, int] = {}


class YamlList(list[Any]):
    """A list, with the line of each item in `lines`; the rest as in YamlMap."""

    def __init__(self, line: int = 1, column: int = 0, is_flow: bool = False) -> None:
        super().__init__()
        self.line, self.column, self.is_flow = line, column, is_flow
        self.lines: list[int] = []


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]  # it has no type hints
    """Tells what a word is by YAML 1.2: `yes` and `no` are words there."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for _kind, (_pattern, _firsts, _) in PLAIN.items():
    _Loader.add_implicit_resolver(TAG + _kind, re.compile(_pattern), [*_firsts])


def parse(text: str) -> Any:
    """The value of a YAML text; None for an empty one. Raises YamlProblem. A key that comes twice is one, and so is a
    tag or a value that contains itself."""
    try:
        node = yaml.compose(text, _Loader)
        return None if node is None else _value(node, [])
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = (error.problem or "it can't be read").splitlines()[0]
        raise YamlProblem(mark.line + 1 if mark else 1, why) from None
    except yaml.YAMLError as error:
        raise YamlProblem(1, str(error).splitlines()[0]) from None


def _value(node: yaml.Node, around: list[yaml.Node]) -> Any:
    line, column = node.start_mark.line + 1, node.start_mark.column
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, line)
    if any(node is outer for outer in around):
        raise YamlProblem(line, "a value contains itself")
    around = [*around, node]
    if isinstance(node, yaml.SequenceNode):
        items = YamlList(line, column, bool(node.flow_style))
        for item in node.value:
            items.lines.append(item.start_mark.line + 1)
            items.append(_value(item, around))
        return items
    read = YamlMap(line, column, bool(node.flow_style))
    for named, value in node.value:
        at = named.start_mark.line + 1
        if not isinstance(named, yaml.ScalarNode):
            raise YamlProblem(at, "a key is a word or a number")
        key = _scalar(named, at)
        if key in read:
            raise YamlProblem(at, f'found duplicate key "{key}"')
        read.lines[key] = at
        read[key] = _value(value, around)
    return read


def _scalar(node: yaml.ScalarNode, line: int) -> Any:
    kind = node.tag.removeprefix(TAG)
    if kind == "str":
        return node.value
    if kind not in PLAIN:
        raise YamlProblem(line, f"the tag `{node.tag}` is not read here")
    try:
        return PLAIN[kind][2](node.value)
    except ValueError as error:
        raise YamlProblem(line, str(error).splitlines()[0]) from None
