"""What a programme's settings say of its trial: the criteria of the screening log, and what an arm needs first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sms_app.programme.yaml_node import Node

CRITERION = r"[a-z][a-z0-9_]{0,29}"
OPTIONAL, REQUIRED = "optional", "required"


@dataclass(frozen=True)
class TrialSettings:
    """`nominations_required`: no household gets an arm while a woman of it has nominated nobody."""

    nominations_required: bool = False


def read_criteria(node: Node) -> Mapping[str, str]:
    """The criteria of the screening log in their order, each key with its label for staff; none when the section is
    left out."""
    criteria: dict[str, str] = {}
    if node.value is None:
        return criteria
    for item, key, label in node.each(_criterion):
        if key in criteria:
            item.fault(f"`{key}` is listed twice")
        if key:
            criteria[key] = label
    if not criteria:
        node.fault("at least one criterion is expected here")
    return criteria


def _criterion(node: Node) -> tuple[Node, str, str]:
    part = node.parts(("key", "label"))
    return node, part["key"].text(CRITERION, "poor"), part["label"].text()


def read_trial(node: Node) -> TrialSettings:
    """The section `trial`, which may be left out."""
    if node.value is None:
        return TrialSettings()
    nominations = node.parts((), ("nominations",))["nominations"]
    if nominations.value is None:
        return TrialSettings()
    return TrialSettings(nominations.text(f"{OPTIONAL}|{REQUIRED}", REQUIRED) == REQUIRED)
