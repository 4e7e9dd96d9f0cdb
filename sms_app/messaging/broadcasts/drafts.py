"""The draft of a broadcast: who would get it and who would not, with which texts, when, and at what cost.

A broadcast is given up at the closing hour of the first day on which something is sent a day or more after its hour:
time enough for an evening, a Sunday and a number that had its texts of the day already."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging import cost, daily_cap
from sms_app.messaging.broadcasts import audience as audiences
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.left_out import LeftOut, Waiting, left_out, waiting
from sms_app.messaging.broadcasts.problems import Problem
from sms_app.messaging.broadcasts.reasons import WAITS
from sms_app.messaging.broadcasts.text_checks import CheckedText, check_texts
from sms_app.messaging.reminders import planning
from sms_app.programme.loaded import LoadedProgramme

LASTS = timedelta(days=1)
LAST_MICROSECOND = 999_999
MADE = "select count(*) from broadcast where programme_id = %(programme)s"
SQL = sql.beside(__file__)


@dataclass(frozen=True)
class Part:
    """What goes in one language: the text, to how many numbers, at what cost in the programme's currency."""

    text: CheckedText
    recipients: int
    cost: Decimal


@dataclass(frozen=True)
class Draft:
    """A broadcast before it is made: who gets what, who does not and why, when, and what it will cost.

    `recipients` are numbers that get it; of them, the daily cap holds back `waiting`, by the hour at which they get it.
    `given_up` numbers do not, since the cap leaves them no place until it is given up. `excluded` counts numbers by
    reason, `left_out` says who that is, `who_waits` who waits. `beyond_reminders`: it goes later than reminders are
    planned, so that what they take of the day is not known. `arms` may have it; empty: every arm may. With `problems`
    it can't be made. `digest` is equal for drafts with the same words for the same numbers on the same day."""

    audience: Audience
    arms: tuple[str, ...]
    send_at: datetime
    expires_at: datetime
    people: int
    without_number: int
    recipients: int
    waiting: Mapping[datetime, int]
    given_up: int
    excluded: Mapping[str, int]
    left_out: Sequence[LeftOut]
    who_waits: Sequence[Waiting]
    beyond_reminders: bool
    parts: Sequence[Part]
    estimate: Decimal
    notes: Sequence[str]
    problems: Sequence[Problem]
    digest: str

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, for commands."""
        return tuple(problem.text for problem in self.problems)


def prepare(
    conn: Connection,
    programme: LoadedProgramme,
    audience: Audience,
    texts: Mapping[str, str],
    send_at: datetime | None,
    now: datetime,
) -> Draft:
    """Look at a broadcast in a few statements, however many get it; `send_at` None means as soon as it may.

    Raises AudienceFaults; all that is wrong with texts and hour is in the draft."""
    audience = audience.sorted()
    audiences.check(conn, programme, audience)
    due, hour_notes, hour_problems = _hour(programme, send_at, now)
    counted = audiences.count(conn, programme, audience)
    expires = _expires(programme, due)
    held = _held(conn, programme, due, expires, now)
    asked = values(programme, audience, counted.arms, due) | {"near_cap": list(held)}
    counts = _count(sql.rows(conn, SQL["count_numbers"], _CountedNumbers, asked), held)
    languages = counts.languages
    checked = check_texts(programme.settings, texts)
    parts = [
        Part(text, n := languages.get(language, 0), cost.estimate(programme.settings, text.shown, n))
        for language, text in checked.items()
    ]
    return Draft(
        audience,
        counted.arms,
        due,
        expires,
        counted.people,
        counted.without_number,
        sum(languages.values()),
        dict(sorted(counts.waiting.items())),
        counts.given_up,
        dict(sorted(counts.excluded.items())),
        left_out(conn, asked, [number for number, at in held.items() if at is None]),
        waiting(conn, asked, {number: at for number, at in held.items() if at is not None}),
        due > now + planning.HORIZON,
        parts,
        sum((part.cost for part in parts), Decimal()),
        [*hour_notes, *(note for text in checked.values() for note in text.notes)],
        [*hour_problems, *_text_problems(programme, checked, languages)],
        _digest(programme, audience, checked, due, counts),
    )


def _text_problems(
    programme: LoadedProgramme, checked: Mapping[str, CheckedText], languages: Mapping[str, int]
) -> list[Problem]:
    """What is wrong with the texts: problems of each, languages without one, and an audience of nobody."""
    problems = [problem for text in checked.values() for problem in text.problems]
    missing = {*languages, programme.settings.languages[0]} - set(checked)
    problems += [
        Problem("no_text", {"language": language, "numbers": languages.get(language, 0)})
        for language in sorted(missing)
    ]
    return problems if languages else [*problems, Problem("nobody")]


def _digest(
    programme: LoadedProgramme,
    audience: Audience,
    checked: Mapping[str, CheckedText],
    due: datetime,
    counts: _Counts,
) -> str:
    """What was shown, in short: another audience, another word, another day or another number makes another one."""
    shown = {
        "audience": vars(audience),
        "texts": {language: text.shown for language, text in checked.items()},
        "day": programme.calendar.day(due).isoformat(),
        "numbers": counts.languages,
        "given_up": counts.given_up,
        "which": counts.digests,
    }
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]


def _hour(
    programme: LoadedProgramme, send_at: datetime | None, now: datetime
) -> tuple[datetime, list[str], list[Problem]]:
    """When it will go, what is to be said about that, and what is wrong with it."""
    calendar = programme.calendar
    if send_at is not None and send_at < now:
        return now, [], [Problem("past")]
    asked = send_at or now
    due = calendar.next_send(asked)
    if due == asked:
        return due, [], []
    then = f"{due.astimezone(calendar.zone):%Y-%m-%d %H:%M}"
    return (
        due,
        [f"Nothing is sent at {asked.astimezone(calendar.zone):%Y-%m-%d %H:%M}: it will go at {then}."],
        [],
    )


def _expires(programme: LoadedProgramme, due: datetime) -> datetime:
    calendar = programme.calendar
    last = calendar.next_send(due + LASTS).astimezone(calendar.zone)
    return calendar.at(last.date(), calendar.closes)


def values(
    programme: LoadedProgramme, audience: Audience, arms: Sequence[str], due: datetime
) -> dict[str, Any]:
    """What the database's function `broadcast_refusals` (revision 0015) is asked with, and how a language is chosen."""
    calendar = programme.calendar
    return {
        **audiences.values(programme, audience),
        "arms": list(arms),
        "now": due,
        "day_start": calendar.at(calendar.day(due)),
        "most_a_day": programme.settings.messages.most_a_day,
        "languages": list(programme.settings.languages),
        "first": programme.settings.languages[0],
    }


