"""Coaches for the benchmark: one for each training group, with a PIN and one session whose roll is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, text

from bench.world import World
from sms_app.channel.demo_numbers import BLOCK

PIN = "5938"
FIRST_NUMBER = 9000
GROUPS = "select id from training_group order by number limit 16"
CLEAR = (
    "attendance",
    "roll",
    "session_list",
    "session_substitute",
    "follow_up",
    "session_reply",
    "training_session",
)
PHONE = """
insert into phone_number (id, programme_id, number_sealed, number_index, sharing, language)
values (:phone, :programme, :sealed, :index, 'unmarked', 'rw')
"""
COACH = """
insert into coach (id, programme_id, code, name_sealed, phone_number_id, pin)
values (:coach, :programme, :code, :sealed, :phone, :pin)
"""
LINK = "insert into group_coach (id, group_id, coach_id, from_on) values (:link, :group, :coach, :today)"
SESSION = """
insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)
values (:session, :programme, :group, '', :starts, :ends, 'Kigabiro', '4821')
"""
ROLL = """
select store_roll(:coach, :session, array(
  select l.list_number from session_list l where l.training_session_id = :session order by 1 limit 2
), (select count(*)::integer - 2 from session_list l where l.training_session_id = :session), :now, :today)
"""
LISTED = "select list_number from session_list where training_session_id = :session order by 1"


@dataclass(frozen=True)
class Coach:
    """A coach's number, how many are on her group's list, and two of them as she types them: `3*7`."""

    number: str
    listed: int
    absent: str


def coaches(place: World) -> list[Coach]:
    """One coach for each group. Every dialogue of a coach takes the same way: the roll is there already, and is taken
    again."""
    now = datetime.now(UTC)
    with place.owner.begin() as conn:
        for table in CLEAR:
            conn.execute(text(f"delete from {table}"))
        groups = conn.execute(text(GROUPS)).scalars().all()
        return [_coach(conn, place, group, nth, now) for nth, group in enumerate(groups)]


def _coach(conn: Connection, place: World, group: object, nth: int, now: datetime) -> Coach:
    number, phone, coach, session = f"{BLOCK}{FIRST_NUMBER + nth}", uuid4(), uuid4(), uuid4()
    sealed = place.vault.seal(number, "phone_number", "number_sealed", phone)
    values = {
        "programme": place.programme_id,
        "phone": phone,
        "sealed": sealed,
        "index": place.vault.index(number, "number"),
        "coach": coach,
        "code": f"B{nth:02}",
        "pin": place.vault.pin(coach, PIN),
        "group": group,
        "link": uuid4(),
        "session": session,
        "starts": now - timedelta(hours=1),
        "ends": now + timedelta(hours=1),
        "now": now,
        "today": now.date(),
    }
    conn.execute(text(PHONE), values)
    conn.execute(text(COACH), values)
    conn.execute(text(LINK), values)
    conn.execute(text(SESSION), values)
    conn.execute(text("select fix_session_list(:session, :now)"), values)
    conn.execute(text(ROLL), values)
    numbers = conn.execute(text(LISTED), values).scalars().all()
    return Coach(number, len(numbers), f"{numbers[0]}*{numbers[1]}")
