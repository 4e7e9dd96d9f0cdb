"""Caseworkers' accounts: made, given a new password and withdrawn by a command; checked by the console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.accounts import passwords, second_factor
from sms_app.accounts.secret import Secret, SecretError
from sms_app.private import audit
from sms_app.private.console import guard
from sms_app.private.console.words import Fault
from sms_app.private.sealing import fingerprint

CODES = "123456789"
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
ADD = """
insert into private.caseworker (id, programme_id, code, email, password, password_once, totp_sealed, totp_counter,
  phone_number_id, created_on)
values (%(id)s, %(programme)s, %(code)s, %(email)s, %(password)s, %(once)s, %(totp)s, 0, %(phone)s, %(today)s)
"""
BY_EMAIL = "select * from private.caseworker_now where email = %(email)s"
BY_CODE = "select * from private.caseworker_now where programme_id = %(programme)s and code = %(code)s"
BY_ID = "select * from private.caseworker_now where id = %(caseworker)s"
OF_PROGRAMME = "select * from private.caseworker_now where programme_id = %(programme)s order by code"
HASH = "select password from private.caseworker where id = %(caseworker)s"
FACTOR = """
select totp_sealed as sealed, totp_counter as last from private.caseworker where id = %(caseworker)s for update
"""
USED = "update private.caseworker set totp_counter = %(step)s where id = %(caseworker)s"
SET_HASH = """
update private.caseworker set password = %(password)s, password_once = %(once)s where id = %(caseworker)s
"""
SET_FACTOR = (
    "update private.caseworker set totp_sealed = %(totp)s, totp_counter = 0 where id = %(caseworker)s"
)
USED_CODES = "select distinct code from private.caseworker where programme_id = %(programme)s"
# the key of now, unless it is the new one
WITHDRAW_REPLACED = """
insert into private.withdrawn_key (programme_id, fingerprint, withdrawn_on)
select programme_id, sha256(public_key), %(today)s from private.caseworker
where id = %(caseworker)s and public_key <> %(public)s
on conflict do nothing
"""
IS_WITHDRAWN = """
select from private.withdrawn_key where programme_id = %(programme)s and fingerprint = %(fingerprint)s
"""
SET_KEY = """
update private.caseworker set wrapped_key = %(wrapped)s, public_key = %(public)s where id = %(caseworker)s
"""
DISABLE = """
update private.caseworker set disabled_on = %(today)s, wrapped_key = null where id = %(caseworker)s
"""
WITHDRAW_KEY = """
insert into private.withdrawn_key (programme_id, fingerprint, withdrawn_on)
values (%(programme)s, %(fingerprint)s, %(today)s)
on conflict do nothing
"""
SET_NUMBER = "update private.caseworker set phone_number_id = %(phone)s where id = %(caseworker)s"
DUTY_NUMBER = """
update duty_day set phone_number_id = %(phone)s
where programme_id = %(programme)s and caseworker = %(code)s and day >= %(today)s
"""
END_SESSIONS = "delete from private.caseworker_session where caseworker_id = %(caseworker)s"
END_DUTY = "delete from duty_day where programme_id = %(programme)s and caseworker = %(code)s"
RELEASE = "select release_requests(%(caseworker)s, %(today)s)"
ISSUER = "sms-app support"
"""How authenticators call the console."""


class AccountError(Fault):
    """An account can't be made or changed; it says why, to the person who types the command or the form."""


class WrongPassword(AccountError):
    """The password of now is another one."""


@dataclass(frozen=True)
class Caseworker:
    """An active account, a row of the view `caseworker_now`. `code` is the caseworker's in the roster.

    `password_once`: the password must be replaced. `wrapped_key` is the JSON from the opening page; it and `public_key`
    are None before the key is made."""

    id: UUID
    programme_id: int
    slug: str
    code: str
    email: str
    password_once: bool
    wrapped_key: str | None
    public_key: bytes | None
    phone_number_id: UUID | None


