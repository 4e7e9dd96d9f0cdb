"""Planning reminders: how many in a second, and whether enrolled people without a due reminder cost anything.

`reminders.plan` plans a reminder for everyone in the groups that meet tomorrow; then it runs again with nothing left to
plan; then all of it is repeated among five times as many people, four fifths of whom meet next month.

An idle tick is measured as the clock runs it: all plans, each only if something that it reads has changed. A tick after
a person left her group is measured in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Engine, create_engine, pool

from bench.world import BOTH, World, world
from sms_app.config import sqlalchemy_url
from sms_app.messaging import changes
from sms_app.messaging.reminders import planning as reminders
from sms_app.programme.loaded import LoadedProgramme
from tests.world.programme import stored_rwanda
from worker import clock

NOW = datetime.fromisoformat("2026-03-10T15:59:00+02:00")
TOMORROW, NEXT_MONTH = timedelta(hours=22, minutes=1), timedelta(days=28)
EACH = 25
IDLE_TICKS = 5
ONE_LEAVES = """
update participant set left_on = date '2026-03-10'
where id = (select min(id::text)::uuid from participant where member_number like 'b%%' and left_on is null)
"""
GROUPS = """
insert into training_group (id, programme_id, number, role, sector, place)
select gen_random_uuid(), %(programme)s, %(first)s + n, 'woman', 'Rwamagana', 'Rwamagana, Kigabiro'
from generate_series(1, %(groups)s) n
"""
PEOPLE = """
insert into participant (id, programme_id, reference, role, member_number, name_sealed, language, contact, group_id,
  list_number, amounts_by_phone, enrolled_on)
select gen_random_uuid(), %(programme)s, 'b' || g.number || '-' || n, 'woman', 'b' || g.number || '-' || n, '\\x00',
  'rw', 'own', g.id, n, true,
  date '2026-01-01'
from training_group g cross join generate_series(1, 25) n where g.number > %(first)s and g.programme_id = %(programme)s
"""
PHONES = """
insert into phone_number (id, programme_id, number_sealed, number_index, sharing)
select p.id, p.programme_id, '\\x00', decode(md5(p.member_number), 'hex'), 'unmarked'
from participant p where p.member_number like 'b%%' and not exists (select from phone_number n where n.id = p.id)
"""
LINKS = """
insert into participant_phone (id, participant_id, phone_number_id, from_on)
select gen_random_uuid(), n.id, n.id, date '2026-01-01' from phone_number n join participant p on p.id = n.id
where not exists (select from participant_phone l where l.phone_number_id = n.id)
"""
SESSIONS = """
insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)
select gen_random_uuid(), %(programme)s, g.id, 'Rights', %(starts)s, %(ends)s, 'Rwamagana, Kigabiro', '4821'
from training_group g where g.number > %(first)s and g.programme_id = %(programme)s
"""


@dataclass(frozen=True)
class Planned:
    """How many reminders were planned in how many seconds; the seconds of the same plan with nothing left to plan
    (`again_s`), of a tick when nothing had changed (`idle_s`, the median of five), and of a tick after a person left
    her group (`person_left_s`)."""

    enrolled: int
    count: int
    seconds: float
    again_s: float
    idle_s: float
    person_left_s: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds


def contest(due: int, more: int) -> list[Planned]:
    """Plan for `due` people who meet tomorrow; then for as many among `more` people who do not."""
    with world(BOTH) as place:
        with place.owner.begin() as conn:
            conn.exec_driver_sql("update training_session set cancelled_at = starts_at")
            programme = stored_rwanda(conn, place.vault)
        _enrol(place, 1000, due, NOW + TOMORROW)
        first = _plan(place, programme, due)
        with place.owner.begin() as conn:
            conn.exec_driver_sql("truncate message cascade")
        _enrol(place, 1000 + due // EACH, more, NOW + NEXT_MONTH)
        return [first, _plan(place, programme, due + more)]


def _enrol(place: World, first: int, people: int, starts: datetime) -> None:
    """Enrol `people` in groups of 25, numbered from `first` on, each with a phone. All groups meet at the same time."""
    values = {
        "programme": place.programme_id,
        "first": first,
        "groups": people // EACH,
        "starts": starts,
        "ends": starts + timedelta(hours=2),
    }
    with place.owner.begin() as conn:
        for statement in (GROUPS, PEOPLE, PHONES, LINKS, SESSIONS):
            conn.exec_driver_sql(statement, values)
    with place.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("vacuum analyze")


def _plan(place: World, programme: LoadedProgramme, enrolled: int) -> Planned:
    url = sqlalchemy_url(place.web_url.replace("sms_app_web:", "sms_app_worker:"))
    engine = create_engine(url, poolclass=pool.NullPool)
    took = [_took(lambda: _plan_reminders(engine, programme)) for _ in range(2)]
    with place.owner.begin() as conn:
        count = int(
            conn.exec_driver_sql("select count(*) from message where status = 'planned'").scalar_one()
        )
    # the plans react to the planned messages, and then to what they planned themselves
    for _ in range(2):
        _tick(engine, programme)
    idle = median(_took(lambda: _tick(engine, programme)) for _ in range(IDLE_TICKS))
    with place.owner.begin() as conn:
        conn.exec_driver_sql(ONE_LEAVES)
    return Planned(enrolled, count, *took, idle, _took(lambda: _tick(engine, programme)))


def _plan_reminders(engine: Engine, programme: LoadedProgramme) -> None:
    with engine.begin() as conn:
        reminders.plan(conn, programme, NOW)


def _tick(engine: Engine, programme: LoadedProgramme) -> None:
    """The part of a clock's tick that runs plans."""
    with engine.begin() as conn:
        changes.mark(conn, [programme.id], clock.PLANS)
    for plan in clock.PLANS:
        with engine.begin() as conn:
            changes.run_if_due(conn, programme, plan, NOW)


def _took(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
