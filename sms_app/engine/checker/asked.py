"""Checks that an action which needs an explicit yes is done only by an answer to a screen that asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sms_app.engine.flow import Action, Fault, Flows, Menu
from sms_app.engine.graph import targets
from sms_app.engine.shapes import ActionShape


def asked_faults(flows: Flows, actions: Mapping[str, ActionShape]) -> Iterator[Fault]:
    """Faults for actions that are `asked`, and that anything but a choice of a menu with `alone: true` leads to."""
    asked = {
        block.id: block.do
        for block in flows.blocks.values()
        if isinstance(block, Action) and block.do in actions and actions[block.do].asked
    }
    starts = {flow.start for flow in flows.flows.values()} & asked.keys()
    for name in sorted(starts):
        yield _fault(flows.blocks[name].file, flows.blocks[name].line, asked[name])
    for block in flows.blocks.values():
        if isinstance(block, Menu) and block.alone:
            continue
        for name in sorted({target.block for target in targets(block)} & asked.keys()):
            yield _fault(block.file, block.line, asked[name])


def _fault(file: str, line: int, action: str) -> Fault:
    return Fault(file, line, f"`{action}` may only follow a choice of a menu with `alone: true`")
