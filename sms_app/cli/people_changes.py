"""`sms-app people enrol, move, leave, return, merge, number, consent`: what the office changes of a participant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from sms_app.cli import moments
from sms_app.cli.database import fail
from sms_app.cli.office import office_transaction, others
from sms_app.cli.options import By, Programme
from sms_app.programme import consent as consents
from sms_app.programme import contact as contacts
from sms_app.programme import enrolment, households, membership, merging
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.workbook.sheets import IN_HOUSEHOLD

Member = Annotated[str, typer.Argument(help="The member number on the card.")]
Group = Annotated[int, typer.Option(help="The group's number.")]
KINDS = ", ".join(contacts.KINDS)


def enrol(
    name: Annotated[str, typer.Argument(help="The person's name.")],
    role: Annotated[str, typer.Option(help="woman, man or leader.")] = "woman",
    group: Annotated[int | None, typer.Option(help="The training group's number.")] = None,
    phone: Annotated[str, typer.Option(help="The number, as 0780000000.")] = "",
    contact: Annotated[str, typer.Option(help=f"Whose phone it is: {KINDS}.")] = "own",
    language: Annotated[str, typer.Option(help="The programme's first language if left out.")] = "",
    reference: Annotated[
        str, typer.Option(help="What the office calls the person; the member number if left out.")
    ] = "",
    household: Annotated[str, typer.Option(help="The reference of the household.")] = "",
    relation: Annotated[
        str, typer.Option(help=f"What the person is there: {', '.join(IN_HOUSEHOLD)}.")
    ] = "other",
    born_in: Annotated[int | None, typer.Option(help="The year of birth, like 1990.")] = None,
    village: Annotated[str, typer.Option(help="The village of the household.")] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Enrol somebody. Prints the member number, and the list number in the group."""
    with office_transaction(programme, by) as (office, loaded):
        new = enrolment.NewPerson(
            name,
            role,
            _language(loaded, language),
            group,
            phone,
            contact,
            reference,
            household,
            relation,
            born_in,
            village,
        )
        enrolled = enrolment.enrol(office, new)
    place = "" if group is None else f" Group {group}, list number {enrolled.list_number}."
    typer.echo(f"Member number {enrolled.member}.{place}{others(enrolled.others)}")
    if enrolled.new_household:
        typer.echo(f"Household {household} is new: it has no arm yet.")
    typer.echo("No text goes to this person before a consent to messages: sms-app people consent.")


def move(member: Member, group: Group, by: By = "", programme: Programme = "") -> None:
    """Move somebody to another group, at the end of its list."""
    with office_transaction(programme, by) as (office, _):
        place = membership.move(office, member, group)
    typer.echo(_placed(member, place))


def leave(
    member: Member,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(membership.REASONS)}.")],
    savings_too: Annotated[
        bool, typer.Option("--savings-too", help="Out of the savings group as well.")
    ] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Somebody leaves the programme: no text goes there any more, and no phone is hers."""
    with office_transaction(programme, by) as (office, _):
        saves = membership.leave(office, member, reason, savings_too)
    typer.echo(f"{member} left. The list number is given to nobody else, and texts stop.")
    if saves:
        typer.echo(
            "The savings group still has her on its list: sms-app people leave with --savings-too ends that."
        )


def come_back(member: Member, group: Group, by: By = "", programme: Programme = "") -> None:
    """Somebody who left is back, with a new list number and no phone yet."""
    with office_transaction(programme, by) as (office, _):
        place = membership.come_back(office, member, group)
    typer.echo(f"{_placed(member, place)} Enter the phone number again: sms-app people number.")


def merge(
    member: Member,
    into: Annotated[str, typer.Option(help="The member number that stays.")],
    pin_stays: Annotated[
        str, typer.Option(help="The member number whose PIN stays, when both have one.")
    ] = "",
    by: By = "",
    programme: Programme = "",
) -> None:
    """Merge two records of one person: the first member number then finds the second record."""
    with office_transaction(programme, by) as (office, _):
        has_pin = merging.merge(office, member, into, pin_stays)
    pin = "The PIN is that of the second." if has_pin else "There is no PIN: sms-app people open-pin."
    typer.echo(f"{member} is {into} from now on. {pin}")


def number(
    member: Member,
    phone: Annotated[str, typer.Argument(help="The number, as 0780000000.")] = "",
    contact: Annotated[str, typer.Option(help=f"Whose phone it is: {KINDS}.")] = "own",
    none: Annotated[bool, typer.Option("--none", help="There is no number any more.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Enter the number on which somebody is reached, in place of the ones before."""
    if bool(phone) == none:
        fail("Give a number, or say --none.")
    with office_transaction(programme, by) as (office, _):
        if none:
            contacts.remove(office, member)
        else:
            also = others(contacts.give(office, member, phone, contact))
    typer.echo(f"{member} is reached on no number." if none else f"The number is entered.{also}")


