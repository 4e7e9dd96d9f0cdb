"""`sms-app account`: accounts of the staff's console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from sms_app import clock
from sms_app.accounts import second_factor
from sms_app.accounts.limits import Limits
from sms_app.accounts.secret import Secret
from sms_app.cli.console import console_transaction, secret
from sms_app.cli.database import config, fail, only_programme, operator_name
from sms_app.cli.options import By, Programme
from sms_app.console.access import ROLES
from sms_app.console.accounts import store
from sms_app.console.accounts.store import AccountError, Credentials
from sms_app.console.tables import Account

app = typer.Typer(help="Accounts of the staff's console.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="The e-mail address to sign in with; nothing is sent to it.")]


@dataclass(frozen=True)
class AccountContext:
    """What these commands work with: a transaction as the role console, the secret, the programme, the time."""

    conn: Connection
    secret: Secret
    programme_id: int
    now: datetime
    today: date


@app.command()
def add(
    email: Email,
    role: Annotated[str, typer.Option(help=f"What it may do: {', '.join(ROLES)}.")],
    language: Annotated[str, typer.Option(help="The language of its pages: en or rw.")] = "en",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Make an account. Prints a password that works once, the second factor's secret and the recovery codes, once."""
    with account_context(programme) as at:
        try:
            given = store.add(
                at.conn,
                at.secret,
                at.programme_id,
                email,
                role,
                language,
                by or operator_name(),
                at.now,
                at.today,
            )
        except AccountError as error:
            fail(str(error))
    _print_credentials(given)


@app.command()
def reset(email: Email, by: By = "", programme: Programme = "") -> None:
    """Give a person who lost the password or the second factor new ones, and end the account's sessions and locks."""
    with account_context(programme) as at:
        given = store.reset(at.conn, at.secret, _account(at, email), by or operator_name(), at.now)
    _print_credentials(given)


@app.command()
def disable(email: Email, by: By = "", programme: Programme = "") -> None:
    """Close an account for good, and end its sessions."""
    with account_context(programme) as at:
        store.disable(at.conn, _account(at, email), by or operator_name(), at.now, at.today)
    typer.echo(f"{email} can't sign in any more.")


@app.command("list")
def list_(programme: Programme = "") -> None:
    """List the accounts: e-mail address, role, and in how many browsers it is signed in."""
    with account_context(programme) as at:
        limits = Limits()
        listed = store.of_programme(at.conn, at.programme_id, at.now - limits.idle, at.now - limits.longest)
    for account in listed:
        first = "  has not replaced its first password" if account.password_once else ""
        typer.echo(f"{account.email}  {account.role}  signed in: {account.sessions}{first}")
    if not listed:
        typer.echo("There is no account yet.")


@contextmanager
def account_context(slug: str) -> Iterator[AccountContext]:
    """A transaction as the role console. Without a slug, the only programme is used."""
    settings = config("console")
    with console_transaction(settings) as conn:
        programme = only_programme(conn, slug)
        now = clock.now(settings.time_offset_s)
        today = now.astimezone(ZoneInfo(programme.time_zone)).date()
        yield AccountContext(conn, secret(settings), programme.id, now, today)


def _account(at: AccountContext, email: str) -> Account:
    account = store.by_email(at.conn, email)
    if account is None or account.programme_id != at.programme_id:
        fail(f"There is no account {email}: see `sms-app account list`.")
    return account


def _print_credentials(given: Credentials) -> None:
    typer.echo(f"Account {given.email}. This is shown once; hand it over in person:")
    typer.echo(f"  password, for the first sign-in   {given.password}")
    typer.echo(f"  second factor, for authenticators {given.totp_secret}")
    link = second_factor.link(given.totp_secret, given.email, store.ISSUER)
    typer.echo(f"  the same as a link                {link}")
    typer.echo(f"  recovery codes, each works once   {' '.join(given.recovery_codes)}")