@dataclass(frozen=True)
class Credentials:
    """What a new or renewed account signs in with; it is shown once."""

    code: str
    password: str
    totp_secret: str


@dataclass(frozen=True)
class _Factor:
    sealed: bytes
    last: int


def add(
    conn: Connection,
    secret: Secret,
    programme_id: int,
    email: str,
    now: datetime,
    today: date,
    phone: UUID | None = None,
    password: str = "",
) -> Credentials:
    """Make an account with the next code that nobody ever had, or else the next free one: the outcomes of requests name
    the code. Without a password it gets one that must be replaced at the first sign-in. Raises AccountError."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise AccountError("no_email", email=email)
    if sql.one(conn, BY_EMAIL, Caseworker, {"email": email}) is not None:
        raise AccountError("known_email")
    taken = {colleague.code for colleague in of_programme(conn, programme_id)}
    used = set(conn.exec_driver_sql(USED_CODES, {"programme": programme_id}).scalars())
    code = next((code for code in sorted(CODES, key=used.__contains__) if code not in taken), None)
    if code is None:
        raise AccountError("too_many", count=len(CODES))
    given = Credentials(code, password or passwords.new(), second_factor.new_secret())
    id_ = uuid4()
    values = {
        "id": id_,
        "programme": programme_id,
        "code": code,
        "email": email,
        "password": passwords.hashed(given.password),
        "once": not password,
        "totp": secret.seal(given.totp_secret, id_),
        "phone": phone,
        "today": today,
    }
    conn.exec_driver_sql(ADD, values)
    audit.append(conn, programme_id, audit.BY_COMMAND, "add_caseworker", now, code)
    return given


def renew(conn: Connection, secret: Secret, caseworker: Caseworker, now: datetime) -> Credentials:
    """Give an account a new password and second factor, end its sessions and its lock: for a caseworker who lost one
    of them, or whom wrong tries of others lock out. The wrapped key stays."""
    given = Credentials(caseworker.code, passwords.new(), second_factor.new_secret())
    _set_password(conn, caseworker.id, given.password, once=True)
    sealed = secret.seal(given.totp_secret, caseworker.id)
    conn.exec_driver_sql(SET_FACTOR, {"caseworker": caseworker.id, "totp": sealed})
    conn.exec_driver_sql(END_SESSIONS, {"caseworker": caseworker.id})
    guard.clear_account(conn, secret, caseworker.email)
    audit.append(conn, caseworker.programme_id, audit.BY_COMMAND, "renew_caseworker", now, caseworker.code)
    return given


def withdraw(conn: Connection, caseworker: Caseworker, now: datetime, today: date) -> None:
    """Close an account for good: end its sessions, destroy its wrapped key, withdraw its public key, hand over
    the requests that it took, and take it off duty, also today."""
    conn.exec_driver_sql(DISABLE, {"caseworker": caseworker.id, "today": today})
    conn.exec_driver_sql(END_SESSIONS, {"caseworker": caseworker.id})
    conn.exec_driver_sql(RELEASE, {"caseworker": caseworker.id, "today": today})
    conn.exec_driver_sql(END_DUTY, {"programme": caseworker.programme_id, "code": caseworker.code})
    if caseworker.public_key is not None:
        key = {"programme": caseworker.programme_id, "fingerprint": fingerprint(bytes(caseworker.public_key))}
        conn.exec_driver_sql(WITHDRAW_KEY, {**key, "today": today})
    audit.append(conn, caseworker.programme_id, audit.BY_COMMAND, "withdraw_caseworker", now, caseworker.code)


def set_number(conn: Connection, caseworker: Caseworker, phone: UUID, now: datetime, today: date) -> None:
    """Give an account the number of the duty text, also for the days of the rota from today on."""
    conn.exec_driver_sql(SET_NUMBER, {"caseworker": caseworker.id, "phone": phone})
    own = {"programme": caseworker.programme_id, "code": caseworker.code}
    conn.exec_driver_sql(DUTY_NUMBER, {**own, "phone": phone, "today": today})
    audit.append(conn, caseworker.programme_id, audit.BY_COMMAND, "set_number", now, caseworker.code)


def by_code(conn: Connection, programme_id: int, code: str) -> Caseworker | None:
    """The active caseworker of a programme with this code."""
    return sql.one(conn, BY_CODE, Caseworker, {"programme": programme_id, "code": code})


def by_id(conn: Connection, id_: UUID) -> Caseworker | None:
    """The active caseworker with this id."""
    return sql.one(conn, BY_ID, Caseworker, {"caseworker": id_})


def of_programme(conn: Connection, programme_id: int) -> list[Caseworker]:
    """The active caseworkers of a programme, by code."""
    return sql.rows(conn, OF_PROGRAMME, Caseworker, {"programme": programme_id})


def with_password(conn: Connection, email: str, password: str) -> Caseworker | None:
    """The active caseworker with this e-mail address, if the password is theirs."""
    caseworker = sql.one(conn, BY_EMAIL, Caseworker, {"email": email})
    stored = passwords.NOBODYS if caseworker is None else password_of(conn, caseworker)
    return caseworker if passwords.is_password(stored, password) else None


def password_of(conn: Connection, caseworker: Caseworker) -> str:
    """The hash of an account's password."""
    return str(conn.exec_driver_sql(HASH, {"caseworker": caseworker.id}).scalar_one())


