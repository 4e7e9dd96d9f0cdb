"""Member cards: whose are printed, and which keys the common ways of the menu have.

A card has a member number, the service code and keys; no name, no group, no amount and not the programme's name, so
that who finds one learns nothing about its owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sms_app.programme import membership
from sms_app.programme.desk import OfficeTransaction, Refused

MEMBERS = """
select p.member_number from participant p left join training_group g on g.id = p.group_id
where p.programme_id = %(programme)s and p.left_on is null
  and (%(group)s::int is null or g.number = %(group)s)
order by g.number, p.list_number, p.member_number
"""
WAYS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "next_session": (("root", "menu", "flow:training"), ("training", "menu", "next")),
    "check_in": (("root", "menu", "flow:training"), ("training", "menu", "check_in")),
    "saving": (("root", "menu", "flow:savings"), ("savings", "menu", "report")),
    "stop_messages": (
        ("root", "menu", "flow:other"),
        ("other", "menu", "messages"),
        ("other", "messages", "stop"),
        ("other", "stop", "stop_all"),
    ),
}
"""The common ways, each as the choices that lead there: flow, block, and what the digit means there."""

Digits = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Published digits: flow, block, digit, meaning (engine/checker/published.py)."""


@dataclass(frozen=True)
class Way:
    """A common way and the keys that lead there, one after the other, after the service code."""

    name: str
    keys: Sequence[str]


def ways(published: Digits) -> list[Way]:
    """The common ways that the programme's published digits have."""
    all_keys = {name: [_key(published, *choice) for choice in choices] for name, choices in WAYS.items()}
    return [Way(name, [key for key in keys if key]) for name, keys in all_keys.items() if all(keys)]


def members(office: OfficeTransaction, group: int | None) -> list[str]:
    """The member numbers of one training group, or of all participants, in the order of the lists; that they were taken
    out is in the trail. Raises Refused."""
    about = ("programme", str(office.programme_id))
    if group is not None:
        about = ("training_group", str(membership.group_by_number(office, group).id))
    values = {"programme": office.programme_id, "group": group}
    numbers = list(office.conn.exec_driver_sql(MEMBERS, values).scalars())
    if not numbers:
        raise Refused("There is nobody to print a card for.")
    office.record("print_cards", *about)
    return numbers


def of_person(office: OfficeTransaction, member: str) -> str:
    """The member number of somebody who takes part, for a card; that it was taken out is in the trail. Raises
    Refused."""
    person = membership.find_active(office, member)
    office.record("print_cards", "participant", person.id)
    return person.member_number


def _key(published: Digits, flow: str, block: str, meaning: str) -> str | None:
    digits = published.get(flow, {}).get(block, {})
    return next((digit for digit, target in digits.items() if target == meaning), None)
