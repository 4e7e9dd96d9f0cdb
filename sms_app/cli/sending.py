"""`sms-app sending`: the one switch for all that is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import Connection

from sms_app import clock
from sms_app.cli import doctor, readiness
from sms_app.cli.database import config, fail, operator_name
from sms_app.cli.readiness.finding import Inputs
from sms_app.cli.readiness.provider import is_real_provider
from sms_app.database import unpooled_engine
from sms_app.messaging import sending_switch

app = typer.Typer(help="Stop and start all sending.", no_args_is_help=True)
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
SWITCH = "sending"


@app.command()
def stop(
    reason: Annotated[
        str, typer.Argument(help="Why, for whoever finds it stopped. Nobody's name or number.")
    ],
    by: By = "",
) -> None:
    """Send nothing more, at once. What is due waits, and is not sent once it is past its hour."""
    if not reason.strip():
        fail("Say why, for whoever finds it stopped.")
    with _database() as (conn, now):
        sending_switch.stop(conn, reason, by or operator_name(), now)
    typer.echo(f"stopped: {reason}")


@app.command()
def start(by: By = "") -> None:
    """Let messages go. Outside the demo only when `sms-app doctor --go-live` finds nothing bad."""
    _insist_ready()
    with _database() as (conn, now):
        turned = sending_switch.start(conn, by or operator_name(), now)
    typer.echo("on" if turned else "on already")


@app.command()
def status() -> None:
    """Say whether messages go, and if not, why; exit 1 when they don't."""
    with _database() as (conn, _):
        found = sending_switch.state(conn)
    if not found.stopped:
        typer.echo("on")
        return
    since = f" since {found.changed_at:%Y-%m-%d %H:%M} UTC" if found.changed_at else ""
    fail(f"stopped{since} by {found.changed_by}: {found.reason}")


def _insist_ready() -> None:
    inputs = Inputs.of(os.environ)
    # the demo speaks to a provider that is not the real one, so nobody real is reached
    if inputs.settings.demo and not is_real_provider(inputs.settings):
        return
    lines = readiness.check_service(inputs) + readiness.check_go_live(inputs)
    bad = [line for line in lines if line.verdict == "bad" and line.name != SWITCH]
    if bad:
        typer.echo(doctor.as_text(bad), err=True)
        fail(f"Sending stays stopped: {len(bad)} things are not ready.")


@contextmanager
def _database() -> Iterator[tuple[Connection, datetime]]:
    settings = config("staff")
    with unpooled_engine(settings.staff_database_url).begin() as conn:
        yield conn, clock.now(settings.time_offset_s)
