"""`sms-app people erase`: empties what is stored of one person, at her request."""

from __future__ import annotations

from typing import Annotated

import typer

from sms_app.cli.database import fail
from sms_app.cli.office import office_transaction
from sms_app.cli.options import By, Programme
from sms_app.programme import erasing
from sms_app.programme.erasing import Consequences


def erase(
    member: Annotated[str, typer.Argument(help="The member number on the card.")],
    confirm: Annotated[
        str, typer.Option(help="The member number once more: erase it. Without it nothing is changed.")
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Erase somebody at her request: name, numbers and PIN are emptied, consents end. It can't be undone."""
    if confirm and confirm != member:
        fail("The two member numbers differ: nothing was erased.")
    with office_transaction(programme, by) as (office, _):
        person, told = erasing.consequences(office, member)
        before = erasing.erase(office, member) if confirm else person.erased_on
    if before is not None:
        typer.echo(f"{member} was erased on {before}: nothing is changed.")
        return
    for line in _lines(told):
        typer.echo(line)
    if confirm:
        typer.echo(f"{member} is erased.")
    else:
        typer.echo(f"Nothing was changed. To erase: sms-app people erase {member} --confirm {member}")


def _lines(told: Consequences) -> list[str]:
    others = f", {told.shared_numbers} stay with others" if told.shared_numbers else ""
    return [
        "name, initials, reference, PIN, year of birth: emptied",
        f"numbers: {told.numbers} emptied{others}",
        f"consents: {', '.join(told.consents) or 'none'} end",
        f"texts that wait: {told.waiting} cancelled",
        f"savings group: {told.savings_group or 'none'}, her place ends",
        f"without a name stay: {told.attendance} rows of attendance, {told.ledger} of the ledger,"
        f" {told.consent_rows} of consents, and the audit trail",
        "backups of before have her until they are deleted",
    ]
