"""`sms-app web`, `clock` and `worker`: the processes of the Procfile."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
from typing import Annotated, Any

import typer

from sms_app.children import die_with_parent
from sms_app.cli import hints
from sms_app.cli.database import config, fail
from sms_app.config import Config, made_up_keys
from sms_app.database import unpooled_engine
from sms_app.programme import installation, key_check
from sms_app.vault import Vault

Port = Annotated[int, typer.Option(envvar="PORT", help="The port to listen on.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on.")]


def web(port: Port = 8000, host: Host = "127.0.0.1") -> None:
    """Serve the webhooks in one process. Start a process for each core."""
    from sms_app.web.server import PATIENCE_S

    serve(host, port, PATIENCE_S)


def serve(host: str, port: int, patience_s: float) -> None:
    """Serve the webhooks until a signal stops it. A client has `patience_s` seconds to send a request's head, and as
    many for its body."""
    config("web")
    run_server(host, port, patience_s, partial(_web_server, patience_s))


def _web_server(patience_s: float) -> Any:
    from sms_app.web.app import create_server

    return create_server(config("web"), patience_s)


def run_server(host: str, port: int, patience_s: float, make: Callable[[], Any]) -> None:
    """Run an HTTP server until a signal stops it. A client has `patience_s` seconds to send a request's head. `make`
    makes the ASGI application, in the process that serves it, so it must be a module's function."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings

    insist_free(host, port)
    failed = multiprocessing.Event()
    server = Granian(
        "sms_app",
        host,
        port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=round(patience_s * 1000)),
        log_enabled=False,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
    )
    server.serve(target_loader=partial(_load, failed, make), wrap_loader=False)
    if failed.is_set():
        raise typer.Exit(1)


def _load(failed: Event, make: Callable[[], Any]) -> Any:
    """Make the application in the process that serves it. A failed start stops the server, which would try again."""
    from sms_app.cli.faults import sentence

    # SIGKILL frees the port for the next process at once; an unfinished hop rolls back
    die_with_parent(signal.SIGKILL)
    try:
        return make()
    except BaseException as error:
        failed.set()
        os.kill(os.getppid(), signal.SIGTERM)
        explanation = sentence(error)
        if explanation is None and not isinstance(error, typer.Exit):
            raise
        if explanation:
            typer.echo(explanation, err=True)
        sys.exit(1)


def insist_free(host: str, port: int) -> None:
    """Exit with a sentence when a port cannot be used."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            fail(f"Port {port} of {host} cannot be used ({error.strerror}): choose another with --port.")


def _insist_right_database(settings: Config) -> None:
    """Exit with a sentence when the settings or the keys do not fit the database."""
    with unpooled_engine(settings.worker_database_url).connect() as conn:
        kind, made_up = installation.kind(conn), made_up_keys(settings.keys)
        faults = installation.refusals(kind, settings.demo, False, made_up)
        faults += key_check.faults(conn, Vault.parse(settings.keys))
    if faults:
        fail(hints.with_hints(installation.StartFaults(faults)))


def clock(once: Annotated[bool, typer.Option("--once", help="Tick once, then end.")] = False) -> None:
    """Plan and queue messages and sweep, each minute. Several clocks may run: one of them ticks."""
    from worker import clock as ticking

    settings = config("clock")
    _insist_right_database(settings)
    if once:
        ticking.tick_once(settings)
    else:
        ticking.run(settings)


def worker(
    burst: Annotated[bool, typer.Option("--burst", help="Send the due messages, then end.")] = False,
    processes: Annotated[
        int, typer.Option(help="How many worker processes to keep running.", min=1, max=64)
    ] = 1,
) -> None:
    """Send due messages, as fast as the rate allows. Any number of workers may run, on any machine."""
    from worker import run as working

    settings = config("worker")
    _insist_right_database(settings)
    if burst:
        working.burst(settings)
    else:
        working.run(settings, processes)
