"""A transaction of the office, and the error of a change that is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection

from sms_app.programme import audit, locks
from sms_app.vault import Vault


class Refused(Exception):
    """The change can't be made; its text says why, and what to do. `help` names the cases in which a command or option
    helps; `cli` adds which. `key` and `values` are those of the console's sentence for the same, if it has one."""

    def __init__(
        self,
        text: str,
        help: Literal["asked_alone", "day_off", "gathering_id", "no_gathering", "oral_witness"] | None = None,
        key: str = "",
        **values: object,
    ):
        super().__init__(text)
        self.help, self.key, self.values = help, key, values


@dataclass(frozen=True)
class OfficeTransaction:
    """A transaction of the office: connection, keys, programme, who acts and when. `now` is aware UTC, `today` the
    programme's day, `country` the two letters of the country whose numbers people write."""

    conn: Connection
    vault: Vault
    programme_id: int
    who: str
    now: datetime
    today: date
    country: str

    def lock(self) -> None:
        """Wait until nobody else changes people, groups or coaches, and keep others out until the transaction ends."""
        locks.lock_people(self.conn, self.programme_id)

    def record(self, what: str, subject: str, id_: object) -> None:
        """Add an entry to the audit trail."""
        audit.record(self.conn, self.programme_id, self.who, what, subject, id_, self.now)
