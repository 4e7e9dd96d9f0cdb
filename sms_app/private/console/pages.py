"""The pages of a caseworker who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, redirect, render_template, request, session
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as BaseResponse

from sms_app.private import audit
from sms_app.private.console import accounts, duty, guard, keys, requests, sessions, words
from sms_app.private.console.accounts import AccountError, Caseworker, WrongPassword
from sms_app.private.console.keys import FileError
from sms_app.private.console.requests import DownloadRefused
from sms_app.private.console.settings import Console, ConsoleProgramme

AUDIT_ENTRIES = 200
MAX_LISTED = 20
"""How many recorded codes are listed one by one."""
BAD = 400
DEADLOCKS = 3
"""So often a form is recorded again after a deadlock with another one, before it fails."""
T = TypeVar("T")
ONCE_ALLOWED = ("pages.password", "pages.change_password", "pages.sign_out", "pages.end_all")


def blueprint(console: Console) -> Blueprint:
    """The pages. `create_app` admits only who is signed in to them."""
    routes = Blueprint("pages", __name__)
    routes.before_request(_insist_on_own_password)
    _add_overview(routes, console)
    _add_requests(routes, console)
    _add_setup(routes, console)
    _add_duty(routes, console)
    _add_account(routes, console)
    return routes


def current() -> Caseworker:
    """Who is signed in."""
    caseworker: Caseworker = g.caseworker
    return caseworker


def _insist_on_own_password() -> BaseResponse | None:
    if g.caseworker is not None and current().password_once and request.endpoint not in ONCE_ALLOWED:
        return redirect("/password", 303)
    return None


def _add_overview(routes: Blueprint, console: Console) -> None:
    """Home and the audit trail."""

    @routes.get("/home")
    def home() -> str:
        caseworker, today = current(), console.today(current().slug)
        with console.engine.connect() as conn:
            days = duty.rota(conn, caseworker.programme_id, today, _programme(console).is_working_day)
            listed = _is_listed(conn, console)
        return render_template("home.html", caseworker=caseworker, today=days[0], in_roster=listed)

    @routes.get("/audit")
    def audit_trail() -> str:
        caseworker = current()
        with console.engine.begin() as conn:
            audit.append(conn, caseworker.programme_id, caseworker.code, "read_audit", console.clock())
            entries = audit.latest(conn, caseworker.programme_id, AUDIT_ENTRIES)
            head = audit.head(conn)
        zone = ZoneInfo(_programme(console).time_zone)
        rows = [(f"{entry.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", entry) for entry in entries]
        return render_template("audit.html", rows=rows, head=head)


def _add_requests(routes: Blueprint, console: Console) -> None:
    """The download, outcomes and re-sealing."""

    @routes.get("/download")
    def download() -> Response:
        caseworker, now = current(), console.clock()
        if caseworker.wrapped_key is None:
            return Response(render_template("problem.html", message=words.say("make_key_first")), 409)
        try:
            with console.engine.begin() as conn:
                programme, pins = _programme(console), console.pins.get(caseworker.slug)
                today = console.today(caseworker.slug)
                text = requests.download(conn, caseworker, programme, pins, now, today)
        except DownloadRefused as error:
            return Response(render_template("problem.html", message=error.said()), 503)
        name = f"requests-{console.today(caseworker.slug).isoformat()}.json"
        return _attachment(text, name)

    @routes.get("/outcomes")
    def outcomes() -> str:
        return render_template("outcomes.html", form=uuid4(), answers=[])

    @routes.post("/outcomes")
    def record_outcomes() -> Response | str:
        typed, form = request.form.get("codes", ""), _uuid(request.form.get("form", ""))
        today, zone = console.today(current().slug), ZoneInfo(_programme(console).time_zone)
        day_began = datetime.combine(today, time(), zone)
        answers = _after_deadlock(
            console.engine, lambda conn: requests.record(conn, current(), typed, form, day_began, today)
        )
        return render_template("outcomes.html", form=uuid4(), **_answered(typed, answers))

    @routes.get("/reseal")
    def reseal() -> str:
        return render_template("reseal.html", replaced=None, message="")

    @routes.post("/reseal")
    def take_resealed() -> Response | str:
        try:
            with console.engine.begin() as conn:
                replaced = requests.seal_again(conn, current(), _sent_text(), console.clock())
        except FileError as error:
            page = render_template("reseal.html", replaced=None, message=error.said())
            return Response(page, BAD)
        return render_template("reseal.html", replaced=replaced, message="")


def _add_setup(routes: Blueprint, console: Console) -> None:
    """Making the caseworker's key."""

    @routes.get("/setup")
    def setup() -> str:
        return _setup_page("")

    @routes.get("/setup/file")
    def setup_file() -> Response:
        text = keys.setup_file(current(), _programme(console))
        return _attachment(text, f"caseworker-{current().code}.json")

    @routes.post("/setup")
    def take_key() -> BaseResponse:
        caseworker = current()
        if caseworker.wrapped_key is not None and request.form.get("replace") != "yes":
            return Response(_setup_page(words.say("tick_box")), BAD)
        try:
            key = keys.read(_sent_text(), caseworker)
            with console.engine.begin() as conn:
                today = console.today(caseworker.slug)
                accounts.store_key(conn, caseworker, key.wrapped, key.public, console.clock(), today)
        except (FileError, AccountError) as error:
            return Response(_setup_page(error.said()), BAD)
        return redirect("/setup", 303)


