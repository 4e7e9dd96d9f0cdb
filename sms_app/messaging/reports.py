"""Delivery reports: each is kept once, and settles its message, in whatever order reports arrive.

A report means the message that has its id. One whose id we never heard of can only mean a message whose answer we
never got: if its number has just one such message, it is that one's. While an answer may still come, the report waits
and is looked at again when the answer is there, or the message is given up as `unknown`. What a message is follows
from all of its reports together, so neither their order nor a repetition matters: delivered above all, then failed,
then sent. A word of the provider's that its folder does not know is kept, and decides nothing.

The rows of the numbers are locked before anything is compared, so what arrives at one time sees each other. Messages
that someone else is writing are left to them: they look for reports afterwards. And the clock looks once more."""

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
KEEP = """
insert into delivery_report
  (id, provider, provider_id, result, status, number_index, network_code, failure_reason, received_at)
values (%(id)s, %(provider)s, %(provider_id)s, %(result)s, %(status)s, %(index)s, %(network)s, %(reason)s, %(now)s)
on conflict do nothing returning id
"""
BY_ID = "select id from message where provider_id = %(provider_id)s and provider = %(provider)s"
LATE = """
select distinct m.id from delivery_report r join message m on m.provider_id = r.provider_id and m.provider = r.provider
where r.message_id is null and r.received_at > %(since)s
"""
# An answer is surer than a guess by number: whose answer has the id, has it alone. A guess has no cost.
TAKE_BACK = """
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
RESTORE = """
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
    """Keep a report and settle what it settles; False when it was there already, and nothing changes.

    A number whose owner opted out at the network is stopped in every programme."""
    indexes = vault.indexes(report.number, "number")
    its_id = {"provider": report.provider, "provider_id": report.provider_id}
    values = {"indexes": indexes, **its_id}
    locked = sql.rows(conn, LOCK, _LockedNumber, values)
    # as the number's row has it: an index is not worked out anew for the rows that are already there
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
    if conn.exec_driver_sql(KEEP, kept).first() is None:
        return False
    phones = [row.id for row in own]
    if report.opted_out:
        numbers.stop_everywhere(conn, phones, now)
    meant = _ids(conn, BY_ID, its_id)
    if not meant and phones:
        unmatched = {"phones": phones, **its_id, "now": now, "since": now - REPORTS_COME_WITHIN}
        meant = _ids(conn, SQL["match_by_number"], unmatched)
    _settle(conn, meant)
    return True


def settle(conn: Connection, message_ids: Sequence[UUID]) -> None:
    """Settle messages whose answers were just recorded, or that just became `unknown`, in the same transaction, from
    the reports that came before.

    An answer overrules what was guessed by number; and a number on which nothing else is under way any more may have
    an `unknown` message whose report waits."""
    ids = list(message_ids)
    if not ids or not conn.exec_driver_sql(SQL["anything_to_settle"], {"ids": ids}).scalar_one():
        return
    _settle_all(conn, ids)


def _settle_all(conn: Connection, ids: list[UUID]) -> None:
    """Undo wrong matches by number, match what can be matched now, and set each message's status from its reports."""
    if not ids:
        return
    phones = _ids(conn, LOCK_NUMBERS_OF, {"ids": ids})
    taken = _ids(conn, TAKE_BACK, {"ids": ids})
    changed = _ids(conn, UNMATCH, {"ids": ids + taken})
    if changed:
        conn.exec_driver_sql(RESTORE, {"ids": changed})
    stored = {"phones": phones, "within": REPORTS_COME_WITHIN}
    guessed = _ids(conn, SQL["match_stored_by_number"], stored)
    _settle(conn, ids + guessed)


def settle_late(conn: Connection, now: datetime) -> None:
    """Settle messages whose report was being kept while their answer was recorded: at each tick."""
    _settle_all(conn, _ids(conn, LATE, {"since": now - REPORTS_COME_WITHIN}))


def _settle(conn: Connection, ids: Sequence[UUID]) -> None:
    """Attach each message's reports, and set its status from them."""
    if ids:
        conn.exec_driver_sql(ATTACH, {"ids": list(ids)})
        conn.exec_driver_sql(SQL["settle"], {"ids": list(ids)})


def _ids(conn: Connection, statement: str, values: Mapping[str, object]) -> list[UUID]:
    return cast("list[UUID]", list(conn.exec_driver_sql(statement, values).scalars()))
