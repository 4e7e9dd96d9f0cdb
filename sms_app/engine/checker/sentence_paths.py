"""Finds the shortest sequence of digits from the first screen to each sentence."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sms_app.engine.flow import (
    Action,
    AnyBlock,
    Branch,
    End,
    Exit,
    Flows,
    ListMenu,
    Menu,
    Question,
    Review,
    Run,
    Screen,
    Target,
)

TYPED: Mapping[str, str] = {
    "pin": "[PIN]",
    "code": "[code]",
    "member": "[member number]",
    "phone": "[phone number]",
    "date": "[day]",
    "money": "[amount]",
    "number": "[number]",
    "numbers": "[numbers]",
    "text": "[text]",
    "pairs": "[number*value]",
}
"""How a typed answer is written in a sequence of digits."""
DEEPEST = 6
"""The limit of nested runs that is searched."""


@dataclass(frozen=True)
class Met:
    """A point in a dialogue: a block, the digits typed so far, and the runs to return to."""

    block: str
    typed: tuple[str, ...]
    runs: tuple[str, ...]


def ways(flows: Flows) -> dict[str, tuple[str, ...]]:
    """The shortest sequence of typed answers to each block, by the block's id. Blocks that can't be reached are not in
    it."""
    shortest: dict[str, tuple[str, ...]] = {}
    seen = set[tuple[str, tuple[str, ...]]]()
    ahead = deque(Met(root, (), ()) for root in flows.roots)
    while ahead:
        at = ahead.popleft()
        block = flows.blocks.get(at.block)
        if block is None or (at.block, at.runs) in seen:
            continue
        seen.add((at.block, at.runs))
        shortest.setdefault(at.block, at.typed)
        silent = isinstance(block, Branch | Action | Run | Exit)
        for step in _steps(flows, block, at):
            # steps without a digit go first, so that the first way found is the shortest
            (ahead.appendleft if silent else ahead.append)(step)
    return shortest


def _steps(flows: Flows, block: AnyBlock, at: Met) -> Iterator[Met]:
    if isinstance(block, Menu):
        for digit, target in block.choices.items():
            yield from _to(target, at, digit)
    elif isinstance(block, Question):
        yield from _to(block.next, at, TYPED.get(block.kind, "[text]"))
    elif isinstance(block, ListMenu | Review):
        yield from _chosen(block, at)
    elif isinstance(block, Branch | Action):
        for target in block.when.values():
            yield from _to(target, at)
    elif isinstance(block, Run) and block.flow in flows.flows and len(at.runs) < DEEPEST:
        yield Met(flows.flows[block.flow].start, at.typed, (*at.runs, block.id))
    elif isinstance(block, Exit) and at.runs:
        run = flows.blocks[at.runs[-1]]
        if isinstance(run, Run) and block.name in run.when:
            yield Met(run.when[block.name].block, at.typed, at.runs[:-1])


def _chosen(block: ListMenu | Review, at: Met) -> Iterator[Met]:
    yield from _to(block.next, at, "1")
    if isinstance(block, ListMenu):
        yield from _to(block.empty, at)


def _to(target: Target, at: Met, *typed: str) -> Iterator[Met]:
    if target.block and not target.again and not target.resume:
        yield Met(target.block, (*at.typed, *typed), at.runs)


def says(block: AnyBlock) -> Iterator[str]:
    """The keys of all sentences of a block."""
    if isinstance(block, Screen | End):
        yield block.say
    if isinstance(block, Question) and block.wrong:
        yield block.wrong
    if isinstance(block, ListMenu):
        yield block.item
    if isinstance(block, Review):
        yield from (block.item, block.last)
    if isinstance(block, Screen):
        yield from block.each.values()


def dialled(flows: Flows, service_code: str) -> dict[str, str]:
    """The shortest sequence to each sentence as it is dialled, such as `*801*2*1`, by the sentence's key. Sentences on
    no screen are not in it."""
    stem = service_code.removesuffix("#")
    shortest: dict[str, tuple[str, ...]] = {}
    for id_, typed in ways(flows).items():
        for key in says(flows.blocks[id_]):
            if key not in shortest or len(typed) < len(shortest[key]):
                shortest[key] = typed
    return {key: "*".join((stem, *typed)) for key, typed in shortest.items()}
