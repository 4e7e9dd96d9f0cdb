"""Phone numbers: making one known, whose it is, who uses it, and what was chosen on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app.programme import audit, codes, people
from sms_app.vault import Vault

FIND = "select id from phone_number where programme_id = %(programme)s and number_index = any(%(indexes)s)"
ADD = """
insert into phone_number (id, programme_id, number_sealed, number_index, sharing, stopped_on, language)
values (%(id)s, %(programme)s, %(sealed)s, %(index)s, 'unmarked', %(stopped_on)s, %(language)s)
on conflict (programme_id, number_index) do update set
  stopped_on = coalesce(excluded.stopped_on, phone_number.stopped_on),
  language = coalesce(excluded.language, phone_number.language)
returning id
"""
STOP = "update phone_number set stopped_on = %(today)s where id = %(phone)s"
# the number of each of these rows, in whatever programme it is
STOP_EVERYWHERE = """
update phone_number n set stopped_on = (%(now)s::timestamptz at time zone p.time_zone)::date
from phone_number o, programme p
where o.id = any(%(phones)s) and n.programme_id = p.id and n.number_index = o.number_index and n.stopped_on is null
"""
RESUME = """
update phone_number n set stopped_on = null from participant_phone l
where n.id = %(phone)s and l.phone_number_id = n.id and l.to_on is null and l.participant_id = %(person)s
"""
MARK = "update phone_number set sharing = %(sharing)s where id = %(phone)s"
PHONES_OF = """
select l.phone_number_id as id, (select count(*) from participant_phone o join participant p on p.id = o.participant_id
  where o.phone_number_id = l.phone_number_id and o.to_on is null and p.left_on is null) as people
from participant_phone l where l.participant_id = %(person)s and l.to_on is null
"""
SPEAK = "update phone_number set language = %(language)s where id = %(phone)s"
CLAIM = """
insert into number_claim (id, programme_id, number_sealed, number_index, participant_id, code, expires_at)
values (%(id)s, %(programme)s, %(sealed)s, %(index)s, %(person)s, %(code)s, %(expires)s)
on conflict (programme_id, number_index, participant_id) do update set
  id = excluded.id, number_sealed = excluded.number_sealed, code = excluded.code, expires_at = excluded.expires_at
"""
CLAIMS = """
select id, number_sealed, code from number_claim where participant_id = %(person)s and expires_at > %(now)s
"""
END_CLAIMS = "delete from number_claim where participant_id = %(person)s"
# A coach marked the number private for its earlier owner, so that mark ends. That others use it stays true.
LINK = """
with linked as (
  insert into participant_phone (id, participant_id, phone_number_id, from_on)
  values (%(id)s, %(person)s, %(phone)s, %(today)s)
  on conflict (phone_number_id, participant_id) where to_on is null do nothing
), ended as (
  update participant_phone set to_on = %(today)s
  where participant_id = %(person)s and phone_number_id <> %(phone)s and to_on is null
), unmarked as (
  update phone_number set sharing = 'unmarked' where id = %(phone)s and sharing = 'private'
)
update participant set contact = 'own' where id = %(person)s
"""


Sharing = Literal["marked_shared", "private"]


class UsedByOthers(Exception):
    """Several people are reached on this number, so it is no one's alone."""


@dataclass(frozen=True)
class Number:
    """A number (E.164) of a programme, and its row where that was found already."""

    programme_id: int
    number: str
    phone: UUID | None = None


def known(conn: Connection, vault: Vault, number: Number) -> UUID:
    """The row of a number, made when it is new."""
    values = {"programme": number.programme_id, "indexes": vault.indexes(number.number, "number")}
    found = number.phone or conn.exec_driver_sql(FIND, values).scalar_one_or_none()
    return cast(UUID, found) if found else _add(conn, vault, number)


def stop(conn: Connection, vault: Vault, number: Number, today: date) -> None:
    """Stop every text to a number, known or not."""
    if number.phone is None:
        _add(conn, vault, number, stopped_on=today)
    else:
        conn.exec_driver_sql(STOP, {"today": today, "phone": number.phone})


def stop_everywhere(conn: Connection, phones: Collection[UUID], now: datetime) -> None:
    """Stop every text to the numbers of these rows, in every programme that knows them: the network says so."""
    if phones:
        conn.exec_driver_sql(STOP_EVERYWHERE, {"phones": list(phones), "now": now})


