"""Makes the columns of which several sheets have one."""

from __future__ import annotations

from sms_app.models.people import MAX_COACH_CODE_LENGTH
from sms_app.models.programme import MAX_REFERENCE_LENGTH
from sms_app.programme.workbook.columns import Column, Kind


def day(name: str, title: str, help_: str, needed: bool = False, keeps: bool = False) -> Column:
    """A column of days."""
    return Column(name, title, Kind.DAY, f"{help_} A date, or text such as 5/3/2026.", needed, keeps)


def count(
    name: str,
    title: str,
    help_: str,
    longest: int,
    needed: bool = False,
    keeps: bool = False,
    refers: str = "",
    least: int = 1,
) -> Column:
    """A column of whole numbers, from `least` to `longest`."""
    return Column(name, title, Kind.COUNT, help_, needed, keeps, refers=refers, longest=longest, least=least)


def key(name: str, title: str, help_: str, refers: str = "", needed: bool = True) -> Column:
    """A column of references."""
    return Column(name, title, Kind.KEY, help_, needed, refers=refers, longest=MAX_REFERENCE_LENGTH)


def code(name: str, title: str, help_: str, refers: str = "") -> Column:
    """A column of coaches' codes."""
    return Column(name, title, Kind.CODE, help_, True, refers=refers, longest=MAX_COACH_CODE_LENGTH)


def choice(
    name: str, title: str, help_: str, choices: tuple[str, ...], needed: bool = False, keeps: bool = False
) -> Column:
    """A column with a choice."""
    return Column(name, title, Kind.CHOICE, help_, needed, keeps, choices)


def person(name: str = "person", title: str = "Person") -> Column:
    """A column that names a person."""
    return key(name, title, "The person's reference, as on the sheet People.", "people")


def since() -> Column:
    """The first day of a relation."""
    return day("since", "Since", "The first day; today if left empty in a new row.", keeps=True)


def until() -> Column:
    """The last day of a relation."""
    help_ = "The last day; empty while it lasts. What has ended begins again with a later `Since` only."
    return day("until", "Until", help_, keeps=True)


def savings_group() -> Column:
    """A column that names a savings group."""
    return Column(
        "savings_group",
        "Savings group",
        Kind.TEXT,
        "The savings group's name, as on the sheet Savings groups.",
        needed=True,
        refers="savings_groups",
    )
