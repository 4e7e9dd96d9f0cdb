"""`sms-app support`: serves the support console; its sub-commands make and withdraw caseworkers, and check its audit
trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from sms_app import clock, logs
from sms_app.accounts import second_factor
from sms_app.accounts.secret import Secret
from sms_app.cli import hints, support_keys
from sms_app.cli.database import config, fail, only_programme
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.cli.serve import run_server
from sms_app.config import Config
from sms_app.database import console_engine, unpooled_engine
from sms_app.private import audit, recipients
from sms_app.private.console import accounts
from sms_app.private.console.accounts import AccountError, Caseworker, Credentials
from sms_app.private.console.app import MAX_BODY_BYTES, MAX_FORM_BYTES, RESEAL_PATH, create_app
from sms_app.private.console.settings import Console, ConsoleProgramme
from sms_app.programme import contact, installation, numbers
from sms_app.programme.numbers import Number
from sms_app.programme.settings import load_programme
from sms_app.programme.support import is_working_day

PATIENCE_S, THREADS = 30.0, 4
"""A file of sealed requests may come over a slow line."""
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
app = typer.Typer(help="The support console for caseworkers, and its accounts.", invoke_without_command=True)
caseworker_app = typer.Typer(help="Caseworkers' accounts.", no_args_is_help=True)
audit_app = typer.Typer(help="The console's audit trail.", no_args_is_help=True)
app.add_typer(caseworker_app, name="caseworker")
app.add_typer(audit_app, name="audit")
app.add_typer(support_keys.roster_app, name="roster")
app.add_typer(support_keys.recovery_app, name="recovery-key")
app.command("page")(support_keys.page)
Port = Annotated[int, typer.Option(envvar="PORT", help="The port to listen on.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Code = Annotated[str, typer.Argument(help="The caseworker's code, 1 to 9.")]


@dataclass(frozen=True)
class SupportContext:
    """What a support command works with: one transaction as the role support, the secret, the programme, the time."""

    conn: Connection
    secret: Secret
    programme_id: int
    now: datetime
    today: date


@app.callback()
def support(ctx: typer.Context, port: Port = 8090, host: Host = "127.0.0.1") -> None:
    """Serve the support console. Of this process there is one."""
    if ctx.invoked_subcommand is None:
        config("support")
        run_server(host, port, PATIENCE_S, partial(_console_server, host in HERE))


def _console_server(here: bool) -> Any:
    from sms_app.web.server import Server

    settings = config("support")
    logs.write_json()
    # a cookie without `Secure` is for a demo on this machine only
    console = make_console(settings, secure=not (here and settings.demo))
    longest_at = {RESEAL_PATH: MAX_BODY_BYTES}
    return Server(create_app(console), THREADS, MAX_FORM_BYTES, PATIENCE_S, longest_at)


def make_console(settings: Config, secure: bool = True) -> Console:
    """The console's own settings and database connections. Exits with a sentence when they do not fit the database."""
    engine = console_engine(settings.support_database_url, THREADS)
    with engine.connect() as conn:
        faults = installation.refusals(installation.kind(conn), settings.demo, False, ())
    if faults:
        fail(hints.with_hints(installation.StartFaults(faults)))
    return Console(
        engine,
        Secret(settings.support_secret),
        console_programmes(settings),
        partial(clock.now, settings.time_offset_s),
        clock.now,
        secure,
        pins=recipients.parse_pins(settings.support_pins),
    )


def console_programmes(settings: Config) -> Mapping[str, ConsoleProgramme]:
    """What caseworkers are shown of each programme that has support, by its slug. Raises SettingsFaults."""
    files = sorted(settings.flows.glob("*/programme.yaml"))
    loaded = [load_programme(path) for path in files]
    return {
        programme.slug: ConsoleProgramme(
            programme.slug,
            programme.name,
            programme.time_zone,
            tuple(programme.sectors),
            programme.support.bands,
            programme.lines["programme"].number,
            programme.support.under_18,
            programme.support.men,
            partial(is_working_day, programme.calendar),
        )
        for programme in loaded
        if programme.support is not None
    }


@contextmanager
def support_context(slug: str) -> Iterator[SupportContext]:
    """A transaction as the role support, committed at its end. Without a slug, the only programme is used."""
    settings = config("support")
    with unpooled_engine(settings.support_database_url).begin() as conn:
        programme = only_programme(conn, slug)
        now = clock.now(settings.time_offset_s)
        today = now.astimezone(ZoneInfo(programme.time_zone)).date()
        yield SupportContext(conn, Secret(settings.support_secret), programme.id, now, today)


