"""The console's accounts: made, reset and disabled by a command; checked at the sign-in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.accounts import passwords, second_factor
from sms_app.accounts.secret import Secret, SecretError
from sms_app.console.access import ROLES
from sms_app.console.accounts import recovery
from sms_app.console.settings import LANGUAGES
from sms_app.console.tables import GUARDS, SESSIONS, Account
from sms_app.programme import audit

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
ISSUER = "sms-app console"
"""How authenticators call the console."""
ADD = """
insert into account (id, programme_id, email, role, language, password, password_once, totp_sealed, totp_counter,
  created_on)
values (%(id)s, %(programme)s, %(email)s, %(role)s, %(language)s, %(password)s, %(once)s, %(totp)s, 0, %(today)s)
"""
BY_EMAIL = "select * from account_now where email = %(email)s"
BY_ID = "select * from account_now where id = %(account)s"
OF_PROGRAMME = """
select a.id, a.email, a.role, a.password_once, (
  select count(*) from account_session s
  where s.account_id = a.id and s.seen_at > %(idle)s and s.began_at > %(longest)s) as sessions
from account_now a where a.programme_id = %(programme)s order by a.email
"""
HASH = "select password from account where id = %(account)s"
FACTOR = "select totp_sealed as sealed, totp_counter as last from account where id = %(account)s for update"
USED = "update account set totp_counter = %(step)s where id = %(account)s"
SET_HASH = "update account set password = %(password)s, password_once = %(once)s where id = %(account)s"
SET_FACTOR = "update account set totp_sealed = %(totp)s, totp_counter = 0 where id = %(account)s"
SET_LANGUAGE = "update account set language = %(language)s where id = %(account)s"
DISABLE = "update account set disabled_on = %(today)s where id = %(account)s"


class AccountError(Exception):
    """An account can't be made or changed. `key` is the console's sentence that says why; the text is in English, for
    the person who types a command."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class WrongPassword(AccountError):
    """The password of now is another one."""


@dataclass(frozen=True)
class Credentials:
    """What a new or reset account signs in with; it is shown once."""

    email: str
    password: str
    totp_secret: str
    recovery_codes: Sequence[str]


@dataclass(frozen=True)
class Listed:
    """An active account in the administrator's list; `sessions` counts where it is signed in now."""

    id: UUID
    email: str
    role: str
    password_once: bool
    sessions: int


@dataclass(frozen=True)
class _Factor:
    sealed: bytes
    last: int


