"""`sms-app groups`: training groups, and who coaches them."""

from __future__ import annotations

from typing import Annotated

import typer

from sms_app.cli.contacts import format_coaches
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme import groups as training_groups
from sms_app.programme.coaches import contacts

app = typer.Typer(help="Training groups.", no_args_is_help=True)
Group = Annotated[int, typer.Argument(help="The group's number.")]
Code = Annotated[str, typer.Argument(help="The coach's code, as C1.")]


@app.command("list")
def list_(programme: Programme = "") -> None:
    """List the groups: number, role, sector, place, how many are on the list, coaches with their phones."""
    with office_transaction(programme) as (office, _):
        listed = training_groups.groups(office)
        coaches = contacts(office.conn, office.vault, [group.id for group in listed])
    for group in listed:
        where = f"{group.sector}, {group.place}"
        people = f"{group.people} people, last list number {group.last_number}"
        typer.echo(
            f"group {group.number:<4} {group.role:<7} {where}  {people}  {format_coaches(coaches[group.id])}"
        )
    if not listed:
        typer.echo("There is no group yet.")


@app.command()
def add(
    role: Annotated[str, typer.Option(help="woman, man or leader.")],
    sector: Annotated[str, typer.Option(help="One of the programme's sectors.")],
    place: Annotated[str, typer.Option(help="Where the group meets.")],
    number: Annotated[int | None, typer.Option(help="The group's number; the next one if left out.")] = None,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Add a group. Prints its number."""
    with office_transaction(programme, by) as (office, loaded):
        new = training_groups.NewGroup(role, sector, place, number)
        given = training_groups.add(office, new, tuple(loaded.settings.sectors), loaded.settings.banned_stems)
    typer.echo(f"Group {given}.")


@app.command()
def coach(group: Group, code: Code, by: By = "", programme: Programme = "") -> None:
    """Let a coach run a group from today on, beside those who do."""
    with office_transaction(programme, by) as (office, _):
        changed = training_groups.coach(office, group, code)
    typer.echo(f"Coach {code.upper()} runs group {group}{'' if changed else ' already'}.")


@app.command()
def uncoach(group: Group, code: Code, by: By = "", programme: Programme = "") -> None:
    """A coach does not run a group any more."""
    with office_transaction(programme, by) as (office, _):
        changed = training_groups.uncoach(office, group, code)
    typer.echo(
        f"Coach {code.upper()} {'runs' if changed else 'does not run'} group {group}{' no more' if changed else ''}."
    )
