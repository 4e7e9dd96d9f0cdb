"""The published digits, which participants have learned: their meaning when published, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sms_app.engine.flow import Fault, Flows, Menu
from sms_app.engine.reading import line_of
from sms_app.engine.yaml_file import read_yaml
from sms_app.paths import on_disk
from sms_app.yaml_lines import YamlMap

FILE = "published.yaml"
NO_MAP = "a map is expected here: flow, block, digit, target"
Digits = Mapping[str, Mapping[str, Mapping[str, str]]]
HEAD = """\
# What each digit meant when it was published: flow, block, digit, target. Written by `sms-app flows publish`.
"""


def read_published(folder: Path) -> tuple[Digits, list[Fault]]:
    """The published digits (flow -> block -> digit -> target), and the faults of their file. Both are empty when
    nothing was published."""
    path = folder / FILE
    file = on_disk(path)
    loaded = read_yaml(path) if path.exists() else None
    if loaded is None:
        return {}, []
    if isinstance(loaded, Fault):
        return {}, [loaded]
    if not isinstance(loaded, YamlMap):
        return {}, [Fault(file, 1, NO_MAP)]
    by_flow: dict[str, dict[str, dict[str, str]]] = {}
    faults: list[Fault] = []
    for flow, blocks in loaded.items():
        if not isinstance(blocks, YamlMap):
            faults.append(Fault(file, line_of(loaded, flow), NO_MAP))
            continue
        for block, digits in blocks.items():
            if isinstance(digits, YamlMap):
                meant = {str(digit): str(target) for digit, target in digits.items()}
                by_flow.setdefault(str(flow), {})[str(block)] = meant
            else:
                faults.append(Fault(file, line_of(blocks, block), NO_MAP))
    return by_flow, faults


def digits_now(flows: Flows) -> dict[str, dict[str, dict[str, str]]]:
    """The digits as the flow files have them now."""
    by_flow: dict[str, dict[str, dict[str, str]]] = {}
    for block in flows.blocks.values():
        if isinstance(block, Menu):
            flow, _, name = block.id.partition(".")
            by_flow.setdefault(flow, {})[name] = {
                digit: _meaning(flows, block, digit) for digit in block.choices
            }
    return by_flow


def _meaning(flows: Flows, block: Menu, digit: str) -> str:
    """The target of a digit, as a flow file writes it, and the value that it keeps."""
    flow, target = block.id.partition(".")[0], block.choices[digit].block
    other, _, name = target.partition(".")
    place = name if other == flow or other not in flows.flows else f"flow:{other}"
    return f"{place} {block.keep}={block.values.get(digit)}" if block.keep else place


def renumbered(flows: Flows, published: Digits) -> Iterator[Fault]:
    """Digits whose meaning has changed, in blocks without `renumbered: true`."""
    now = digits_now(flows)
    for flow, blocks in published.items():
        for name, digits in blocks.items():
            block = flows.blocks.get(f"{flow}.{name}")
            if not isinstance(block, Menu) or block.renumbered:
                continue
            for digit, target in digits.items():
                if (meant := now[flow][name].get(digit, target)) != target:
                    text = f"digit {digit} of `{name}` was published as `{target}` and now leads to `{meant}`"
                    yield Fault(block.file, block.line, text)


def gone(folder: Path, flows: Flows, published: Digits) -> Iterator[Fault]:
    """Published menus that do not exist any more, at their lines in the file of published digits. Publishing again
    removes them."""
    file = on_disk(folder / FILE)
    written: Any = read_yaml(folder / FILE) if published else {}
    for flow, blocks in published.items():
        for name in blocks:
            if flow not in flows.flows:
                text = f"published flow `{flow}` is gone: publish again to retire it"
                yield Fault(file, line_of(written, flow), text)
                break
            if not isinstance(flows.blocks.get(f"{flow}.{name}"), Menu):
                text = f"published menu `{name}` of `{flow}` is gone: publish again to retire it"
                yield Fault(file, line_of(written[flow], name), text)


def publish(folder: Path, flows: Flows) -> Path:
    """Write the present digits; gives the file. A digit that is unused now keeps its old meaning there, so that a later
    use of it is noticed."""
    (old, _), now = read_published(folder), digits_now(flows)
    for flow, blocks in now.items():
        for name, digits in blocks.items():
            block = flows.blocks[f"{flow}.{name}"]
            if not (isinstance(block, Menu) and block.renumbered):
                blocks[name] = dict(sorted((dict(old.get(flow, {}).get(name, {})) | digits).items()))
    path = folder / FILE
    path.write_text(HEAD + yaml.safe_dump(now, sort_keys=True, allow_unicode=True), encoding="utf-8")
    return path
