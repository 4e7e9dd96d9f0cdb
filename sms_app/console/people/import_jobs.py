"""Large imports run beside the pages, in the console's process: the workers that send may read no names.

What was asked is kept in the database until it ended, sealed with the console's own secret. An import is stored in the
transaction that ends its job, so a process that is killed has stored nothing, and the next one begins again."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection

from sms_app import sql
from sms_app.accounts.secret import LONG_WORK, SecretError
from sms_app.console.access import may
from sms_app.console.people import import_work
from sms_app.console.people.import_work import Answer, Confirmed, NewPerson, Preview
from sms_app.console.request import Desk
from sms_app.console.settings import Console
from sms_app.database import log_failure
from sms_app.programme.desk import OfficeTransaction
from sms_app.programme.workbook.faults import Fault
from sms_app.programme.workbook.files import Uploaded
from sms_app.programme.workbook.importing import Counts

FROM_BYTES = 200_000
"""Smaller files take a page some two seconds at most; larger ones become a job."""
KEPT_FOR = timedelta(days=1)
MAX_BEGUN = 3
"""How often a job is begun: one that ends its process each time is given up."""
LOOKS_EACH_S = 5.0
LONGER = """
select set_config('statement_timeout', '15min', true), set_config('idle_in_transaction_session_timeout', '15min', true),
  set_config('lock_timeout', '2min', true)
"""
ADD = """
insert into import_job (id, programme_id, account_id, asked, asked_at)
values (%(id)s, %(programme)s, %(account)s, %(asked)s, %(now)s) on conflict (id) do nothing
"""
ADD_PROGRESS = """
insert into import_progress (import_job_id, begun, step) values (%(id)s, 0, 0) on conflict (import_job_id) do nothing
"""
SHOWN = """
select j.account_id, j.answer, p.step from import_job j join import_progress p on p.import_job_id = j.id
where j.id = %(id)s and j.programme_id = %(programme)s and j.account_id = %(account)s
"""
LATEST = """
select id from import_job where programme_id = %(programme)s and account_id = %(account)s
order by asked_at desc, id limit 1
"""
NEXT = """
select j.id, j.programme_id, j.account_id, j.asked, a.email, a.role
from import_job j join account_now a on a.id = j.account_id
where j.ended_at is null order by j.asked_at, j.id limit 1 for no key update of j skip locked
"""
BEGIN = """
update import_progress set begun = begun + 1, step = 0 where import_job_id = %(id)s returning begun
"""
STEP = "update import_progress set step = %(step)s where import_job_id = %(id)s"
END = "update import_job set asked = null, answer = %(answer)s, ended_at = %(now)s where id = %(id)s"
FORGET = "delete from import_job where asked_at < %(before)s"
log = structlog.get_logger("sms_app.console")


@dataclass(frozen=True)
class Shown:
    """A job as its page shows it: `step` of import_work.STEPS, and what came of it once it has ended."""

    step: int
    answer: Answer | None


@dataclass(frozen=True)
class _Row:
    account_id: UUID
    answer: bytes | None
    step: int


@dataclass(frozen=True)
class _Next:
    """A job that waits; `email` and `role` are its account's, which is active."""

    id: UUID
    programme_id: int
    account_id: UUID
    asked: bytes
    email: str
    role: str


def ask(
    console: Console, at: Desk, job: UUID, uploaded: Sequence[Uploaded], confirmed: Confirmed | None
) -> None:
    """Keep an import until it is run. The same job twice is one."""
    plain = json.dumps(
        {
            "files": [(file.name, b64encode(file.content).decode()) for file in uploaded],
            "confirmed": confirmed and asdict(confirmed),
        }
    )
    values = {
        "id": job,
        "programme": at.programme.loaded.id,
        "account": at.account.id,
        "asked": console.secret.seal(plain, at.account.id, LONG_WORK),
        "now": at.now,
    }
    at.conn.exec_driver_sql(FORGET, {"before": at.now - KEPT_FOR})
    at.conn.exec_driver_sql(ADD, values)
    at.conn.exec_driver_sql(ADD_PROGRESS, values)


