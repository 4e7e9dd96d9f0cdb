"""`sms-app people show` and `find`: what the office may see of a participant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from sms_app.cli.office import office_transaction
from sms_app.cli.options import Programme
from sms_app.programme import lookup
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.lookup import Shown
from sms_app.programme.workbook.consent_sheet import HERSELF


def show(
    member: Annotated[str, typer.Argument(help="The member number on the card.")], programme: Programme = ""
) -> None:
    """Show what the office knows of somebody: place, numbers, consents. That it was looked at is in the audit trail."""
    with office_transaction(programme) as (office, _):
        shown, phones, consents = lookup.show(office, member)
        lines = _lines(office, shown)
        for phone in phones:
            stopped = ", texts are stopped" if phone.stopped else ""
            lines.append(f"number: {lookup.number_of(office, phone)}{stopped}")
    lines += [
        f"consent to {entry.purpose}{'' if entry.given_by == HERSELF else ', by the guardian'}:"
        f" {'given' if entry.given else 'withdrawn'} on {entry.taken_on}"
        for entry in consents
    ]
    for line in lines:
        typer.echo(line)


def find(
    looked_for: Annotated[
        str, typer.Argument(help="Part of a name, a telephone number, a member number or a reference.")
    ],
    programme: Programme = "",
) -> None:
    """Find somebody: member number, place on the list, name."""
    with office_transaction(programme) as (office, _):
        lines = [
            f"{person.member_number}  {_place(person.group_number, person.list_number)}  {lookup.name(office, person)}"
            + ("  left" if person.has_left else "")
            for person in lookup.find(office, looked_for)
        ]
    for line in lines or ["Nobody."]:
        typer.echo(line)


def _lines(office: OfficeTransaction, shown: Shown) -> list[str]:
    lines = [
        f"member number: {shown.member_number}, reference {shown.reference}",
        f"name: {lookup.name(office, shown)}, {shown.role}, language {shown.language}",
        f"place: {_place(shown.group_number, shown.list_number)}, since {shown.enrolled_on}",
        f"household: {shown.household or 'none'}; savings group: {shown.savings_group or 'none'}",
        f"contact: {shown.contact}; PIN: {'set' if shown.has_pin else 'none'}",
    ]
    if shown.merged_here:
        lines.append(f"merged into this one: {', '.join(shown.merged_here)}")
    if shown.merged_number is not None:
        lines.append(f"merged into {shown.merged_number} on {shown.left_on}")
    elif shown.left_on is not None:
        lines.append(f"left on {shown.left_on}: {shown.left_reason or 'no reason entered'}")
    return lines


def _place(group: int | None, list_number: int | None) -> str:
    return "no group" if group is None else f"group {group}, list number {list_number or '-'}"


COMMANDS: Mapping[str, Callable[..., None]] = {"show": show, "find": find}
"""The commands by the name under which `sms-app people` has them."""
