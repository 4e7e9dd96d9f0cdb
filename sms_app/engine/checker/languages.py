"""Checks that people can choose each language of the programme, and no other language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sms_app.engine.flow import Action, AnyBlock, Fault, Flows, ListMenu, Menu, Question
from sms_app.engine.graph import reached
from sms_app.engine.shapes import ActionShape


def language_faults(
    flows: Flows, actions: Mapping[str, ActionShape], languages: Sequence[str], places: Sequence[Fault]
) -> Iterator[Fault]:
    """Faults for menus that choose a language the programme does not have, and for languages that no menu offers.

    `places` has a fault without text for each language, at the line that lists it."""
    choosing = {name: shape.language for name, shape in actions.items() if shape.language}
    if not choosing:
        return
    for block in flows.blocks.values():
        yield from _of_block(block, frozenset(choosing.values()), languages)
    offered = {
        block.values[digit]
        for block in flows.blocks.values()
        if isinstance(block, Menu) and block.keep in choosing.values()
        for digit, target in block.choices.items()
        if digit in block.values and _leads_to(flows, target.block, choosing)
    }
    if len(languages) < 2:
        return
    for language, place in zip(languages, places, strict=True):
        if language not in offered:
            named = " or ".join(f"`{name}`" for name in choosing)
            yield Fault(
                place.file,
                place.line,
                f"nobody can choose `{language}`: no menu that leads to {named} has it",
            )


def _of_block(block: AnyBlock, names: frozenset[str], languages: Sequence[str]) -> Iterator[Fault]:
    name = block.id.partition(".")[2]
    if isinstance(block, Question | ListMenu) and block.keep in names:
        yield Fault(block.file, block.line, f"`{name}` keeps `{block.keep}`: only a menu's `values` may")
    if isinstance(block, Menu) and block.keep in names:
        for digit, value in block.values.items():
            if value not in languages:
                has = ", ".join(languages)
                yield Fault(
                    block.file,
                    block.value_lines.get(digit, block.line),
                    f"digit {digit} of `{name}` chooses `{value}`, the programme's languages are {has}",
                )


def _leads_to(flows: Flows, start: str, actions: Mapping[str, str]) -> bool:
    return any(
        isinstance(block := flows.blocks[id_], Action) and block.do in actions
        for id_ in reached(flows, [start])
    )