def shown(console: Console, at: Desk, job: UUID) -> Shown | None:
    """A job of the account that is signed in; None for any other's."""
    values = {"id": job, "programme": at.programme.loaded.id, "account": at.account.id}
    row = sql.one(at.conn, SHOWN, _Row, values)
    if row is None:
        return None
    answer = None
    if row.answer is not None:
        answer = _opened(json.loads(console.secret.open(row.answer, row.account_id, LONG_WORK)))
    return Shown(row.step, answer)


def latest(at: Desk) -> UUID | None:
    """The id of the account's latest job, if it has one."""
    values = {"programme": at.programme.loaded.id, "account": at.account.id}
    job: UUID | None = at.conn.exec_driver_sql(LATEST, values).scalar_one_or_none()
    return job


def run_next(console: Console) -> bool:
    """Run the job that waits longest, if any; gives whether there was one. Several processes may do this at once."""
    now = console.clock()
    with console.engine.begin() as conn:
        conn.exec_driver_sql(FORGET, {"before": now - KEPT_FOR})
    with console.engine.begin() as conn:
        conn.exec_driver_sql(LONGER)
        job = sql.one(conn, NEXT, _Next, {})
        if job is None:
            return False
        # in a transaction of its own: it stays when this one is lost
        with console.engine.begin() as beside:
            begun = beside.exec_driver_sql(BEGIN, {"id": job.id}).scalar_one()
        answer = _run(console, conn, job) if begun <= MAX_BEGUN else Answer(problem="people.import_failed")
        sealed = console.secret.seal(json.dumps(asdict(answer)), job.account_id, LONG_WORK)
        conn.exec_driver_sql(END, {"id": job.id, "answer": sealed, "now": now})
    return True


def start(console: Console) -> threading.Thread:
    """Run jobs in a thread of this process, for as long as it lives."""
    thread = threading.Thread(target=_run_all, args=(console,), name="imports", daemon=True)
    thread.start()
    return thread


def _run_all(console: Console) -> None:
    while True:
        try:
            if run_next(console):
                continue
        except Exception as error:
            log_failure(log, "an import failed", error)
        console.asked.wait(LOOKS_EACH_S)
        console.asked.clear()


def _run(console: Console, conn: Connection, job: _Next) -> Answer:
    programme = console.programmes.get(job.programme_id)
    if programme is None or not may(job.role, "people_import.take", "POST"):
        return Answer(problem="people.import_failed")
    try:
        asked = json.loads(console.secret.open(job.asked, job.account_id, LONG_WORK))
    except SecretError:
        return Answer(problem="people.import_failed")
    loaded, now = programme.loaded, console.clock()
    who, today, country = f"console:{job.email}", programme.day(now), loaded.settings.country
    office = OfficeTransaction(conn, loaded.vault, loaded.id, who, now, today, country)
    uploaded = [Uploaded(name, b64decode(content)) for name, content in asked["files"]]
    confirmed = asked["confirmed"] and Confirmed(**asked["confirmed"])
    return import_work.examine(office, loaded, uploaded, confirmed, _Ticks(console, job.id))


class _Ticks:
    """Notes each step of a job where its page sees it."""

    def __init__(self, console: Console, job: UUID) -> None:
        self.console, self.job, self.step = console, job, 0

    def __call__(self) -> None:
        self.step += 1
        with self.console.engine.begin() as conn:
            conn.exec_driver_sql(STEP, {"id": self.job, "step": self.step})


def _opened(kept: dict[str, object]) -> Answer:
    """The inverse of asdict."""
    values = dict(kept)
    values["faults"] = [Fault(**fault) for fault in kept["faults"]]  # type: ignore[attr-defined]
    if kept["preview"] is not None:
        preview = dict(kept["preview"])  # type: ignore[call-overload]
        preview["people"] = [NewPerson(**person) for person in preview["people"]]
        preview["summary"] = {title: Counts(**counts) for title, counts in preview["summary"].items()}
        values["preview"] = Preview(**preview)
    return Answer(**values)  # type: ignore[arg-type]
