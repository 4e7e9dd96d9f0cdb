"""Compiles a folder of flow files to `Flows` and lists all faults. The checker, not the compiler, reads sentences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sms_app.engine.blocks import BlockReader
from sms_app.engine.flow import AnyBlock, End, Exit, Fault, Flow, Flows, Question, Run
from sms_app.engine.reachable_facts import reachable_facts
from sms_app.engine.reading import Reading, Source, flag_of, line_of, zero_of
from sms_app.engine.shapes import ActionShape, FactShape
from sms_app.engine.yaml_file import read_yaml
from sms_app.paths import on_disk
from sms_app.yaml_lines import YamlMap

NOT_FLOWS = frozenset({"programme.yaml", "published.yaml"})
FLOW_KEYS = frozenset({"flow", "zero", "direct", "entry", "start", "blocks"})


def compile_folder(
    folder: Path, facts: Mapping[str, FactShape], actions: Mapping[str, ActionShape]
) -> tuple[Flows, list[Fault]]:
    """Compile all flow files of a programme's folder. When there are faults, the flows have only the blocks without
    one."""
    reading = Reading(facts, actions)
    for path in sorted(path for path in folder.glob("*.yaml") if path.name not in NOT_FLOWS):
        _read(reading, path)
    return _link(reading, folder), reading.faults


def _read(reading: Reading, path: Path) -> None:
    file, loaded = on_disk(path), read_yaml(path)
    if isinstance(loaded, Fault):
        reading.faults.append(loaded)
        return
    if not isinstance(loaded, YamlMap) or not isinstance(loaded.get("blocks"), YamlMap):
        reading.fault(file, 1, "a flow file has `flow`, `start` and `blocks`")
        return
    name = str(loaded.get("flow", ""))
    for key in loaded:
        if key not in FLOW_KEYS:
            reading.fault(file, line_of(loaded, key), f"unknown key `{key}`")
    if name != path.stem:
        reading.fault(file, 1, f"flow `{name}` must be named like its file, `{path.stem}`")
    source = Source(path.stem, file, loaded, zero_of(reading, loaded, file, 1, "back"))
    for block, body in loaded["blocks"].items():
        if isinstance(body, YamlMap):
            source.blocks[str(block)] = body
        else:
            reading.fault(file, line_of(loaded["blocks"], block), f"block `{block}` is empty")
    reading.sources[path.stem] = source


def _link(reading: Reading, folder: Path) -> Flows:
    blocks: dict[str, AnyBlock] = {}
    flows: dict[str, Flow] = {}
    for source in reading.sources.values():
        for name, body in source.blocks.items():
            built = BlockReader(reading, source, name, body).build()
            if built is not None:
                blocks[built.id] = built
        start = f"{source.name}.{source.map.get('start', '')}"
        if start not in blocks and str(source.map.get("start", "")) not in source.blocks:
            reading.fault(source.file, 1, f"start `{source.map.get('start', '')}` is not a block")
        direct = flag_of(reading, source.map, source.file, "direct", default=True)
        entry = flag_of(reading, source.map, source.file, "entry", default=False)
        ids = tuple(f"{source.name}.{name}" for name in source.blocks)
        flows[source.name] = Flow(source.name, source.file, 1, start, direct, source.zero, ids, entry)
    root = on_disk(folder / "root.yaml")
    if "root" not in flows:
        reading.fault(root, 1, "there must be a flow named `root`")
    elif not isinstance(blocks.get("root.goodbye"), End):
        reading.fault(root, 1, "flow `root` needs a block `goodbye` that ends the dialogue")
    _check_exits(reading, flows, blocks)
    secrets = frozenset(b.keep for b in blocks.values() if isinstance(b, Question) and b.kind == "pin")
    first = flows["root"].start if "root" in flows else ""
    return Flows(flows, blocks, first, "root.goodbye", reachable_facts(flows, blocks), secrets)


def _check_exits(reading: Reading, flows: Mapping[str, Flow], blocks: Mapping[str, AnyBlock]) -> None:
    for block in blocks.values():
        if isinstance(block, Run) and block.flow in flows:
            exits = {b.name for i in flows[block.flow].blocks if isinstance(b := blocks.get(i), Exit)}
            for name in sorted(exits - set(block.when)):
                reading.fault(block.file, block.line, f"exit `{name}` of flow `{block.flow}` is not handled")
            for name in sorted(set(block.when) - exits):
                reading.fault(block.file, block.line, f"flow `{block.flow}` has no exit `{name}`")
