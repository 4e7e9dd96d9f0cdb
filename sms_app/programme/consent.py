"""Consents as the office enters them: append-only, each with the version of its text, its day, and its witness."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from sms_app.programme import membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.workbook import typed

PURPOSES = ("programme", "messages", "surveys", "research", "approach_man", "check_in")
WAYS = ("oral", "written")
ADD = """
insert into consent (id, participant_id, purpose, given, version, language, how, witness, taken_by, taken_on)
values (%(id)s, %(person)s, %(purpose)s, %(given)s, %(version)s, %(language)s, %(how)s, %(witness)s, %(taken_by)s,
  %(taken_on)s)
"""


@dataclass(frozen=True)
class ConsentEntry:
    """A consent that was given or withdrawn: the purpose (one of PURPOSES), the version of the text, the language, the
    way (one of WAYS), the witness (None: nobody), who took it, and the day."""

    purpose: str
    given: bool
    version: str
    language: str
    how: str
    witness: str | None
    taken_by: str
    taken_on: date


def enter(office: OfficeTransaction, member: str, entry: ConsentEntry) -> None:
    """Add a consent or its withdrawal. The latest day counts, and a withdrawal on it. Raises Refused."""
    if entry.purpose not in PURPOSES:
        raise Refused(f"`{entry.purpose}` is no purpose: one of {', '.join(PURPOSES)}.")
    if entry.how not in WAYS:
        raise Refused(f"`{entry.how}` is no way to consent: oral or written.")
    version, taken_by = typed.read(entry.version, typed.VERSION), typed.read(entry.taken_by, typed.TAKEN_BY)
    witness = typed.read(entry.witness or "", typed.WITNESS) or None
    if not version or not taken_by:
        raise Refused("A consent has the version of its words, and who took it.")
    if entry.how == "oral" and entry.given and not witness:
        raise Refused("An oral consent needs a witness.", "oral_witness")
    if entry.taken_on > office.today:
        raise Refused("A consent can't be taken on a day to come.")
    office.lock()
    person = membership.find_active(office, member)
    id_ = uuid4()
    office.conn.exec_driver_sql(
        ADD,
        {
            "id": id_,
            "person": person.id,
            "purpose": entry.purpose,
            "given": entry.given,
            "version": version,
            "language": entry.language,
            "how": entry.how,
            "witness": witness,
            "taken_by": taken_by,
            "taken_on": entry.taken_on,
        },
    )
    office.record("enter_consent", "consent", id_)
