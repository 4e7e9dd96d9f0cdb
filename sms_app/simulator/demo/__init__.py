"""The demo programme: invented people with what real lists have, and a year of theirs, the same for the same seed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from sms_app.programme.settings import Programme
from sms_app.simulator.demo import people, reach, savings, timetable
from sms_app.simulator.demo.made import Made, chance
from sms_app.vault import Vault

__all__ = ["HEADER", "env", "lists", "load", "phones", "write_lists", "write_phones"]

HEADER = ("number", "member", "role", "arm", "group", "pin")
LISTS_HEADER = ("group", "list_number", "member", "name")
Entry = Mapping[str, str]
"""A line of demo-phones.csv, by HEADER."""

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


def load(
    conn: Connection, vault: Vault, programme: Programme, programme_id: int, today: date, seed: int = 1
) -> bool:
    """Make the demo's people, timetable and savings around `today`; False, and nothing made, when it has people."""
    has_people = "select 1 from participant where programme_id = %(programme)s limit 1"
    if conn.exec_driver_sql(has_people, {"programme": programme_id}).first():
        return False
    arms_query = "select code, id from arm where programme_id = %(programme)s"
    arms = {
        str(code): int(id_) for code, id_ in conn.exec_driver_sql(arms_query, {"programme": programme_id})
    }
    made = Made(vault, programme, programme_id, today, chance(seed, programme.slug))
    found = people.make(made, arms, seed)
    reach.make(made, found, seed)
    savings.make(made, found, timetable.make(made, found))
    made.store(conn)
    return True


def phones(conn: Connection, vault: Vault, programme_id: int, seed: int = 1) -> list[Entry]:
    """Everyone in the demo: E.164 number or none, member number, role, arm, group, and the PIN that was loaded, if
    it still is hers. A coach's group is the first of them."""
    values, pins = {"programme": programme_id}, people.pins(seed)
    found = []
    for row in conn.exec_driver_sql(PARTICIPANTS, values):
        pin = pins.get(row.member_number, "")
        holds = row.pin is not None and vault.pin_matches(row.id, pin, bytes(row.pin))
        found.append(_entry(vault, row, row.member_number, row.role, row.arm or "", pin if holds else ""))
    hers = people.coach_pins(seed, reach.COACHES)
    for row in conn.exec_driver_sql(COACHES, values):
        pin = hers.get(row.code, "")
        holds = row.pin is not None and vault.pin_matches(row.id, pin, bytes(row.pin))
        found.append(_entry(vault, row, "", "coach", "", pin if holds else ""))
    return found


def lists(conn: Connection, vault: Vault, programme_id: int) -> list[Entry]:
    """Who is expected at the latest session of each group that has begun or comes next: a line of demo-lists.csv."""
    return [
        dict(
            zip(
                LISTS_HEADER,
                (
                    str(row.group_number),
                    str(row.list_number),
                    row.member_number,
                    vault.open(bytes(row.name_sealed), "participant", "name_sealed", row.id),
                ),
                strict=True,
            )
        )
        for row in conn.exec_driver_sql(LISTS, {"programme": programme_id})
    ]


def write_lists(path: Path, entries: Sequence[Entry]) -> None:
    """Write demo-lists.csv."""
    _write(path, LISTS_HEADER, entries)


def _entry(vault: Vault, row: Row[Any], member: str, role: str, arm: str, pin: str) -> Entry:
    number = ""
    if row.phone is not None:
        number = vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", UUID(str(row.phone)))
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
    """DEMO_PHONE_WOMAN_1…3, _MAN_1…3 and _COACH_1…2. The people were loaded alone on their number, without a PIN, in
    a savings group of free amounts; each man is of the household of the woman with his number."""
    found = {}
    for role, group in zip(("woman", "man"), people.FREE_GROUPS, strict=True):
        chosen = [e for e in entries if e["role"] == role and e["group"] == str(group)]
        for n, entry in enumerate(chosen[: people.DEMO_PEOPLE], 1):
            found[f"DEMO_PHONE_{role.upper()}_{n}"] = entry["number"]
    coaches = [e for e in entries if e["role"] == "coach"]
    return found | {f"DEMO_PHONE_COACH_{n}": entry["number"] for n, entry in enumerate(coaches[:2], 1)}
