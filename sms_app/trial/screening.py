"""The screening log: how many people the programme looked at on a day in a village, and what became of them. It has
counts only, and nobody's name.

Everyone who was seen counts once: excluded under the first criterion that she does not meet, refused, or enrolled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.workbook import typed

SQL = sql.beside(__file__)
MAX_COUNT = 99_999
NEW, CORRECTED, SAME = "new", "corrected", "same"
Criteria = Mapping[str, str]
"""The labels of the programme's criteria by their keys, in their order (`screening` of programme.yaml)."""
ADD = """
insert into screening (id, programme_id, screened_on, village, seen, refused, enrolled)
values (%(id)s, %(programme)s, %(day)s, %(village)s, %(seen)s, %(refused)s, %(enrolled)s)
"""
CORRECT = (
    "update screening set seen = %(seen)s, refused = %(refused)s, enrolled = %(enrolled)s where id = %(id)s"
)
CLEAR = "delete from screening_exclusion where screening_id = %(id)s"
EXCLUDE = """
insert into screening_exclusion (screening_id, criterion, count) values (%(id)s, %(criterion)s, %(count)s)
"""


@dataclass(frozen=True)
class Screened:
    """The counts of a day and village; `excluded` by criterion, only those above zero."""

    day: date
    village: str
    seen: int
    excluded: Mapping[str, int]
    refused: int
    enrolled: int


@dataclass(frozen=True)
class Summary:
    """All counts together, as a flow diagram has them: `places` villages on `days` days, and each criterion's total."""

    days: int
    places: int
    seen: int
    excluded: Mapping[str, int]
    refused: int
    enrolled: int


@dataclass(frozen=True)
class Allocated:
    """How many women are on record, and how many of their households are in an arm; None: in none yet."""

    arm: str | None
    households: int
    women: int


@dataclass(frozen=True)
class _Row:
    id: UUID
    screened_on: date
    village: str
    seen: int
    refused: int
    enrolled: int


@dataclass(frozen=True)
class _Exclusion:
    screening_id: UUID
    criterion: str
    count: int


class Differs(Refused):
    """Other counts are stored for the day and village; the text says which."""


def faults(counts: Screened, criteria: Sequence[str], today: date) -> list[str]:
    """What is wrong with counts, in the words of staff; `criteria` are the keys that may be used."""
    said = []
    if counts.day > today:
        said.append("the day is to come")
    unknown = [key for key in counts.excluded if key not in criteria]
    if unknown:
        known = ", ".join(criteria) or "none: programme.yaml lists no criteria (`screening`)"
        said.append(f"there is no criterion `{unknown[0]}`; the criteria are {known}")
    numbers = (counts.seen, counts.refused, counts.enrolled, *counts.excluded.values())
    if not all(0 <= number <= MAX_COUNT for number in numbers):
        return [*said, f"a count is a whole number from 0 to {MAX_COUNT:,}"]
    excluded = sum(counts.excluded.values())
    total = excluded + counts.refused + counts.enrolled
    if total != counts.seen:
        said.append(
            f"{counts.seen} were seen, and {excluded} excluded, {counts.refused} refused and {counts.enrolled}"
            f" enrolled make {total}: everyone who was seen counts once"
        )
    return said


def add(office: OfficeTransaction, criteria: Criteria, counts: Screened, correct: bool = False) -> str:
    """Store the counts of a day and village; gives NEW, CORRECTED or SAME. With other counts stored, it raises Differs
    unless `correct`. Raises Refused."""
    village = typed.read(counts.village, typed.VILLAGE)
    if not village:
        raise Refused("A screening has its village.")
    wrong = faults(counts, list(criteria), office.today)
    if wrong:
        raise Refused(f"Not stored: {'; '.join(wrong)}.")
    office.lock()
    return store(office, Screened(counts.day, village, *_counts(counts)), correct)


def store(office: OfficeTransaction, counts: Screened, correct: bool) -> str:
    """Store counts that have no faults, as `add` does. A village keeps the letters in which it was stored first."""
    village = _spelling(office, counts.village)
    place = {"programme": office.programme_id, "day": counts.day, "village": village}
    stored = next(iter(sql.rows(office.conn, SQL["of_day"], _Row, place)), None)
    before = None if stored is None else _screened(stored, _exclusions(office, stored.id)[stored.id])
    wanted = Screened(counts.day, village, *_counts(counts))
    if before == wanted:
        return SAME
    if before is not None and not correct:
        raise Differs(f"Other counts are stored: {told(before)}.")
    id_ = uuid4() if stored is None else stored.id
    values = {
        "id": id_,
        "programme": office.programme_id,
        "day": wanted.day,
        "village": village,
        "seen": wanted.seen,
        "refused": wanted.refused,
        "enrolled": wanted.enrolled,
    }
    office.conn.exec_driver_sql(ADD if stored is None else CORRECT, values)
    office.conn.exec_driver_sql(CLEAR, values)
    for criterion, count in wanted.excluded.items():
        office.conn.exec_driver_sql(EXCLUDE, {"id": id_, "criterion": criterion, "count": count})
    office.record("add_screening" if stored is None else "correct_screening", "screening", id_)
    return NEW if stored is None else CORRECTED


def log(office: OfficeTransaction) -> list[Screened]:
    """All counts, by day and village."""
    rows = sql.rows(office.conn, SQL["log"], _Row, {"programme": office.programme_id})
    exclusions = _exclusions(office)
    return [_screened(row, exclusions[row.id]) for row in rows]


def summary(office: OfficeTransaction, criteria: Criteria) -> Summary:
    """The whole log added up, with a total for each criterion, those too that only the log still has."""
    counted = log(office)
    totals = dict.fromkeys(criteria, 0)
    for counts in counted:
        for key, count in counts.excluded.items():
            totals[key] = totals.get(key, 0) + count
    return Summary(
        len({counts.day for counts in counted}),
        len({counts.village for counts in counted}),
        sum(counts.seen for counts in counted),
        totals,
        sum(counts.refused for counts in counted),
        sum(counts.enrolled for counts in counted),
    )


def allocated(office: OfficeTransaction) -> list[Allocated]:
    """The women on record and their households by arm, those last whose household has none or who are in none."""
    return sql.rows(office.conn, SQL["allocated"], Allocated, {"programme": office.programme_id})


def told(counts: Screened) -> str:
    """Counts in one line, for staff."""
    excluded = "".join(f", {key} {count}" for key, count in counts.excluded.items())
    return f"seen {counts.seen}{excluded}, refused {counts.refused}, enrolled {counts.enrolled}"


def _counts(counts: Screened) -> tuple[int, Mapping[str, int], int, int]:
    return (
        counts.seen,
        {k: n for k, n in sorted(counts.excluded.items()) if n},
        counts.refused,
        counts.enrolled,
    )


def _spelling(office: OfficeTransaction, village: str) -> str:
    values = {"programme": office.programme_id, "village": village}
    stored = office.conn.exec_driver_sql(SQL["spelling"], values).scalar_one_or_none()
    return village if stored is None else str(stored)


def _exclusions(office: OfficeTransaction, only: UUID | None = None) -> Mapping[UUID, Mapping[str, int]]:
    by_row: dict[UUID, dict[str, int]] = defaultdict(dict)
    asked = {"programme": office.programme_id, "only": only}
    for row in sql.rows(office.conn, SQL["exclusions"], _Exclusion, asked):
        by_row[row.screening_id][row.criterion] = row.count
    return by_row


def _screened(row: _Row, excluded: Mapping[str, int]) -> Screened:
    return Screened(row.screened_on, row.village, row.seen, excluded, row.refused, row.enrolled)
