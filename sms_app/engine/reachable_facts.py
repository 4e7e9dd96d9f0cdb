"""Computes the facts that may be needed from a block to the next screen or action, to load them in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sms_app.engine.flow import (
    AnyBlock,
    Branch,
    Exit,
    Flow,
    InfoScreen,
    ListMenu,
    Menu,
    Question,
    Review,
    Run,
)


def reachable_facts(flows: Mapping[str, Flow], blocks: Mapping[str, AnyBlock]) -> dict[str, tuple[str, ...]]:
    """For each block id the names of the facts that may be needed from it on, through branches, runs and exits."""
    returns = _returns(flows, blocks)
    by_block: dict[str, tuple[str, ...]] = {}
    for start in blocks:
        seen, facts, ahead = set[str](), set[str](), [start]
        while ahead:
            block = blocks.get(name := ahead.pop())
            if block is None or name in seen:
                continue
            seen.add(name)
            facts.update(facts_needed(block))
            ahead.extend(_onward(block, flows, returns))
        by_block[start] = tuple(sorted(facts))
    return by_block


def facts_needed(block: AnyBlock) -> tuple[str, ...]:
    """The facts that are needed to show a block or to go on from it."""
    if isinstance(block, Branch):
        return (block.fact,)
    if isinstance(block, ListMenu | Review):
        return (*block.show, *block.each, block.fact)
    if isinstance(block, Question) and block.most_from:
        return (*block.show, *block.each, block.most_from.partition(".")[0])
    return (*block.show, *block.each) if isinstance(block, Menu | Question | InfoScreen) else ()


def _onward(block: AnyBlock, flows: Mapping[str, Flow], returns: Mapping[str, set[str]]) -> Iterable[str]:
    if isinstance(block, Branch):
        return [target.block for target in block.when.values()]
    if isinstance(block, ListMenu):
        return [block.empty.block]
    if isinstance(block, Run):
        return [flows[block.flow].start] if block.flow in flows else []
    if isinstance(block, Exit):
        return returns.get(block.id, set())
    return ()


def _returns(flows: Mapping[str, Flow], blocks: Mapping[str, AnyBlock]) -> dict[str, set[str]]:
    """For each exit block the blocks that follow the runs of its flow."""
    by_exit: dict[str, set[str]] = {}
    for run in blocks.values():
        if isinstance(run, Run) and run.flow in flows:
            for inside in flows[run.flow].blocks:
                if isinstance(out := blocks.get(inside), Exit) and out.name in run.when:
                    by_exit.setdefault(inside, set()).add(run.when[out.name].block)
    return by_exit
