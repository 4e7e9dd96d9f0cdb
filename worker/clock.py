"""The clock: once a minute, what is due is done. Several may run; an advisory lock picks the one that ticks."""

from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, create_engine, delete, func, pool, text
from sqlalchemy.exc import SQLAlchemyError

from sms_app import clock
from sms_app.config import Config, sqlalchemy_url
from sms_app.models import NumberClaim, PinGuard, PinOpening, UssdEventSeen

TICK_S = 60
LEADER = 7_011_801
DIALOGUE_LASTS = timedelta(minutes=10)
GUARD_LASTS = timedelta(days=1)
log = structlog.get_logger("worker.clock")


def run(config: Config) -> None:
    """Tick at each full minute until SIGTERM or SIGINT. A tick that fails is logged, and the next one tries again."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    engine = _engine(config)
    while not stop.is_set():
        try:
            tick(engine, clock.now(config.time_offset_s))
        except SQLAlchemyError as error:
            # the class and SQLSTATE only: the text carries rows
            log.error("tick failed", error=type(error).__name__, sqlstate=_sqlstate(error))
        stop.wait(TICK_S - clock.now(config.time_offset_s).timestamp() % TICK_S)


def tick_once(config: Config) -> None:
    """One tick, now. Raises SQLAlchemyError."""
    tick(_engine(config), clock.now(config.time_offset_s))


def tick(engine: Engine, now: datetime) -> bool:
    """Do what is due at `now`; False when another clock is at it."""
    with engine.begin() as conn:
        if not conn.execute(text("select pg_try_advisory_xact_lock(:key)"), {"key": LEADER}).scalar():
            return False
        sweep(conn, now)
    return True


def sweep(conn: Connection, now: datetime) -> None:
    """Delete what has had its time: dialogues ten minutes after their last hop, END or not; codes that expired."""
    conn.execute(text("select sweep_dialogues(:last_kept)"), {"last_kept": now - DIALOGUE_LASTS})
    conn.execute(delete(UssdEventSeen).where(UssdEventSeen.seen_at <= now - DIALOGUE_LASTS))
    conn.execute(delete(PinOpening).where(PinOpening.expires_at <= now))
    conn.execute(delete(NumberClaim).where(NumberClaim.expires_at <= now))
    old = PinGuard.tried_on < (now - GUARD_LASTS).date()
    free = func.coalesce(PinGuard.locked_until, now - GUARD_LASTS) <= now - GUARD_LASTS
    conn.execute(delete(PinGuard).where(old, free))


def _engine(config: Config) -> Engine:
    return create_engine(
        sqlalchemy_url(config.worker_database_url), poolclass=pool.NullPool, hide_parameters=True
    )


def _sqlstate(error: SQLAlchemyError) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
