"""Phone numbers: making one known, whose it is, who uses it, and what was chosen on it."""

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
# Rows are locked in the order of their ids, as delivery reports lock them.
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
# the number of each of these rows, in whatever programme it is
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
# all numbers on which a participant is reached
RESUME_HERS = """
update phone_number n set stopped_on = null, resumed_at = %(now)s from participant_phone l
where l.participant_id = %(person)s and l.to_on is null and n.id = l.phone_number_id
"""
RESUME_LASTS = timedelta(days=3)
"""How long the second of a resume is kept: so long a text that was sent before it may still arrive."""
# After that its day is enough. Its first moment, so that only a stop of an earlier day counts as sent before.
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


def stop(
    conn: Connection,
    vault: Vault,
    number: str,
    programmes: Collection[int],
    now: datetime,
    sent_at: datetime | None = None,
) -> None:
    """Stop every text to a number (E.164) in every programme that knows it, and in `programmes`, where it becomes
    known if it is not.

    `stopped_on` becomes each programme's own day at `now` (aware UTC). Where texts were resumed after `sent_at` (aware
    UTC, to the second) nothing changes; a stop whose `sent_at` is not known takes effect."""
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
    """Stop every text to the numbers of these rows, in every programme that knows them: the network says so.

    The network's own list has no date and is not changed by a resume here, so this takes effect at any time."""
    if phones:
        conn.exec_driver_sql(STOP_EVERYWHERE, {"phones": list(phones), "now": now})


def resume(conn: Connection, number: Number, person: UUID | None, now: datetime) -> None:
    """Let texts reach a number again, if the person is one of those reached on it; from any other number, hers.

    When it was is kept to the second, as the provider dates texts, so that a stop that was sent earlier and arrives
    later changes nothing. `now` is aware UTC."""
    values = {"phone": number.phone, "person": person, "now": now.replace(microsecond=0)}
    if conn.exec_driver_sql(RESUME, values).rowcount == 0:
        conn.exec_driver_sql(RESUME_HERS, values)


def resume_hers(conn: Connection, programme_id: int, member: str, who: str, now: datetime) -> bool:
    """Let texts reach a participant's numbers again, as she asks her coach face to face; False when she has none.

    Raises people.UnknownMember."""
    person = people.find(conn, programme_id, member)
    resumed = conn.exec_driver_sql(
        RESUME_HERS, {"person": person, "now": now.replace(microsecond=0)}
    ).rowcount
    if resumed:
        audit.record(conn, programme_id, who, "resume_messages", "participant", person, now)
    return bool(resumed)


def forget(conn: Connection, now: datetime) -> None:
    """Keep only the day of a resume that is longer ago than RESUME_LASTS."""
    conn.exec_driver_sql(TO_THE_DAY, {"before": now - RESUME_LASTS})


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


def set_language(conn: Connection, vault: Vault, number: Number, language: str) -> None:
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


def _add(conn: Connection, vault: Vault, number: Number, language: str | None = None) -> UUID:
    """Make the row; when somebody made it meanwhile, set on it what is given."""
    phone = uuid4()
    values = {
        "id": phone,
        "programme": number.programme_id,
        "language": language,
        "sealed": vault.seal(number.number, "phone_number", "number_sealed", phone),
        "index": vault.index(number.number, "number"),
    }
    return cast(UUID, conn.exec_driver_sql(ADD, values).scalar_one())