def use_code(conn: Connection, secret: Secret, caseworker: Caseworker, typed: str, now: datetime) -> bool:
    """Accept a code of the second factor, once. `now` is the telephone's time."""
    factor = sql.one(conn, FACTOR, _Factor, {"caseworker": caseworker.id})
    if factor is None:
        return False
    try:
        opened = secret.open(bytes(factor.sealed), caseworker.id)
    except SecretError:
        return False
    step = second_factor.accepted(opened, typed, factor.last, now)
    if step is None:
        return False
    conn.exec_driver_sql(USED, {"caseworker": caseworker.id, "step": step})
    return True


def change_password(
    conn: Connection, caseworker: Caseworker, old: str, new: str, again: str, now: datetime
) -> None:
    """Replace the password, as the caseworker asks. Raises AccountError; WrongPassword, which the caller counts, when
    `old` is another one."""
    if not passwords.is_password(password_of(conn, caseworker), old):
        raise WrongPassword("wrong_old_password")
    if new != again:
        raise AccountError("passwords_differ")
    if not passwords.SHORTEST <= len(new) <= passwords.LONGEST:
        raise AccountError("short_password", count=passwords.SHORTEST)
    if new == old:
        raise AccountError("same_password")
    _set_password(conn, caseworker.id, new, once=False)
    audit.append(conn, caseworker.programme_id, caseworker.code, "change_password", now)


def store_key(
    conn: Connection, caseworker: Caseworker, wrapped: str, public: bytes, now: datetime, today: date
) -> None:
    """Store the key that the caseworker made in the opening page, and withdraw the one before, which nobody can unwrap
    any more. Raises AccountError for a key that was withdrawn."""
    new = {"programme": caseworker.programme_id, "fingerprint": fingerprint(public)}
    if conn.exec_driver_sql(IS_WITHDRAWN, new).rowcount:
        raise AccountError("withdrawn_key")
    replaced = {"caseworker": caseworker.id, "public": public, "today": today}
    conn.exec_driver_sql(WITHDRAW_REPLACED, replaced)
    conn.exec_driver_sql(SET_KEY, {"caseworker": caseworker.id, "wrapped": wrapped, "public": public})
    subject = fingerprint(public).hex()
    audit.append(conn, caseworker.programme_id, caseworker.code, "store_key", now, subject)


def _set_password(conn: Connection, caseworker: UUID, password: str, once: bool) -> None:
    values = {"caseworker": caseworker, "password": passwords.hashed(password), "once": once}
    conn.exec_driver_sql(SET_HASH, values)
