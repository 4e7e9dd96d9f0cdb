"""A programme's settings for messages: its reminder rules, the price of a segment, the daily cap of a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal
from typing import Any

from sms_app.models.people import ROLES
from sms_app.programme.calendar import Calendar
from sms_app.programme.yaml_node import Node

MAX_NUMBERS = 1_000_000
MAX_BUDGET = 1_000_000_000
QUIETS = ("earlier", "later", "drop")
# The texts (keys `message.<text>`) that a rule may send, by what the rule is about. A rule can send no other text.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "gathering": ("session_tomorrow", "session_today"),
    "check_in": ("please_dial",),
    "month": ("leader_month",),
    "coach_gathering": ("coach_tomorrow",),
    "coach_roll_missing": ("coach_roll_missing",),
    "coach_roll": ("coach_roll_summary",),
    "coach_week": ("coach_week",),
}

# the fields of time that each kind of rule needs, and those that it may have
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
    """One reminder rule: what it is about, its text, its time, and for whom it is.

    `days_before` with `at`, or `hours_before`, count from a gathering's start, `hours_after` from its end. `again_at`
    is an hour of the next day. `last_weekday` is the last such day of a month, `weekday` a day of each week; Monday is
    0. `quiet` says whether a reminder that is due when nothing is sent goes earlier, later or not at all. Empty `roles`
    and `groups` mean all."""

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
    """A programme's settings for messages. `segment_price` is in the programme's currency. `most_a_day` is the limit of
    texts to one number, without corrections. `sender` is the sender ID that the networks know, empty for the account's
    default. `corrections_from` is the hour from which a cancellation may be sent on the day itself. A broadcast of the
    console to more than `second_officer_above` numbers needs a second officer; None: none does. `budget` is what
    a month's texts and dialogues should cost at most, in whole units of the currency; None: none is set."""

    segment_price: Decimal
    most_a_day: int
    sender: str
    corrections_from: time
    rules: Mapping[str, Rule]
    second_officer_above: int | None = None
    budget: int | None = None


def read(node: Node, calendar: Calendar) -> Messages:
    """Read the `messages` of a programme.yaml and note each fault; `calendar` says when messages may be sent."""
    part = node.parts(
        ("segment_price", "most_a_day", "corrections_from", "rules"),
        ("sender", "second_officer_above", "budget"),
    )
    sender, corrections_from = part["sender"], part["corrections_from"].clock()
    above, budget = part["second_officer_above"], part["budget"]
    if corrections_from > calendar.opens:
        part["corrections_from"].fault(f"any message may be sent from {calendar.opens:%H:%M} on")
    return Messages(
        segment_price=Decimal(part["segment_price"].text(r"\d{1,6}(\.\d{1,4})?", '"12.00"') or "0"),
        most_a_day=part["most_a_day"].whole(1, 20),
        sender="" if sender.value is None else sender.text(r"[A-Za-z0-9 ]{1,11}|\+?\d{3,15}", '"Programme"'),
        corrections_from=corrections_from,
        rules=_rules(part["rules"], calendar),
        second_officer_above=None if above.value is None else above.whole(0, MAX_NUMBERS),
        budget=None if budget.value is None else budget.parts(("month",))["month"].whole(1, MAX_BUDGET),
    )


def _rules(node: Node, calendar: Calendar) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for name, (at, rule) in node.items(lambda rule_node: (rule_node, _rule(rule_node, calendar))).items():
        for other in rules.values():
            if _say_the_same(rule, other):
                at.fault(f"`{other.name}` sends the same text to the same people at the same time")
        rules[name] = replace(rule, name=name)
    return rules


def _say_the_same(rule: Rule, other: Rule) -> bool:
    moment = (
        "about",
        "text",
        "at",
        "again_at",
        "days_before",
        "hours_before",
        "hours_after",
        "weekday",
        "last_weekday",
    )
    return (
        all(getattr(rule, name) == getattr(other, name) for name in moment)
        and _overlap(rule.roles, other.roles)
        and _overlap(rule.groups, other.groups)
    )


def _overlap(some: Collection[object], others: Collection[object]) -> bool:
    """Whether two choices have anyone in common; an empty choice means everyone."""
    return not some or not others or not set(some).isdisjoint(others)


def _rule(node: Node, calendar: Calendar) -> Rule:
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
    if about == "gathering" and set(given) not in ({"days_before", "at"}, {"hours_before"}):
        node.fault("a rule about `gathering` needs `days_before` and `at`, or `hours_before` alone")
    moment: dict[str, Any] = {
        name: sending_hour(part[name], calendar) for name in ("at", "again_at") if name in given
    }
    moment |= {name: part[name].whole(*bounds) for name, bounds in _BOUNDS.items() if name in given}
    return Rule(
        name="",
        about=about,
        quiet=_one_of(part["quiet"], QUIETS),
        # an unknown `about` is one fault, not two
        text=_one_of(part["text"], TEXTS[about]) if about in TEXTS else "",
        roles=() if part["roles"].value is None else part["roles"].each(lambda item: _one_of(item, ROLES)),
        groups=() if part["groups"].value is None else part["groups"].each(lambda item: item.whole(1, 9999)),
        **moment,
    )


_BOUNDS = {
    "days_before": (0, 14),
    "hours_before": (1, 24),
    "hours_after": (0, 24),
    "weekday": (0, 6),
    "last_weekday": (0, 6),
}


def sending_hour(node: Node, calendar: Calendar) -> time:
    """An hour at which messages may be sent; another one is a fault."""
    hour = node.clock()
    if not calendar.opens <= hour < calendar.closes:
        node.fault(
            f"nothing is sent at {hour:%H:%M}, only from {calendar.opens:%H:%M} to {calendar.closes:%H:%M}"
        )
    return hour


def _one_of(node: Node, allowed: tuple[str, ...]) -> str:
    word = node.text()
    if word and word not in allowed:
        node.fault(f"`{word}` is not one of {', '.join(allowed)}")
    return word
