"""Import of people from an office's workbook, as `sms-app people import` does it.

The officer sends the file, sees every fault or what it would change, and sends the same file once more with the number
of rows that change. A small file is looked at while the page waits. A large one becomes a job (import_jobs.py), with a
page that shows how far it is. No file is on a disk in clear."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from flask import Blueprint, Response, abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sms_app.console.people import import_jobs, import_work
from sms_app.console.people.import_work import BUSY, LIMITS, MEGABYTE, Answer, Confirmed
from sms_app.console.policies import SCRIPT_POLICY
from sms_app.console.request import desk, id_of, typed
from sms_app.console.settings import Console
from sms_app.programme.workbook import archive, files, sheets, writing

PATH = "/people/import"
MAX_BODY_BYTES = LIMITS.file + MEGABYTE
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BAD, CONFLICT, TOO_LARGE, UNAVAILABLE = 400, 409, 413, 503
LONGER = """
select set_config('statement_timeout', '2min', true), set_config('idle_in_transaction_session_timeout', '2min', true)
"""
"""A page's statements have five seconds; an import checks its rows between two of them."""


def blueprint(console: Console) -> Blueprint:
    """The page, an empty workbook, what takes the file (for a preview, and to store it), and the page of a job."""
    routes = Blueprint("people_import", __name__)
    _add_forms(routes, console)
    _add_job(routes, console)
    return routes


def _add_forms(routes: Blueprint, console: Console) -> None:
    """The page, an empty workbook, and what takes the file."""

    @routes.get(PATH)
    def choose() -> Response:
        done = request.args.get("done", "")
        stored = int(done) if done.isascii() and done.isdigit() and len(done) < 8 else None
        with desk(console) as at:
            latest = import_jobs.latest(at)
        return Response(_page(Answer(done=stored), latest=latest))

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
        return _take(console, uploaded)


def _add_job(routes: Blueprint, console: Console) -> None:
    """The page of a job, and that of a file that is too large."""

    @routes.get(f"{PATH}/jobs/<job>")
    def job(job: str) -> Response:
        with desk(console) as at:
            shown = import_jobs.shown(console, at, id_of(job))
        if shown is None:
            abort(404)
        page = _page(shown.answer or Answer(), progress=None if shown.answer else shown.step)
        return Response(page, headers={"Content-Security-Policy": SCRIPT_POLICY})

    @routes.errorhandler(TOO_LARGE)
    def too_large(_error: object) -> Response:
        return Response(_page(Answer(cannot_read=archive.too_large(LIMITS))), TOO_LARGE)


def _take(console: Console, uploaded: Sequence[files.Uploaded]) -> BaseResponse:
    """Look at the files, or make a job of it."""
    confirmed = None
    if "confirm" in request.form:
        confirmed = Confirmed(typed("file"), typed("changes"), typed("count"))
    if import_jobs.FROM_BYTES < sum(len(file.content) for file in uploaded) <= LIMITS.file:
        job = id_of(typed("key"))
        with desk(console) as at:
            import_jobs.ask(console, at, job, uploaded, confirmed)
        console.asked.set()
        return redirect(f"{PATH}/jobs/{job}", 303)
    with desk(console) as at:
        at.conn.exec_driver_sql(LONGER)
        answer = import_work.examine(at.office, at.programme.loaded, uploaded, confirmed)
    if answer.done is not None:
        return redirect(f"{PATH}?done={answer.done}", 303)
    return Response(_page(answer), _status(answer))


def _status(answer: Answer) -> int:
    if answer.problem == BUSY:
        return UNAVAILABLE
    if answer.problem:
        return CONFLICT
    return 200 if answer.preview else BAD


def _page(answer: Answer, progress: int | None = None, latest: UUID | None = None) -> str:
    return render_template(
        "people/import.html",
        answer=answer,
        preview=answer.preview,
        progress=progress,
        latest=latest,
        steps=import_work.STEPS,
        key=str(uuid4()),
        megabytes=LIMITS.file // MEGABYTE,
    )
