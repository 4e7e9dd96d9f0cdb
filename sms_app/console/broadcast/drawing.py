"""What a page draws of a broadcast: texts on a phone, and its delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.left_out import LeftOut
from sms_app.messaging.broadcasts.text_checks import CheckedText
from sms_app.texts import GSM7, GSM7_TWICE, PARTS, fold

GROUPS_SHOWN = 20
OUTCOMES = {
    "delivered": ("delivered",),
    "sent": ("sent",),
    "unknown": ("unknown",),
    "waiting": ("planned", "queued", "sending"),
    "failed": ("failed", "expired"),
    "left_out": ("cancelled",),
}
"""The bars of the picture, each with the statuses that it counts."""
WIDTH, LABEL, LINE = 560, 205, 34
"""Of the picture: its width, the part for names, and the height of a bar with its space."""
Counts = Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Piece:
    """A part of a text: a run of characters that every phone shows, or one that not every phone does."""

    text: str
    is_odd: bool


@dataclass(frozen=True)
class Bar:
    """A bar of the picture: which outcome, how many numbers, where it is and how long, in units of the picture."""

    outcome: str
    numbers: int
    y: int
    length: int


@dataclass(frozen=True)
class LeftOutFor:
    """Everybody who is left out for one reason: how many people, and the first groups with their list numbers."""

    reason: str
    people: int
    groups: Sequence[LeftOut]
    more: int


def pieces(text: CheckedText) -> list[Piece]:
    """What the phone shows: the text as it is sent, or as typed with what is wrong in it."""
    if not text.odd:
        return [Piece(text.shown, False)]
    drawn: list[Piece] = []
    for character in text.typed:
        is_odd = character != "?" and fold(character) == "?"
        if drawn and not is_odd and not drawn[-1].is_odd:
            drawn[-1] = Piece(drawn[-1].text + character, False)
        else:
            drawn.append(Piece(character, is_odd))
    return drawn


def room(text: CheckedText) -> int:
    """How many characters more fit into the last of the text's segments."""
    alone, of_many = PARTS["GSM-7"]
    if text.size.segments == 1:
        return alone - text.size.units
    return text.size.segments * of_many - text.size.units


def named(text: str) -> str:
    """A character for a page; an invisible one by its code, nothing as an empty text."""
    if all(character in GSM7 or character in GSM7_TWICE for character in text) and text.strip():
        return text
    visible = text.isprintable() and text.strip()
    return text if visible else " ".join(f"U+{ord(character):04X}" for character in text)


def bars(counts: Counts) -> list[Bar]:
    """The picture of what became of a broadcast's messages."""
    numbers = {
        outcome: sum(many for (status, _), many in counts.items() if status in statuses)
        for outcome, statuses in OUTCOMES.items()
    }
    most, longest = max([*numbers.values(), 1]), WIDTH - LABEL - 70
    return [
        Bar(outcome, many, n * LINE, round(many / most * longest))
        for n, (outcome, many) in enumerate(numbers.items())
    ]


def by_reason(rows: Sequence[LeftOut]) -> list[LeftOutFor]:
    """Who is left out, the reasons with most people first."""
    reasons = {row.reason for row in rows}
    listed = []
    for reason in sorted(reasons):
        groups = [row for row in rows if row.reason == reason]
        people = sum(len(row.numbers) + row.unlisted for row in groups)
        listed.append(LeftOutFor(reason, people, groups[:GROUPS_SHOWN], max(len(groups) - GROUPS_SHOWN, 0)))
    return sorted(listed, key=lambda each: -each.people)


def is_of_coaches(audience: Audience) -> bool:
    """Whether a broadcast goes to coaches."""
    return "coach" in audience.roles
