"""Participants and their phones: member numbers, opening a PIN, confirming a number."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app.programme import audit
from sms_app.vault import Vault

CODE_LASTS = timedelta(minutes=10)

FIND = """
select id from participant
where member_number = %(member)s and left_on is null and programme_id = %(programme)s
"""
OPEN_PIN = """
insert into pin_opening (participant_id, code, opened_by, expires_at, wrong, used)
values (%(person)s, %(code)s, %(who)s, %(expires)s, 0, false)
on conflict (participant_id) do update set code = excluded.code, opened_by = excluded.opened_by,
  expires_at = excluded.expires_at, wrong = 0, used = false
"""
CLAIMS = """
select id, number_sealed, code from number_claim where participant_id = %(person)s and expires_at > %(now)s
"""
KNOWN_NUMBER = (
    "select id from phone_number where programme_id = %(programme)s and number_index = any(%(indexes)s)"
)
ADD_NUMBER = """
insert into phone_number (id, programme_id, number_sealed, number_index, shared)
values (%(id)s, %(programme)s, %(sealed)s, %(index)s, true)
on conflict (programme_id, number_index) do update set shared = phone_number.shared returning id
"""
LINK = """
with linked as (
  insert into participant_phone (id, participant_id, phone_number_id, from_on)
  values (%(id)s, %(person)s, %(phone)s, %(today)s)
  on conflict (phone_number_id, participant_id) where to_on is null do nothing
), ended as (
  update participant_phone set to_on = %(today)s
  where participant_id = %(person)s and phone_number_id <> %(phone)s and to_on is null
), shared as (
  -- private was said of its earlier owner: a number is marked private anew, with her present
  update phone_number set shared = true where id = %(phone)s
)
update participant set contact = 'own' where id = %(person)s
"""


class UnknownMember(Exception):
    """No participant of the programme has this member number now."""


def member_number(n: int) -> str:
    """The n-th member number (from 1): four digits and a Luhn check digit, so that a slip is not someone else."""
    body = f"{n:04d}"
    return body + str(_check_digit(body))


def is_member_number(typed: str) -> bool:
    """Whether a number carries its own check digit."""
    return (
        typed.isascii() and typed.isdigit() and len(typed) > 1 and _check_digit(typed[:-1]) == int(typed[-1])
    )


def _check_digit(body: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def find(conn: Connection, programme_id: int, member: str) -> UUID:
    """The participant of a member number. Raises UnknownMember."""
    row = conn.exec_driver_sql(FIND, {"member": member, "programme": programme_id}).one_or_none()
    if row is None:
        raise UnknownMember
    return cast(UUID, row.id)


def open_pin(conn: Connection, vault: Vault, programme_id: int, member: str, who: str, now: datetime) -> str:
    """Open a member's PIN: the four-digit code that a coach reads out, good for ten minutes, once."""
    person = find(conn, programme_id, member)
    code = f"{secrets.randbelow(9000) + 1000}"
    values = {
        "person": person,
        "code": vault.pin(person, code, "opening"),
        "who": who,
        "expires": now + CODE_LASTS,
    }
    conn.exec_driver_sql(OPEN_PIN, values)
    audit.record(conn, programme_id, who, "open_pin", "participant", person, now)
    return code


def confirm_number(
    conn: Connection, vault: Vault, programme_id: int, member: str, code: str, who: str, now: datetime,
    today: date,
) -> bool:  # fmt: skip
    """Make the number whose phone shows `code` the member's own, and her earlier ones no longer hers.

    False when no such code is open for her, or two phones happen to show it. The old number is told nothing."""
    person = find(conn, programme_id, member)
    claims = conn.exec_driver_sql(CLAIMS, {"person": person, "now": now}).all()
    shown = [claim for claim in claims if vault.pin_matches(person, code, bytes(claim.code), "claim")]
    if len(shown) != 1:
        return False
    number = vault.open(bytes(shown[0].number_sealed), "number_claim", "number_sealed", shown[0].id)
    phone = known_number(conn, vault, programme_id, number)
    conn.exec_driver_sql(LINK, {"id": uuid4(), "person": person, "phone": phone, "today": today})
    conn.exec_driver_sql("delete from number_claim where participant_id = %(person)s", {"person": person})
    audit.record(conn, programme_id, who, "confirm_number", "participant", person, now)
    return True


def known_number(conn: Connection, vault: Vault, programme_id: int, number: str) -> UUID:
    """The row of a number (E.164), made when it is new."""
    values: dict[str, Any] = {"programme": programme_id, "indexes": vault.indexes(number, "number")}
    found = conn.exec_driver_sql(KNOWN_NUMBER, values).scalar_one_or_none()
    if found is None:
        phone = uuid4()
        sealed = vault.seal(number, "phone_number", "number_sealed", phone)
        values = {
            "id": phone, "programme": programme_id, "sealed": sealed, "index": vault.index(number, "number"),
        }  # fmt: skip
        found = conn.exec_driver_sql(ADD_NUMBER, values).scalar_one()
    return cast(UUID, found)
