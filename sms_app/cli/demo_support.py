"""What `sms-app up` makes for the demo's support console: two invented caseworkers with keys, a signed roster, a rota,
and the page. In a real programme nobody has all of these in one place."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from sqlalchemy import Connection

from sms_app.accounts.secret import Secret
from sms_app.channel.demo_numbers import BLOCK
from sms_app.cli.support_keys import pin
from sms_app.config import PREFIX, Config
from sms_app.private import recipients, roster, rosters, sealing, wrapping
from sms_app.private.console import accounts
from sms_app.private.page import build
from sms_app.private.roster import Roster, RosterError
from sms_app.private.rosters import StoredRoster
from sms_app.programme import numbers
from sms_app.programme.numbers import Number
from sms_app.programme.settings import Programme
from sms_app.programme.support import is_working_day
from sms_app.vault import Vault

FILE, PAGE = "demo-support.json", "support-page.html"
EMAILS = ("first@caseworkers.example", "second@caseworkers.example")
DUTY_NUMBERS = (f"{BLOCK}9998", f"{BLOCK}9999")
VALID, RENEWED_BEFORE, ROTA_DAYS = timedelta(days=180), timedelta(days=30), 98
KEYS_GONE = (
    "Confidential support is off: this database has caseworkers, and their keys are not in {file}. Start with the data"
    " folder in which this demo was made, copy that file from it, or take an empty database."
)
ON_DUTY = """
insert into duty_day (programme_id, day, caseworker, phone_number_id, signed_in)
select %(programme)s, day, '1', %(phone)s, true from unnest(%(days)s::date[]) day
on conflict do nothing
"""


@dataclass(frozen=True)
class DemoCaseworker:
    """What a caseworker of the demo signs in with and opens requests with."""

    email: str
    password: str
    totp_secret: str
    passphrase: str
    key: str


@dataclass(frozen=True)
class DemoSupport:
    """The secrets of the demo's support console; the keys are private values in hexadecimal."""

    roster_key: str
    recovery_key: str
    caseworkers: tuple[DemoCaseworker, ...]

    def pins(self, programme: str) -> str:
        roster_key, recovery_key = (
            sealing.to_text(_public(key)) for key in (self.roster_key, self.recovery_key)
        )
        return pin(programme, 1, roster_key, recovery_key)


def prepare(
    conn: Connection, settings: Config, programme: Programme, programme_id: int, place: Path, now: datetime
) -> Mapping[str, str]:
    """Make what is missing, in the caller's transaction as the owner; gives the variables of `DIR/env`.

    Without the file of the keys that the database's roster has, it says so and gives none: then help is off. The
    secrets are written before the caller commits: after a killed start they are made again, or are in the file."""
    if programme.support is None:
        return {}
    today = now.astimezone(ZoneInfo(programme.time_zone)).date()
    file = place / FILE
    vault = Vault.parse(settings.keys)
    if accounts.of_programme(conn, programme_id):
        read = _read(file)
        if read is None:
            typer.echo(KEYS_GONE.format(file=file), err=True)
            return {}
        support = read
    else:
        support = _make(conn, settings, vault, programme, programme_id, now)
        _write(file, json.dumps(asdict(support), indent=1))
    _renew_roster(conn, support, programme.slug, programme_id, today)
    phone = numbers.find_or_add(conn, vault, Number(programme_id, DUTY_NUMBERS[0]))
    near = (today - timedelta(days=7) + timedelta(days=n) for n in range(ROTA_DAYS))
    days = [day for day in near if is_working_day(programme.calendar, day)]
    conn.exec_driver_sql(ON_DUTY, {"programme": programme_id, "phone": phone, "days": days})
    page = build.page(
        programme.slug, programme.time_zone, _public(support.roster_key), _public(support.recovery_key)
    )
    _write(place / PAGE, page)
    logins = {
        f"DEMO_LOGIN_CASEWORKER_{n}": f"{worker.email} {worker.password} {worker.totp_secret} {worker.passphrase}"
        for n, worker in enumerate(support.caseworkers, 1)
    }
    return {
        f"{PREFIX}SUPPORT_PINS": support.pins(programme.slug),
        "SUPPORT_PAGE": str(place / PAGE),
        **logins,
    }


def _renew_roster(
    conn: Connection, support: DemoSupport, programme: str, programme_id: int, today: date
) -> None:
    """Sign and store a roster when there is none, or none that will be accepted for long."""
    pins = recipients.parse_pins(support.pins(programme))[programme]
    stored = rosters.newest(conn, programme_id, programme, pins)
    try:
        if stored is not None:
            stored.roster.check_day(today + RENEWED_BEFORE)
            return
    except RosterError:
        pass
    version = 1 if stored is None else stored.roster.version + 1
    keys = {str(n): _public(worker.key) for n, worker in enumerate(support.caseworkers, 1)}
    value = Roster(programme, version, today + VALID, keys, pins.recovery_key)
    signed = roster.sign(value, _private(support.roster_key), today)
    rosters.store(conn, programme_id, StoredRoster(value, signed), today)


def _make(
    conn: Connection, settings: Config, vault: Vault, programme: Programme, programme_id: int, now: datetime
) -> DemoSupport:
    secret, today = Secret(settings.support_secret), now.astimezone(ZoneInfo(programme.time_zone)).date()
    workers = []
    # the second one has kin in a sector, so that the demo shows how a request is handed over
    kins = ((), tuple(programme.sectors)[-1:])
    for email, number, kin in zip(EMAILS, DUTY_NUMBERS, kins, strict=True):
        phone = numbers.find_or_add(conn, vault, Number(programme_id, number))
        password = wrapping.new_passphrase().replace(" ", "-")
        given = accounts.add(conn, secret, programme_id, email, now, today, phone, password)
        caseworker = accounts.by_code(conn, programme_id, given.code)
        assert caseworker is not None
        key, passphrase = sealing.new_key(), wrapping.new_passphrase()
        wrapped = wrapping.wrap(key, kin, passphrase, programme.slug, given.code)
        public = sealing.public_bytes(key.public_key())
        accounts.store_key(conn, caseworker, json.dumps(wrapped), public, now, today)
        workers.append(DemoCaseworker(email, password, given.totp_secret, passphrase, _written(key)))
    return DemoSupport(_written(sealing.new_key()), _written(sealing.new_key()), tuple(workers))


def _written(key: EllipticCurvePrivateKey) -> str:
    return f"{key.private_numbers().private_value:064x}"


def _read(file: Path) -> DemoSupport | None:
    """The secrets of an earlier start; None when the file is missing or damaged."""
    try:
        values = json.loads(file.read_text())
        workers = tuple(DemoCaseworker(**worker) for worker in values["caseworkers"])
        support = DemoSupport(values["roster_key"], values["recovery_key"], workers)
        for key in (support.roster_key, support.recovery_key, *(worker.key for worker in workers)):
            _private(key)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return support


def _private(key: str) -> EllipticCurvePrivateKey:
    return derive_private_key(int(key, 16), SECP256R1())


def _public(key: str) -> bytes:
    return sealing.public_bytes(_private(key).public_key())


def _write(file: Path, text: str) -> None:
    """Replace a private file by renaming a complete one."""
    half = file.with_name(f"{file.name}.half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)
