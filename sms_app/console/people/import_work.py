"""What an import does for a page or beside it: look at what a file would change, and store just that when it is
confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError

from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.workbook import archive, files, importing
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes.difference import Import
from sms_app.programme.workbook.faults import CannotRead, Fault, WorkbookFaults
from sms_app.programme.workbook.stored import Unreadable

MEGABYTE = 2**20
LIMITS = archive.Limits(file=8 * MEGABYTE, unpacked=150 * MEGABYTE, cells=4_000_000)
"""Larger files are for the command."""
MAX_FAULTS, MAX_NAMED = 200, 100
BUSY = "people.import_busy"
STEPS = importing.STEPS + 1
"""How often `examine` calls `tick` at most."""


@dataclass(frozen=True)
class NewPerson:
    """Somebody whom the file would enrol; the list number is None if the import gives none."""

    name: Value
    role: Value
    group: Value
    list_number: Value


@dataclass(frozen=True)
class Preview:
    """What a file would change: the counts by sheet, all rows that are new or changed, those that are new, who would be
    enrolled (at most MAX_NAMED) and how many more. `file` and `changes` are digests of the file and of these counts."""

    file: str
    changes: str
    summary: importing.Summary
    rows: int
    new: int
    enrolled: int
    people: Sequence[NewPerson]
    more: int


@dataclass(frozen=True)
class Confirmed:
    """What a form confirms: the digests of the preview that was shown, and the number of rows that was typed."""

    file: str
    changes: str
    count: str


@dataclass(frozen=True)
class Answer:
    """What came of it: how many rows were stored (`done`), or a preview, or why there is none: faults (the first
    MAX_FAULTS of `all_faults`), `cannot_read`, or `problem`, the key of a sentence."""

    preview: Preview | None = None
    faults: Sequence[Fault] = ()
    all_faults: int = 0
    cannot_read: str = ""
    problem: str = ""
    done: int | None = None


def examine(
    office: OfficeTransaction,
    loaded: LoadedProgramme,
    uploaded: Sequence[files.Uploaded],
    confirmed: Confirmed | None,
    tick: Callable[[], None] = lambda: None,
) -> Answer:
    """Show what the files would change; store it when just this is confirmed. Nothing else is left in the
    transaction but the trail's entry; `tick` is called after each step."""
    attempt = office.conn.begin_nested()
    try:
        rows, faults = importing.read_uploaded(uploaded, loaded, LIMITS)
        tick()
        stored = importing.store_differences(office.conn, loaded, rows, faults, office.who, office.now, tick)
        preview = _preview(uploaded, stored)
    except (CannotRead, Unreadable) as error:
        attempt.rollback()
        return Answer(cannot_read=str(error))
    except WorkbookFaults as error:
        attempt.rollback()
        return Answer(faults=error.faults[:MAX_FAULTS], all_faults=len(error.faults))
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        attempt.rollback()
        return Answer(problem=BUSY)
    problem = _problem(preview, confirmed)
    if problem is None and preview.rows:
        attempt.commit()
        return Answer(done=preview.rows)
    attempt.rollback()
    office.record("preview_import", "programme", loaded.id)
    return Answer(preview, problem=problem or "")


def _problem(preview: Preview, confirmed: Confirmed | None) -> str | None:
    """Why this preview is not confirmed: a sentence's key, empty when it is the first look, None when it is."""
    if confirmed is None:
        return ""
    if confirmed.file != preview.file:
        return "people.import_other_file"
    if confirmed.changes != preview.changes:
        return "people.import_changed"
    return None if confirmed.count.strip() == str(preview.rows) else "people.import_wrong_count"


def _preview(uploaded: Sequence[files.Uploaded], imported: Import) -> Preview:
    summary = importing.summary(imported)
    enrolled = [difference.after for difference in imported.differences_of("people") if difference.is_new]
    people = [
        NewPerson(after["name"], after["role"], after["group"], after["list_number"])
        for after in enrolled[:MAX_NAMED]
    ]
    rows = sum(counts.new + counts.changed for counts in summary.values())
    given = sorted((file.name, hashlib.sha256(file.content).hexdigest()) for file in uploaded)
    more = max(len(enrolled) - MAX_NAMED, 0)
    added = sum(counts.new for counts in summary.values())
    return Preview(_digest(given), _digest(summary), summary, rows, added, len(enrolled), people, more)


def _digest(of: object) -> str:
    return hashlib.sha256(repr(of).encode()).hexdigest()
