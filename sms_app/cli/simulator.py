"""`sms-app provider` and `sms-app phone`: the simulator, each part in a process of its own. Never in production."""

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
    typer.Option(envvar=["SMS_APP_WEB_URL", "WEB_URL"], help="Whose webhooks are called.", show_envvar=True),
]
File = Annotated[
    Path | None, typer.Option("--file", help="Keeps what was taken, line by line, from run to run.")
]
People = Annotated[
    Path, typer.Option(help="Who can be chosen to call from: `phone-page.json` of `up`'s data folder.")
]
SIGNS = {signal.SIGINT, signal.SIGTERM}


def provider(port: Port = 8010, web: Web = "", file: File = None) -> None:
    """Stand in for the telephone provider on this machine: take messages, call our webhooks. Never in production."""
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
    """Serve the demo's phone page on this machine: it posts what is dialled to the webhooks. Never in production."""
    settings = config("phone")
    if not settings.demo:
        fail("The phone page is for a demo, which `sms-app up` starts: it sets SMS_APP_DEMO=1.")
    _insist_address(web)
    try:
        callers = Callers.read(people)
    except (OSError, ValueError):
        fail(f"{people} can't be read: give the file `phone-page.json` that `sms-app up` writes.")
    insist_free(HERE, port)
    secret = settings.callback_secrets[0]
    inbox = Inbox(settings.provider_url, secret)
    _run(
        "phone page",
        Phone(Network(web, secret), inbox, callers, partial(clock.now, settings.time_offset_s), port),
    )


def _run(what: str, running: Running) -> None:
    """Serve until somebody asks us to stop."""
    # blocked before there are threads, which inherit it, so that only the wait below is ended
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNS)
    running.start()
    typer.echo(f"{what}: {running.url}")
    sys.stdout.flush()
    try:
        signal.sigwait(SIGNS)
    finally:
        running.close()


def _insist_address(web: str) -> None:
    if not _is_address(web):
        fail("--web is the address whose webhooks are called, like http://127.0.0.1:8000.")


def _is_address(web: str) -> bool:
    try:
        parts = urlsplit(web)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
