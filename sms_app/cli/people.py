"""`sms-app people`: what staff do for a participant while she is with her coach."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from sms_app.cli import people_changes, people_erase, people_files, people_lookup
from sms_app.cli.cards import cards
from sms_app.cli.database import fail, operator_name, staff_context
from sms_app.cli.options import By, Programme
from sms_app.messaging.reminders import planning as reminders
from sms_app.programme import numbers, people, pins

app = typer.Typer(
    help="Participants: enrol, move, merge, import and export, PINs, numbers, consent.",
    no_args_is_help=True,
)
people_files.register(app)
Member = Annotated[str, typer.Argument(help="The member number on her card.")]


class Marked(StrEnum):
    """Who uses a phone, as the coach marks it."""

    PRIVATE = "private"
    SHARED = "shared"


SHARING: Mapping[Marked, numbers.Sharing] = {Marked.PRIVATE: "private", Marked.SHARED: "marked_shared"}


@app.command("open-pin")
def open_pin(member: Member, by: By = "", programme: Programme = "") -> None:
    """Print a code with which she sets her PIN. It works once, for ten minutes, with her member number only."""
    with staff_context(programme) as staff:
        try:
            code = pins.open_pin(
                staff.conn, staff.vault, staff.programme_id, member, by or operator_name(), staff.now
            )
        except people.UnknownMember:
            fail("No participant has this member number.")
    typer.echo(code)


@app.command("confirm-number")
def confirm_number(
    code: Annotated[str, typer.Argument(help="The code that her phone shows.")],
    member: Annotated[str, typer.Option(help="The member number on her card.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Record that the phone that shows this code is hers. She must be present."""
    with staff_context(programme) as staff:
        try:
            done = numbers.confirm(
                staff.conn,
                staff.vault,
                staff.programme_id,
                member,
                code,
                by or operator_name(),
                staff.now,
                staff.today,
            )
        except people.UnknownMember:
            fail("No participant has this member number.")
        if not done:
            fail(
                "No phone shows this code for her now. A code lasts 10 minutes: dial again from the new phone."
            )
        reminders.plan_number_tests(staff.conn, staff.programme_id, member, staff.now, staff.today)
    typer.echo("The number is hers now.")


@app.command("mark-phone")
def mark_phone(
    member: Member,
    sharing: Annotated[Marked, typer.Argument(help="private: only she uses it; shared: others use it too.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Mark her phone as private or as shared. She must be present."""
    with staff_context(programme) as staff:
        try:
            marked = numbers.mark_for_coach(
                staff.conn, staff.programme_id, member, SHARING[sharing], by or operator_name(), staff.now
            )
        except people.UnknownMember:
            fail("No participant has this member number.")
        except numbers.UsedByOthers:
            fail("This number belongs to other participants too, so it cannot be private.")
    if not marked:
        fail("She has no phone.")
    typer.echo(f"The phone is marked {sharing.value}.")


@app.command("resume-messages")
def resume_messages(member: Member, by: By = "", programme: Programme = "") -> None:
    """Send texts to her numbers again. Only when she asks for it face to face."""
    with staff_context(programme) as staff:
        try:
            done = numbers.resume_hers(
                staff.conn, staff.programme_id, member, by or operator_name(), staff.now
            )
        except people.UnknownMember:
            fail("No participant has this member number.")
        if not done:
            fail("She has no number.")
    typer.echo("Texts reach her numbers again.")


app.command("cards")(cards)
app.command("erase")(people_erase.erase)
for _name, _command in {**people_changes.COMMANDS, **people_lookup.COMMANDS}.items():
    app.command(_name)(_command)
