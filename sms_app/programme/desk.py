"""Who in the office changes something, when, in which programme; and what refuses a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from sms_app.programme import audit
from sms_app.vault import Vault

# One change of people, groups and coaches at a time, so that no list number is given twice; the import of
# a workbook takes the same lock.
LOCK = "select pg_advisory_xact_lock(hashtext('people import'), %(programme)s)"


class Refused(Exception):
    """The change can't be made; its text says why, and what to do."""


@dataclass(frozen=True)
class Desk:
    """One transaction of the office: `now` is aware UTC, `today` the programme's day, `country` the two letters of the
    country whose numbers people write."""

    conn: Connection
    vault: Vault
    programme_id: int
    who: str
    now: datetime
    today: date
    country: str

    def lock(self) -> None:
        """Wait until nobody else changes people, groups or coaches, and keep others out until the transaction ends."""
        self.conn.exec_driver_sql(LOCK, {"programme": self.programme_id})

    def record(self, what: str, subject: str, id_: object) -> None:
        """Add an entry to the audit trail."""
        audit.record(self.conn, self.programme_id, self.who, what, subject, id_, self.now)
