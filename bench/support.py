"""Confidential support for the benchmark: keys of two caseworkers, a signed roster, and somebody on duty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from bench.world import World
from sms_app.private import roster, sealing
from sms_app.private.roster import Roster

ROSTER = """
insert into private.roster (programme_id, version, signed, loaded_on) values (:programme, 1, :signed, :today)
"""
DUTY = """
insert into duty_day (programme_id, day, caseworker, signed_in)
select :programme, day::date, '1', true from generate_series(:first ::date, :last ::date, interval '1 day') day
"""

# of so many dialogues hardly one hop stores a filler
BUSY = """
insert into ussd_cost (programme_id, day, network_code, currency, sessions, cost)
values (:programme, :day, '63510', 'RWF', 100000000, 0)
"""


def switch_on(place: World) -> dict[str, str]:
    """Switch help on; gives the variables with which `web` offers it, as in a demo."""
    today = datetime.now(UTC).date()
    holder, recovery, *caseworkers = (sealing.new_key() for _ in range(4))
    keys = {str(n): sealing.public_bytes(key.public_key()) for n, key in enumerate(caseworkers, 1)}
    public = [sealing.public_bytes(key.public_key()) for key in (holder, recovery)]
    signed = roster.sign(Roster("rwanda", 1, today + timedelta(days=90), keys, public[1]), holder, today)
    days = {"first": today - timedelta(days=10), "last": today + timedelta(days=1)}
    with place.owner.begin() as conn:
        values = {"programme": place.programme_id, "signed": signed, "today": today}
        conn.execute(text(ROSTER), values)
        conn.execute(text(DUTY), {"programme": place.programme_id, **days})
        conn.execute(text(BUSY), {"programme": place.programme_id, "day": today - timedelta(days=1)})
    pins = ":".join(("rwanda", "1", *map(sealing.to_text, public)))
    return {"SMS_APP_SUPPORT_PINS": pins, "SMS_APP_DEMO": "1"}
