"""The graph of blocks over all flows: which blocks can be reached, which come to an end, which loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sms_app.engine.flow import (
    Action,
    AnyBlock,
    Branch,
    Exit,
    Flows,
    ListMenu,
    Menu,
    Question,
    Review,
    Run,
    Target,
)


def targets(block: AnyBlock) -> Iterable[Target]:
    """The targets that a block itself can go on to. Those of a Run are the targets of its exits, not the flow it
    runs."""
    if isinstance(block, Menu):
        return block.choices.values()
    if isinstance(block, ListMenu):
        return (block.next, block.empty)
    if isinstance(block, Question | Review):
        return (block.next,)
    if isinstance(block, Branch | Action | Run):
        return block.when.values()
    return ()


def reached(flows: Flows, starts: Iterable[str], into_runs: bool = True) -> set[str]:
    """The blocks that a dialogue can reach from `starts`. Without `into_runs` the flows that are run are left out."""
    seen, ahead = set[str](), list(starts)
    while ahead:
        block = flows.blocks.get(name := ahead.pop())
        if block is None or name in seen:
            continue
        seen.add(name)
        ahead.extend(target.block for target in targets(block))
        if into_runs and isinstance(block, Run) and block.flow in flows.flows:
            ahead.append(flows.flows[block.flow].start)
    return seen


def ending(flows: Flows) -> set[str]:
    """The blocks from which a dialogue can reach an InfoScreen, an End, an Exit or a bookmark's place.

    A target that does not exist is another fault, and counts as an end here."""
    before: dict[str, set[str]] = {}
    ends = set[str]()
    for block in flows.blocks.values():
        onward = list(targets(block))
        if not onward or any(target.resume or target.block not in flows.blocks for target in onward):
            ends.add(block.id)
        for target in onward:
            before.setdefault(target.block, set()).add(block.id)
    seen, ahead = set[str](), list(ends)
    while ahead:
        if (name := ahead.pop()) not in seen:
            seen.add(name)
            ahead.extend(before.get(name, ()))
    return seen


def silent_loops(flows: Flows) -> Iterator[tuple[str, ...]]:
    """Each loop without a screen, as the ids of its blocks; each loop once, from its first id in sorted order."""
    silent = {block.id: sorted(_silent(block, flows)) for block in flows.blocks.values()}
    for start in flows.blocks:
        path = _way_back(silent, start)
        if path and start == min(path):
            yield path


def _way_back(silent: Mapping[str, list[str]], start: str) -> tuple[str, ...]:
    """The shortest way without a screen from a block to itself; empty when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = set[str]()
    for way in ways:
        for name in silent.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return ()


def _silent(block: AnyBlock, flows: Flows) -> set[str]:
    """The blocks that follow a block without a screen in between."""
    if isinstance(block, ListMenu):
        return {block.empty.block}
    if isinstance(block, Branch | Action):
        return {target.block for target in block.when.values() if not target.again}
    if isinstance(block, Run) and block.flow in flows.flows:
        start = flows.flows[block.flow].start
        exits = _silent_exits(flows, start, frozenset())
        return {start} | {target.block for name, target in block.when.items() if name in exits}
    return set()


def _silent_exits(flows: Flows, start: str, runs: frozenset[str]) -> set[str]:
    """The exits that a flow can take without a screen; `runs` guards against a flow that runs itself."""
    exits, seen, ahead = set[str](), set[str](), [start]
    while ahead:
        block = flows.blocks.get(name := ahead.pop())
        if block is None or name in seen:
            continue
        seen.add(name)
        if isinstance(block, Exit):
            exits.add(block.name)
        elif isinstance(block, Run) and block.flow in flows.flows and block.id not in runs:
            inner = _silent_exits(flows, flows.flows[block.flow].start, runs | {block.id})
            ahead.extend(target.block for way, target in block.when.items() if way in inner)
        elif not isinstance(block, Run):
            ahead.extend(_silent(block, flows))
    return exits
