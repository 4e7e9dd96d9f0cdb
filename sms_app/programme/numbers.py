"""Phone numbers: storing a number, whose it is, who uses it, and what was chosen on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app.programme import audit, codes, people
from sms_app.vault import Vault

FIND = "select id from phone_number where programme_id = %(programme)s and number_index = any(%(indexes)s)"
ADD = """
insert into phone_number (id, programme_id, number_sealed, number_index, sharing, language)
values (%(id)s, %(programme)s, %(sealed)s, %(index)s, 'unmarked', %(language)s)
on conflict (programme_id, number_index) do update set
  language = coalesce(excluded.language, phone_number.language)
returning id
"""
UNKNOWN_TO = """
select p.id from programme p where p.id = any(%(programmes)s) and not exists (
  select from phone_number n where n.programme_id = p.id and n.number_index = any(%(indexes)s)
) order by p.id
"""
# Locks rows in the order of their ids, as delivery reports do, so that the two can't deadlock.
STOP = """
with meant as (
  select n.id, (%(now)s::timestamptz at time zone p.time_zone)::date as today
  from programme p join phone_number n on n.programme_id = p.id and n.number_index = any(%(indexes)s)
  where %(sent_at)s::timestamptz is null or n.resumed_at is null or n.resumed_at <= %(sent_at)s
    or n.resumed_at > %(now)s
  order by n.id for no key update of n
)
update phone_number n set stopped_on = meant.today, resumed_at = null from meant where n.id = meant.id
"""
# stops the numbers of these rows in every programme that knows them
STOP_EVERYWHERE = """
update phone_number n
set stopped_on = (%(now)s::timestamptz at time zone p.time_zone)::date, resumed_at = null
from phone_number o, programme p
where o.id = any(%(phones)s) and n.programme_id = p.id and n.number_index = o.number_index and n.stopped_on is null
"""
RESUME = """
update phone_number n set stopped_on = null, resumed_at = %(now)s from participant_phone l
where n.id = %(phone)s and l.phone_number_id = n.id and l.to_on is null and l.participant_id = %(person)s
"""
# lets texts go again to all numbers on which a participant is reached
RESUME_HERS = """
update phone_number n set stopped_on = null, resumed_at = %(now)s from participant_phone l
where l.participant_id = %(person)s and l.to_on is null and n.id = l.phone_number_id
"""
RESUME_LASTS = timedelta(days=3)
"""How long the second of a resume is stored: for this time a text that was sent before it may still arrive."""
# After that only the day is stored, as its first moment. A stop of an earlier day then counts as sent before.
TO_THE_DAY = """
update phone_number n
set resumed_at = date_trunc('day', n.resumed_at at time zone p.time_zone) at time zone p.time_zone
from programme p where p.id = n.programme_id and n.resumed_at <= %(before)s
  and n.resumed_at <> date_trunc('day', n.resumed_at at time zone p.time_zone) at time zone p.time_zone
"""
MARK = "update phone_number set sharing = %(sharing)s where id = %(phone)s"
PHONES_OF = """
select l.phone_number_id as id, (select count(*) from participant_phone o join participant p on p.id = o.participant_id
  where o.phone_number_id = l.phone_number_id and o.to_on is null and p.left_on is null) as people
from participant_phone l where l.participant_id = %(person)s and l.to_on is null
"""
SET_LANGUAGE = "update phone_number set language = %(language)s where id = %(phone)s"
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
# Removes the mark `private`, which a coach made for the number's earlier owner. The mark that others use it stays.
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
    """Several people are reached on this number, so it can't be marked private."""


@dataclass(frozen=True)
class Number:
    """A number (E.164) of a programme, and the id of its row if that is known."""

    programme_id: int
    number: str
    phone: UUID | None = None


def find_or_add(conn: Connection, vault: Vault, number: Number) -> UUID:
    """The id of a number's row, which is added when the number is new."""
    values = {"programme": number.programme_id, "indexes": vault.indexes(number.number, "number")}
    phone = number.phone or conn.exec_driver_sql(FIND, values).scalar_one_or_none()
    return cast(UUID, phone) if phone else _add(conn, vault, number)


def stop(
    conn: Connection,
    vault: Vault,
    number: str,
    programmes: Collection[int],
    now: datetime,
    sent_at: datetime | None = None,
) -> None:
    """Stop all texts to a number (E.164) in every programme that knows it, and in `programmes`, which add the number if
    they do not know it.

    `stopped_on` becomes each programme's own day at `now` (aware UTC). Nothing changes where texts were resumed after
    `sent_at` (aware UTC, to the second); a stop without `sent_at` always takes effect."""
    values = {
        "indexes": vault.indexes(number, "number"),
        "programmes": list(programmes),
        "now": now,
        "sent_at": sent_at,
    }
    for programme in conn.exec_driver_sql(UNKNOWN_TO, values).scalars().all():
        _add(conn, vault, Number(programme, number))
    conn.exec_driver_sql(STOP, values)