def add(
    conn: Connection,
    secret: Secret,
    programme_id: int,
    email: str,
    role: str,
    language: str,
    who: str,
    now: datetime,
    today: date,
    password: str = "",
) -> Credentials:
    """Make an account. Without a password it gets one that must be replaced at the first sign-in. Raises
    AccountError."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise AccountError("account.no_email", f"`{email}` is no e-mail address.")
    if role not in ROLES:
        raise AccountError("account.no_role", f"`{role}` is no role: it is one of {', '.join(ROLES)}.")
    if language not in LANGUAGES:
        raise AccountError("account.no_language", f"`{language}`: the console has {', '.join(LANGUAGES)}.")
    if by_email(conn, email) is not None:
        raise AccountError("account.exists", "There is an account with this e-mail address already.")
    id_, given = uuid4(), password or passwords.new()
    totp_secret = second_factor.new_secret()
    values = {
        "id": id_,
        "programme": programme_id,
        "email": email,
        "role": role,
        "language": language,
        "password": passwords.hashed(given),
        "once": not password,
        "totp": secret.seal(totp_secret, id_),
        "today": today,
    }
    conn.exec_driver_sql(ADD, values)
    codes = recovery.renew(conn, secret, id_)
    audit.record(conn, programme_id, who, "add_account", "account", id_, now)
    return Credentials(email, given, totp_secret, codes)


def reset(conn: Connection, secret: Secret, account: Account, who: str, now: datetime) -> Credentials:
    """Give an account a new password, second factor and recovery codes, end its sessions and its lock."""
    given, totp_secret = passwords.new(), second_factor.new_secret()
    _set_password(conn, account.id, given, once=True)
    conn.exec_driver_sql(SET_FACTOR, {"account": account.id, "totp": secret.seal(totp_secret, account.id)})
    codes = recovery.renew(conn, secret, account.id)
    SESSIONS.end_all(conn, account.id)
    GUARDS.forget_account(conn, secret, account.email)
    audit.record(conn, account.programme_id, who, "reset_account", "account", account.id, now)
    return Credentials(account.email, given, totp_secret, codes)


def disable(conn: Connection, account: Account, who: str, now: datetime, today: date) -> None:
    """Close an account for good, and end its sessions."""
    conn.exec_driver_sql(DISABLE, {"account": account.id, "today": today})
    SESSIONS.end_all(conn, account.id)
    audit.record(conn, account.programme_id, who, "disable_account", "account", account.id, now)


def end_sessions(conn: Connection, account: Account, who: str, now: datetime) -> None:
    """End all sessions of an account."""
    SESSIONS.end_all(conn, account.id)
    audit.record(conn, account.programme_id, who, "end_sessions", "account", account.id, now)


def by_email(conn: Connection, email: str) -> Account | None:
    """The active account with this e-mail address."""
    return sql.one(conn, BY_EMAIL, Account, {"email": email.strip().lower()})


def by_id(conn: Connection, id_: UUID) -> Account | None:
    """The active account with this id."""
    return sql.one(conn, BY_ID, Account, {"account": id_})


def of_programme(conn: Connection, programme_id: int, idle: datetime, longest: datetime) -> list[Listed]:
    """The active accounts of a programme. A session counts when it was used after `idle` and began after `longest`."""
    return sql.rows(conn, OF_PROGRAMME, Listed, {"programme": programme_id, "idle": idle, "longest": longest})


def with_password(conn: Connection, email: str, password: str) -> Account | None:
    """The active account with this e-mail address, if the password is its own."""
    account = by_email(conn, email)
    stored = passwords.NOBODYS if account is None else password_of(conn, account)
    return account if passwords.is_password(stored, password) else None


def password_of(conn: Connection, account: Account) -> str:
    """The hash of an account's password."""
    return str(conn.exec_driver_sql(HASH, {"account": account.id}).scalar_one())


def use_code(
    conn: Connection, secret: Secret, account: Account, typed: str, device_now: datetime, today: date
) -> bool:
    """Accept a code of the second factor, or a recovery code, once. `device_now` is the telephone's time."""
    factor = sql.one(conn, FACTOR, _Factor, {"account": account.id})
    if factor is None:
        return False
    try:
        opened = secret.open(bytes(factor.sealed), account.id)
    except SecretError:
        return False
    step = second_factor.accepted(opened, typed, factor.last, device_now)
    if step is None:
        return recovery.use(conn, secret, account.id, typed, today)
    conn.exec_driver_sql(USED, {"account": account.id, "step": step})
    return True


def change_password(
    conn: Connection, account: Account, old: str, new: str, again: str, now: datetime
) -> None:
    """Replace the password, as the account's owner asks. Raises AccountError; WrongPassword, which the caller counts,
    when `old` is another one."""
    if not passwords.is_password(password_of(conn, account), old):
        raise WrongPassword("account.wrong_password", "The password that you have now is not this one.")
    if new != again:
        raise AccountError("account.two_ways", "The new password was typed in two ways.")
    if not passwords.SHORTEST <= len(new) <= passwords.LONGEST:
        text = f"A password has at least {passwords.SHORTEST} characters."
        raise AccountError("account.short_password", text)
    if new == old:
        raise AccountError("account.same_password", "The new password is the one that you have now.")
    _set_password(conn, account.id, new, once=False)
    audit.record(conn, account.programme_id, account.who, "change_password", "account", account.id, now)


def set_language(conn: Connection, account: Account, language: str) -> None:
    """Show the console in another language, one of LANGUAGES."""
    conn.exec_driver_sql(SET_LANGUAGE, {"account": account.id, "language": language})


def _set_password(conn: Connection, account: UUID, password: str, once: bool) -> None:
    values = {"account": account, "password": passwords.hashed(password), "once": once}
    conn.exec_driver_sql(SET_HASH, values)
