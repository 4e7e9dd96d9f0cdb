"""Digits that participants have learned: what each meant when it was published, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML

from sms_app.engine.flow import Fault, Flows, Menu

FILE = "published.yaml"
Digits = Mapping[str, Mapping[str, Mapping[str, str]]]
HEAD = """\
# What each digit meant when it was published: flow, block, digit, target. Written by `sms-app flows publish`.
"""


def read_published(folder: Path) -> Digits:
    """The published digits: flow -> block -> digit -> target. Nothing when nothing was published."""
    path = folder / FILE
    loaded = YAML(typ="safe").load(path.read_text(encoding="utf-8")) if path.exists() else None
    return {
        str(flow): {
            str(block): {str(digit): str(target) for digit, target in digits.items()}
            for block, digits in blocks.items()
        }
        for flow, blocks in (loaded or {}).items()
    }


def digits_now(flows: Flows) -> dict[str, dict[str, dict[str, str]]]:
    """The digits as the flow files have them."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for block in flows.blocks.values():
        if isinstance(block, Menu):
            flow, _, name = block.id.partition(".")
            found.setdefault(flow, {})[name] = {
                digit: _meaning(flows, block, digit) for digit in block.choices
            }
    return found


def _meaning(flows: Flows, block: Menu, digit: str) -> str:
    """Where a digit leads, as a flow file writes it, and the value that it keeps."""
    flow, target = block.id.partition(".")[0], block.choices[digit].block
    other, _, name = target.partition(".")
    place = name if other == flow or other not in flows.flows else f"flow:{other}"
    return f"{place} {block.keep}={block.values.get(digit)}" if block.keep else place


def renumbered(flows: Flows, published: Digits) -> Iterator[Fault]:
    """Digits that no longer mean what they meant, in blocks that do not say `renumbered: true`."""
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


def gone(flows: Flows, published: Digits) -> Iterator[Fault]:
    """Published menus that are no more; publishing again retires them."""
    for flow, blocks in published.items():
        for name in blocks:
            if flow not in flows.flows:
                yield Fault(f"{flow}.yaml", 1, f"published flow `{flow}` is gone: publish again to retire it")
                break
            if not isinstance(flows.blocks.get(f"{flow}.{name}"), Menu):
                file = flows.flows[flow].file
                yield Fault(file, 1, f"published menu `{name}` is gone: publish again to retire it")


def publish(folder: Path, flows: Flows) -> Path:
    """Write the digits as they are now, and give the file. A digit that is free now keeps its old meaning there, so
    that it is not given away later without notice."""
    old, now = read_published(folder), digits_now(flows)
    for flow, blocks in now.items():
        for name, digits in blocks.items():
            block = flows.blocks[f"{flow}.{name}"]
            if not (isinstance(block, Menu) and block.renumbered):
                blocks[name] = dict(sorted((dict(old.get(flow, {}).get(name, {})) | digits).items()))
    out = StringIO()
    YAML().dump({flow: dict(sorted(blocks.items())) for flow, blocks in sorted(now.items())}, out)
    path = folder / FILE
    path.write_text(HEAD + out.getvalue(), encoding="utf-8")
    return path
