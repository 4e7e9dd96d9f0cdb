"""Who lived in which household when, by study ids: as it stood at baseline, and every change since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sms_app import sql
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.trial import export_file, study_ids

SQL = sql.beside(__file__)
COLUMNS = ("study_id", "household", "relation", "from", "to", "at_baseline")


@dataclass(frozen=True)
class Link:
    """A participant's place in a household from a day until the day before `to_on`, None while it lasts. `at_baseline`:
    whether it stood on the day on which the household was first assigned to an arm; None without an arm."""

    participant_id: UUID
    household_id: UUID
    relation: str
    from_on: date
    to_on: date | None
    at_baseline: bool | None


def links(office: OfficeTransaction) -> list[Link]:
    """All places in households that ever were, those of merged rows too."""
    return sql.rows(office.conn, SQL["links"], Link, {"programme": office.programme_id})


def export(office: OfficeTransaction, files: WholeFiles, path: Path) -> int:
    """Write all of them to a CSV file by study ids, in an order that tells nothing but these; gives the number of rows.
    It has no name, no number and nothing that the office calls anybody. Raises CannotWrite."""
    study_ids.assign(office.conn, office.programme_id)
    people = study_ids.of(office.conn, office.programme_id)
    households = study_ids.of_households(office.conn, office.programme_id)
    rows = [
        (
            people[link.participant_id],
            households[link.household_id],
            link.relation,
            link.from_on,
            link.to_on,
            link.at_baseline,
        )
        for link in links(office)
    ]
    rows.sort(key=lambda row: (row[1], row[0], row[3], str(row[4]), row[2]))
    office.record("export_households", "programme", office.programme_id)
    return export_file.write(files, path, COLUMNS, rows)
