"""Checks that a dialled code stores only what directly follows a question with `direct: true`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sms_app.engine.flow import (
    Action,
    AnyBlock,
    Branch,
    Exit,
    Fault,
    Flows,
    ListMenu,
    Menu,
    Review,
    Run,
    Target,
)
from sms_app.engine.shapes import ActionShape

Place = tuple[str, tuple[str, ...]]
"""A block, and the active runs there."""


def dialled_faults(flows: Flows, actions: Mapping[str, ActionShape]) -> Iterator[Fault]:
    """Faults for actions with `direct: true` that store something and follow a choice, not a question.

    Questions without `direct: true` are not looked at, since a dialled code can't answer them."""
    for name in sorted(_behind_choices(flows)):
        block = flows.blocks[name]
        if not isinstance(block, Action) or not block.direct or block.do not in actions:
            continue
        if not actions[block.do].reads_only:
            text = (
                f"a dialled code alone would do `{block.do}`, which stores something:"
                " `direct: true` is for what is right behind a question with `direct: true`"
            )
            yield Fault(block.file, block.line, text)


def _behind_choices(flows: Flows) -> set[str]:
    """The blocks that a dialled code reaches after a choice and before the next screen."""
    ahead: list[Place] = []
    for block in flows.blocks.values():
        if isinstance(block, Menu):
            ahead.extend((target.block, ()) for target in block.choices.values())
        elif isinstance(block, ListMenu | Review):
            ahead.append((block.next.block, ()))
    seen = set[Place]()
    while ahead:
        place = ahead.pop()
        entered = flows.blocks.get(place[0])
        if entered is not None and place not in seen and flows.flow_of(entered.id).direct:
            seen.add(place)
            ahead.extend(_onward(flows, entered, place[1]))
    return {name for name, _ in seen}


def _onward(flows: Flows, block: AnyBlock, calls: tuple[str, ...]) -> Iterator[Place]:
    """The blocks that follow a block in a dialled code without a further answer."""
    if isinstance(block, ListMenu):
        yield block.empty.block, calls
    elif isinstance(block, Branch) or (isinstance(block, Action) and block.direct):
        yield from ((target.block, calls) for target in block.when.values() if not target.again)
    elif isinstance(block, Run) and block.flow in flows.flows and block.id not in calls:
        yield flows.flows[block.flow].start, (*calls, block.id)
    elif isinstance(block, Exit):
        yield from ((target.block, calls[:-1]) for target in _returns(flows, block, calls))


def _returns(flows: Flows, block: Exit, calls: tuple[str, ...]) -> Iterator[Target]:
    """The targets of an exit: of the active run, or of each possible run when the choice was inside the exit's flow."""
    flow = block.id.partition(".")[0]
    for run in flows.blocks.values():
        is_under_way = run.id == calls[-1] if calls else isinstance(run, Run) and run.flow == flow
        if is_under_way and isinstance(run, Run) and block.name in run.when:
            yield run.when[block.name]
