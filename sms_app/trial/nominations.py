"""Nominations: the man whom a woman names before her household is assigned to an arm, in both arms alike.

Only the relation is recorded, never who he is. Whether he may be approached is her consent `approach_man`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.models.trial import NOMINATED
from sms_app.programme import membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.trial import export_file, study_ids

SQL = sql.beside(__file__)
COLUMNS = ("study_id", "relation", "nominated_on")
ADD = """
insert into nomination (id, participant_id, relation, nominated_on, recorded_by)
values (%(id)s, %(person)s, %(relation)s, %(day)s, %(who)s)
"""


@dataclass(frozen=True)
class Without:
    """A woman who has nominated nobody, by her member number and her place on a list."""

    member_number: str
    group_number: int | None
    list_number: int | None
    has_household: bool


@dataclass(frozen=True)
class _Latest:
    participant_id: UUID
    relation: str
    nominated_on: date


def add(office: OfficeTransaction, member: str, relation: str, day: date) -> None:
    """Add a woman's word on whom she nominates: one of NOMINATED. The latest day counts, and on one day what was
    entered last. Raises Refused, also once her household is assigned to an arm."""
    if relation not in NOMINATED:
        raise Refused(f"`{relation}` can't be nominated: one of {', '.join(NOMINATED)}.")
    if day > office.today:
        raise Refused("A nomination can't be made on a day to come.")
    office.lock()
    person = membership.find_active(office, member)
    if person.role != "woman":
        raise Refused(f"{member} is a {person.role}: only a woman nominates.")
    values = {"person": person.id, "day": day}
    if office.conn.exec_driver_sql(SQL["is_assigned"], values).scalar_one():
        raise Refused(f"The household of {member} has its arm already: a nomination comes before.")
    later = office.conn.exec_driver_sql(SQL["later"], values).scalar_one()
    if later is not None:
        raise Refused(f"{member} nominated on {later}, a later day, and that counts.")
    id_ = uuid4()
    row = {"id": id_, "relation": relation, "who": office.who, **values}
    office.conn.exec_driver_sql(ADD, row)
    office.record("add_nomination", "nomination", id_)


def missing(office: OfficeTransaction) -> list[Without]:
    """The women who have nominated nobody and whose household has no arm yet, or who are in none."""
    return sql.rows(office.conn, SQL["missing"], Without, {"programme": office.programme_id})


def export(office: OfficeTransaction, files: WholeFiles, path: Path) -> int:
    """Write each woman's latest nomination to a CSV file by study ids; gives the number of rows. Raises CannotWrite."""
    study_ids.assign(office.conn, office.programme_id)
    ids = study_ids.of(office.conn, office.programme_id)
    latest = sql.rows(office.conn, SQL["latest"], _Latest, {"programme": office.programme_id})
    office.record("export_nominations", "programme", office.programme_id)
    rows = sorted((ids[row.participant_id], row.relation, row.nominated_on) for row in latest)
    return export_file.write(files, path, COLUMNS, rows)
