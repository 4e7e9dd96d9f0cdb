"""The demo programme: invented people with what real lists have, and a year's timetable, the same for the same seed.

Nobody here exists, and their numbers come from one block that the gateway to real phones refuses."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from random import Random

from sqlalchemy import Connection

from sms_app.demo import people, savings, timetable
from sms_app.programme.settings import Programme
from sms_app.vault import Vault

BLOCK = "+25078000"
PHONES = """
select n.id, n.number_sealed, p.member_number, p.role, g.number as group_number,
  (select a.code from household_link l join arm_assignment s on s.household_id = l.household_id
   join arm a on a.id = s.arm_id where l.participant_id = p.id and l.to_on is null) as arm
from participant p
left join participant_phone t on t.participant_id = p.id and t.to_on is null
left join phone_number n on n.id = t.phone_number_id
left join training_group g on g.id = p.group_id
where p.programme_id = %(programme)s and p.left_on is null order by p.member_number
"""
COACHES = """
select n.id, n.number_sealed, (select min(g.number) from group_coach c join training_group g on g.id = c.group_id
  where c.coach_id = k.id) as group_number
from coach k join phone_number n on n.id = k.phone_number_id where k.programme_id = %(programme)s order by 3
"""
HEADER = ("number", "member", "role", "arm", "group", "pin")


def is_demo_number(number: str) -> bool:
    """Whether a number (E.164) is of the invented block."""
    return number.startswith(BLOCK)


def load(
    conn: Connection, vault: Vault, programme: Programme, programme_id: int, today: date, seed: int = 1
) -> bool:
    """Make the demo's people, timetable and savings around `today`; False when there are people already."""
    if conn.exec_driver_sql("select 1 from participant limit 1").first():
        return False
    made = people.make(conn, vault, programme, programme_id, today, Random(seed))
    timetable.make(conn, programme, programme_id, made, today, Random(seed + 1))
    savings.make(conn, programme_id, made, today, Random(seed + 2))
    return True


def phones(conn: Connection, vault: Vault, programme_id: int, seed: int = 1) -> list[dict[str, str]]:
    """Everyone in the demo by HEADER: number (E.164 or empty), member number, role, arm, group, PIN if one is set."""
    pins = people.pins(seed)
    rows = []
    for row in conn.exec_driver_sql(PHONES, {"programme": programme_id}).all():
        number = _number(vault, row.id, row.number_sealed)
        pin = pins.get(row.member_number, "")
        values = (number, row.member_number, row.role, row.arm or "", str(row.group_number), pin)
        rows.append(dict(zip(HEADER, values, strict=True)))
    for row in conn.exec_driver_sql(COACHES, {"programme": programme_id}).all():
        number = _number(vault, row.id, row.number_sealed)
        rows.append(dict(zip(HEADER, (number, "", "coach", "", str(row.group_number), ""), strict=True)))
    return rows


def _number(vault: Vault, id_: object, sealed: object) -> str:
    if id_ is None:
        return ""
    return vault.open(bytes(sealed), "phone_number", "number_sealed", id_)  # type: ignore[arg-type,call-overload]


def write_phones(path: Path, rows: list[dict[str, str]]) -> None:
    """Write demo-phones.csv."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        writer.writerows(rows)


def env(rows: list[dict[str, str]]) -> Mapping[str, str]:
    """DEMO_PHONE_WOMAN_1… and their likes: people alone on their number, without a PIN, saving free amounts."""
    found: dict[str, str] = {}
    for role, group in (("woman", people.FREE_WOMEN), ("man", people.FREE_MEN)):
        chosen = [r for r in rows if r["role"] == role and r["group"] == str(group)][: people.DEMO_PEOPLE]
        found |= {f"DEMO_PHONE_{role.upper()}_{n}": r["number"] for n, r in enumerate(chosen, 1)}
    coaches = [r for r in rows if r["role"] == "coach"][:2]
    found |= {f"DEMO_PHONE_COACH_{n}": r["number"] for n, r in enumerate(coaches, 1)}
    return found
