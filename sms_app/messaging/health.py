"""How sending is doing, in figures and in lines that say what to do. Nothing by person, group or arm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection

from sms_app.messaging import sending_switch
from sms_app.models.messages import STATUSES as STATUSES

CLOCK, SWEEP, WORKERS = "clock", "sweep", "worker:"
"""Names among the heartbeats: the clock's, that of its last sweep of dialogues, and how the workers' begin."""
DAY = timedelta(days=1)
BEAT_LATE = timedelta(minutes=3)
SWEEP_LATE = timedelta(minutes=5)
DUE_LATE, DUE_TOO_LATE = timedelta(minutes=5), timedelta(minutes=30)
# each by an index: what fell due in the last day, what waits, and the first that does
OF_THE_DAY = """
select status, currency, count(*) as many, sum(cost) as cost from message
where due_at > %(day_ago)s and due_at <= %(now)s group by status, currency
"""
STANDING = f"""
select (select count(*) from message where status in ('planned', 'queued')) as waiting,
  (select min(first.due_at) from programme cross join lateral (
    (select due_at from message where programme_id = programme.id and status = 'planned' and due_at <= %(now)s
      order by due_at limit 1)
    union all
    (select due_at from message where programme_id = programme.id and status = 'queued' and due_at <= %(now)s
      order by due_at limit 1)) first) as oldest_due,
  (select beat_at from heartbeat where name = '{CLOCK}') as clock_beat,
  (select beat_at from heartbeat where name = '{SWEEP}') as swept,
  (select count(*) from delivery_report where message_id is null) as unmatched,
  coalesce((select stopped from sending_switch), true) as stopped,
  exists (select from sending_switch where stopped and changed_by = '{sending_switch.PROVIDER}') as halted
"""  # noqa: S608
BEATS = "select name, beat_at from heartbeat where beat_at > %(day_ago)s order by name"

Verdict = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found and, unless it is ok, what to do."""

    name: str
    verdict: Verdict
    found: str
    do: str = ""


@dataclass(frozen=True)
class Figures:
    """`by_status` and `cost` (by currency) are of what fell due in the last 24 hours, `waiting` is planned or queued
    for whenever; `swept`: when dialogues were last swept, `halted`: stopped by the provider, `unmatched`: delivery
    reports for no message that we know."""

    by_status: Mapping[str, int]
    cost: Mapping[str, Decimal]
    waiting: int
    oldest_due: datetime | None
    clock_beat: datetime | None
    swept: datetime | None
    unmatched: int
    stopped: bool
    halted: bool


def figures(conn: Connection, now: datetime) -> Figures:
    """All figures, in two statements that touch a day's rows and what waits, never all that was ever sent."""
    values = {"now": now, "day_ago": now - DAY}
    by_status: dict[str, int] = {}
    cost: dict[str, Decimal] = {}
    for row in conn.exec_driver_sql(OF_THE_DAY, values):
        by_status[row.status] = by_status.get(row.status, 0) + row.many
        if row.currency and row.cost is not None:
            cost[row.currency] = cost.get(row.currency, Decimal(0)) + row.cost
    standing = conn.exec_driver_sql(STANDING, values).one()
    return Figures(by_status, cost, **standing._mapping)


def look(conn: Connection, now: datetime) -> Iterator[Finding]:
    """The clock, the workers, the switch, and what became of messages."""
    found = figures(conn, now)
    yield _clock(found.clock_beat, now)
    yield _swept(found.swept, now)
    beats = conn.exec_driver_sql(BEATS, {"day_ago": now - DAY}).all()
    yield _workers([row.beat_at for row in beats if row.name.startswith(WORKERS)], now)
    yield _switch(sending_switch.state(conn))
    yield _oldest(found, now)
    unknown, expired = found.by_status.get("unknown", 0), found.by_status.get("expired", 0)
    yield _count(
        "unknown messages",
        unknown,
        "the provider may or may not have sent them, so they are not sent again:"
        " compare with its own list, and ask it when there are many",
    )
    yield _count(
        "expired messages", expired, "they were not sent in time: see that clock and workers run all the time"
    )
    yield _count(
        "reports unmatched",
        found.unmatched,
        "reports for messages that are not ours, or whose id we never got:"
        " see that no other service uses this account",
        least=100,
    )


def _clock(beat: datetime | None, now: datetime) -> Finding:
    start = "start it (`sms-app clock`); what is past its hour is not sent late"
    if beat is None:
        return Finding("clock", "bad", "has never ticked", start)
    if beat - now > BEAT_LATE:
        return Finding(
            "clock", "bad", "ticked in the future", "set the machines' time, and SMS_APP_TIME_OFFSET_S alike"
        )
    if now - beat > BEAT_LATE:
        return Finding("clock", "bad", f"last ticked {_age(now - beat)} ago", start)
    return Finding("clock", "ok", f"last ticked {_age(now - beat)} ago")


def _swept(at: datetime | None, now: datetime) -> Finding:
    if at is not None and now - at <= SWEEP_LATE:
        return Finding("sweep of dialogues", "ok", f"{_age(now - at)} ago")
    found = "never" if at is None else f"{_age(now - at)} ago"
    return Finding(
        "sweep of dialogues",
        "bad",
        found,
        "start the clock; if it ticks, somebody holds the table `ussd_dialogue`, as"
        " a dump that does not leave it out: docs/operations.md says how to find and end that",
    )


def _workers(beats: list[datetime], now: datetime) -> Finding:
    alive = sum(abs(now - beat) <= BEAT_LATE for beat in beats)
    if not alive:
        return Finding("workers", "bad", "none is alive", "start one: `sms-app worker`")
    return Finding("workers", "ok", f"{alive} alive")


def _switch(state: sending_switch.State) -> Finding:
    if not state.stopped:
        return Finding("sending", "ok", "on")
    since = f" at {state.changed_at:%Y-%m-%d %H:%M} UTC" if state.changed_at else ""
    found = f"stopped by {state.changed_by}{since}: {state.reason}"
    if state.changed_by == sending_switch.PROVIDER:
        mend = {"no_balance": "pay in at the provider", "bad_key": "set the right SMS_APP_PROVIDER_API_KEY"}
        first = mend.get(state.reason, "mend it at the provider")
        return Finding("sending", "bad", found, f"{first}, then `sms-app sending start`")
    return Finding("sending", "warn", found, "`sms-app sending start` when it may go on")


def _oldest(found: Figures, now: datetime) -> Finding:
    late = now - found.oldest_due if found.oldest_due else timedelta()
    said = (
        f"{found.waiting} wait, the oldest due is {_age(late)} late"
        if late
        else f"{found.waiting} wait, none is due"
    )
    if found.stopped or late <= DUE_LATE:
        return Finding("due messages", "ok", said)
    verdict: Verdict = "bad" if late > DUE_TOO_LATE else "warn"
    return Finding("due messages", verdict, said, "start more workers, and see that the provider answers")


def _count(name: str, many: int, do: str, least: int = 1) -> Finding:
    return Finding(name, "warn" if many >= least else "ok", str(many), do if many >= least else "")


def _age(age: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = max(int(age.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
