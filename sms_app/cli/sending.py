"""`sms-app sending`: stops and starts all sending."""

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
from sms_app.cli.options import By
from sms_app.cli.readiness.finding import Inputs
from sms_app.cli.readiness.provider import is_real_provider
from sms_app.database import unpooled_engine
from sms_app.messaging import sending_switch
from sms_app.programme import installation

app = typer.Typer(help="Stop and start all sending.", no_args_is_help=True)
SWITCH = "sending"


@app.command()
def stop(
    reason: Annotated[
        str, typer.Argument(help="The reason, for the next person who looks. No name and no number.")
    ],
    by: By = "",
) -> None:
    """Stop all sending at once. Due messages wait; those that expire meanwhile are never sent."""
    if not reason.strip():
        fail("Give a reason, for the next person who looks.")
    with _database() as (conn, now):
        sending_switch.stop(conn, reason, by or operator_name(), now)
    typer.echo(f"stopped: {reason}")


@app.command()
def start(by: By = "") -> None:
    """Start sending. Where texts may reach real people, only if `sms-app doctor --go-live` finds nothing bad."""
    with _database() as (conn, _):
        kind = installation.kind(conn)
    _insist_ready(kind)
    with _database() as (conn, now):
        turned = sending_switch.start(conn, by or operator_name(), now)
    typer.echo("on" if turned else "on already")


@app.command()
def status() -> None:
    """Print whether sending is on. If it is stopped, print who stopped it and why, and exit with 1."""
    with _database() as (conn, _):
        state = sending_switch.state(conn)
    if not state.stopped:
        typer.echo("on")
        return
    since = f" since {state.changed_at:%Y-%m-%d %H:%M} UTC" if state.changed_at else ""
    fail(f"stopped{since} by {state.changed_by}: {state.reason}")


def _insist_ready(kind: str | None) -> None:
    inputs = Inputs.of(os.environ)
    # a demo or a bare installation without the real provider reaches no real person
    is_trial = inputs.settings.demo or kind == installation.BARE
    if is_trial and not is_real_provider(inputs.settings):
        return
    findings = readiness.check_service(inputs) + readiness.check_go_live(inputs)
    bad = [finding for finding in findings if finding.verdict == "bad" and finding.name != SWITCH]
    if bad:
        typer.echo(doctor.as_text(bad), err=True)
        fail(f"Sending stays stopped: {len(bad)} things are not ready.")


@contextmanager
def _database() -> Iterator[tuple[Connection, datetime]]:
    settings = config("staff")
    with unpooled_engine(settings.staff_database_url).begin() as conn:
        yield conn, clock.now(settings.time_offset_s)
