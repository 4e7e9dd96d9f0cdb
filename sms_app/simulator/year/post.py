"""The provider's side of a simulated year: which messages it took, and its delivery reports in travelled time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush

from sms_app.simulator.provider.book import Taken
from sms_app.simulator.provider.callbacks import delivery_form
from sms_app.simulator.provider.running import Provider
from sms_app.simulator.year.fates import Fate, YearFaults, fate
from sms_app.simulator.year.stage import Stage

OK = 200
IN_DOUBT = timedelta(days=3)
"""How long a message of which nobody knows anything makes a report by number ambiguous (docs/messages.md)."""
FINAL = {"Success": "delivered", "Failed": "failed"}


@dataclass
class Post:
    """What was taken so far, and the reports that are still to come."""

    provider: Provider
    faults: YearFaults
    taken: list[tuple[Taken, datetime]] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)
    """By the provider's id, the status that the message must have: sent, delivered, failed or unknown."""
    reports: Counter[str] = field(default_factory=Counter)
    """Reports that were posted, by status."""
    reported: list[tuple[datetime, str, str]] = field(default_factory=list)
    """When which report was posted first: its moment, id and status."""
    _settled: int = 0
    """How many of those that were taken are marked at the provider as reported."""
    _waiting: list[tuple[datetime, int, Taken, Fate]] = field(default_factory=list)
    _in_doubt: dict[str, datetime] = field(default_factory=dict)
    """By number, when a message was taken last of which nobody knows what became of it."""
    _nth: Counter[str] = field(default_factory=Counter)
    _same: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By number and text, how many such messages were taken."""

    def collect(self, stage: Stage) -> None:
        """Draw the fate of each message that was taken since the last time, and post the reports that are due."""
        new = self.provider.messages[len(self.taken) :]
        now = stage.travel.now()
        for message in sorted(new, key=lambda message: message.number):
            nth = self._nth[message.number]
            self._nth[message.number] += 1
            is_lost = self.faults.lost[message.number][nth]
            same = self._same[message.number, message.text]
            self._same[message.number, message.text] += 1
            drawn = fate(self.faults.seed, message.number, message.text, same, is_lost)
            self.outcomes[message.id] = self._outcome(message.number, drawn, is_lost, now)
            if drawn.statuses:
                due = now + timedelta(days=drawn.days_late)
                heappush(self._waiting, (due, len(self.outcomes), message, drawn))
        self.taken += [(message, now) for message in new]
        self.report(stage)

    def _outcome(self, number: str, drawn: Fate, is_lost: bool, now: datetime) -> str:
        """The status that a message must have. After a lost answer the report is matched by its number, and it may not
        be when an earlier message to the number is in doubt too."""
        if not is_lost:
            return _outcome(drawn, is_lost)
        earlier = self._in_doubt.get(number)
        is_ambiguous = earlier is not None and now - earlier < IN_DOUBT
        outcome = "unknown" if is_ambiguous else _outcome(drawn, is_lost)
        if outcome == "unknown":
            self._in_doubt[number] = now
        return outcome

    def report(self, stage: Stage) -> None:
        """Begin to post the reports that are due, in the order in which they are due."""
        due = []
        while self._waiting and self._waiting[0][0] <= stage.travel.now():
            _, _, message, drawn = heappop(self._waiting)
            due.append((message, drawn))
        self._begin(stage, due)

    def finish(self, stage: Stage) -> None:
        """Post every report that is still to come, so that the year ends with nothing under way, and mark the messages
        without a report, so that a later run of the stand-in does not report them. May be repeated."""
        stage.web_process.wait()
        waiting = sorted(self._waiting, key=lambda waiting: waiting[:2])
        self._waiting.clear()
        self._begin(stage, [(message, drawn) for _, _, message, drawn in waiting])
        stage.web_process.wait()
        for message, _ in self.taken[self._settled :]:
            self.provider.settle(message.id)
        self._settled = len(self.taken)

    def _begin(self, stage: Stage, due: Sequence[tuple[Taken, Fate]]) -> None:
        """Begin to post reports, several at once as the provider does, while the day goes on; those about a number in
        their order. For the service it stays the moment at which they were due: so each run stores the same."""
        now, by_number = stage.travel.now(), dict[str, list[tuple[Taken, str]]]()
        for message, drawn in due:
            by_number.setdefault(message.number, []).extend((message, status) for status in drawn.statuses)
        every = list(by_number.values())

        def answered(statuses: Sequence[Sequence[int]]) -> None:
            for reports, answers in zip(every, statuses, strict=True):
                for (message, status), answer in zip(reports, answers, strict=True):
                    self._reported(stage, now, message, status, answer)

        series = [
            [("delivery", delivery_form(message, status)) for message, status in reports] for reports in every
        ]
        stage.web_process.begin(now, series, answered)

    def _reported(self, stage: Stage, began: datetime, message: Taken, status: str, answer: int) -> None:
        word = status.partition(" ")[0]
        if answer != OK:
            stage.tally.faults[f"a report was answered with {answer}"] += 1
        self.reports[word] += 1
        self.reported.append((began, message.id, word))


def _outcome(drawn: Fate, is_lost: bool) -> str:
    final = [FINAL[word] for status in drawn.statuses if (word := status.partition(" ")[0]) in FINAL]
    return final[0] if final else "unknown" if is_lost else "sent"
