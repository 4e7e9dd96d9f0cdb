"""Participants: finding a participant by member number, and her own choices."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app.texts import fold

# null when nobody has the number now; a merged participant's is the other one's (revision 0019)
FIND = "select member_of(%(programme)s, %(member)s)"
SET_LANGUAGE = "update participant set language = %(language)s where id = %(person)s"
TOGGLE_AMOUNTS = "update participant set amounts_by_phone = not amounts_by_phone where id = %(person)s"

MAX_INITIALS = 3


class UnknownMember(Exception):
    """No participant of the programme has this member number now."""


def find(conn: Connection, programme_id: int, member: str) -> UUID:
    """The id of the participant with a member number, also of one that was merged into this participant. Raises
    UnknownMember."""
    person = conn.exec_driver_sql(FIND, {"member": member, "programme": programme_id}).scalar_one()
    if person is None:
        raise UnknownMember
    return cast(UUID, person)


def initials(name: str) -> str:
    """The first letters of a name's words, as a coach's roll shows them beside list numbers: `Uwase Marie` is `UM`.

    At most MAX_INITIALS letters, in the phones' alphabet."""
    letters = [word[0].upper() for word in fold(name).split() if word[0].isalnum()]
    return "".join(letters[:MAX_INITIALS])


def set_language(conn: Connection, person: UUID, language: str) -> None:
    """Set a participant's language; it is used where her number has no language of its own."""
    conn.exec_driver_sql(SET_LANGUAGE, {"language": language, "person": person})


def toggle_amounts(conn: Connection, person: UUID | None) -> None:
    """Turn showing a participant's amounts by phone on or off."""
    conn.exec_driver_sql(TOGGLE_AMOUNTS, {"person": person})
