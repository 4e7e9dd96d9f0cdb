"""How a command reaches the database: as the staff's role, with the programme found by its slug."""

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

from sms_app import clock
from sms_app.cli import hints
from sms_app.config import Config, ConfigError
from sms_app.database import unpooled_engine
from sms_app.programme import key_check
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


def config(process: str) -> Config:
    """The environment's configuration, or one clear sentence and exit 1."""
    try:
        return Config.from_env(os.environ, process)
    except ConfigError as error:
        fail(hints.with_hints(error))


def fail(sentence: str) -> NoReturn:
    """Say what is wrong and what to do, and stop with exit code 1."""
    typer.echo(sentence, err=True)
    raise typer.Exit(1)


@contextmanager
def staff_context(slug: str) -> Iterator[StaffContext]:
    """A transaction as the role staff, committed at its end. Without a slug, of the only programme there is."""
    settings = config("staff")
    vault = Vault.parse(settings.keys)
    with unpooled_engine(settings.staff_database_url).begin() as conn:
        faults = key_check.faults(conn, vault)
        if faults:
            fail(hints.with_hints(key_check.KeysRefused(faults)))
        found = conn.exec_driver_sql(PROGRAMMES, {"slug": slug}).all()
        if not found:
            fail(f"There is no programme `{slug}` in the database." if slug else "There is no programme yet.")
        if len(found) > 1:
            fail("Say which programme with --programme: " + ", ".join(row.slug for row in found) + ".")
        now = clock.now(settings.time_offset_s)
        today = now.astimezone(ZoneInfo(found[0].time_zone)).date()
        yield StaffContext(conn, vault, found[0].id, now, today)


def someone() -> str:
    """Who gives the command, for the audit trail, unless --by says."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or f"uid {os.getuid()}"