def due_at(conn: Connection, programme: LoadedProgramme, send_at: datetime, now: datetime) -> datetime:
    """When a broadcast's messages are due: at its hour, and as many microseconds later as it is the programme's n-th
    broadcast. So a number that gets several of one hour gets the one first that was made first, as the preview says."""
    made = conn.exec_driver_sql(MADE, {"programme": programme.id}).scalar_one()
    due = send_at.replace(microsecond=0) + timedelta(microseconds=min(made + 1, LAST_MICROSECOND))
    return due if send_at > now else due - timedelta(seconds=1)  # what goes at once is due


def _held(
    conn: Connection, programme: LoadedProgramme, due: datetime, expires: datetime, now: datetime
) -> dict[UUID, datetime | None]:
    """The numbers that the daily cap keeps from getting a broadcast at its hour, with the hour at which they get it;
    None: not before it is given up."""
    text = daily_cap.QueuedText(due_at(conn, programme, due, now), expires, is_broadcast=True)
    on_time = max(text.due_at, now)
    held: dict[UUID, datetime | None] = {}
    most = programme.settings.messages.most_a_day
    hours: dict[daily_cap.NumberLoad, datetime | None] = {}  # many numbers have the same load: predicted once
    loads = daily_cap.loads_by_number(conn, programme, expires, now, daily_cap.broadcast_limit(most))
    for number, load in loads.items():
        if load not in hours:
            (hours[load],) = daily_cap.send_times(programme.calendar, most, load, [text], now)
        at = hours[load]
        if at is None or at > on_time:
            held[number] = None if at is None else at.replace(microsecond=0)
    return held


@dataclass(frozen=True)
class _CountedNumbers:
    """Numbers of one reason (None: none) and one language, and which of those asked about are among them."""

    reason: str | None
    to_coach: bool
    language: str
    numbers: int
    digest: int
    near_cap: Sequence[UUID] | None


@dataclass
class _Counts:
    """How many numbers get it in each language, later, or not."""

    languages: dict[str, int] = field(default_factory=dict)
    waiting: Counter[datetime] = field(default_factory=Counter)
    given_up: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    digests: dict[str, int] = field(default_factory=dict)


def _count(rows: Sequence[_CountedNumbers], held: Mapping[UUID, datetime | None]) -> _Counts:
    counts = _Counts()
    for row in rows:
        if row.reason not in (None, WAITS):
            counts.excluded[row.reason] += row.numbers
            continue
        counts.digests[row.language] = counts.digests.get(row.language, 0) ^ row.digest
        # a text to a coach has no cap
        near = [] if row.to_coach else [held[number] for number in row.near_cap or ()]
        lost = near.count(None)
        counts.given_up += lost
        counts.waiting.update(at for at in near if at is not None)
        if row.numbers > lost:
            counts.languages[row.language] = counts.languages.get(row.language, 0) + row.numbers - lost
    return counts
