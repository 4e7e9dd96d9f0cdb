"""Import of people from an office's workbook, as `sms-app people import` does it.

The officer sends the file, sees every fault or what it would change, and sends the same file once more with the number
of rows that change. So no file is kept between the two: it is in memory while a request lasts, and on no disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request
from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.request import Desk, desk, typed
from sms_app.console.settings import Console
from sms_app.programme.workbook import archive, files, importing, sheets, writing
from sms_app.programme.workbook.cells import Value
from sms_app.programme.workbook.changes.difference import Import
from sms_app.programme.workbook.faults import CannotRead, Fault, WorkbookFaults
from sms_app.programme.workbook.stored import Unreadable

PATH = "/people/import"
MEGABYTE = 2**20
LIMITS = archive.Limits(file=8 * MEGABYTE, unpacked=150 * MEGABYTE, cells=4_000_000)
"""A page waits for the import, and several run at once: larger files are for the command."""
MAX_BODY_BYTES = LIMITS.file + MEGABYTE
MAX_FAULTS, MAX_NAMED = 200, 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BAD, CONFLICT, TOO_LARGE, BUSY = 400, 409, 413, 503
LONGER = """
select set_config('statement_timeout', '2min', true), set_config('idle_in_transaction_session_timeout', '2min', true)
"""
"""A page's statements have five seconds; an import checks its rows between two of them."""


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


def blueprint(console: Console) -> Blueprint:
    """The page, an empty workbook, and what takes the file: for a preview, and to store it."""
    routes = Blueprint("people_import", __name__)

    @routes.get(PATH)
    def choose() -> Response:
        done = request.args.get("done", "")
        return _page(done=int(done) if done.isascii() and done.isdigit() and len(done) < 8 else None)

    @routes.get(f"{PATH}/people.xlsx")
    def template() -> Response:
        with desk(console) as at:
            content = writing.in_memory(sheets.all_sheets(at.programme.loaded.settings), {})
        response = Response(content, content_type=XLSX)
        response.headers["Content-Disposition"] = 'attachment; filename="empty-people.xlsx"'
        return response

    @routes.post(PATH)
    def take() -> BaseResponse:
        uploaded = [
            files.Uploaded(file.filename or "", file.read())
            for file in request.files.getlist("files")
            if file.filename
        ]
        try:
            with desk(console) as at:
                return _take(at, uploaded)
        except (CannotRead, Unreadable) as error:
            return _page(cannot_read=str(error), status=BAD)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            return _page(problem="people.import_busy", status=BUSY)
        except WorkbookFaults as error:
            return _page(faults=error.faults, status=BAD)

    @routes.errorhandler(TOO_LARGE)
    def too_large(_error: object) -> Response:
        return _page(cannot_read=archive.too_large(LIMITS), status=TOO_LARGE)

    return routes


def _take(at: Desk, uploaded: Sequence[files.Uploaded]) -> BaseResponse:
    """Show what the files would change; store it when the form confirms just this. Raises CannotRead and
    WorkbookFaults, with nothing stored."""
    loaded = at.programme.loaded
    at.conn.exec_driver_sql(LONGER)
    rows, faults = importing.read_uploaded(uploaded, loaded, LIMITS)
    attempt = at.conn.begin_nested()
    preview = _preview(
        uploaded,
        importing.store_differences(at.conn, loaded, rows, faults, at.account.who, at.now),
    )
    problem = _problem(preview)
    if problem is None and preview.rows:
        attempt.commit()
        return redirect(f"{PATH}?done={preview.rows}", 303)
    attempt.rollback()
    at.office.record("preview_import", "programme", loaded.id)
    return _page(preview=preview, problem=problem or "", status=CONFLICT if problem else 200)


def _problem(preview: Preview) -> str | None:
    """Why the form does not confirm this preview: a sentence's key, empty when it is the first look, None when it
    confirms it."""
    if "confirm" not in request.form:
        return ""
    if typed("file") != preview.file:
        return "people.import_other_file"
    if typed("changes") != preview.changes:
        return "people.import_changed"
    return None if typed("count").strip() == str(preview.rows) else "people.import_wrong_count"


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


def _page(
    preview: Preview | None = None,
    faults: Sequence[Fault] = (),
    cannot_read: str = "",
    problem: str = "",
    done: int | None = None,
    status: int = 200,
) -> Response:
    page = render_template(
        "people/import.html",
        preview=preview,
        faults=faults[:MAX_FAULTS],
        all_faults=len(faults),
        cannot_read=cannot_read,
        problem=problem,
        done=done,
        megabytes=LIMITS.file // MEGABYTE,
    )
    return Response(page, status)
