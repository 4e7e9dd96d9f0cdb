"""Imports an office's workbook: read, check, compare, store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from sms_app.programme import locks
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.workbook import (
    archive,
    checks,
    consent_checks,
    erased_checks,
    files,
    group_checks,
    people_checks,
    stored,
    trial_checks,
)
from sms_app.programme.workbook.changes import bulk, people, phones, relations, savings, training
from sms_app.programme.workbook.changes.difference import Import
from sms_app.programme.workbook.checks import Checked
from sms_app.programme.workbook.faults import Fault, WorkbookFaults
from sms_app.programme.workbook.rows import Rows, parse
from sms_app.programme.workbook.sheets import all_sheets, by_name

# each after what it refers to
STORES: Mapping[str, Callable[[Import], None]] = {
    "groups": training.store_groups,
    "households": relations.store_households,
    "phones": phones.store,
    "coaches": training.store_coaches,
    "people": people.store,
    "kin": relations.store_kin,
    "group_coaches": relations.store_group_coaches,
    "savings_groups": savings.store,
    "savings_members": relations.store_members,
    "savings_officers": relations.store_officers,
    "sessions": training.store_sessions,
    "consents": relations.store_consents,
}
AUDIT = ("programme_id", "at", "who", "what", "subject", "subject_id")


@dataclass(frozen=True)
class Counts:
    """How many rows of a sheet are new, changed, and the same as what is stored."""

    new: int
    changed: int
    same: int


Summary = Mapping[str, Counts]
"""What an import stored, by the sheet's title; only sheets that the file has."""


def read(path: Path, loaded: LoadedProgramme) -> tuple[Rows, list[Fault]]:
    """A file's rows and the faults of its cells. Touches no database. Raises CannotRead."""
    return _rows(*files.read(path), loaded)


def read_uploaded(
    uploaded: Sequence[files.Uploaded], loaded: LoadedProgramme, limits: archive.Limits
) -> tuple[Rows, list[Fault]]:
    """The same of a workbook or of CSV files that were sent, within limits. Raises CannotRead."""
    return _rows(*files.read_uploaded(uploaded, limits), loaded)


def _rows(
    grids: Sequence[files.Grid], faults: list[Fault], loaded: LoadedProgramme
) -> tuple[Rows, list[Fault]]:
    rows, more = parse(grids, all_sheets(loaded.settings), loaded.settings)
    return rows, faults + more


def store(
    conn: Connection,
    loaded: LoadedProgramme,
    rows: Rows,
    faults: list[Fault],
    who: str,
    now: datetime,
    tick: Callable[[], None] = lambda: None,
) -> Summary:
    """Store what differs, in the caller's transaction; `tick` is called after each of the STEPS. Raises
    WorkbookFaults, with nothing stored, and stored.Unreadable."""
    return summary(store_differences(conn, loaded, rows, faults, who, now, tick))


def store_differences(
    conn: Connection,
    loaded: LoadedProgramme,
    rows: Rows,
    faults: list[Fault],
    who: str,
    now: datetime,
    tick: Callable[[], None] = lambda: None,
) -> Import:
    """As `store`; gives each row that was stored, so that a page can show it."""
    locks.lock_people(conn, loaded.id)
    locks.lock_schedule(conn, loaded.id)
    sheets = by_name(all_sheets(loaded.settings))
    before = stored.load(conn, loaded.vault, loaded.id, loaded.calendar.zone, sheets)
    tick()
    today = loaded.calendar.day(now)
    rows = consent_checks.completed(rows, sheets["consents"], before)
    checked = Checked(loaded.settings, sheets, rows, before, now, today, faults=list(faults))
    _check(checked)
    erased_checks.check(checked, loaded.vault)
    tick()
    if checked.faults:
        order = {sheet.title: place for place, sheet in enumerate(sheets.values())}
        raise WorkbookFaults(sorted(checked.faults, key=lambda fault: (order.get(fault.sheet, -1), fault)))
    imported = Import(conn, loaded, sheets, rows, before, who, now, today)
    imported.compare()
    tick()
    for store_sheet in STORES.values():
        store_sheet(imported)
        tick()
    _audit(imported)
    return imported


STEPS = len(STORES) + 3
"""How often `store` calls `tick`."""


def _check(checked: Checked) -> None:
    checks.merge_with_stored(checked)
    checks.references(checked)
    checks.lost_zeros(checked)
    checks.dates(checked)
    people_checks.people(checked)
    people_checks.groups(checked)
    people_checks.decided_by_her(checked)
    people_checks.roles(checked)
    people_checks.member_numbers(checked)
    people_checks.list_numbers(checked, "people", "group", checked.stored.list_numbers)
    people_checks.list_numbers(checked, "savings_members", "savings_group", checked.stored.savings_numbers)
    people_checks.phones(checked)
    people_checks.coach_numbers(checked)
    people_checks.households(checked)
    people_checks.kin(checked)
    people_checks.one_arm(checked)
    group_checks.savings_groups(checked)
    group_checks.members(checked)
    group_checks.sessions(checked)
    group_checks.moved_sessions(checked)
    consent_checks.check(checked)
    trial_checks.born(checked)
    trial_checks.nominations(checked)
    trial_checks.arms_after_nominations(checked)


def _audit(imported: Import) -> None:
    if not imported.trail:
        return
    common = (imported.loaded.id, imported.now, imported.who)
    entries = [(*common, entry.what, entry.table, str(entry.id)) for entry in imported.trail]
    entries.append((*common, "import_people", "programme", str(imported.loaded.id)))
    bulk.insert(imported.conn, "audit_entry", AUDIT, entries)


def summary(imported: Import) -> Summary:
    """How many rows of each sheet of the file were new, changed and the same."""
    counts = {}
    for name, rows in imported.rows.items():
        added = sum(1 for difference in imported.differences_of(name) if difference.is_new)
        changed = len(imported.differences_of(name)) - added
        counts[imported.sheets[name].title] = Counts(added, changed, len(rows) - added - changed)
    return counts
