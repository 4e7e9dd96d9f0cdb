"""Readiness of sending: the clock, the workers, the sending switch, and the messages of the last day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from sms_app.cli.readiness.finding import Finding, Verdict
from sms_app.messaging import sending_figures, sending_switch
from sms_app.messaging.sending_figures import Figures

HEARTBEAT_LATE = timedelta(minutes=3)
SWEEP_LATE = timedelta(minutes=5)
REWRITE_LATE, REWRITE_AHEAD = timedelta(minutes=15), timedelta(minutes=1)
DUE_LATE, DUE_TOO_LATE = timedelta(minutes=5), timedelta(minutes=30)


def check_sending(conn: Connection, now: datetime) -> Iterator[Finding]:
    """The clock, the workers, the sending switch, and the statuses of messages."""
    figures = sending_figures.figures(conn, now)
    yield _clock(figures.clock_beat, now)
    yield _swept(figures.swept, now)
    yield _rewritten(figures.rewritten, now)
    yield _workers(sending_figures.worker_beats(conn, now), now)
    yield _switch(sending_switch.state(conn))
    yield _oldest(figures, now)
    unknown, expired = figures.by_status.get("unknown", 0), figures.by_status.get("expired", 0)
    yield _count(
        "unknown messages",
        unknown,
        "the provider may or may not have sent them, so they are not sent again:"
        " compare with its own list, and ask it when there are many",
    )
    yield _count(
        "expired messages",
        expired,
        "they were not sent in time: make sure that the clock and the workers run all the time",
    )
    yield _count(
        "reports unmatched",
        figures.unmatched,
        "reports for messages that are not ours, or whose id we never got:"
        " check that no other service uses this account",
        least=100,
    )


def _clock(heartbeat: datetime | None, now: datetime) -> Finding:
    start = "start it (`sms-app clock`); messages that have expired are not sent"
    if heartbeat is None:
        return Finding("clock", "bad", "has never ticked", start)
    if heartbeat - now > HEARTBEAT_LATE:
        return Finding(
            "clock",
            "bad",
            "ticked in the future",
            "set the same time and the same SMS_APP_TIME_OFFSET_S on all machines",
        )
    if now - heartbeat > HEARTBEAT_LATE:
        return Finding("clock", "bad", f"last ticked {_age(now - heartbeat)} ago", start)
    return Finding("clock", "ok", f"last ticked {_age(now - heartbeat)} ago")


def _swept(swept_at: datetime | None, now: datetime) -> Finding:
    if swept_at is not None and now - swept_at <= SWEEP_LATE:
        return Finding("sweep of dialogues", "ok", f"{_age(now - swept_at)} ago")
    result = "never" if swept_at is None else f"{_age(now - swept_at)} ago"
    return Finding(
        "sweep of dialogues",
        "bad",
        result,
        "start the clock; if it ticks, another connection holds the table `ussd_dialogue`, for example"
        " a dump that includes it: docs/operations.md says how to find and end that",
    )


def _rewritten(at: datetime | None, now: datetime) -> Finding:
    if at is not None and -REWRITE_AHEAD <= now - at <= REWRITE_LATE:
        return Finding("rewrite of requests", "ok", f"{_age(now - at)} ago")
    result = "never" if at is None else f"{_age(now - at)} ago" if at <= now else "in the future"
    return Finding(
        "rewrite of requests",
        "bad",
        result,
        'the console gives no download, and a "do not call me" waits: start the clock; if it ticks, another connection'
        " holds a table behind the wall, for example a dump: docs/operations.md says how to find and end that",
    )


def _workers(heartbeats: list[datetime], now: datetime) -> Finding:
    alive = sum(abs(now - heartbeat) <= HEARTBEAT_LATE for heartbeat in heartbeats)
    if not alive:
        return Finding("workers", "bad", "none is alive", "start one: `sms-app worker`")
    return Finding("workers", "ok", f"{alive} alive")


def _switch(state: sending_switch.SwitchState) -> Finding:
    if not state.stopped:
        return Finding("sending", "ok", "on")
    since = f" at {state.changed_at:%Y-%m-%d %H:%M} UTC" if state.changed_at else ""
    result = f"stopped by {state.changed_by}{since}: {state.reason}"
    if state.changed_by == sending_switch.PROVIDER:
        remedies = {
            "no_balance": "pay in at the provider",
            "bad_key": "set the right SMS_APP_PROVIDER_API_KEY",
        }
        first = remedies.get(state.reason, "fix it at the provider")
        return Finding("sending", "bad", result, f"{first}, then `sms-app sending start`")
    return Finding("sending", "warn", result, "`sms-app sending start` when messages may go again")


def _oldest(figures: Figures, now: datetime) -> Finding:
    late = now - figures.oldest_due if figures.oldest_due else timedelta()
    result = (
        f"{figures.waiting} wait, the oldest due is {_age(late)} late"
        if late
        else f"{figures.waiting} wait, none is due"
    )
    if figures.stopped or late <= DUE_LATE:
        return Finding("due messages", "ok", result)
    verdict: Verdict = "bad" if late > DUE_TOO_LATE else "warn"
    return Finding("due messages", verdict, result, "start more workers, and check that the provider answers")


def _count(name: str, many: int, do: str, least: int = 1) -> Finding:
    return Finding(name, "warn" if many >= least else "ok", str(many), do if many >= least else "")


def _age(age: timedelta) -> str:
    """A duration in its largest unit."""
    seconds = max(int(age.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
