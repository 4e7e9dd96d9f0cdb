"""`sms-app provider`: the provider's stand-in, in a process of its own."""

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
from sms_app.simulator.provider.running import Provider
from sms_app.simulator.provider.server import HERE

Port = Annotated[int, typer.Option(help="The port to listen on, on this machine only.", min=1, max=65535)]
Web = Annotated[
    str, typer.Option(envvar=["SMS_APP_WEB_URL", "WEB_URL"], help="Whose webhooks are called.", show_envvar=True)
]  # fmt: skip
File = Annotated[
    Path | None, typer.Option("--file", help="Keeps what was taken, line by line, from run to run.")
]


def provider(port: Port = 8010, web: Web = "", file: File = None) -> None:
    """Stand in for the telephone provider on this machine: take messages, call our webhooks. Never in production."""
    os.umask(0o077)
    settings = config("provider")
    if web and not _is_address(web):
        fail("--web is the address whose webhooks are called, like http://127.0.0.1:8000.")
    insist_free(HERE, port)
    # blocked before there are threads, which inherit it, so that only the wait below is ended
    signs = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signs)
    running = Provider(
        settings.provider_username, settings.provider_api_key, settings.callback_secrets[0], web.rstrip("/"), port,
        file, partial(clock.now, settings.time_offset_s),
    ).start()  # fmt: skip
    typer.echo(f"provider's stand-in: {running.url}")
    sys.stdout.flush()
    try:
        signal.sigwait(signs)
    finally:
        running.close()


def _is_address(web: str) -> bool:
    try:
        parts = urlsplit(web)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