def household(
    member: Member,
    reference: Annotated[str, typer.Argument(help="The reference of the household, as H12.")] = "",
    relation: Annotated[
        str, typer.Option(help=f"What the person is there: {', '.join(IN_HOUSEHOLD)}.")
    ] = "other",
    village: Annotated[str, typer.Option(help="The village of the household.")] = "",
    none: Annotated[bool, typer.Option("--none", help="The person is in no household any more.")] = False,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Put somebody into another household, in place of the one before."""
    if bool(reference) == none:
        fail("Give a household, or say --none.")
    with office_transaction(programme, by) as (office, _):
        if none:
            households.leave(office, member)
            is_new = False
        else:
            is_new = households.change(office, member, reference, relation, village)
    typer.echo(f"{member} is in no household." if none else f"{member} is in household {reference}.")
    if is_new:
        typer.echo(f"Household {reference} is new: it has no arm yet.")


def consent(
    member: Member,
    purpose: Annotated[str, typer.Argument(help=f"One of {', '.join(consents.PURPOSES)}.")],
    given: Annotated[bool, typer.Option("--given/--withdrawn", help="Yes, or not any more.")],
    version: Annotated[str, typer.Option(help="Which version of the words was read or signed.")],
    how: Annotated[str, typer.Option(help="oral or written.")],
    taken_by: Annotated[str, typer.Option(help="Who took it.")],
    language: Annotated[str, typer.Option(help="In which language; the first one if left out.")] = "",
    witness: Annotated[str, typer.Option(help="Who was there, when it was oral.")] = "",
    on: Annotated[str, typer.Option(help="The day, as 2026-03-07; today if left out.")] = "",
    given_by: Annotated[
        str, typer.Option(help="herself, or guardian: a minor's guardian beside her own word.")
    ] = "herself",
    asked_alone: Annotated[
        bool | None,
        typer.Option("--asked-alone/--with-others", help="Whether nobody else was there when she was asked."),
    ] = None,
    by: By = "",
    programme: Programme = "",
) -> None:
    """Enter that somebody agreed to a purpose, or withdrew it."""
    with office_transaction(programme, by) as (office, loaded):
        day = moments.day(on) if on else office.today
        entry = consents.ConsentEntry(
            purpose,
            given,
            version,
            _language(loaded, language),
            how,
            witness or None,
            taken_by,
            day,
            given_by,
            asked_alone,
        )
        consents.enter(office, member, entry)
    typer.echo(f"Entered: {purpose}, {'given' if given else 'withdrawn'}.")


def _placed(member: str, place: membership.Place) -> str:
    said = f"{member}: group {place.group}, list number {place.list_number}."
    return f"{said} The savings group stays as it is." if place.saves else said


COMMANDS: Mapping[str, Callable[..., None]] = {
    "enrol": enrol,
    "move": move,
    "leave": leave,
    "return": come_back,
    "merge": merge,
    "number": number,
    "household": household,
    "consent": consent,
}
"""The commands by the name under which `sms-app people` has them."""


def _language(loaded: LoadedProgramme, language: str) -> str:
    """A language of the programme: the one given, or the first. Exits when it is not one of the programme's."""
    languages = loaded.settings.languages
    if language and language not in languages:
        fail(f"`{language}` is not a language of the programme: choose {' or '.join(languages)}.")
    return language or languages[0]
