"""Sealed requests: the file that a caseworker downloads, their outcomes, and envelopes that were sealed again."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app import sql
from sms_app.private import audit, outcome_code, recipients, rewrite, rosters, sealing
from sms_app.private.console import keys
from sms_app.private.console.accounts import Caseworker
from sms_app.private.console.keys import FileError
from sms_app.private.console.settings import ConsoleProgramme
from sms_app.private.console.words import Fault
from sms_app.private.roster import Pins, RosterError
from sms_app.private.rosters import StoredRoster

EVERY = "select id, envelope from private.request where programme_id = %(programme)s"
IDS = """
select r.id, s.closed_on from private.request r left join private.request_state s on s.request_id = r.id
where r.programme_id = %(programme)s
"""
OUTCOMES = """
select o.request_id, o.code, c.code as by, o.on_day from private.outcome o
join private.caseworker c on c.id = o.caseworker_id
where c.programme_id = %(programme)s order by o.request_id, o.n
"""
RECORD = "select record_outcome(%(entry)s, %(worker)s, %(request)s, %(said)s, %(today)s)"
IS_RECORDED = "select from private.outcome where id = %(entry)s"
SEAL_AGAIN = """
update private.request set envelope = %(envelope)s where programme_id = %(programme)s and id = %(id)s
"""
RECORDED, UNKNOWN, WRONG, AMBIGUOUS, MANY = "recorded", "unknown", "wrong", "ambiguous", "many"
DAYS_AHEAD = 30
"""So many days a download names the days off of: more than a request may wait."""
MAX_CODES = 2_000
"""Codes in a form."""
SHOWN = 11
"""So many characters of a long code are repeated in the answer."""


class DownloadRefused(Fault):
    """There is no download now: by it, somebody could be called who asked not to be. It says why, to the caseworker."""


@dataclass(frozen=True)
class Answer:
    """How the recording of a typed code went: RECORDED, `taken`, `closed`, UNKNOWN, WRONG or AMBIGUOUS.

    MANY: a code that closes many rows closed `count`; `left` are closed already, not there, or not meant for sure."""

    typed: str
    result: str
    count: int = 0
    left: int = 0


@dataclass(frozen=True)
class Replaced:
    """How many envelopes were replaced, and how many rows of the file are not there any more."""

    replaced: int
    gone: int


@dataclass(frozen=True)
class _Sealed:
    id: bytes
    envelope: bytes


@dataclass(frozen=True)
class _Id:
    id: bytes
    closed_on: date | None


@dataclass(frozen=True)
class _Outcome:
    request_id: bytes
    code: str
    by: str
    on_day: date


def roster(conn: Connection, programme_id: int, programme: str, pins: Pins | None) -> StoredRoster | None:
    """The newest roster that the pins accept, on this day or not; None without one or without pins. `programme` is the
    programme's short name."""
    return None if pins is None else rosters.newest(conn, programme_id, programme, pins)


def _accepted_roster(
    conn: Connection, programme_id: int, programme: str, pins: Pins | None, today: date
) -> StoredRoster:
    """The roster that is accepted today. Raises DownloadRefused: while there is none, a "do not call me" may be
    sealed to others only, and the calls of before would look as if nothing had come."""
    stored = roster(conn, programme_id, programme, pins)
    if stored is None:
        raise DownloadRefused("no_roster")
    try:
        stored.roster.check_day(today)
    except RosterError:
        raise DownloadRefused("roster_expired", day=f"{stored.roster.expires:%d/%m/%Y}") from None
    return stored


def download(
    conn: Connection,
    caseworker: Caseworker,
    programme: ConsoleProgramme,
    pins: Pins | None,
    now: datetime,
    today: date,
) -> str:
    """The file with all requests of the caseworker's programme, sealed, in random order, for the opening page. The
    caseworker has a key. Raises DownloadRefused when a "do not call me" could be missing."""
    rewritten = rewrite.last(conn)
    if rewritten is None or not rewrite.is_fresh(rewritten, now):
        raise DownloadRefused("rewrite_late")
    stored = _accepted_roster(conn, caseworker.programme_id, programme.slug, pins, today)
    own = {"programme": caseworker.programme_id}
    sealed = sql.rows(conn, EVERY, _Sealed, own)
    secrets.SystemRandom().shuffle(sealed)
    outcomes: dict[bytes, list[dict[str, str]]] = {}
    for outcome in sql.rows(conn, OUTCOMES, _Outcome, own):
        shown = {"code": outcome.code, "by": outcome.by, "on": outcome.on_day.isoformat()}
        outcomes.setdefault(bytes(outcome.request_id), []).append(shown)
    withdrawn = [sealing.to_text(key) for key in recipients.withdrawn(conn, caseworker.programme_id)]
    values = {
        "format": keys.FORMAT,
        "programme": programme.slug,
        "made": int(now.timestamp()),
        # requests that came later are not in the file
        "rewritten": int(rewritten.timestamp()),
        "time_zone": programme.time_zone,
        "caseworker": caseworker.code,
        "public_key": sealing.to_text(bytes(caseworker.public_key or b"")),
        "wrapped_key": json.loads(caseworker.wrapped_key or "null"),
        "roster": stored.signed,
        "withdrawn": withdrawn,
        "sectors": programme.sectors,
        "bands": programme.bands,
        "days_off": _days_off(programme, now),
        "programme_line": programme.programme_line,
        "rules": {"under_18": programme.under_18, "men": programme.men},
        "requests": [
            {
                "id": sealing.to_text(bytes(row.id)),
                "envelope": sealing.to_text(bytes(row.envelope)),
                "outcomes": outcomes.get(bytes(row.id), []),
            }
            for row in sealed
        ],
    }
    audit.append(conn, caseworker.programme_id, caseworker.code, "download", now)
    return json.dumps(values, ensure_ascii=False) + "\n"


