"""Consents as the office enters them: append-only, each with its words, its day, and who was there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sms_app.programme import membership
from sms_app.programme.desk import Desk, Refused

PURPOSES = ("programme", "messages", "surveys", "research", "approach_man", "check_in")
WAYS = ("oral", "written")
ADD = """
insert into consent (id, participant_id, purpose, given, version, language, how, witness, taken_by, taken_on)
values (%(id)s, %(person)s, %(purpose)s, %(given)s, %(version)s, %(language)s, %(how)s, %(witness)s, %(taken_by)s,
  %(taken_on)s)
"""


@dataclass(frozen=True)
class Word:
    """What somebody agreed to or withdrew: for one of PURPOSES, by which version of the words, in which
    language, one of WAYS, before which witness (None: nobody), taken by whom on which day."""

    purpose: str
    given: bool
    version: str
    language: str
    how: str
    witness: str | None
    taken_by: str
    taken_on: date


def enter(desk: Desk, member: str, word: Word) -> None:
    """Add a consent or its withdrawal. The latest day counts, and a withdrawal on it. Raises Refused."""
    if word.purpose not in PURPOSES:
        raise Refused(f"`{word.purpose}` is no purpose: one of {', '.join(PURPOSES)}.")
    if word.how not in WAYS:
        raise Refused(f"`{word.how}` is no way to consent: oral or written.")
    if not word.version.strip() or not word.taken_by.strip():
        raise Refused("A consent has the version of its words, and who took it.")
    if word.how == "oral" and word.given and not word.witness:
        raise Refused("A consent by word of mouth has a witness: name her with --witness.")
    if word.taken_on > desk.today:
        raise Refused("A consent can't be taken on a day to come.")
    desk.lock()
    person = membership.present(desk, member)
    id_ = uuid4()
    desk.conn.exec_driver_sql(
        ADD,
        {
            "id": id_,
            "person": person.id,
            "purpose": word.purpose,
            "given": word.given,
            "version": word.version.strip(),
            "language": word.language,
            "how": word.how,
            "witness": word.witness,
            "taken_by": word.taken_by.strip(),
            "taken_on": word.taken_on,
        },
    )
    desk.record("enter_consent", "consent", id_)
