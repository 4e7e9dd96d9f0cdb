"""What goes wrong at the provider in a simulated year, by the seed and by the number's own messages.

A call's bytes differ from run to run, and so does the order of two texts to one number that are due at the same moment:
both are left to the database. So the fate of a message depends on its number, its text, and how often that number has
had the text, never on the call or on the time that passed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from random import Random

from sms_app.simulator.provider.faults import Faults

LOST_ANSWER = 0.006
REFUSED_CODE = 404


@dataclass
class YearFaults(Faults):
    """The stand-in's switches for the year: each recipient's fate is drawn by number and count."""

    lost: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    """By number and in order, whether the answer about a message that was taken was lost."""
    refusals: Counter[str] = field(default_factory=Counter)
    """By number, how many messages were refused."""

    text: str = ""
    had: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By number and text, how many such messages were taken."""

    once: str = ""
    """The fault that happens to the next call, and then no more."""

    def hear(self, text: str) -> None:
        """As in `Faults`: an answer is lost by the number and the text."""
        self.text = text

    def happens(self, name: str, subject: str) -> bool:
        """As in `Faults`; an answer is lost by the number, the text and their count."""
        if name == self.once:
            self.once = ""
            return True
        if name != "missing":
            return super().happens(name, subject)
        number = subject.rpartition("|")[2]
        if number in self.refused:
            self.refusals[number] += 1
            return False
        nth = self.had[number, self.text]
        self.had[number, self.text] += 1
        is_lost = _draw(self.seed, "answer", f"{number} {self.text}", nth).random() < LOST_ANSWER
        self.lost[number].append(is_lost)
        return is_lost


@dataclass(frozen=True)
class Fate:
    """What is reported about a message: statuses in the order in which they are posted, each with a failure reason
    after a space, and the days that they come late. No status: no report ever comes."""

    statuses: tuple[str, ...]
    days_late: int = 0


def fate(seed: int, number: str, text: str, nth: int, is_lost: bool) -> Fate:
    """The fate of the nth message (from 0) with a text that was taken for a number."""
    draw = _draw(seed, "report", f"{number} {text}", nth)
    if is_lost:
        # the report tells what became of a message whose answer was lost; if it is lost too, nobody knows
        return Fate(("Success",) if draw.random() < 0.7 else ())
    kind, share = draw.random(), draw.randint(1, 2)
    if kind < 0.01:
        return Fate(())
    if kind < 0.025:
        return Fate(("Failed AbsentSubscriber",))
    if kind < 0.04:
        return Fate(("Success", "Success"))
    if kind < 0.06:
        return Fate(("Success", "Sent"))
    if kind < 0.09:
        return Fate(("Sent", "Success"))
    if kind < 0.11:
        return Fate(("Success",), share)
    return Fate(("Success",))


def refused_numbers(seed: int, numbers: Collection[str]) -> dict[str, int]:
    """Two numbers of which the provider says that it can't reach them."""
    return dict.fromkeys(_draw(seed, "refused", "", 0).sample(sorted(numbers), 2), REFUSED_CODE)


def _draw(seed: int, what: str, number: str, nth: int) -> Random:
    return Random(f"{seed} {what} {number} {nth}")  # noqa: S311 (invented people have no secrets)
