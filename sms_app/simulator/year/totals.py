"""The totals of a simulated year, and every difference from what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from sms_app.simulator.year import check, check_exposure, check_messages, check_trial
from sms_app.simulator.year.check import Records
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage
from sms_app.vault import Vault


def check_all(
    conn: Connection, vault: Vault, stage: Stage, post: Post, programme_id: int, first: date, last: date
) -> tuple[Mapping[str, int], list[str]]:
    """The totals by name, in order, and a sentence for each difference. `first` and `last` are the year's days."""
    records = Records(conn, vault, programme_id)
    differences = [line for subject in check.SUBJECTS for line in subject(stage, records)]
    differences += [line for texts in check_messages.SUBJECTS for line in texts(stage, records, post)]
    differences += check_exposure.exposed(stage, records, first, last)
    differences += [
        line for reports in check_trial.SUBJECTS for line in reports(stage, records, post, (first, last))
    ]
    for what, count in (stage.tally.astray + stage.tally.faults).items():
        differences.append(f"{count:,} times: {what}.")
    return dict(sorted(_totals(stage, records, post).items())), differences


def _totals(stage: Stage, records: Records, post: Post) -> dict[str, int]:
    tally = stage.tally
    said = Counter(mark for roll in tally.rolls.values() for mark in roll.marks.values())
    outcomes = Counter(post.outcomes.values())
    totals: dict[str, int] = {
        **tally.counts,
        "hops": tally.hops,
        "sessions that began": len(tally.lists),
        "sessions expected, people": sum(map(len, tally.lists.values())),
        "check-ins": len(tally.check_ins),
        "replies": len(tally.replies),
        "savings reported, people and weeks": len(tally.weeks),
        "savings reported, entries": tally.entries,
        "savings reported, amount": sum(sum(week.own) + sum(week.helped) for week in tally.weeks.values()),
        "meetings entered": len(tally.meetings),
        "meetings confirmed": sum(held.is_confirmed for held in tally.meetings.values()),
        "meetings, amount": sum(sum(held.amounts.values()) for held in tally.meetings.values()),
        "questions": len(tally.questions),
        "questions answered": sum(question.answer is not None for question in tally.questions),
        "stops": len(tally.stops),
        "stops that hold": sum(stop.until is None for stop in tally.stops),
        "rolls taken": sum(roll.outcome == "held" for roll in tally.rolls.values()),
        "rolls: not held": sum(roll.outcome == "not_held" for roll in tally.rolls.values()),
        "messages that expired unsent": sum(tally.expired.values()),
        "provider: messages taken": len(post.taken),
        "provider: messages refused": post.faults.refusals.total(),
        "provider: answers lost": sum(map(sum, post.faults.lost.values())),
        "provider: reports posted": post.reports.total(),
    }
    totals |= {f"roll: {status}": count for status, count in said.items()}
    totals |= {f"messages taken: {status}": count for status, count in outcomes.items()}
    for row in records.rows("planned"):
        key = f"messages planned: {row['kind']}"
        totals[key] = totals.get(key, 0) + row["count"]
    return totals
