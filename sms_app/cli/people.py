"""`sms-app people`: what a coach's office does for a participant, face to face."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from sms_app.cli import people_changes, people_lookup
from sms_app.cli.cards import cards
from sms_app.cli.database import fail, someone, staff_context
from sms_app.messaging.reminders import planning as reminders
from sms_app.programme import numbers, people, pins

app = typer.Typer(help="What a coach does for a participant, face to face.", no_args_is_help=True)
Member = Annotated[str, typer.Argument(help="The member number on her card.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]


class Marked(StrEnum):
    """What a coach says of a phone."""

    PRIVATE = "private"
    SHARED = "shared"


SHARING: Mapping[Marked, numbers.Sharing] = {Marked.PRIVATE: "private", Marked.SHARED: "marked_shared"}
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]


@app.command("open-pin")
def open_pin(member: Member, by: By = "", programme: Programme = "") -> None:
    """Print the code with which she sets her PIN: it works for ten minutes, once, for her member number."""
    with staff_context(programme) as staff:
        try:
            code = pins.open_pin(
                staff.conn, staff.vault, staff.programme_id, member, by or someone(), staff.now
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
    """Make the phone that shows this code hers, with her present."""
    with staff_context(programme) as staff:
        try:
            done = numbers.confirm(
                staff.conn,
                staff.vault,
                staff.programme_id,
                member,
                code,
                by or someone(),
                staff.now,
                staff.today,
            )
        except people.UnknownMember:
            fail("No participant has this member number.")
        if not done:
            fail(
                "No phone shows this code for her now. Dial again from the new phone: a code lasts 10 minutes."
            )
        reminders.prove_own_number(staff.conn, staff.programme_id, member, staff.now, staff.today)
    typer.echo("The number is hers now.")


@app.command("mark-phone")
def mark_phone(
    member: Member,
    sharing: Annotated[Marked, typer.Argument(help="private: she alone uses it; shared: others use it too.")],
    by: By = "",
    programme: Programme = "",
) -> None:
    """Mark the phone that she is reached on as hers alone, or as shared, with her present."""
    with staff_context(programme) as staff:
        try:
            marked = numbers.mark_for_coach(
                staff.conn, staff.programme_id, member, SHARING[sharing], by or someone(), staff.now
            )
        except people.UnknownMember:
            fail("No participant has this member number.")
        except numbers.UsedByOthers:
            fail("Other participants are reached on this number too: it can't be private.")
    if not marked:
        fail("She is reached on no phone.")
    typer.echo(f"The phone is marked {sharing.value}.")


@app.command("resume-messages")
def resume_messages(member: Member, by: By = "", programme: Programme = "") -> None:
    """Let texts reach her numbers again, when she asks for it face to face."""
    with staff_context(programme) as staff:
        try:
            done = numbers.resume_hers(staff.conn, staff.programme_id, member, by or someone(), staff.now)
        except people.UnknownMember:
            fail("No participant has this member number.")
        if not done:
            fail("She has no number.")
    typer.echo("Texts reach her numbers again.")


app.command("cards")(cards)
for _name, _command in {**people_changes.COMMANDS, **people_lookup.COMMANDS}.items():
    app.command(_name)(_command)
