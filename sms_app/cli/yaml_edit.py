"""Replaces a map or list in a YAML file's text, and leaves the rest of the text as it is."""

from __future__ import annotations

from collections.abc import Sequence

from sms_app.yaml_lines import YamlList, YamlMap, parse


class CannotEdit(Exception):
    """A value is written in a form that this module cannot edit; its key is the message."""


def load(text: str) -> YamlMap:
    """The file's map, with line numbers."""
    document: YamlMap = parse(text)
    return document


def replaced(text: str, parent: YamlMap, key: str, items: Sequence[str]) -> str:
    """The text with new items in the map or list under `key`. Each item is YAML source (`1: rw`).

    `parent` was loaded from this text. Raises CannotEdit."""
    value = parent[key]
    if not isinstance(value, YamlMap | YamlList) or not value:
        raise CannotEdit(key)
    lines = text.splitlines(keepends=True)
    line, column = value.line - 1, value.column
    if value.is_flow:
        opens = lines[line][column : column + 1]
        ends = {"{": "}", "[": "]"}.get(opens, "")
        end = lines[line].find(ends, column) if ends else -1
        if end < 0:
            raise CannotEdit(key)
        lines[line] = f"{lines[line][: column + 1]}{', '.join(items)}{lines[line][end:]}"
        return "".join(lines)
    rows = [line - 1 for line in (value.lines.values() if isinstance(value, YamlMap) else value.lines)]
    before = lines[rows[0]]
    indent = before[: len(before) - len(before.lstrip())]
    dash = "- " if isinstance(value, YamlList) else ""
    lines[rows[0] : rows[-1] + 1] = [f"{indent}{dash}{item}\n" for item in items]
    return "".join(lines)
