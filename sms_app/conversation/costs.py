"""The network's charges for dialogues, summed by day, network and programme, never by person or dialogue."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sms_app.channel.inbound import UssdEvent
from sms_app.conversation.service import Conversation

ADD = """
with first as (
  insert into ussd_event_seen (id, seen_at) values (%(id)s, %(minute)s) on conflict do nothing returning id
)
insert into ussd_cost as c (programme_id, day, network_code, currency, sessions, cost)
select %(programme)s, %(day)s, %(network)s, %(currency)s, 1, %(cost)s from first
on conflict (programme_id, day, network_code, currency)
do update set sessions = c.sessions + 1, cost = c.cost + excluded.cost
"""


def add(conversation: Conversation, event: UssdEvent, now: datetime) -> None:
    """Add a finished dialogue's cost to its day; a repeated notification counts once. Raises UnknownServiceCode.

    The row that makes a repetition known has a keyed hash of the session, and is swept like the dialogues."""
    programme = conversation.programme(event.service_code)
    values = {
        "id": conversation.vault.dialogue_id(event.session_id),
        "minute": now.replace(second=0, microsecond=0),
        "programme": programme.id,
        "day": now.astimezone(ZoneInfo(programme.settings.time_zone)).date(),
        "network": event.network_code,
        "currency": event.currency,
        "cost": event.cost,
    }
    conversation.retried(lambda conn, first_try: conn.exec_driver_sql(ADD, values))