def _add_duty(routes: Blueprint, console: Console) -> None:
    """Who is on duty."""

    @routes.get("/duty")
    def duty_page() -> str:
        caseworker = current()
        with console.engine.connect() as conn:
            is_working_day = _programme(console).is_working_day
            days = duty.rota(conn, caseworker.programme_id, console.today(caseworker.slug), is_working_day)
            colleagues, listed = (
                accounts.of_programme(conn, caseworker.programme_id),
                _is_listed(conn, console),
            )
        values = {"days": days, "caseworker": caseworker, "colleagues": colleagues, "in_roster": listed}
        return render_template("duty.html", **values)

    @routes.post("/duty/sign-in")
    def sign_in_for_duty() -> BaseResponse:
        today = console.today(current().slug)
        if not _programme(console).is_working_day(today):
            return Response(render_template("problem.html", message=words.say("day_off_today")), 409)
        with console.engine.begin() as conn:
            duty.sign_in(conn, current(), console.clock(), today)
        return redirect("/duty", 303)

    @routes.post("/duty/rota")
    def set_rota() -> BaseResponse:
        chosen = {day: request.form[name] for name in request.form if (day := _day(name)) is not None}
        with console.engine.begin() as conn:
            today, is_working_day = console.today(current().slug), _programme(console).is_working_day
            duty.set_rota(conn, current(), chosen, console.clock(), today, is_working_day)
        return redirect("/duty", 303)


def _add_account(routes: Blueprint, console: Console) -> None:
    """The password, and the ends of sessions."""

    @routes.get("/password")
    def password() -> Response:
        return _password_page()

    @routes.post("/password")
    def change_password() -> BaseResponse:
        caseworker, now, token = current(), console.clock(), ""
        old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
        with console.engine.begin() as conn:
            # who has taken a session over can't try passwords here either
            guards = guard.take(conn, console.secret, caseworker.email, g.address, now, console.limits)
            if guards.is_locked(now, console.limits):
                return _password_page(words.say("locked"), 429)
            try:
                accounts.change_password(conn, caseworker, old, new, again, now)
                sessions.end_all(conn, caseworker.id)
                token = sessions.begin(conn, caseworker.id, now, console.limits)
            except AccountError as error:
                if isinstance(error, WrongPassword):
                    guard.count_wrong(conn, guards, now, console.limits)
                return _password_page(error.said(), BAD)
        words.clear_session()
        session["token"] = token
        return redirect("/home", 303)

    @routes.post("/sign-out")
    def sign_out() -> BaseResponse:
        with console.engine.begin() as conn:
            sessions.end(conn, session["token"])
            _note(conn, "sign_out", console.clock())
        words.clear_session()
        return redirect("/", 303)

    @routes.post("/end-all")
    def end_all() -> BaseResponse:
        with console.engine.begin() as conn:
            sessions.end_all(conn, current().id)
            _note(conn, "end_all_sessions", console.clock())
        words.clear_session()
        return redirect("/", 303)


def _after_deadlock(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do work in a transaction, and again when PostgreSQL ended it since two forms waited for each other."""
    for _ in range(DEADLOCKS):
        try:
            with engine.begin() as conn:
                return work(conn)
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected):
                raise
    with engine.begin() as conn:
        return work(conn)


def _answered(typed: str, answers: Sequence[requests.Answer]) -> dict[str, object]:
    """What the outcomes page shows: an answer to each code, but only how many were recorded when these are many."""
    recorded = sum(answer.result == requests.RECORDED for answer in answers)
    listed = [a for a in answers if recorded <= MAX_LISTED or a.result != requests.RECORDED]
    return {
        "answers": listed,
        "recorded": recorded if recorded > MAX_LISTED else 0,
        "nothing": not answers,
        "left": len(typed.split()) - len(answers),
    }


def _note(conn: Connection, what: str, now: datetime) -> None:
    audit.append(conn, current().programme_id, current().code, what, now)


def _programme(console: Console) -> ConsoleProgramme:
    return console.programmes[current().slug]


def _is_listed(conn: Connection, console: Console) -> bool:
    """Whether the caseworker's key is in the newest roster that the pins accept."""
    caseworker = current()
    public, pins = bytes(caseworker.public_key or b""), console.pins.get(caseworker.slug)
    stored = requests.roster(conn, caseworker.programme_id, caseworker.slug, pins)
    return stored is not None and public in stored.roster.keys.values()


def _password_page(message: str = "", status: int = 200) -> Response:
    page = render_template("password.html", message=message, once=current().password_once)
    return Response(page, status)


def _setup_page(message: str) -> str:
    caseworker = current()
    key = None if caseworker.public_key is None else keys.shown(bytes(caseworker.public_key))
    return render_template("setup.html", caseworker=caseworker, fingerprint=key, message=message)


def _attachment(text: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, content_type="application/json; charset=utf-8", headers=disposition)


def _sent_text() -> str:
    """The file that was sent, or else the text that was pasted. Raises FileError."""
    file = request.files.get("file")
    if file is None or not file.filename:
        text = request.form.get("text", "")
    else:
        try:
            text = file.read().decode()
        except UnicodeDecodeError:
            raise FileError("file_not_read") from None
    if not text.strip():
        raise FileError("no_file")
    return text


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None
