"""Disputes: a participant says that something is not right, and staff answer, or her coach when it is her attendance.

She reads the answer behind her PIN, in her language. It is one of three codes: staff can't send words of their own to
her phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql
from sms_app.programme import audit

ABOUT = ("shares", "loan", "fine", "attendance")
ANSWERS = ("corrected", "right", "ask")
"""It was wrong and is corrected; it was checked and is right; she may ask at the next meeting."""
SHOWN_DAYS = 14
"""How many days she can read an answer, the day of the answer included."""
HANDLE_SHORTEST = 4
"""The fewest characters of a dispute's id that staff may type."""

SQL = sql.beside(__file__)
# a second dispute on the same subject changes nothing while the first is open
RAISE = """
insert into dispute (id, participant_id, about, raised_on) values (%(entry)s, %(person)s, %(about)s, %(today)s)
on conflict do nothing
"""
HAS_GROUP = """
select exists (select from training_group where programme_id = %(programme)s and number::text = %(group)s)
or exists (select from savings_group where programme_id = %(programme)s and lower(name) = %(group)s)
"""
# revision 0021; it looks whether the person holds an office of the member's savings group
ANSWER_AS_OFFICER = "select answer_member_question(%(person)s, %(question)s, %(answer)s, %(now)s, %(today)s)"
# Of two answers at the same time only the first succeeds: the second finds another closing day or answer than it read.
ANSWER = """
update dispute set answer = %(answer)s, closed_on = %(today)s
where id = %(id)s and closed_on is not distinct from %(was_closed_on)s and answer is not distinct from %(was_answer)s
"""
ANSWER_AS_COACH = """
select answer_question(%(coach)s, %(question)s, %(code)s, %(session)s, %(now)s, %(today)s)
"""
CORRECTED_SINCE = "select corrected_since(%(question)s)"
# the audit trail has the day of an answer, not the minute
DAY = """
select date_trunc('day', %(now)s::timestamptz, time_zone) as start, (%(now)s at time zone time_zone)::date as today
from programme where id = %(programme)s
"""


class Refused(Exception):
    """The dispute can't be found or answered; the text says why. `help` names the cases in which a command helps; `cli`
    adds which."""

    def __init__(
        self, text: str, help: Literal["answered", "answered_meanwhile", "no_dispute"] | None = None
    ):
        super().__init__(text)
        self.help = help


@dataclass(frozen=True)
class Dispute:
    """A dispute as staff see it: with the group and list number of the participant, never her name. `group` is the
    training group's number. `answer` is one of ANSWERS; None while the dispute is open, or when it was closed because
    it repeats an older one. `assisted`: her coach raised it with her."""

    id: UUID
    about: str
    raised_on: date
    closed_on: date | None
    answer: str | None
    group: int | None
    list_number: int | None
    member_number: str
    savings_group: str | None
    assisted: bool = False

    @property
    def handle(self) -> str:
        """The beginning of the id, which staff type."""
        return str(self.id)[:8]

    @property
    def shown_until(self) -> date | None:
        """The last day on which she can read the answer."""
        if self.closed_on is None or self.answer is None:
            return None
        return self.closed_on + timedelta(days=SHOWN_DAYS - 1)


def raise_dispute(conn: Connection, entry: UUID, participant: UUID, about: str, today: date) -> None:
    """Store a dispute (`about` is one of ABOUT). Nothing is added for an entry that is stored already, or while a
    dispute on the same subject is open."""
    conn.exec_driver_sql(RAISE, {"entry": entry, "person": participant, "about": about, "today": today})


def disputes(
    conn: Connection,
    programme_id: int,
    group: str = "",
    closed: bool = False,
    most: int | None = None,
    skip: int = 0,
) -> Sequence[Dispute]:
    """The open disputes, the oldest first, at most `most` after the first `skip`; with `closed` the others too. `group`
    is a training group's number or a savings group's name. Raises Refused for a group that does not exist."""
    values = {
        "programme": programme_id,
        "group": group.strip().casefold(),
        "closed": closed,
        "start": "",
        "most": most,
        "skip": skip,
    }
    if values["group"] and not conn.exec_driver_sql(HAS_GROUP, values).scalar_one():
        raise Refused(
            f"There is no group `{group}`: give a training group's number or a savings group's name."
        )
    return sql.rows(conn, SQL["list_disputes"], Dispute, values)


