"""Consents as the office enters them: append-only, each with the version of its text, its day, and its witness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from sms_app import sql
from sms_app.programme import membership
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.workbook import typed
from sms_app.programme.workbook.consent_sheet import (
    GUARDIAN,
    GUARDIAN_PURPOSES,
    HERSELF,
    PURPOSES,
    WAYS,
    is_not_the_guardians,
    misses_privacy,
)

ADD = """
insert into consent (id, participant_id, purpose, given, version, language, how, witness, taken_by, taken_on, given_by,
  asked_alone)
values (%(id)s, %(person)s, %(purpose)s, %(given)s, %(version)s, %(language)s, %(how)s, %(witness)s, %(taken_by)s,
  %(taken_on)s, %(given_by)s, %(asked_alone)s)
"""
ENTRIES = """
select purpose, given, version, language, how, witness, taken_by, taken_on, given_by, asked_alone from consent
where participant_id = %(person)s order by taken_on desc, purpose, given, given_by
"""
IS_STORED = "select exists (select from consent where id = %(id)s)"


@dataclass(frozen=True)
class ConsentEntry:
    """A consent that was given or withdrawn: the purpose (one of PURPOSES), the version of the text, the language, the
    way (one of WAYS), the witness (None: nobody), who took it, and the day; whose word it is (HERSELF or GUARDIAN), and
    whether she was asked alone (None: nobody wrote it down)."""

    purpose: str
    given: bool
    version: str
    language: str
    how: str
    witness: str | None
    taken_by: str
    taken_on: date
    given_by: str = HERSELF
    asked_alone: bool | None = None


def entries(office: OfficeTransaction, person: UUID) -> Sequence[ConsentEntry]:
    """All that is stored of a participant's consents, the latest day first."""
    return sql.rows(office.conn, ENTRIES, ConsentEntry, {"person": person})


def is_stored(office: OfficeTransaction, id_: UUID) -> bool:
    """Whether there is an entry with this id."""
    return bool(office.conn.exec_driver_sql(IS_STORED, {"id": id_}).scalar_one())


def enter(office: OfficeTransaction, member: str, entry: ConsentEntry, id_: UUID | None = None) -> None:
    """Add a consent or its withdrawal, with this id unless it is None. The latest day counts, and a withdrawal on it.
    Raises Refused."""
    if entry.purpose not in PURPOSES:
        raise Refused(f"`{entry.purpose}` is no purpose: one of {', '.join(PURPOSES)}.")
    if entry.how not in WAYS:
        raise Refused(f"`{entry.how}` is no way to consent: oral or written.")
    _insist_hers(entry)
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
    id_ = id_ or uuid4()
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
            "given_by": entry.given_by,
            "asked_alone": entry.asked_alone,
        },
    )
    office.record("enter_consent", "consent", id_)


def _insist_hers(entry: ConsentEntry) -> None:
    """Refuse a guardian's word where only hers counts, and a yes to approaching her man that she gave before others."""
    if entry.given_by not in (HERSELF, GUARDIAN):
        raise Refused(f"`{entry.given_by}` gives no consent: {HERSELF} or {GUARDIAN}.")
    if is_not_the_guardians(entry.purpose, entry.given_by):
        listed = ", ".join(GUARDIAN_PURPOSES)
        raise Refused(f"A guardian consents to {listed}; on `{entry.purpose}` only her own word counts.")
    if misses_privacy(entry.purpose, entry.given, entry.asked_alone):
        raise Refused("A man is approached only if she was asked alone.", "asked_alone")
