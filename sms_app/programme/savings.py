"""The rules of savings: what members report, and what meetings count. Hops and staff commands use the same rules.

Amounts are in whole smallest units of the programme's currency. Reported and counted amounts are never added. A
member's report for a week is the sum of her entries with source `member`, reversals included."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import Connection

from sms_app import sql

Stored = Literal["saved", "no_open_cycle"]
SQL = sql.beside(__file__)

# A statement sees only what was stored before it began. So a transaction that replaces a week's reports first waits for
# any other that does so.
WAIT_FOR_HER_OTHERS = "select 1 from participant where id = %(person)s for no key update"
STORED = "select 1 from contribution where id = %(entry)s"


def report(
    conn: Connection,
    entry: UUID,
    participant: UUID,
    amount: int,
    shares: int | None,
    week_of: date,
    today: date,
    assisted: bool,
) -> Stored:
    """Add a member's report to her open cycle. The same entry is stored once. `week_of` is a Monday."""
    return _store(conn, SQL["enter"], entry, participant, amount, shares, week_of, today, assisted)


def correct(
    conn: Connection,
    entry: UUID,
    participant: UUID,
    amount: int,
    shares: int | None,
    week_of: date,
    today: date,
    assisted: bool,
) -> Stored:
    """Reverse her reports for this week and add the corrected total of the week. The same entry is stored once. Of two
    corrections at the same time the second waits for the first, and its total stands.

    An entry made with help is reversed only by an `assisted` correction. `conn` is in a transaction."""
    conn.exec_driver_sql(WAIT_FOR_HER_OTHERS, {"person": participant})
    return _store(conn, SQL["correct"], entry, participant, amount, shares, week_of, today, assisted)


def _store(
    conn: Connection,
    statement: str,
    entry: UUID,
    participant: UUID,
    amount: int,
    shares: int | None,
    week_of: date,
    today: date,
    assisted: bool,
) -> Stored:
    values = {
        "entry": entry,
        "person": participant,
        "amount": amount,
        "shares": shares,
        "week_of": week_of,
        "today": today,
        "assisted": assisted,
    }
    if conn.exec_driver_sql(statement, values).rowcount:
        return "saved"
    return "saved" if conn.exec_driver_sql(STORED, values).first() else "no_open_cycle"