def stop_everywhere(conn: Connection, phones: Collection[UUID], now: datetime) -> None:
    """Stop all texts to the numbers of these rows in every programme that knows them, because the network refuses them.

    The network's list has no dates, and a resume here does not change it, so an earlier resume does not matter."""
    if phones:
        conn.exec_driver_sql(STOP_EVERYWHERE, {"phones": list(phones), "now": now})


def resume(conn: Connection, number: Number, person: UUID | None, now: datetime) -> None:
    """Allow texts again to a number on which the person is reached. If she is not reached on it, allow them to all
    numbers of hers.

    The time is stored to the second, as the provider dates texts, so that a stop that was sent earlier and arrives
    later changes nothing. `now` is aware UTC."""
    values = {"phone": number.phone, "person": person, "now": now.replace(microsecond=0)}
    if conn.exec_driver_sql(RESUME, values).rowcount == 0:
        conn.exec_driver_sql(RESUME_HERS, values)


def resume_hers(conn: Connection, programme_id: int, member: str, who: str, now: datetime) -> bool:
    """Allow texts again to a participant's numbers, at her request to her coach; False when she has no number.

    Raises people.UnknownMember."""
    person = people.find(conn, programme_id, member)
    resumed = conn.exec_driver_sql(
        RESUME_HERS, {"person": person, "now": now.replace(microsecond=0)}
    ).rowcount
    if resumed:
        audit.record(conn, programme_id, who, "resume_messages", "participant", person, now)
    return bool(resumed)


def forget(conn: Connection, now: datetime) -> None:
    """Reduce the time of each resume that is longer ago than RESUME_LASTS to its day."""
    conn.exec_driver_sql(TO_THE_DAY, {"before": now - RESUME_LASTS})


def mark_shared(conn: Connection, number: Number) -> None:
    """Mark a number as used by others too. Does nothing for a number without a row, on which nobody is reached."""
    if number.phone is not None:
        conn.exec_driver_sql(MARK, {"sharing": "marked_shared", "phone": number.phone})


def mark_for_coach(
    conn: Connection, programme_id: int, member: str, sharing: Sharing, who: str, now: datetime
) -> int:
    """Mark the numbers on which a member is reached, as she and her coach say; gives how many were marked.

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


def set_language(conn: Connection, vault: Vault, number: Number, language: str) -> None:
    """Set the language for all who call from a number. A number that is not known is added."""
    if number.phone is None:
        _add(conn, vault, number, language=language)
    else:
        conn.exec_driver_sql(SET_LANGUAGE, {"language": language, "phone": number.phone})


def claim(conn: Connection, vault: Vault, number: Number, member: str, now: datetime) -> str:
    """Claim a number for a member number. Gives a code that is valid for ten minutes: the phone shows it, and the coach
    types it with her present. Until then nothing changes. A member number that nobody has gets a code, too; it confirms
    nothing."""
    id_, code = uuid4(), codes.new()
    asked = {"programme": number.programme_id, "member": member}
    person = conn.exec_driver_sql(people.FIND, asked).scalar_one_or_none()
    if person is None:
        return code
    values = {
        "id": id_,
        "programme": number.programme_id,
        "person": person,
        "sealed": vault.seal(number.number, "number_claim", "number_sealed", id_),
        "index": vault.index(number.number, "number"),
        "code": vault.pin(person, code, "claim"),
        "expires": now + codes.LASTS,
    }
    conn.exec_driver_sql(CLAIM, values)
    return code


def confirm(
    conn: Connection,
    vault: Vault,
    programme_id: int,
    member: str,
    code: str,
    who: str,
    now: datetime,
    today: date,
) -> bool:
    """Make the number whose phone shows `code` the member's own number, and end her earlier numbers.

    False when she has no open claim with this code, or two claims with the same one. Nothing is sent to the old number.
    Raises people.UnknownMember."""
    person = people.find(conn, programme_id, member)
    claims = conn.exec_driver_sql(CLAIMS, {"person": person, "now": now}).all()
    shown = [c for c in claims if vault.pin_matches(person, code, bytes(c.code), "claim")]
    if len(shown) != 1:
        return False
    number = vault.open(bytes(shown[0].number_sealed), "number_claim", "number_sealed", shown[0].id)
    phone = find_or_add(conn, vault, Number(programme_id, number))
    conn.exec_driver_sql(LINK, {"id": uuid4(), "person": person, "phone": phone, "today": today})
    conn.exec_driver_sql(END_CLAIMS, {"person": person})
    audit.record(conn, programme_id, who, "confirm_number", "participant", person, now)
    return True


def _add(conn: Connection, vault: Vault, number: Number, language: str | None = None) -> UUID:
    """Add a number's row, or set the given language on the row that another transaction added meanwhile."""
    phone = uuid4()
    values = {
        "id": phone,
        "programme": number.programme_id,
        "language": language,
        "sealed": vault.seal(number.number, "phone_number", "number_sealed", phone),
        "index": vault.index(number.number, "number"),
    }
    return cast(UUID, conn.exec_driver_sql(ADD, values).scalar_one())
