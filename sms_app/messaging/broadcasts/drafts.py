"""A broadcast before it is made: who would get it and who would not, in which words, when, at what cost.

A broadcast is given up at the closing hour of the first day on which something is sent a day or more after its hour:
time enough for an evening, a Sunday and a number that had its texts of the day already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row

from sms_app.messaging import cost
from sms_app.messaging.broadcasts import audience as audiences
from sms_app.messaging.broadcasts.audience import AUDIENCE, Audience
from sms_app.messaging.broadcasts.written import Written, looks
from sms_app.messaging.refusals import JUDGED
from sms_app.messaging.say import Speaker

LASTS = timedelta(days=1)
WAITS = "daily_cap"
"""The one reason for which a number is not left out: it waits for the next day."""
# the numbers of an audience, judged as at sending
LOOKED_AT = f"""
{AUDIENCE}, candidate as (
  select phone_number_id as key, phone_number_id, people, 'broadcast' as kind, %(arms)s::varchar[] as arms from reached
), {JUDGED}
"""  # noqa: S608
COUNTS = f"""
with {LOOKED_AT}, spoken as materialized (
  select j.reason, coalesce(n.language, (
    select case when count(distinct p.language) = 1 then min(p.language) end
    from participant p where p.id = any(c.people))) as language
  from judged j join candidate c on c.key = j.key join phone_number n on n.id = j.key
)
select reason, case when language = any(%(languages)s) then language else %(first)s end as language, count(*) as numbers
from spoken group by 1, 2
"""  # noqa: S608


@dataclass(frozen=True)
class Part:
    """What goes in one language: the text, to how many numbers, at what cost in the programme's currency."""

    written: Written
    recipients: int
    cost: Decimal


@dataclass(frozen=True)
class Draft:
    """A broadcast before it is made: who gets what, who does not and why, when, and what it will cost.

    `recipients` are numbers; of them, `waiting` have had their texts of the day already. `excluded` counts numbers by
    reason. `arms` may have it; empty: every arm may. With `faults` it can't be made."""

    audience: Audience
    arms: tuple[str, ...]
    send_at: datetime
    expires_at: datetime
    people: int
    without_number: int
    recipients: int
    waiting: int
    excluded: Mapping[str, int]
    parts: Sequence[Part]
    estimate: Decimal
    notes: Sequence[str]
    faults: Sequence[str]


def prepare(
    conn: Connection, speaker: Speaker, audience: Audience, texts: Mapping[str, str], send_at: datetime | None,
    now: datetime,
) -> Draft:  # fmt: skip
    """Look at a broadcast in a few statements, however many get it; `send_at` None means as soon as it may.

    Raises AudienceFaults; all that is wrong with texts and hour is in the draft."""
    audience = audience.sorted()
    audiences.check(conn, speaker, audience)
    due, hour_notes, hour_faults = _hour(speaker, send_at, now)
    counted = audiences.count(conn, speaker, audience)
    rows = conn.exec_driver_sql(COUNTS, values(speaker, audience, counted.arms, due)).all()
    languages, excluded, waiting = _by_language_and_reason(rows)
    written = looks(speaker.programme, texts)
    parts = [
        Part(one, n := languages.get(language, 0), cost.estimate(speaker.programme, one.shown, n))
        for language, one in written.items()
    ]
    faults = [fault for one in written.values() for fault in one.faults]
    missing = {*languages, speaker.programme.languages[0]} - set(texts)
    faults += [
        f"There is no text in {one}, which {languages.get(one, 0):,} of the numbers are told things in."
        for one in sorted(missing)
    ]
    if not languages:
        faults.append("Nobody would get it.")
    return Draft(
        audience, counted.arms, due, _expires(speaker, due), counted.people, counted.without_number,
        sum(languages.values()), waiting, excluded, parts, sum((part.cost for part in parts), Decimal()),
        [*hour_notes, *(note for one in written.values() for note in one.notes)], [*hour_faults, *faults],
    )  # fmt: skip


def _hour(speaker: Speaker, send_at: datetime | None, now: datetime) -> tuple[datetime, list[str], list[str]]:
    """When it will go, what is to be said about that, and what is wrong with it."""
    calendar = speaker.programme.calendar
    if send_at is not None and send_at < now:
        return now, [], ["The hour to send at is past."]
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


def _expires(speaker: Speaker, due: datetime) -> datetime:
    calendar = speaker.programme.calendar
    last = calendar.next_send(due + LASTS).astimezone(calendar.zone)
    return calendar.at(last.date(), calendar.closes)


def values(speaker: Speaker, audience: Audience, arms: Sequence[str], due: datetime) -> dict[str, Any]:
    """What LOOKED_AT is asked with."""
    calendar = speaker.programme.calendar
    return {
        **audiences.values(speaker, audience), "arms": list(arms), "now": due,
        "day_start": calendar.at(calendar.day(due)),
        "most_a_day": speaker.programme.messages.most_a_day, "languages": list(speaker.programme.languages),
        "first": speaker.programme.languages[0],
    }  # fmt: skip


def _by_language_and_reason(rows: Sequence[Row[Any]]) -> tuple[dict[str, int], dict[str, int], int]:
    languages: dict[str, int] = {}
    excluded: dict[str, int] = {}
    waiting = 0
    for row in rows:
        counts, key = (languages, row.language) if row.reason in (None, WAITS) else (excluded, row.reason)
        counts[key] = counts.get(key, 0) + row.numbers
        waiting += row.numbers if row.reason == WAITS else 0
    return languages, dict(sorted(excluded.items())), waiting
