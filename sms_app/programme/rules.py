"""What a programme says and when: its reminder rules, the price of a segment, how much one number may get a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any

from sms_app.programme.yaml_node import Node

ROLES = ("woman", "man", "leader")
QUIETS = ("earlier", "later", "drop")
# What a rule may say: the text's key (`message.<text>`) for each thing that it may be about. A text that is not here
# can't be made by a rule.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "gathering": ("session_tomorrow", "session_today"),
    "check_in": ("please_dial",),
    "month": ("leader_month",),
    "coach_gathering": ("coach_tomorrow",),
    "coach_roll_missing": ("coach_roll_missing",),
    "coach_roll": ("coach_roll_summary",),
    "coach_week": ("coach_week",),
}
# what each rule must say about its time, and what it may
TIMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "gathering": ((), ("days_before", "at", "hours_before")),
    "check_in": (("at",), ()),
    "month": (("last_weekday", "at"), ()),
    "coach_gathering": (("days_before", "at"), ()),
    "coach_roll_missing": (("hours_after", "again_at"), ()),
    "coach_roll": ((), ()),
    "coach_week": (("weekday", "at"), ()),
}


@dataclass(frozen=True)
class Rule:
    """One reminder: what about, which text, when, for whom.

    `days_before` with `at`, or `hours_before`, count from a gathering's start; `hours_after` from its end, `again_at`
    is an hour of the next day; `last_weekday` (Monday is 0) is the last such day of a month, `weekday` one of a week.
    `quiet` says what becomes of a moment at which nothing is sent. Empty `roles` and `groups` mean all."""

    name: str
    about: str
    text: str
    quiet: str
    roles: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    at: time | None = None
    again_at: time | None = None
    days_before: int = 0
    hours_before: int = 0
    hours_after: int = 0
    weekday: int = 0
    last_weekday: int = 0


@dataclass(frozen=True)
class Messages:
    """`segment_price` in the programme's currency; `most_a_day` texts to one number, corrections aside; `sender` is
    the sender ID that the networks know, empty for the account's own; `corrections_from` is the hour from which a
    cancellation may go on its day."""

    segment_price: Decimal
    most_a_day: int
    sender: str
    corrections_from: time
    rules: Mapping[str, Rule]


def read(node: Node) -> Messages:
    """Read the `messages` of a programme.yaml, noting each fault."""
    part = node.parts(("segment_price", "most_a_day", "corrections_from", "rules"), ("sender",))
    sender = part["sender"]
    return Messages(
        segment_price=Decimal(part["segment_price"].text(r"\d{1,6}(\.\d{1,4})?", '"12.00"') or "0"),
        most_a_day=part["most_a_day"].whole(1, 20),
        sender="" if sender.value is None else sender.text(r"[A-Za-z0-9 ]{1,11}|\+?\d{3,15}", '"Programme"'),
        corrections_from=part["corrections_from"].clock(),
        rules=_rules(part["rules"]),
    )


def _rules(node: Node) -> dict[str, Rule]:
    found = node.items(_rule)
    return {name: _named(rule, name) for name, rule in found.items()}


def _named(rule: Rule, name: str) -> Rule:
    return Rule(**{**vars(rule), "name": name})


def _rule(node: Node) -> Rule:
    times = ("at", "again_at", "days_before", "hours_before", "hours_after", "weekday", "last_weekday")
    part = node.parts(("about", "text", "quiet"), ("roles", "groups", *times))
    about = _one_of(part["about"], tuple(TEXTS))
    required, allowed = TIMES.get(about, ((), ()))
    given = [name for name in times if part[name].value is not None]
    for name in required:
        if name not in given:
            node.fault(f"a rule about `{about}` needs `{name}`")
    for name in given:
        if name not in (*required, *allowed):
            part[name].fault(f"`{name}` means nothing in a rule about `{about}`")
    if about == "gathering" and ("hours_before" in given) == (set(given) >= {"days_before", "at"}):
        node.fault("a rule about `gathering` needs `days_before` and `at`, or `hours_before`")
    moment: dict[str, Any] = {str(name): part[name].clock() for name in ("at", "again_at") if name in given}
    moment |= {name: part[name].whole(0, most) for name, most in _MOST.items() if name in given}
    return Rule(
        name="", about=about, text=_one_of(part["text"], TEXTS.get(about, ())), quiet=_one_of(part["quiet"], QUIETS),
        roles=() if part["roles"].value is None else part["roles"].each(lambda one: _one_of(one, ROLES)),
        groups=() if part["groups"].value is None else part["groups"].each(lambda one: one.whole(1, 9999)),
        **moment,
    )  # fmt: skip


_MOST = {"days_before": 14, "hours_before": 24, "hours_after": 24, "weekday": 6, "last_weekday": 6}


def _one_of(node: Node, allowed: tuple[str, ...]) -> str:
    found = node.text()
    if found and found not in allowed:
        node.fault(f"`{found}` is not one of {', '.join(allowed) or 'nothing: mend `about` first'}")
    return found
