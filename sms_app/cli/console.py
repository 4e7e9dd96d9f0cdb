"""`sms-app console`: serves the staff's console."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from sms_app import clock, logs
from sms_app.accounts.secret import Secret
from sms_app.cli import hints
from sms_app.cli.database import config, fail
from sms_app.cli.serve import run_server
from sms_app.config import Config, made_up_keys
from sms_app.console.app import MAX_BODY_BYTES, MAX_BODY_BYTES_AT, create_app
from sms_app.console.people import import_jobs
from sms_app.console.settings import NAME, Console, load_programmes
from sms_app.database import console_engine, unpooled_engine
from sms_app.engine.checker.published import read_published
from sms_app.programme import cards, installation, key_check
from sms_app.programme.loaded import read_files
from sms_app.vault import Vault

PATIENCE_S, THREADS = 30.0, 4
FOR_IMPORTS = 2
"""Further connections, for an import and for how far it is."""
HERE = frozenset({"127.0.0.1", "localhost", "::1"})
Port = Annotated[int, typer.Option(envvar="PORT", help="The port to listen on.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on.")]


def console(port: Port = 8095, host: Host = "127.0.0.1") -> None:
    """Serve the staff's console."""
    config("console")
    run_server(host, port, PATIENCE_S, partial(_server, host in HERE))


def _server(here: bool) -> Any:
    from sms_app.web.server import Server

    settings = config("console")
    logs.write_json()
    # a cookie without `Secure`, and the demo's accounts, are for a demo on this machine only
    made = make_console(settings, secure=not (here and settings.demo))
    # one thread: an import holds a lock that the next one would wait for
    import_jobs.start(made)
    return Server(create_app(made), THREADS, MAX_BODY_BYTES, PATIENCE_S, MAX_BODY_BYTES_AT)


def make_console(settings: Config, secure: bool = True) -> Console:
    """The console's database connections, programmes and words. Exits with a sentence when they do not fit."""
    engine = console_engine(settings.console_database_url, THREADS + FOR_IMPORTS)
    vault = Vault.parse(settings.keys)
    files = read_files(settings.flows, settings.locales)
    with engine.connect() as conn:
        _insist_fits(conn, settings, vault)
        programmes = load_programmes(conn, vault, files, settings.locales)
    if not programmes:
        fail("There is no programme in the database yet: run `sms-app db programmes`.")
    return Console(
        engine,
        secret(settings),
        programmes,
        partial(clock.now, settings.time_offset_s),
        clock.now,
        secure,
        ways={
            id_: cards.ways(read_published(settings.flows / programme.loaded.settings.slug)[0])
            for id_, programme in programmes.items()
        },
    )


def secret(settings: Config) -> Secret:
    """The keys that the console's secret gives."""
    return Secret(settings.console_secret, NAME)


@contextmanager
def console_transaction(settings: Config) -> Iterator[Connection]:
    """A transaction as the role console, committed at its end."""
    with unpooled_engine(settings.console_database_url).begin() as conn:
        yield conn


def _insist_fits(conn: Connection, settings: Config, vault: Vault) -> None:
    kind = installation.kind(conn)
    unfit = installation.refusals(kind, settings.demo, False, made_up_keys(settings.keys))
    if unfit:
        fail(hints.with_hints(installation.StartFaults(unfit)))
    faults = key_check.faults(conn, vault)
    if faults:
        fail(hints.with_hints(key_check.KeysRefused(faults)))
