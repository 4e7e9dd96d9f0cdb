"""Replaces a map or list in a YAML file's text, and leaves the rest of the text as it is."""

from __future__ import annotations

from collections.abc import Sequence

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq


class CannotEdit(Exception):
    """A value is written in a form that this module cannot edit; its key is the message."""


def load(text: str) -> CommentedMap:
    """The file's map, with line numbers."""
    document: CommentedMap = YAML(typ="rt").load(text)
    return document


def replaced(text: str, parent: CommentedMap, key: str, items: Sequence[str]) -> str:
    """The text with new items in the map or list under `key`. Each item is YAML source (`1: rw`).

    `parent` was loaded from this text. Raises CannotEdit."""
    value = parent[key]
    if not isinstance(value, CommentedMap | CommentedSeq) or not value:
        raise CannotEdit(key)
    lines = text.splitlines(keepends=True)
    line, column = parent.lc.value(key)
    if value.fa.flow_style():
        opens = lines[line][column : column + 1]
        ends = {"{": "}", "[": "]"}.get(opens, "")
        end = lines[line].find(ends, column) if ends else -1
        if end < 0:
            raise CannotEdit(key)
        lines[line] = f"{lines[line][: column + 1]}{', '.join(items)}{lines[line][end:]}"
        return "".join(lines)
    rows = [_line(value, name) for name in _names(value)]
    before = lines[rows[0]]
    indent = before[: len(before) - len(before.lstrip())]
    dash = "- " if isinstance(value, CommentedSeq) else ""
    lines[rows[0] : rows[-1] + 1] = [f"{indent}{dash}{item}\n" for item in items]
    return "".join(lines)


def _names(value: CommentedMap | CommentedSeq) -> Sequence[object]:
    return list(value) if isinstance(value, CommentedMap) else range(len(value))


def _line(value: CommentedMap | CommentedSeq, name: object) -> int:
    return int((value.lc.key(name) if isinstance(value, CommentedMap) else value.lc.item(name))[0])
