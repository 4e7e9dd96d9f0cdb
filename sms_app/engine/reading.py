"""What reading a folder of flow files needs to know: the files as read, the faults noted so far, and small helpers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from sms_app.engine.flow import Fault, Zero
from sms_app.engine.shapes import ActionShape, FactShape
from sms_app.yaml_lines import YamlMap


@dataclass
class Source:
    """One flow file as read, before its targets are known."""

    name: str
    file: str
    map: YamlMap
    zero: Zero
    blocks: dict[str, YamlMap] = field(default_factory=dict)


@dataclass
class Reading:
    """The facts, actions and files that are needed to read a folder of flows, and the faults noted so far."""

    facts: Mapping[str, FactShape]
    actions: Mapping[str, ActionShape]
    sources: dict[str, Source] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, file: str, line: int, text: str) -> None:
        self.faults.append(Fault(file, line, text))


def zero_of(reading: Reading, body: Mapping[str, Any], file: str, line: int, default: Zero) -> Zero:
    """What 0 does in a flow or block: its own word, or the one around it."""
    value = body.get("zero", default)
    if value not in get_args(Zero):
        reading.fault(file, line, f"`zero` is back or exit, not `{value}`")
        return default
    return value  # type: ignore[no-any-return]


def flag_of(reading: Reading, node: YamlMap, file: str, key: str, *, default: bool) -> bool:
    """What a flow or block says of itself with true or false."""
    value = node.get(key, default)
    if isinstance(value, bool):
        return value
    reading.fault(file, line_of(node, key), f"`{key}` is true or false")
    return default


def line_of(node: YamlMap, key: object) -> int:
    """The line of a key, from 1; the map's own line when the key is not in it."""
    return node.lines.get(key, node.line)
