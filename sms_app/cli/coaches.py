"""`sms-app coaches`: who coaches, on which number, and who may not any more."""

from __future__ import annotations

from typing import Annotated

import typer

from sms_app.cli.database import fail
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme import coaching, pins
from sms_app.programme.coaching import Coach
from sms_app.programme.desk import OfficeTransaction

app = typer.Typer(help="Coaches.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="The coach's code, as C1.")]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="The coach's name.")],
    phone: Annotated[str, typer.Option(help="The number, as 0780000000.")] = "",
    code: Annotated[
        str, typer.Option(help="What the office calls the coach; the next C1, C2 if left out.")
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Add a coach. Prints the code."""
    with office_transaction(programme, by) as (office, _):
        given = coaching.add(office, name, phone, code)
    typer.echo(f"Coach {given}. Name the groups: sms-app groups coach GROUP {given}.")


@app.command("list")
def list_(programme: Programme = "") -> None:
    """List the coaches: code, name, number, groups, whether a PIN is set, whether suspended."""
    with office_transaction(programme) as (office, _):
        lines = [_line(office, coach) for coach in coaching.coaches(office)]
    for line in lines or ["There is no coach yet."]:
        typer.echo(line)


@app.command()
def suspend(code: Code, by: By = "", programme: Programme = "") -> None:
    """Suspend a coach: from the next dial on the number has everyone's menu, and no text to coaches goes there."""
    with office_transaction(programme, by) as (office, _):
        changed = coaching.suspend(office, code)
    typer.echo(f"Coach {code.upper()} is suspended{'' if changed else ' already'}.")


@app.command()
def restore(code: Code, by: By = "", programme: Programme = "") -> None:
    """End a suspension."""
    with office_transaction(programme, by) as (office, _):
        changed = coaching.restore(office, code)
    typer.echo(f"Coach {code.upper()} {'coaches again' if changed else 'is not suspended'}.")


@app.command()
def number(
    code: Code,
    phone: Annotated[str, typer.Argument(help="The number, as 0780000000.")] = "",
    none: Annotated[bool, typer.Option("--none", help="The coach has no number any more.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Enter a coach's number, in place of the one before."""
    if bool(phone) == none:
        fail("Give a number, or say --none.")
    with office_transaction(programme, by) as (office, _):
        coaching.give_number(office, code, phone)
    typer.echo(f"Coach {code.upper()} has {'no number' if none else 'this number'} now.")


@app.command("open-pin")
def open_pin(code: Code, by: By = "", programme: Programme = "") -> None:
    """Print the code with which a coach sets the coach's own PIN by phone. It works for ten minutes, once."""
    with office_transaction(programme, by) as (office, _):
        try:
            opened = pins.open_coach_pin(
                office.conn, office.vault, office.programme_id, code.upper(), office.who, office.now
            )
        except pins.UnknownCoach:
            fail(f"No active coach has the code {code.upper()}: see `sms-app coaches list`.")
    typer.echo(opened)


@app.command()
def groups(code: Code, programme: Programme = "") -> None:
    """List the groups that a coach runs now."""
    with office_transaction(programme) as (office, _):
        listed = coaching.by_code(office, code).groups
    typer.echo(", ".join(f"group {n}" for n in listed) or "No group.")


def _line(office: OfficeTransaction, coach: Coach) -> str:
    phone = coaching.number_of(office, coach) or "without a number"
    run = "groups " + ", ".join(map(str, coach.groups)) if coach.groups else "no group"
    parts = [coach.code, coaching.name_of(office, coach), phone, run]
    parts.append("PIN set" if coach.has_pin else "no PIN")
    if coach.suspended_on is not None:
        parts.append(f"suspended since {coach.suspended_on}")
    return "  ".join(parts)
