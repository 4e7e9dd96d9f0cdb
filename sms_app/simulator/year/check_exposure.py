"""Compares the trial's exposure with the tally of a simulated year: sessions and finished actions, summed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from sms_app.simulator.year.check import Records
from sms_app.simulator.year.differences import number_differs
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Tally
from sms_app.trial import exposure


def exposed(stage: Stage, records: Records, first: date, last: date) -> Iterator[str]:
    """Sessions and actions of everyone's weeks; `check_messages` and `check_trial` compare the texts."""
    totals = exposure.totals(exposure.weeks(records.conn, records.programme_id, first, last))
    stored = {**vars(totals.sessions), **vars(totals.actions)}
    for name, count in {**_sessions(stage.tally), **_actions(stage.tally)}.items():
        yield from number_differs(f"exposure, {name}", count, stored[name])


def counting_words(tally: Tally) -> list[tuple[UUID, str, str]]:
    """What counts of each person at each session that was held: the session, whose word it is, and the status. The
    office's word counts before the coach's, and that before her own."""
    words = dict.fromkeys(tally.check_ins, ("by_self", "present"))
    for session, roll in tally.rolls.items():
        words |= {(session, person): ("by_coach", said) for person, said in roll.marks.items()}
    words |= {key: ("by_staff", said) for key, said in tally.office_marks.items()}
    not_held = {session for session, roll in tally.rolls.items() if roll.outcome == "not_held"}
    return [(session, *word) for (session, _), word in words.items() if session not in not_held]


def _sessions(tally: Tally) -> dict[str, int]:
    words = counting_words(tally)
    said = Counter(status for _, _, status in words)
    by = Counter(source for _, source, _ in words)
    return {
        "expected": sum(map(len, tally.lists.values())),
        "attended": said["present"] + said["late"],
        **{status: said[status] for status in ("late", "excused", "absent")},
        **{source: by[source] for source in ("by_self", "by_coach", "by_staff")},
    }


def _actions(tally: Tally) -> dict[str, int]:
    return {
        "replies": len(tally.replies),
        "check_ins": len(tally.check_ins),
        "savings": tally.reports["own"],
        "disputes": len(tally.questions),
        "assisted": tally.reports["helped"],
    }
