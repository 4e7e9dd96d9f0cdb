"""Where each block leads, over all flows: what can be reached, what comes to an end, what loops."""

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
    """Every place that a block itself can go on to; a run's are those of its exits, not the flow that it runs."""
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
    """The blocks that a dialogue can come to from some; without `into_runs` a run counts as passed through."""
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
    """The blocks from which going on can come to a last screen, an end, an exit or a bookmark's place.

    A target that isn't there is another fault, and counts as an end."""
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
    """Each loop that never shows a screen, as the blocks in it; every loop once, from its first block in order."""
    silent = {block.id: sorted(_silent(block, flows)) for block in flows.blocks.values()}
    for start in flows.blocks:
        path = _way_back(silent, start)
        if path and start == min(path):
            yield path


def _way_back(silent: Mapping[str, list[str]], start: str) -> tuple[str, ...]:
    """The shortest silent way from a block to itself, or nothing."""
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
    """Where a block leads without showing anything."""
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
    """The exits that a flow can take without showing anything; `runs` guards against a flow that runs itself."""
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
