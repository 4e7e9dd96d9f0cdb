"""Checks the ways through the flows: blocks that can't be reached, dead ends, missing ways back, loops without a
screen, and names that are used before they are known."""

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
    Question,
    Review,
    Run,
    Screen,
)
from sms_app.engine.graph import ending, reached, silent_loops
from sms_app.engine.known_names import KnownNames
from sms_app.engine.shapes import ActionShape, FactShape


def way_faults(
    flows: Flows, facts: Mapping[str, FactShape], actions: Mapping[str, ActionShape], names: KnownNames
) -> Iterator[Fault]:
    """All faults of the ways through the flows."""
    yield from _reach_faults(flows)
    yield from _exit_faults(flows)
    for loop in silent_loops(flows):
        yield _fault(flows.blocks[loop[0]], f"a loop without a screen: {', '.join(map(_short, loop))}")
    for block in flows.blocks.values():
        yield from _zero_faults(flows, block)
        for name, need in _needs(block, facts, actions):
            if block.id in names.at and need not in names.at[block.id]:
                yield _fault(
                    block, f"`{name}` needs `{need}`, which is not known on every way to `{_short(block.id)}`"
                )


def _fault(block: AnyBlock, text: str) -> Fault:
    return Fault(block.file, block.line, text)


def _short(id_: str) -> str:
    return id_.partition(".")[2]


def _reach_faults(flows: Flows) -> Iterator[Fault]:
    come_to, ends = reached(flows, [*flows.roots, flows.goodbye]), ending(flows)
    for block in flows.blocks.values():
        if block.id not in come_to:
            yield _fault(block, f"block `{_short(block.id)}` can't be reached")
        elif block.id not in ends and not isinstance(block, Branch | Action | Run):
            yield _fault(block, f"dead end: every way on from `{_short(block.id)}` loops")


def _exit_faults(flows: Flows) -> Iterator[Fault]:
    """Faults for exits that can be reached without running their flow."""
    runs = {block.flow for block in flows.blocks.values() if isinstance(block, Run)} & flows.flows.keys()
    starts = {f":{root}": root for root in flows.roots} | {name: flows.flows[name].start for name in runs}
    faults = dict[str, str]()
    for name, start in starts.items():
        for id_ in reached(flows, [start], into_runs=False):
            if isinstance(flows.blocks[id_], Exit) and flows.flow_of(id_).name != name:
                faults[id_] = (
                    f"dead end: exit `{_short(id_)}` can be reached without running `{flows.flow_of(id_).name}`"
                )
    for id_, text in faults.items():
        yield _fault(flows.blocks[id_], text)


def _zero_faults(flows: Flows, block: AnyBlock) -> Iterator[Fault]:
    flow = flows.flow_of(block.id)
    if (
        isinstance(block, Menu | ListMenu | Review | Question)
        and block.zero == "exit"
        and flow.zero == "back"
    ):
        yield _fault(
            block, f"no way back: 0 would leave from `{_short(block.id)}`, though there is more to choose"
        )
    if isinstance(block, Screen) and block.resume and not flow.direct:
        yield _fault(
            block, f"`{_short(block.id)}` can't be a place to resume: a direct dial may not enter its flow"
        )


def _needs(
    block: AnyBlock, facts: Mapping[str, FactShape], actions: Mapping[str, ActionShape]
) -> Iterator[tuple[str, str]]:
    """Each fact or action of a block, with each name that must be known for it."""
    if isinstance(block, Action) and block.do in actions:
        yield from ((block.do, need) for need in actions[block.do].needs)
    used = [block.fact] if isinstance(block, Branch | ListMenu | Review) else []
    if isinstance(block, Screen):
        used += [*block.show, *block.each]
    if isinstance(block, Question) and block.most_from:
        used.append(block.most_from.partition(".")[0])
    if isinstance(block, Question) and block.count:
        yield "count", block.count
    for fact in dict.fromkeys(used):
        if fact in facts:
            yield from ((fact, need) for need in facts[fact].needs)
