"""Writes the file of people who can be chosen on the phone page. The page's process reads it: it has no database."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from sms_app.programme.settings import Programme
from sms_app.vault import Vault

PEOPLE = """
select p.role, g.number as "group", g.place, p.member_number as member, n.id as phone, n.number_sealed,
  p.pin is not null as pin, count(*) over (partition by n.id) as people, c.mode
from participant p
join participant_phone l on l.participant_id = p.id and l.to_on is null
join phone_number n on n.id = l.phone_number_id
left join training_group g on g.id = p.group_id
left join savings_member m on m.participant_id = p.id and m.to_on is null
left join cycle c on c.savings_group_id = m.savings_group_id and c.closed_on is null
where p.programme_id = %(programme)s and p.left_on is null
order by array_position(array['woman', 'man', 'leader'], p.role), g.number, p.list_number
"""
COACHES = """
select 'coach' as role, g.number as "group", g.place, null as member, n.id as phone, n.number_sealed,
  c.pin is not null as pin, 1 as people, null as mode
from coach c
join phone_number n on n.id = c.phone_number_id
left join group_coach k on k.coach_id = c.id and k.to_on is null
left join training_group g on g.id = k.group_id
where c.programme_id = %(programme)s
order by g.number
"""
SHOWN = ("role", "group", "place", "member", "pin", "people", "mode")


def callers(conn: Connection, vault: Vault, programme: Programme, programme_id: int) -> list[dict[str, Any]]:
    """Everyone in a programme who has a phone, in the order of the groups' lists, with the code that they dial."""
    people = []
    for query in (PEOPLE, COACHES):
        for row in conn.exec_driver_sql(query, {"programme": programme_id}).mappings():
            sealed, phone = bytes(row["number_sealed"]), UUID(str(row["phone"]))
            number = vault.open(sealed, "phone_number", "number_sealed", phone)
            people.append(
                {"number": number, "code": programme.service_code, **{key: row[key] for key in SHOWN}}
            )
    return people


def write(path: Path, programmes: Sequence[Programme], people: Sequence[dict[str, Any]]) -> None:
    """Write the page's file, readable by its owner only: people, service codes, and the time zone of the first code."""
    by_code = {programme.service_code: programme for programme in programmes}
    codes = sorted(by_code)
    zone = by_code[codes[0]].time_zone if codes else "UTC"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"codes": codes, "time_zone": zone, "people": list(people)}, file)
