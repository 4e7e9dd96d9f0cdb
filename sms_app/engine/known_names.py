"""The names that are certainly known at each block: those that every way from the root to it adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sms_app.engine.answers import MAX_MEMBER_LENGTH, MAX_PHONE_LENGTH, MAX_TEXT_LENGTH
from sms_app.engine.flow import Action, AnyBlock, Branch, Exit, Flows, ListMenu, Menu, Question, Review, Run
from sms_app.engine.graph import targets
from sms_app.engine.shapes import ActionShape, Day, FactShape, Money, Number, Shape, Text

MAX_ID_LENGTH = 36
Names = frozenset[str]


@dataclass(frozen=True)
class KnownNames:
    """`at` has the names that are certainly known on entering each block, by its id; `shapes` the shapes of each
    name."""

    at: Mapping[str, Names]
    shapes: Mapping[str, tuple[Shape, ...]]


def known_names(
    flows: Flows, facts: Mapping[str, FactShape], actions: Mapping[str, ActionShape]
) -> KnownNames:
    """Follow every way from the root. A name is known at a block if all ways to it add the name."""
    gains: dict[tuple[str, str], Names] = {}
    while True:
        gained: dict[tuple[str, str], Names] = {}
        for flow in flows.flows.values():
            at = _spread(flows, {flow.start: frozenset()}, facts, actions, gains, into_runs=False)
            for name in flow.blocks:
                block = flows.blocks.get(name)
                if isinstance(block, Exit) and name in at:
                    way = (flow.name, block.name)
                    gained[way] = gained.get(way, at[name]) & at[name]
        if gained == gains:
            break
        gains = gained
    at = _spread(flows, dict.fromkeys(flows.roots, frozenset[str]()), facts, actions, gains, into_runs=True)
    return KnownNames(at, _shapes(flows, facts, actions))


def _spread(
    flows: Flows,
    entries: Mapping[str, Names],
    facts: Mapping[str, FactShape],
    actions: Mapping[str, ActionShape],
    gains: Mapping[tuple[str, str], Names],
    into_runs: bool,
) -> dict[str, Names]:
    """Carry known names forward until nothing changes. Where ways meet, only the names that all of them add stay."""
    at: dict[str, Names] = {}
    ahead = list(entries.items())
    while ahead:
        name, names = ahead.pop()
        block = flows.blocks.get(name)
        if block is None or (name in at and at[name] <= names):
            continue
        at[name] = at.get(name, names) & names
        ahead.extend(_onward(flows, block, at[name], facts, actions, gains, into_runs))
    return at


def _onward(
    flows: Flows,
    block: AnyBlock,
    names: Names,
    facts: Mapping[str, FactShape],
    actions: Mapping[str, ActionShape],
    gains: Mapping[tuple[str, str], Names],
    into_runs: bool,
) -> Iterator[tuple[str, Names]]:
    if isinstance(block, Review):
        yield block.next.block, names
    elif isinstance(block, Menu | Question):
        answered = names | ({block.keep} if block.keep else set())
        yield from ((target.block, answered) for target in targets(block))
    elif isinstance(block, ListMenu):
        yield block.next.block, names | {block.keep}
        yield block.empty.block, names
    elif isinstance(block, Branch) and block.fact in facts:
        tells = facts[block.fact].tells
        yield from ((to.block, names | tells.get(value, {}).keys()) for value, to in block.when.items())
    elif isinstance(block, Action) and block.do in actions:
        after = (names - flows.secrets) | actions[block.do].gives.keys()
        yield from ((to.block, after) for to in block.when.values())
    elif isinstance(block, Run) and block.flow in flows.flows:
        for way, to in block.when.items():
            if (block.flow, way) in gains:
                yield to.block, names | gains[block.flow, way]
        if into_runs:
            yield flows.flows[block.flow].start, names


def _shapes(
    flows: Flows, facts: Mapping[str, FactShape], actions: Mapping[str, ActionShape]
) -> dict[str, tuple[Shape, ...]]:
    """The shapes of each name that an answer, a fact or an action adds anywhere."""
    shapes_of: dict[str, list[Shape]] = {}
    for block in flows.blocks.values():
        if isinstance(block, Question):
            shapes_of.setdefault(block.keep, []).append(_answer(block, facts))
        elif isinstance(block, ListMenu):
            shapes_of.setdefault(block.keep, []).append(Text(MAX_ID_LENGTH))
        elif isinstance(block, Menu) and block.keep:
            shapes_of.setdefault(block.keep, []).append(Text(max(map(len, block.values.values()), default=0)))
    told = [tells for fact in facts.values() for tells in fact.tells.values()]
    for given in [*told, *(action.gives for action in actions.values())]:
        for name, shape in given.items():
            shapes_of.setdefault(name, []).append(shape)
    return {name: tuple(dict.fromkeys(shapes)) for name, shapes in shapes_of.items()}


def _answer(question: Question, facts: Mapping[str, FactShape]) -> Shape:
    if question.kind in {"number", "money"}:
        fact, _, name = question.most_from.partition(".")
        limit = facts[fact].fields.get(name) if fact in facts else None
        most = limit.most if isinstance(limit, Number | Money) else question.most
        return Number(most) if question.kind == "number" else Money(most)
    if question.kind == "date":
        return Day()
    longest = {
        "member": MAX_MEMBER_LENGTH,
        "phone": MAX_PHONE_LENGTH,
        "text": MAX_TEXT_LENGTH,
        "numbers": MAX_TEXT_LENGTH,
        "pairs": MAX_TEXT_LENGTH,
    }
    return Text(longest.get(question.kind, question.digits))