def _days_off(programme: ConsoleProgramme, now: datetime) -> list[str]:
    """The days, from today on, on which the page shows no number to call."""
    today = now.astimezone(ZoneInfo(programme.time_zone)).date()
    days = (today + timedelta(days=n) for n in range(DAYS_AHEAD))
    return [day.isoformat() for day in days if not programme.is_working_day(day)]


def record(
    conn: Connection, caseworker: Caseworker, typed: str, form: UUID, day_began: datetime, today: date
) -> list[Answer]:
    """Record the codes of a form, in their order; gives an answer for each. `form` is the form's own id: a form that is
    sent twice is recorded once.

    The audit trail is not sealed: it gets the request and the day, which began at `day_began`, but no letter."""
    by_prefix: dict[str, list[_Id]] = {}
    for row in sql.rows(conn, IDS, _Id, {"programme": caseworker.programme_id}):
        by_prefix.setdefault(outcome_code.prefix(bytes(row.id)), []).append(row)
    answers = []
    for n, code in enumerate(typed.split()[:MAX_CODES]):
        if (prefixes := _closed_by(code)) is not None:
            answers.append(_close_many(conn, caseworker, code, prefixes, by_prefix, day_began, today))
            continue
        entry = uuid5(form, f"{n} {code}")
        is_repeated = conn.exec_driver_sql(IS_RECORDED, {"entry": entry}).rowcount > 0
        answer = _record_code(conn, caseworker, code, entry, by_prefix, today)
        if answer.result == RECORDED and not is_repeated:
            subject, _ = outcome_code.parse(code)
            audit.append(conn, caseworker.programme_id, caseworker.code, "outcome", day_began, subject)
        answers.append(answer)
    return answers


def _record_code(
    conn: Connection,
    caseworker: Caseworker,
    typed: str,
    entry: UUID,
    by_prefix: dict[str, list[_Id]],
    today: date,
) -> Answer:
    try:
        start, letter = outcome_code.parse(typed)
    except ValueError:
        return Answer(typed, WRONG)
    rows = by_prefix.get(start, [])
    # a row id has more than the code says: of two such rows the open one is meant
    meant = rows if len(rows) < 2 else [row for row in rows if row.closed_on is None]
    if len(meant) != 1:
        return Answer(typed, AMBIGUOUS if rows else UNKNOWN)
    values = {
        "entry": entry,
        "worker": caseworker.id,
        "request": meant[0].id,
        "said": letter,
        "today": today,
    }
    return Answer(typed, str(conn.exec_driver_sql(RECORD, values).scalar_one()))


def _closed_by(typed: str) -> list[str] | None:
    try:
        return outcome_code.parse_closing(typed)
    except ValueError:
        return None


def _close_many(
    conn: Connection,
    caseworker: Caseworker,
    typed: str,
    prefixes: list[str],
    by_prefix: dict[str, list[_Id]],
    day_began: datetime,
    today: date,
) -> Answer:
    """Close the rows of a code. Of rows that begin with the same characters all are meant or none is closed."""
    count = 0
    for start, times in Counter(prefixes).items():
        rows = [row for row in by_prefix.get(start, []) if row.closed_on is None]
        if len(rows) != times:
            continue
        for row in rows:
            values = {
                "entry": uuid4(),
                "worker": caseworker.id,
                "request": row.id,
                "said": "X",
                "today": today,
            }
            count += conn.exec_driver_sql(RECORD, values).scalar_one() == RECORDED
    subject = f"{count} {sha256(typed.upper().encode()).hexdigest()[:16]}"
    audit.append(conn, caseworker.programme_id, caseworker.code, "close_many", day_began, subject)
    shown = typed if len(typed) <= SHOWN else f"{typed[:SHOWN]}…"
    return Answer(shown, MANY, count, len(prefixes) - count)


def seal_again(conn: Connection, caseworker: Caseworker, text: str, now: datetime) -> Replaced:
    """Replace the envelopes of the rows in a file of the opening page. Nothing is replaced when one of them is no
    envelope. Raises FileError."""
    envelopes = _envelopes(keys.document(text), caseworker)
    replaced = 0
    for id_, envelope in sorted(envelopes.items()):
        row = {"programme": caseworker.programme_id, "id": id_, "envelope": envelope}
        replaced += conn.exec_driver_sql(SEAL_AGAIN, row).rowcount
    # a colleague compares the sum with the file that the page gave
    subject = f"{replaced} {sha256(text.encode()).hexdigest()[:16]}"
    audit.append(conn, caseworker.programme_id, caseworker.code, "seal_again", now, subject)
    return Replaced(replaced, len(envelopes) - replaced)


def _envelopes(values: dict[str, Any], caseworker: Caseworker) -> dict[bytes, bytes]:
    if values.get("programme") != caseworker.slug:
        raise FileError("other_programme")
    rows = values.get("requests")
    if not isinstance(rows, list) or not rows:
        raise FileError("no_requests")
    try:
        envelopes = {sealing.from_text(row["id"]): sealing.from_text(row["envelope"]) for row in rows}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FileError("request_damaged") from None
    for id_, envelope in envelopes.items():
        if len(id_) != sealing.ROW_BYTES or len(envelope) != sealing.ENVELOPE_BYTES:
            raise FileError("request_size")
        if envelope[0] != sealing.VERSION:
            raise FileError("request_version")
    return envelopes
