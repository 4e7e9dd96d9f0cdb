"""The clock does once a minute what is due. Several clocks may run; a lock decides which of them ticks."""

from __future__ import annotations

import signal
import threading
from datetime import date, datetime, timedelta

import structlog
from psycopg.errors import LockNotAvailable
from redis.exceptions import RedisError
from sqlalchemy import Connection, Engine, delete, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from sms_app import clock
from sms_app.config import Config
from sms_app.database import log_failure, unpooled_engine
from sms_app.messaging import changes, duty, outbox, reports, sending_figures
from sms_app.messaging.broadcasts import weekly
from sms_app.messaging.changes import Plan
from sms_app.messaging.coaches import planning as summaries
from sms_app.messaging.reminders import corrections
from sms_app.messaging.reminders import planning as reminders
from sms_app.models import NumberClaim, PinOpening
from sms_app.models.ussd import DIALOGUE_LASTS, touched_minute
from sms_app.programme import numbers, pins, roll, training
from sms_app.programme.loaded import LoadedProgramme
from worker import heartbeat, programmes
from worker.queue import WakeQueue, connect, queue, wake

TICK_S = 60
GIVE_UP_SOON = "set local lock_timeout = '200ms'"
# Who may not update or delete heartbeats can't take this lock, as opposed to an advisory one, and so can't stop the
# clock. Neither can a dump, nor who reads or writes heartbeats.
LEAD = "lock table heartbeat in share update exclusive mode"
# a row that is dated later than an open dialogue can be comes from a clock that was wrong
SWEEP_DIALOGUES = "select sweep_dialogues(:over, :ahead)"
SWEEP_SEEN = "select sweep_seen(:last_event, :last_text)"
REWRITE_REQUESTS = "select rewrite_requests()"
PURGE_REQUESTS = "select purge_requests(:today)"
# what the rewrite writes is not in the snapshot of a dump that began before, and what it truncates is gone there too
DUMPS = """
select exists (select from pg_stat_activity where datname = current_database() and application_name = 'pg_dump')
"""
REWRITE_EVERY_MINUTES = 10
INBOUND_LASTS = timedelta(days=1)
PLANS = (
    Plan("reminders", reminders.plan, reminders.READS),
    Plan("corrections", corrections.plan, corrections.READS),
    Plan("summaries", summaries.plan, summaries.READS),
    Plan("duty", duty.plan, duty.READS),
)
WORTH_COUNTING = 5000
log = structlog.get_logger("worker.clock")


def run(config: Config) -> None:
    """Tick at each full minute until SIGTERM or SIGINT. A tick that fails is logged, and the next tick tries again."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    engine, waiting, led = (
        unpooled_engine(config.worker_database_url),
        queue(connect(config.redis_url)),
        False,
    )
    while not stop.is_set():
        try:
            # When this process leads for the first time, all plans run: another version may have run them before.
            led |= tick(engine, waiting, config, clock.now(config.time_offset_s), force_plans=not led)
        except Exception as error:
            log_failure(log, "tick failed", error)
        stop.wait(TICK_S - clock.now(config.time_offset_s).timestamp() % TICK_S)
    waiting.connection.close()


def tick_once(config: Config) -> None:
    """Tick once, now, after any other clock's tick has ended. Raises SQLAlchemyError."""
    redis = connect(config.redis_url)
    engine = unpooled_engine(config.worker_database_url)
    tick(engine, queue(redis), config, clock.now(config.time_offset_s), wait=True, force_plans=True)
    redis.close()


def tick(
    engine: Engine,
    waiting: WakeQueue,
    config: Config,
    now: datetime,
    *,
    wait: bool = False,
    force_plans: bool = False,
) -> bool:
    """Do what is due at `now`, each step in a transaction of its own. False when another clock is ticking, for which
    it may `wait`.

    With `force_plans` every plan runs, whether or not anything changed."""
    with engine.begin() as leader:
        if not _leads(leader, wait):
            return False
        swept = sweep_dialogues(engine, now)
        rewrite_requests(engine, now)
        with engine.begin() as conn:
            sweep(conn, now)
        with engine.begin() as conn:
            loaded = programmes.loaded(conn, config)
        with engine.begin() as conn:
            changes.mark(conn, [programme.id for programme in loaded], PLANS)
        for programme in loaded:
            # an error in a programme does not stop the others
            try:
                _plan_and_queue(engine, waiting, programme, now, force_plans)
            except Exception as error:
                log_failure(log, "planning a programme failed", error, programme=programme.id)
        with engine.begin() as conn:
            heartbeat.record(conn, sending_figures.CLOCK, now)
        if not swept:
            # a second try; after that the next tick does it
            sweep_dialogues(engine, now)
    return True


