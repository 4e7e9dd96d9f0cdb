"""Delivery reports: each is kept once, and settles its message, in whatever order reports arrive.

A report belongs to the message with its provider id. If no message has the id, it belongs to the number's only message
whose answer never came. While an answer may still come, the report waits; it is matched again when the answer is
recorded, or when the message becomes `unknown`. A message's status follows from all of its reports together, so their
order and repetitions do not matter: `delivered` goes before `failed`, and `failed` before `sent`. A status of the
provider's that its folder does not know is stored and changes nothing.

The rows of the numbers are locked before anything is compared, so that reports which arrive at the same time see each
other. Rows that another transaction has locked are skipped; that transaction, or the next tick, settles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.channel.inbound import Delivery
from sms_app.programme import numbers
from sms_app.vault import Vault

REPORTS_COME_WITHIN = timedelta(days=3)
"""How long an `unknown` message makes a report that names only the number ambiguous."""
SQL = sql.beside(__file__)
LOCK = """
select n.id, n.number_index from phone_number n where n.id in (
  select k.id from programme p join phone_number k on k.programme_id = p.id and k.number_index = any(%(indexes)s)
  union all select m.phone_number_id from message m where m.provider_id = %(provider_id)s
  and m.provider = %(provider)s
) order by n.id for no key update
"""
LOCK_NUMBERS_OF = """
select n.id from phone_number n where n.id in (
  select k.id from message m join phone_number o on o.id = m.phone_number_id
  cross join programme p join phone_number k on k.programme_id = p.id and k.number_index = o.number_index
  where m.id = any(%(ids)s)
) order by n.id for no key update
"""
UNSETTLED = """
select distinct m.id from delivery_report r join message m on m.provider_id = r.provider_id and m.provider = r.provider
where r.message_id is null and r.received_at > %(since)s
"""
# The provider's answer overrides a match by number: remove the id from the message that was matched by number. Such a
# message has no cost.
UNDO_MATCH = """
update message m set provider_id = null, status = 'unknown', reason = null, settled_at = null
from message a where a.id = any(%(ids)s) and a.provider_id = m.provider_id and a.provider = m.provider
  and m.cost is null and m.id <> all(%(ids)s) returning m.id
"""
UNMATCH = """
update delivery_report r set message_id = null from message m
where r.message_id = m.id and m.id = any(%(ids)s)
  and (r.provider_id is distinct from m.provider_id or r.provider is distinct from m.provider)
returning m.id
"""
RESET_STATUS = """
update message set status = 'sent', reason = null, settled_at = null
where id = any(%(ids)s) and status in ('sent', 'delivered', 'failed') and provider_id is not null
"""
ATTACH = """
update delivery_report r set message_id = m.id from message m
where m.id = any(%(ids)s) and r.provider_id = m.provider_id and r.provider = m.provider
  and r.message_id is distinct from m.id
"""


@dataclass(frozen=True)
class _LockedNumber:
    id: UUID
    number_index: bytes


def store(conn: Connection, vault: Vault, report: Delivery, now: datetime) -> bool:
    """Store a report and settle the message that it belongs to; False when the report was stored before.

    A number whose owner opted out at the network is stopped in every programme."""
    indexes = vault.indexes(report.number, "number")
    its_id = {"provider": report.provider, "provider_id": report.provider_id}
    values = {"indexes": indexes, **its_id}
    locked = sql.rows(conn, LOCK, _LockedNumber, values)
    # Use the index stored with the number: after a key change it may be under an older key.
    own = [row for row in locked if bytes(row.number_index) in indexes]
    index = bytes(own[0].number_index) if own else indexes[0]
    kept = {
        "id": uuid4(),
        **its_id,
        "result": report.result,
        "status": report.status,
        "index": index,
        "network": report.network_code,
        "reason": report.reason,
        "now": now,
    }
    stored = conn.exec_driver_sql(SQL["keep"], kept).first()
    if stored is None:
        return False
    phones = [row.id for row in own]
    if report.opted_out:
        numbers.stop_everywhere(conn, phones, now)
    if stored.message is not None and not stored.others:
        conn.exec_driver_sql(SQL["settle"], {"ids": [stored.message]})
    elif stored.message is not None:
        _settle(conn, [stored.message])
    elif phones:
        unmatched = {"phones": phones, **its_id, "now": now, "since": now - REPORTS_COME_WITHIN}
        _settle(conn, _select_ids(conn, SQL["match_by_number"], unmatched))
    return True


def settle(conn: Connection, message_ids: Sequence[UUID]) -> None:
    """Settle messages whose answers were just recorded, or that just became `unknown`, in the same transaction, from
    the reports that came before.

    An answer overrides a match by number. And when a number has no other message under way any more, a waiting report
    may be matched with its `unknown` message."""
    ids = list(message_ids)
    if not ids or not conn.exec_driver_sql(SQL["anything_to_settle"], {"ids": ids}).scalar_one():
        return
    _settle_all(conn, ids)


def _settle_all(conn: Connection, ids: list[UUID]) -> None:
    """Undo wrong matches by number, match what can be matched now, and set each message's status from its reports."""
    if not ids:
        return
    phones = _select_ids(conn, LOCK_NUMBERS_OF, {"ids": ids})
    unmatched = _select_ids(conn, UNDO_MATCH, {"ids": ids})
    changed = _select_ids(conn, UNMATCH, {"ids": ids + unmatched})
    if changed:
        conn.exec_driver_sql(RESET_STATUS, {"ids": changed})
    stored = {"phones": phones, "within": REPORTS_COME_WITHIN}
    matched = _select_ids(conn, SQL["match_stored_by_number"], stored)
    _settle(conn, ids + matched)


def settle_late(conn: Connection, now: datetime) -> None:
    """Settle messages whose report was being stored while their answer was recorded: at each tick."""
    _settle_all(conn, _select_ids(conn, UNSETTLED, {"since": now - REPORTS_COME_WITHIN}))


def _settle(conn: Connection, ids: Sequence[UUID]) -> None:
    """Attach each message's reports, and set its status from them."""
    if ids:
        conn.exec_driver_sql(ATTACH, {"ids": list(ids)})
        conn.exec_driver_sql(SQL["settle"], {"ids": list(ids)})


def _select_ids(conn: Connection, statement: str, values: Mapping[str, object]) -> list[UUID]:
    return cast("list[UUID]", list(conn.exec_driver_sql(statement, values).scalars()))
