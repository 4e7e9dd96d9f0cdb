"""The demo's year: a timetable that keeps days off, savings that are counted, and the same again by seed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from sms_app.programme.sectors import place_name
from sms_app.simulator import demo
from sms_app.vault import Vault
from tests.world.demo import TODAY, Loaded, load

TABLES = (
    "training_group",
    "participant",
    "household",
    "arm_assignment",
    "household_link",
    "phone_number",
    "coach",
    "participant_phone",
    "group_coach",
    "consent",
    "training_session",
    "attendance",
    "savings_group",
    "savings_member",
    "savings_officer",
    "kinship",
    "cycle",
    "group_meeting",
    "contribution",
)
NEW_EACH_TIME = {"name_sealed", "initials_sealed", "number_sealed", "programme_id", "arm_id"}


def _snapshot(loaded: Loaded) -> dict[str, Any]:
    """Every table but for what is sealed, which is new each time, and ids that the database gives."""
    found: dict[str, Any] = {"everyone": loaded.everyone}
    for table in TABLES:
        rows = loaded.conn.exec_driver_sql(f"select * from {table}").mappings()
        found[table] = sorted(str({k: v for k, v in row.items() if k not in NEW_EACH_TIME}) for row in rows)
    return found


TODAYS = {
    "an ordinary day": date(2026, 3, 10),
    "a Sunday": date(2026, 3, 15),
    "Umuganda": date(2026, 3, 28),
    "mourning week": date(2026, 4, 9),
    "between two holidays": date(2026, 12, 25),
    "a year that is not listed": date(2029, 1, 30),
}


@pytest.mark.parametrize("today", TODAYS.values(), ids=TODAYS)
def test_no_session_is_held_on_a_day_off(today: date, conn: Connection, vault: Vault) -> None:
    loaded = load(conn, vault, today)
    sessions = loaded.all(
        "select g.number, s.starts_at at time zone 'Africa/Kigali' from training_session s"
        " join training_group g on g.id = s.group_id"
    )
    for _, local in sessions:
        last_saturday = local.weekday() == 5 and (local + timedelta(days=7)).month != local.month
        assert local.weekday() != 6
        assert not (4, 7) <= (local.month, local.day) <= (4, 13)
        assert f"{local:%m-%d}" not in {
            "01-01",
            "02-01",
            "05-01",
            "07-01",
            "07-04",
            "08-15",
            "12-25",
            "12-26",
        }
        assert local.date() not in loaded.programme.calendar.closed_days
        assert local.hour >= 12 or not last_saturday
        assert 8 <= local.hour <= 16
    assert len(set(sessions)) == len({(group, local.date()) for group, local in sessions})
    for group in range(1, 20):
        days = [local.date() for number, local in sessions if number == group]
        assert 48 <= len(days) <= 54
        assert max(days) - min(days) > timedelta(days=345)


@pytest.mark.parametrize("today", [date(2026, 3, 9) + timedelta(days=n) for n in range(6)])
def test_the_demo_phones_groups_meet_today_and_soon_again(
    today: date, conn: Connection, vault: Vault
) -> None:
    loaded = load(conn, vault, today)
    for group in {e["group"] for name, e in loaded.demo_phones().items() if "COACH" not in name}:
        days = loaded.all(
            "select (s.starts_at at time zone 'Africa/Kigali')::date, s.check_in_code from training_session s"
            " join training_group g on g.id = s.group_id where g.number = %(group)s"
            " and s.starts_at at time zone 'Africa/Kigali' >= %(today)s order by 1",
            group=int(group),
            today=today,
        )
        assert days[0][0] == today
        assert days[0][1].isdigit()
        assert days[1][0] <= today + timedelta(days=4)


def test_savings_are_counted_by_meetings_that_a_second_person_confirmed(loaded: Loaded) -> None:
    cycles = loaded.all(
        "select mode, share_value, most_shares, count(*) from cycle group by 1, 2, 3 order by 1"
    )
    assert [tuple(cycle) for cycle in cycles] == [("free", 1, 0, 2), ("shares", 200, 5, 11)]
    assert loaded.all("select count(*) from group_meeting where confirmed_on is null") == [(1,)]
    assert not loaded.all(
        "select id from group_meeting where held_on >= %(today)s or confirmed_on > %(today)s", today=TODAY
    )
    # a savings meeting is held on a day of its group's training
    assert not loaded.all(
        "select m.id from group_meeting m join cycle c on c.id = m.cycle_id join savings_group g"
        " on g.id = c.savings_group_id where not exists (select 1 from training_session s where s.group_id ="
        " g.training_group_id and (s.starts_at at time zone 'Africa/Kigali')::date = m.held_on)"
    )
    assert not loaded.all(
        "select e.id from contribution e join cycle c on c.id = e.cycle_id where c.mode = 'shares'"
        " and (e.shares not between 0 and 5 or e.amount <> e.shares * 200)"
    )
    reported = loaded.all(
        "select count(*), max(week_of), max(recorded_on) from contribution where source = 'member'"
    )
    assert reported[0][0] >= 50
    assert reported[0][1] == date(2026, 3, 2)
    assert reported[0][2] < TODAY


def test_the_same_seed_and_day_make_the_same_programme(owner_engine: Engine, vault: Vault) -> None:
    found = []
    for seed in (1, 1, 2):
        with owner_engine.connect() as conn:  # never committed
            found.append(_snapshot(load(conn, vault, seed=seed)))
    assert [part for part in found[0] if found[0][part] != found[1][part]] == []
    assert found[0]["everyone"] != found[2]["everyone"]


def test_the_demo_is_loaded_once_by_few_statements(conn: Connection, vault: Vault) -> None:
    statements: list[str] = []
    event.listen(conn, "before_cursor_execute", lambda *given: statements.append(given[2]))
    loaded = load(conn, vault)
    assert len(statements) < 50, "rows are inserted one by one"
    assert not demo.load(conn, vault, loaded.programme, loaded.id, TODAY)
    assert loaded.all("select count(*) from participant") == [(465,)]


def test_the_adviser_is_where_a_group_meets(loaded: Loaded) -> None:
    """Each day that help tells, in each sector, is a session's day, hour and place."""
    for sector in loaded.programme.sectors.values():
        today = TODAY
        for _ in range(8):
            for starts in sector.adviser.next_meetings(loaded.programme.calendar, today):
                place = place_name(sector.district, sector.adviser.place)
                found = loaded.all(
                    "select 1 from training_session where starts_at = %(starts)s and place = %(place)s",
                    starts=starts,
                    place=place,
                )
                assert found, (sector.name, starts)
            today = starts.date() + timedelta(days=1)