def _leads(leader: Connection, wait: bool) -> bool:
    """Take the lock of the clock that ticks, until the transaction ends; False when another clock has it."""
    try:
        if not wait:
            leader.exec_driver_sql(GIVE_UP_SOON)
        leader.exec_driver_sql(LEAD)
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        leader.rollback()
        return False
    return True


def _plan_and_queue(
    engine: Engine, waiting: WakeQueue, programme: LoadedProgramme, now: datetime, force_plans: bool
) -> None:
    """Fix the lists of sessions that have begun, run a programme's plans, queue its due messages, and wake workers for
    them."""
    with engine.begin() as conn:
        roll.fix_lists(conn, programme.id, now)
    for plan in PLANS:
        try:
            with engine.begin() as conn:
                changes.run_if_due(conn, programme, plan, now, force=force_plans)
        except Exception as error:
            # messages that are planned already are sent all the same
            log_failure(log, "a plan failed", error, programme=programme.id, plan=plan.name)
    try:
        with engine.begin() as conn:
            weekly.make_due(conn, programme, now)
    except Exception as error:
        log_failure(log, "weekly broadcasts failed", error, programme=programme.id)
    with engine.begin() as conn:
        outbox.release(conn, programme.id, now)
        due = outbox.count_due(conn, programme.id, now, WORTH_COUNTING)
    try:
        wake(waiting, programme.id, due)
    except RedisError as error:
        # nothing is lost: the rows are stored, and the next tick tries again
        log_failure(log, "no worker could be woken", error)


def sweep_dialogues(engine: Engine, now: datetime) -> bool:
    """Delete dialogues that are over, with or without END, and marks of notifications and texts that were seen; False
    when that was not possible now.

    The sweep moves the remaining rows to a new file. For that it locks the table, and every hop waits. So it soon gives
    up when another transaction holds the table, such as a dump. A plain delete would leave the old rows in the file,
    and the next sweep would not know of them."""
    over = now - DIALOGUE_LASTS
    swept = _run_soon(engine, SWEEP_DIALOGUES, over=over, ahead=touched_minute(now + DIALOGUE_LASTS))
    seen_swept = _run_soon(engine, SWEEP_SEEN, last_event=over, last_text=now - INBOUND_LASTS)
    if swept:
        with engine.begin() as conn:
            heartbeat.record(conn, sending_figures.SWEEP, now)
    return swept and seen_swept


def rewrite_requests(engine: Engine, now: datetime) -> bool:
    """Every ten minutes, destroy the requests for support whose time is over, move the new ones, and write all anew in
    random order, whether or not there is one. False when that was not possible, or while a dump runs, which would have
    no requests; then the next tick tries again."""
    slot = now.replace(minute=now.minute - now.minute % REWRITE_EVERY_MINUTES, second=0, microsecond=0)
    with engine.connect() as conn:
        last = heartbeat.last(conn, sending_figures.REWRITE)
        dumps = conn.exec_driver_sql(DUMPS).scalar()
    if last is not None and slot <= last <= now:
        return True
    if dumps:
        log.info("the requests are not rewritten while a dump runs")
        return False
    # before the rewrite, which leaves nothing of a deleted row in the table's file
    purged = _run_soon(engine, PURGE_REQUESTS, today=now.date())
    if not (_run_soon(engine, REWRITE_REQUESTS) and purged):
        return False
    with engine.begin() as conn:
        heartbeat.record(conn, sending_figures.REWRITE, now)
    return True


def _run_soon(engine: Engine, statement: str, **values: date) -> bool:
    """Run a function that locks its tables for a moment; False when another transaction holds one."""
    try:
        with engine.begin() as conn:
            conn.exec_driver_sql(GIVE_UP_SOON)
            conn.execute(text(statement), values)
    except SQLAlchemyError as error:
        log_failure(log, "a table could not be locked", error)
        return False
    return True


def sweep(conn: Connection, now: datetime) -> None:
    """Delete or end everything else that is over: expired codes, claims that a worker left behind, messages that are
    too late, old bodies and reports."""
    conn.execute(delete(PinOpening).where(PinOpening.expires_at <= now))
    conn.execute(delete(NumberClaim).where(NumberClaim.expires_at <= now))
    pins.forget(conn, now)
    reports.settle(conn, outbox.sweep_claims(conn, now))
    reports.settle_late(conn, now)
    outbox.expire(conn, now)
    outbox.forget(conn, now)
    training.forget_unmatched(conn, now)
    numbers.forget(conn, now)
    heartbeat.forget(conn, now)