def resume(conn: Connection, number: Number, person: UUID | None) -> None:
    """Let texts reach a number again, if the person is one of those reached on it; else nothing."""
    conn.exec_driver_sql(RESUME, {"phone": number.phone, "person": person})


def mark_shared(conn: Connection, number: Number) -> None:
    """Mark a number as used by others too. A number with no row is nobody's, so there is nothing to mark."""
    if number.phone is not None:
        conn.exec_driver_sql(MARK, {"sharing": "marked_shared", "phone": number.phone})


def mark_for_coach(
    conn: Connection, programme_id: int, member: str, sharing: Sharing, who: str, now: datetime
) -> int:
    """Mark the number that a member is reached on as a coach found it, with her present; gives how many were marked.

    Raises people.UnknownMember, and UsedByOthers when several people are reached on a number that is to be private."""
    person = people.find(conn, programme_id, member)
    phones = conn.exec_driver_sql(PHONES_OF, {"person": person}).all()
    if sharing == "private" and any(phone.people > 1 for phone in phones):
        raise UsedByOthers
    for phone in phones:
        conn.exec_driver_sql(MARK, {"sharing": sharing, "phone": phone.id})
        audit.record(
            conn, programme_id, who, f"mark_{sharing.removeprefix('marked_')}", "phone_number", phone.id, now
        )
    return len(phones)


def speak(conn: Connection, vault: Vault, number: Number, language: str) -> None:
    """Speak a language on a number, known or not, whoever calls from it."""
    if number.phone is None:
        _add(conn, vault, number, language=language)
    else:
        conn.exec_driver_sql(SPEAK, {"language": language, "phone": number.phone})


def claim(conn: Connection, vault: Vault, number: Number, member: str, now: datetime) -> str:
    """A code for this number and member number, good for ten minutes: the phone shows it, the coach types it with her
    present. Until then nothing changes. A member number that is nobody's gets a code too, which confirms nothing."""
    id_, code = uuid4(), codes.new()
    asked = {"programme": number.programme_id, "member": member}
    person = conn.exec_driver_sql(people.FIND, asked).scalar_one_or_none()
    if person is None:
        return code
    values = {
        "id": id_, "programme": number.programme_id, "person": person,
        "sealed": vault.seal(number.number, "number_claim", "number_sealed", id_),
        "index": vault.index(number.number, "number"), "code": vault.pin(person, code, "claim"),
        "expires": now + codes.LASTS,
    }  # fmt: skip
    conn.exec_driver_sql(CLAIM, values)
    return code


def confirm(
    conn: Connection, vault: Vault, programme_id: int, member: str, code: str, who: str, now: datetime,
    today: date,
) -> bool:  # fmt: skip
    """Make the number whose phone shows `code` the member's own, and her earlier ones no longer hers.

    False when no such code is open for her, or two phones happen to show it. The old number is told nothing. Raises
    people.UnknownMember."""
    person = people.find(conn, programme_id, member)
    claims = conn.exec_driver_sql(CLAIMS, {"person": person, "now": now}).all()
    shown = [c for c in claims if vault.pin_matches(person, code, bytes(c.code), "claim")]
    if len(shown) != 1:
        return False
    number = vault.open(bytes(shown[0].number_sealed), "number_claim", "number_sealed", shown[0].id)
    phone = known(conn, vault, Number(programme_id, number))
    conn.exec_driver_sql(LINK, {"id": uuid4(), "person": person, "phone": phone, "today": today})
    conn.exec_driver_sql(END_CLAIMS, {"person": person})
    audit.record(conn, programme_id, who, "confirm_number", "participant", person, now)
    return True


def _add(
    conn: Connection,
    vault: Vault,
    number: Number,
    stopped_on: date | None = None,
    language: str | None = None,
) -> UUID:
    """Make the row; when somebody made it meanwhile, set on it what is given."""
    phone = uuid4()
    values = {
        "id": phone, "programme": number.programme_id, "stopped_on": stopped_on, "language": language,
        "sealed": vault.seal(number.number, "phone_number", "number_sealed", phone),
        "index": vault.index(number.number, "number"),
    }  # fmt: skip
    return cast(UUID, conn.exec_driver_sql(ADD, values).scalar_one())
