"""Gives a staff command its database connection (as the role staff), and its programme, found by its slug."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from sms_app import clock, sql
from sms_app.cli import hints
from sms_app.config import Config, ConfigError
from sms_app.database import unpooled_engine
from sms_app.programme import key_check, locks
from sms_app.vault import Vault

PROGRAMMES = "select id, slug, time_zone from programme where %(slug)s in ('', slug) order by slug"


@dataclass(frozen=True)
class StaffContext:
    """What a staff command works with: one transaction as the role staff, the keys, the programme, and the time."""

    conn: Connection
    vault: Vault
    programme_id: int
    now: datetime
    today: date


@dataclass(frozen=True)
class StoredProgramme:
    """A programme's row: its id, slug and time zone."""

    id: int
    slug: str
    time_zone: str


def config(process: str) -> Config:
    """The configuration from the environment; exits with code 1 and a sentence when a variable is wrong."""
    try:
        return Config.from_env(os.environ, process)
    except ConfigError as error:
        fail(hints.with_hints(error))


def fail(sentence: str) -> NoReturn:
    """Print what is wrong and what to do, and exit with code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


@contextmanager
def staff_context(slug: str, snapshot: bool = False) -> Iterator[StaffContext]:
    """A transaction as the role staff, committed at its end. Without a slug, the only programme is used. With
    `snapshot` all statements see what was stored when the first one began, and until the end nobody else changes people
    or gives study ids."""
    settings = config("staff")
    vault = Vault.parse(settings.keys)
    with unpooled_engine(settings.staff_database_url).connect() as conn, _transaction(conn, slug, snapshot):
        faults = key_check.faults(conn, vault)
        if faults:
            fail(hints.with_hints(key_check.KeysRefused(faults)))
        programme = only_programme(conn, slug)
        now = clock.now(settings.time_offset_s)
        today = now.astimezone(ZoneInfo(programme.time_zone)).date()
        yield StaffContext(conn, vault, programme.id, now, today)


@contextmanager
def _transaction(conn: Connection, slug: str, snapshot: bool) -> Iterator[None]:
    """A transaction, committed at its end. A snapshot begins only when nobody else changes people: it would not see a
    study id that another export gives meanwhile, and would give another one."""
    if snapshot:
        locks.hold_people(conn, only_programme(conn, slug).id)
        conn.commit()
        conn.execution_options(isolation_level="REPEATABLE READ")
    with conn.begin():
        yield


def only_programme(conn: Connection, slug: str) -> StoredProgramme:
    """The programme of a slug; without one the only programme. Exits with a sentence when there is none or several."""
    programmes = sql.rows(conn, PROGRAMMES, StoredProgramme, {"slug": slug})
    if not programmes:
        fail(f"There is no programme `{slug}` in the database." if slug else "There is no programme yet.")
    if len(programmes) > 1:
        fail("Say which programme with --programme: " + ", ".join(row.slug for row in programmes) + ".")
    return programmes[0]


def operator_name() -> str:
    """The login name of the person who runs the command, for the audit trail when --by is not given."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or f"uid {os.getuid()}"