@caseworker_app.command()
def add(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with; nothing is sent to it.")],
    phone: Annotated[
        str,
        typer.Option(help="The number for the daily duty text, as 0780000000; needs the staff variables."),
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Make a caseworker's account. Prints a password that works once and the second factor's secret, once."""
    number = _phone_row(phone, by, programme) if phone else None
    with support_context(programme) as context:
        try:
            given = accounts.add(
                context.conn, context.secret, context.programme_id, email, context.now, context.today, number
            )
        except AccountError as error:
            fail(str(error))
    _print_credentials(given, email)


@caseworker_app.command()
def renew(code: Code, programme: Programme = "") -> None:
    """Give a caseworker who lost the password or the second factor new ones. Prints them, once."""
    with support_context(programme) as context:
        caseworker = _caseworker(context, code)
        given = accounts.renew(context.conn, context.secret, caseworker, context.now)
    _print_credentials(given, caseworker.email)


@caseworker_app.command()
def number(
    code: Code,
    phone: Annotated[str, typer.Argument(help="The number, as 0780000000.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Give a caseworker the number that gets the daily duty text, in place of the one of now. Needs the staff
    variables too."""
    with support_context(programme) as context:
        _caseworker(context, code)
    row = _phone_row(phone, by, programme)
    with support_context(programme) as context:
        accounts.set_number(context.conn, _caseworker(context, code), row, context.now, context.today)
    typer.echo(f"Caseworker {code} gets the duty text on this number from now on.")


@caseworker_app.command()
def withdraw(code: Code, programme: Programme = "") -> None:
    """Close a caseworker's account for good and withdraw the key: nothing is sealed to it any more."""
    with support_context(programme) as context:
        caseworker = _caseworker(context, code)
        accounts.withdraw(context.conn, caseworker, context.now, context.today)
    withdrawn = " The key is withdrawn." if caseworker.public_key is not None else ""
    typer.echo(f"Caseworker {code} can't sign in any more.{withdrawn} Sign a new roster without this key.")


@caseworker_app.command("list")
def list_(programme: Programme = "") -> None:
    """List the caseworkers: code, e-mail address, whether there is a key and a number for the duty text."""
    with support_context(programme) as context:
        listed = accounts.of_programme(context.conn, context.programme_id)
    for caseworker in listed:
        key = "has a key" if caseworker.wrapped_key is not None else "no key"
        number = "has a number" if caseworker.phone_number_id is not None else "no number"
        typer.echo("  ".join((caseworker.code, caseworker.email, key, number)))
    if not listed:
        typer.echo("There is no caseworker yet.")


@audit_app.command()
def verify(
    head: Annotated[
        str,
        typer.Option(help="The hash that was copied on paper, or at least the first 16 characters of it."),
    ] = "",
) -> None:
    """Check that no entry was changed or removed. Exit with 1 when one was."""
    settings, copied = config("support"), "".join(head.split())
    if head and not audit.is_head(copied):
        fail("A head has letters a to f and digits: type at least the first 16, as they were copied.")
    with unpooled_engine(settings.support_database_url).connect() as conn:
        verified = audit.verify(conn, copied)
    if verified.fault:
        fail(f"The audit trail is not whole: {verified.fault}.")
    typer.echo(f"{verified.entries} entries, none changed. Copy the head on paper: {verified.head}")
    if not head:
        typer.echo("Give the head that was copied before with --head: without it a cut trail looks whole.")


def _caseworker(context: SupportContext, code: str) -> Caseworker:
    caseworker = accounts.by_code(context.conn, context.programme_id, code)
    if caseworker is None:
        fail(f"There is no caseworker {code}: see `sms-app support caseworker list`.")
    return caseworker


def _phone_row(written: str, by: str, programme: str) -> UUID:
    """The id of the number's row, outside the wall, as the role staff."""
    with office_transaction(programme, by) as (office, _):
        number = Number(office.programme_id, contact.read(office, written))
        phone = numbers.find_or_add(office.conn, office.vault, number)
        office.record("add_duty_number", "phone_number", phone)
    return phone


def _print_credentials(given: Credentials, email: str) -> None:
    typer.echo(f"Caseworker {given.code}. This is shown once; hand it over in person:")
    typer.echo(f"  password, for the first sign-in   {given.password}")
    typer.echo(f"  second factor, for authenticators {given.totp_secret}")
    typer.echo(
        f"  the same as a link                {second_factor.link(given.totp_secret, email, accounts.ISSUER)}"
    )
