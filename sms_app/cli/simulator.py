"""`sms-app provider` and `sms-app phone`: the two processes of the simulator. Never in production."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sms_app import clock
from sms_app.cli.database import config, fail
from sms_app.cli.serve import insist_free
from sms_app.simulator.phone.inbox import Inbox
from sms_app.simulator.phone.network import Network
from sms_app.simulator.phone.page import Callers
from sms_app.simulator.phone.running import Phone
from sms_app.simulator.provider.running import Provider
from sms_app.simulator.serving import HERE, Running

Port = Annotated[int, typer.Option(help="The port to listen on, on this machine only.", min=1, max=65535)]
Web = Annotated[
    str,
    typer.Option(
        envvar=["SMS_APP_WEB_URL", "WEB_URL"], help="The address whose webhooks to call.", show_envvar=True
    ),
]
File = Annotated[
    Path | None,
    typer.Option("--file", help="The file that keeps the messages it took, line by line, from run to run."),
]
People = Annotated[
    Path, typer.Option(help="The file of people to choose from: `phone-page.json` in `up`'s data folder.")
]
SIGNALS = {signal.SIGINT, signal.SIGTERM}


def provider(port: Port = 8010, web: Web = "", file: File = None) -> None:
    """Run the provider's stand-in on this machine: it takes messages and calls our webhooks. Never in production."""
    os.umask(0o077)
    settings = config("provider")
    if web:
        _insist_address(web)
    insist_free(HERE, port)
    _run(
        "provider's stand-in",
        Provider(
            settings.provider_username,
            settings.provider_api_key,
            settings.callback_secrets[0],
            web.rstrip("/"),
            port,
            file,
            partial(clock.now, settings.time_offset_s),
        ),
    )


def phone(people: People, port: Port = 8011, web: Web = "http://127.0.0.1:8000") -> None:
    """Serve the demo's phone page on this machine: it posts what is dialled to our webhooks. Never in production."""
    settings = config("phone")
    if not settings.demo:
        fail("The phone page is for a demo, which `sms-app up` starts: it sets SMS_APP_DEMO=1.")
    _insist_address(web)
    try:
        callers = Callers.read(people)
    except (OSError, ValueError):
        fail(f"{people} cannot be read: give the file `phone-page.json` that `sms-app up` writes.")
    insist_free(HERE, port)
    secret = settings.callback_secrets[0]
    inbox = Inbox(settings.provider_url, secret)
    _run(
        "phone page",
        Phone(Network(web, secret), inbox, callers, partial(clock.now, settings.time_offset_s), port),
    )


def _run(what: str, running: Running) -> None:
    """Serve until a signal stops us."""
    # blocked before threads start, which inherit this, so that only `sigwait` below gets the signals
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    running.start()
    typer.echo(f"{what}: {running.url}")
    sys.stdout.flush()
    try:
        signal.sigwait(SIGNALS)
    finally:
        running.close()


def _insist_address(web: str) -> None:
    if not _is_address(web):
        fail("--web must be the address whose webhooks to call, like http://127.0.0.1:8000.")


def _is_address(web: str) -> bool:
    try:
        parts = urlsplit(web)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
