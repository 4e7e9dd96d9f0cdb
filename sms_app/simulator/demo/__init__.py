"""The demo programme: invented people, with the gaps that real lists have, and a year of data about them. The same
seed gives the same people."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme.settings import Programme
from sms_app.simulator.demo import people, reach, savings, timetable, trial
from sms_app.simulator.demo.builder import LIVED, DemoBuilder, Past, chance
from sms_app.vault import Vault

__all__ = ["HEADER", "Past", "env", "lists", "load", "phones", "write_lists", "write_phones"]

HEADER = ("number", "member", "role", "arm", "group", "pin")
LISTS_HEADER = ("group", "list_number", "member", "name")
Entry = Mapping[str, str]
"""A line of demo-phones.csv, keyed by HEADER."""

PARTICIPANTS = """
select p.id, n.id as phone, n.number_sealed, p.member_number, p.role, g.number as group_number, p.pin,
  (select a.code from household_link l join arm_assignment s on s.household_id = l.household_id
   join arm a on a.id = s.arm_id where l.participant_id = p.id and l.to_on is null) as arm
from participant p
left join participant_phone t on t.participant_id = p.id and t.to_on is null
left join phone_number n on n.id = t.phone_number_id
left join training_group g on g.id = p.group_id
where p.programme_id = %(programme)s and p.left_on is null order by g.number, p.list_number
"""
LISTS = """
select p.id, g.number as group_number, p.list_number, p.member_number, p.name_sealed
from participant p join training_group g on g.id = p.group_id
where p.programme_id = %(programme)s and p.left_on is null and p.list_number is not null
order by g.number, p.list_number
"""
COACHES = """
select c.id, c.code, c.pin, n.id as phone, n.number_sealed, min(g.number) as group_number
from coach c join phone_number n on n.id = c.phone_number_id
join group_coach k on k.coach_id = c.id and k.to_on is null join training_group g on g.id = k.group_id
where c.programme_id = %(programme)s group by c.id, n.id order by min(g.number)
"""


@dataclass(frozen=True)
class _Phone:
    """A number, if there is one, and the training group of whoever is on it."""

    phone: UUID | None
    number_sealed: bytes | None
    group_number: int | None


@dataclass(frozen=True)
class _Participant(_Phone):
    id: UUID
    member_number: str
    role: str
    pin: bytes | None
    arm: str | None


@dataclass(frozen=True)
class _Coach(_Phone):
    id: UUID
    code: str
    pin: bytes | None


@dataclass(frozen=True)
class _Expected:
    """A participant on her group's list."""

    id: UUID
    group_number: int
    list_number: int
    member_number: str
    name_sealed: bytes


def load(
    conn: Connection,
    vault: Vault,
    programme: Programme,
    programme_id: int,
    today: date,
    seed: int = 1,
    past: Past = LIVED,
) -> bool:
    """Insert the demo's people, timetable and savings around `today`, with this past. Returns False, and inserts
    nothing, when the programme has people already."""
    has_people = "select 1 from participant where programme_id = %(programme)s limit 1"
    if conn.exec_driver_sql(has_people, {"programme": programme_id}).first():
        return False
    arms_query = "select code, id from arm where programme_id = %(programme)s"
    arms = {
        str(code): int(id_) for code, id_ in conn.exec_driver_sql(arms_query, {"programme": programme_id})
    }
    builder = DemoBuilder(vault, programme, programme_id, today, chance(seed, programme.slug), past)
    everyone = people.make(builder, arms, seed)
    reach.make(builder, everyone, seed)
    savings.make(builder, everyone, timetable.make(builder, everyone))
    trial.make(builder, everyone, seed)
    builder.store(conn)
    return True


def phones(conn: Connection, vault: Vault, programme_id: int, seed: int = 1) -> list[Entry]:
    """Everyone in the demo: E.164 number or none, member number, role, arm, group, and the PIN that was loaded, as long
    as it is still valid. A coach's group is her first."""
    values, pins = {"programme": programme_id}, people.pins(seed)
    entries = []
    for row in sql.rows(conn, PARTICIPANTS, _Participant, values):
        pin = pins.get(row.member_number, "")
        valid = row.pin is not None and vault.pin_matches(row.id, pin, bytes(row.pin))
        entries.append(_entry(vault, row, row.member_number, row.role, row.arm or "", pin if valid else ""))
    coach_pins = people.coach_pins(seed, reach.COACHES)
    for coach in sql.rows(conn, COACHES, _Coach, values):
        pin = coach_pins.get(coach.code, "")
        valid = coach.pin is not None and vault.pin_matches(coach.id, pin, bytes(coach.pin))
        entries.append(_entry(vault, coach, "", "coach", "", pin if valid else ""))
    return entries


def lists(conn: Connection, vault: Vault, programme_id: int) -> list[Entry]:
    """Who is expected at the latest session of each group that has begun or comes next: a line of demo-lists.csv."""
    expected = sql.rows(conn, LISTS, _Expected, {"programme": programme_id})
    return [dict(zip(LISTS_HEADER, _line_of(vault, person), strict=True)) for person in expected]


def _line_of(vault: Vault, person: _Expected) -> tuple[str, str, str, str]:
    name = vault.open(bytes(person.name_sealed), "participant", "name_sealed", person.id)
    return str(person.group_number), str(person.list_number), person.member_number, name


def write_lists(path: Path, entries: Sequence[Entry]) -> None:
    """Write demo-lists.csv."""
    _write(path, LISTS_HEADER, entries)


def _entry(vault: Vault, row: _Phone, member: str, role: str, arm: str, pin: str) -> Entry:
    number = ""
    if row.phone is not None and row.number_sealed is not None:
        number = vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.phone)
    return dict(zip(HEADER, (number, member, role, arm, str(row.group_number or ""), pin), strict=True))


def write_phones(path: Path, entries: Sequence[Entry]) -> None:
    """Write demo-phones.csv."""
    _write(path, HEADER, entries)


def _write(path: Path, header: Sequence[str], entries: Sequence[Entry]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(entries)


def env(entries: Sequence[Entry]) -> dict[str, str]:
    """The variables DEMO_PHONE_WOMAN_1…3, _MAN_1…3 and _COACH_1…2.

    Each of these women and men is alone on a number, has no PIN, and is in a savings group of free amounts. Man 1
    belongs to woman 1's household, and so on.
    """
    variables = {}
    for role, group in zip(("woman", "man"), people.FREE_GROUPS, strict=True):
        chosen = [e for e in entries if e["role"] == role and e["group"] == str(group)]
        for n, entry in enumerate(chosen[: people.DEMO_PEOPLE], 1):
            variables[f"DEMO_PHONE_{role.upper()}_{n}"] = entry["number"]
    coaches = [e for e in entries if e["role"] == "coach"]
    return variables | {f"DEMO_PHONE_COACH_{n}": entry["number"] for n, entry in enumerate(coaches[:2], 1)}