def answer(
    conn: Connection, programme_id: int, who: str, handle: str, code: str, now: datetime, again: bool = False
) -> Dispute:
    """Answer a dispute and close it. `handle` is the beginning of its id, `code` one of ANSWERS. Raises Refused.

    An answered dispute is refused unless `again` says that the new answer replaces the old one."""
    if code not in ANSWERS:
        raise Refused(f"`{code}` is no answer: it is one of {', '.join(ANSWERS)}.")
    dispute = _find(conn, programme_id, handle)
    if dispute.answer is not None and not again:
        raise Refused(f"It was answered on {dispute.closed_on}: {dispute.answer}.", "answered")
    if dispute.answer is None and dispute.closed_on is not None:
        raise Refused("It was closed because an older one on the same subject was open: answer that one.")
    day = conn.exec_driver_sql(DAY, {"now": now, "programme": programme_id}).one()
    values = {
        "id": dispute.id,
        "answer": code,
        "today": day.today,
        "was_closed_on": dispute.closed_on,
        "was_answer": dispute.answer,
    }
    if not conn.exec_driver_sql(ANSWER, values).rowcount:
        raise Refused("Someone else answered it just now.", "answered_meanwhile")
    what = "answer" if dispute.answer is None else "answer_again"
    audit.record(conn, programme_id, who, what, "dispute", dispute.id, day.start)
    return _find(conn, programme_id, str(dispute.id))


def answer_as_coach(
    conn: Connection,
    coach: UUID,
    question: UUID,
    code: str,
    session: UUID | None,
    now: datetime,
    today: date,
) -> Literal["stored", "closed"]:
    """Answer a dispute about attendance of a participant of the coach's group, and close it. `code` is one of ANSWERS;
    with `corrected` the roll of `session` is corrected to say that she came, or was so before (`session` is None).
    `closed` when it is answered already, not the coach's to answer, or the roll can't be corrected any more."""
    values = {
        "coach": coach,
        "question": question,
        "code": code,
        "session": session,
        "now": now,
        "today": today,
    }
    return cast(Literal["stored", "closed"], conn.exec_driver_sql(ANSWER_AS_COACH, values).scalar_one())


def corrected_since(conn: Connection, question: UUID) -> bool:
    """Whether a roll was corrected for her since she raised a dispute about attendance: she came."""
    return bool(conn.exec_driver_sql(CORRECTED_SINCE, {"question": question}).scalar_one())


def answer_as_officer(
    conn: Connection, officer: UUID, question: UUID, code: str, now: datetime, today: date
) -> Literal["answered", "gone", "refused"]:
    """The answer of a savings group's officer (a participant's id) to a member's question about savings; `code` is
    one of ANSWERS. gone: it is answered already, or the officer's own; refused: no officer of the member's savings
    group."""
    values = {"person": officer, "question": question, "answer": code, "now": now, "today": today}
    given = conn.exec_driver_sql(ANSWER_AS_OFFICER, values).scalar_one()
    return cast(Literal["answered", "gone", "refused"], given)


def _find(conn: Connection, programme_id: int, handle: str) -> Dispute:
    start = handle.strip().lower()
    if len(start) < HANDLE_SHORTEST:
        raise Refused(f"Type at least {HANDLE_SHORTEST} characters of the dispute's id.")
    values = {"programme": programme_id, "group": "", "closed": True, "start": start, "most": None, "skip": 0}
    rows = sql.rows(conn, SQL["list_disputes"], Dispute, values)
    if not rows:
        raise Refused(f"There is no dispute `{handle}`.", "no_dispute")
    if len(rows) > 1:
        raise Refused(
            f"More than one dispute begins with `{handle}`: {', '.join(sorted(str(row.id) for row in rows)[:5])}."
        )
    return rows[0]
