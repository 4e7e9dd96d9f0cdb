"""Who misses which consent that the trial needs: her own word, and a guardian's beside it for who is under 18."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from sms_app import sql

HERS, GUARDIANS = "her own", "a guardian's"
MISSING = """
select p.member_number, c.purpose, c.hers is null as hers_missing,
  c.is_minor and c.guardians is null as guardians_missing, c.is_minor
from trial_consent(%(programme)s, %(today)s) c join participant p on p.id = c.participant_id
where c.hers is null or (c.is_minor and c.guardians is null)
order by p.member_number, c.purpose
"""
WITHOUT_YEAR = """
select count(*) from participant where programme_id = %(programme)s and left_on is null and birth_year is null
"""


@dataclass(frozen=True)
class Missing:
    """What somebody misses for a purpose; a `no` that was said is not missing."""

    member_number: str
    purpose: str
    hers_missing: bool
    guardians_missing: bool
    is_minor: bool

    def told(self) -> str:
        """Whose word is missing, for staff."""
        words: Mapping[str, bool] = {HERS: self.hers_missing, GUARDIANS: self.guardians_missing}
        return " and ".join(word for word, is_missing in words.items() if is_missing)


def missing(conn: Connection, programme_id: int, today: date) -> list[Missing]:
    """Everyone who has not left and misses a consent to `programme`, `research` or `surveys`, by member number."""
    return sql.rows(conn, MISSING, Missing, {"programme": programme_id, "today": today})


def without_year(conn: Connection, programme_id: int) -> int:
    """How many have no year of birth, so that nobody can tell whether they need a guardian's word."""
    return int(conn.exec_driver_sql(WITHOUT_YEAR, {"programme": programme_id}).scalar_one())
