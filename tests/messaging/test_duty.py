"""The text to who is on duty: the same words at the same minutes of every working day, with and without requests."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, Engine

from sms_app.config import Config
from sms_app.messaging import changes, sending_switch
from sms_app.messaging.duty import compose_duty
from sms_app.messaging.reconcile import PlanResult
from sms_app.messaging.reminders.preview import preview
from sms_app.messaging.sending import Sender
from sms_app.private import door
from sms_app.private.support_request import CALL, DO_NOT_CALL, NOTHING, SupportRequest
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.crowd import number
from tests.world.databases import Database
from tests.world.messages import dues
from tests.world.plans import follow
from tests.world.programme import stored_rwanda, with_a_group
from tests.world.provider import Always, Post
from tests.world.records import Records
from tests.world.statements import counted
from tests.world.times import KIGALI, at
from worker import clock, programmes
from worker.queue import connect, queue

FIRST, SECOND, THIRD = number(1), number(2), number(3)
WORDS = "Muraho! Reba urutonde. Murakoze."
ADD = """
insert into duty_day (programme_id, day, caseworker, phone_number_id, signed_in)
values (%(programme)s, %(day)s, %(caseworker)s, %(phone)s, %(signed_in)s)
on conflict (programme_id, day) do update set caseworker = excluded.caseworker,
  phone_number_id = excluded.phone_number_id, signed_in = excluded.signed_in
"""


@dataclass
class Duty:
    """A programme with its rota, and a clock and a worker that are run by hand; `number` is whose text each is."""

    conn: Connection
    engine: Engine
    records: Records
    programme: LoadedProgramme
    config: Config
    post: Post = field(default_factory=Post)
    phones: dict[str, UUID] = field(default_factory=dict)

    def phone(self, number: str, **values: object) -> UUID:
        if number not in self.phones:
            self.phones[number] = self.records.number(number, **values)
        return self.phones[number]

    def on_duty(self, day: int, caseworker: str, number: str | None, signed_in: bool = True) -> None:
        """Who is on duty on a day of March 2026; without a number, the caseworker has none."""
        values = {
            "programme": self.programme.id,
            "day": date(2026, 3, day),
            "caseworker": caseworker,
            "phone": number and self.phone(number),
            "signed_in": signed_in,
        }
        self.conn.exec_driver_sql(ADD, values)
        self.conn.commit()

    def tick(self, now: datetime) -> list[tuple[str, str]]:
        """Tick, and send what is due; gives the numbers and words that the provider got."""
        before = len(self.post.calls)
        with closing(connect(self.config.redis_url)) as redis:
            assert clock.tick(self.engine, queue(redis), self.config, now)
        with closing(Sender(self.engine, self.programme, self.post, Always(), lambda: now)) as sender:
            sender.drain(lambda: True)
        return [(to, words) for numbers, words, _ in self.post.calls[before:] for to in numbers]

    def plan(self, now: datetime) -> PlanResult:
        done = follow(self.conn, self.programme, now, ("duty",))
        self.conn.commit()
        return done

    def rows(self) -> list[tuple[str, str, str, str | None]]:
        """Each text: when it is due in Kigali, its number, status and reason."""
        whose = {phone: number for number, phone in self.phones.items()}
        query = "select * from message where kind = 'duty' order by due_at, planned_at, id"
        rows = self.conn.exec_driver_sql(query).all()
        self.conn.commit()
        return [
            (f"{row.due_at.astimezone(KIGALI):%d %H:%M}", whose[row.phone_number_id], row.status, row.reason)
            for row in rows
        ]

    def waiting(self) -> list[tuple[str, str]]:
        return [(due, number) for due, number, status, _ in self.rows() if status in ("planned", "queued")]


@pytest.fixture
def duty(
    conn: Connection,
    engine: Engine,
    vault: Vault,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Duty:
    """Caseworker 1 is on duty on Tuesday 10 and Thursday 12 March, caseworker 2 on Wednesday 11; all signed in."""
    programme = stored_rwanda(conn, vault)
    monkeypatch.setattr(programmes, "loaded", lambda _conn, _config: [programme])
    sending_switch.start(conn, "office", at(1, 9))
    records = with_a_group(conn, vault, programme.id)
    made = Duty(conn, engine, records, programme, Config.from_env(environment, "clock"))
    made.on_duty(10, "1", FIRST)
    made.on_duty(11, "2", SECOND)
    made.on_duty(12, "1", FIRST)
    return made


def store_requests(database: Database, programme: int, count: int) -> None:
    """Store requests for support as the web role does: a call, "do not call me", and a filler."""
    contents = (CALL, DO_NOT_CALL, NOTHING)
    with psycopg.connect(database.web, autocommit=True) as conn:
        for n in range(count):
            request = SupportRequest(contents[n % 3], datetime(2026, 3, 9, tzinfo=UTC))
            door.store(conn, request, programme, "rwanda", {})


# --- with and without requests


def moments_of_a_week(monday: int) -> list[datetime]:
    """Minutes around everything that happens, of a Monday, Friday and Saturday of March."""
    hours = ("07:00", "08:30", "08:34", "08:35", "08:36", "08:59", "09:00", "12:00", "16:00")
    return [
        datetime.combine(date(2026, 3, monday + day), time.fromisoformat(hour), KIGALI)
        for day in (0, 4, 5)
        for hour in hours
    ]


def test_the_bytes_and_the_minutes_are_the_same_on_days_with_and_without_requests(
    duty: Duty, database: Database, owner: Connection
) -> None:
    for monday in (2, 9):
        duty.on_duty(monday, "1", FIRST)
        for day in range(1, 7):
            duty.on_duty(monday + day, "2", SECOND, signed_in=day != 4)
    duty.on_duty(16, "1", FIRST)

    def week(monday: int, requests: int) -> list[tuple[timedelta, list[tuple[str, str]]]]:
        start = at(monday, 0)
        seen = []
        for now in moments_of_a_week(monday):
            store_requests(database, duty.programme.id, requests)
            seen.append((now - start, duty.tick(now)))
        return [(later, texts) for later, texts in seen if texts]

    without = week(2, 0)
    assert owner.exec_driver_sql("select count(*) from private.request").scalar() == 0
    owner.rollback()
    with_requests = week(9, 3)
    assert owner.exec_driver_sql("select count(*) from private.request").scalar() == 3 * 27
    hours = [timedelta(hours=hour) for hour in (9, 12, 16)]
    friday = timedelta(days=4)
    assert [(later, texts[0]) for later, texts in without] == [
        *((hour, (FIRST, WORDS)) for hour in hours),
        (friday + timedelta(hours=8, minutes=35), (FIRST, WORDS)),
        *((friday + hour, (SECOND, WORDS)) for hour in hours),
    ]
    assert with_requests == without


def test_a_request_leaves_no_trace_in_what_is_planned(duty: Duty, database: Database) -> None:
    duty.tick(at(9, 12))
    duty.tick(at(9, 12, 1))
    tables = "select (select max(id) from plan_change), m.* from message m order by due_at"
    before = [tuple(row) for row in duty.conn.exec_driver_sql(tables)]
    states = "select plan, changed, planned_at, holds_until from plan_state order by plan"
    planned = [tuple(row) for row in duty.conn.exec_driver_sql(states)]
    duty.conn.commit()
    store_requests(database, duty.programme.id, 5)
    assert duty.tick(at(9, 12, 10)) == []
    assert [tuple(row) for row in duty.conn.exec_driver_sql(tables)] == before
    assert [tuple(row) for row in duty.conn.exec_driver_sql(states)] == planned


# --- when


def test_at_the_fixed_hours_of_a_working_day_whoever_is_on_duty_gets_it_once(duty: Duty) -> None:
    assert duty.plan(at(9, 18)) == PlanResult(added=3)
    assert duty.waiting() == [("10 09:00", FIRST), ("10 12:00", FIRST), ("10 16:00", FIRST)]
    assert duty.tick(at(10, 8, 59)) == []
    assert duty.tick(at(10, 9)) == [(FIRST, WORDS)]
    assert duty.tick(at(10, 9, 1)) == []
    assert duty.tick(at(10, 12)) == [(FIRST, WORDS)]
    assert duty.tick(at(10, 16)) == [(FIRST, WORDS)]
    assert duty.tick(at(11, 9)) == [(SECOND, WORDS)]


def test_planning_twice_makes_one(duty: Duty) -> None:
    duty.plan(at(9, 18))
    rows = duty.rows()
    for minute in range(3):
        assert clock.PLANS[-1].run(duty.conn, duty.programme, at(9, 18, minute)) == PlanResult()
    assert duty.rows() == rows
    with counted(duty.conn) as statements:
        clock.PLANS[-1].run(duty.conn, duty.programme, at(9, 18))
    assert len(statements) == 5


def test_what_waits_and_was_changed_by_hand_is_planned_again(duty: Duty) -> None:
    duty.plan(at(9, 18))
    duty.plan(at(9, 18, 1))
    duty.conn.exec_driver_sql(
        "update message set status = 'cancelled', reason = 'undone' where kind = 'duty'"
    )
    duty.conn.commit()
    assert duty.plan(at(9, 18, 2)) == PlanResult(revived=3)


def test_not_on_weekends_and_days_off_even_when_the_rota_names_someone(duty: Duty) -> None:
    # 13 March 2026 is a Friday, 20 March a day off
    for day in (13, 14, 15, 16, 19, 20, 21):
        duty.on_duty(day, "1", FIRST)
    off = [at(day, hour) for day in (14, 15, 20, 21) for hour in (0, 9, 12, 16)]
    assert [duty.tick(now) for now in off] == [[]] * len(off)
    assert not duty.programme.calendar.is_open(date(2026, 3, 20))
    assert {due[:2] for due, *_ in duty.rows()} == {"16"}


def test_in_a_quiet_period_there_is_none(duty: Duty) -> None:
    # 7 to 13 April: nothing is sent at all
    for day in (7, 8):
        values = {"programme": duty.programme.id, "day": date(2026, 4, day), "caseworker": "1"}
        duty.conn.exec_driver_sql(ADD, {**values, "phone": duty.phone(FIRST), "signed_in": False})
    duty.on_duty(31, "2", SECOND)
    assert duty.plan(at(7, 8, month=4)) == PlanResult()
    assert duty.plan(at(7, 9, month=4)) == PlanResult()


def test_other_hours_in_the_settings_are_followed(duty: Duty) -> None:
    duty.plan(at(9, 18))
    settings = duty.programme.settings
    assert settings.support is not None
    support = replace(settings.support, check_at=(time(9), time(13, 30)))
    duty.programme = replace(duty.programme, settings=replace(settings, support=support))
    assert duty.plan(at(9, 18, 1)) == PlanResult(added=1, moved=1, cancelled=2)
    assert duty.waiting() == [("10 09:00", FIRST), ("10 13:30", FIRST)]
    duty.programme = replace(duty.programme, settings=replace(settings, support=None))
    assert duty.plan(at(9, 18, 2)) == PlanResult(cancelled=2)


def test_the_plan_follows_time_alone_to_the_minute(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
    """`follow` finds a plan that ran too late."""
    monkeypatch.setattr(changes, "LASTS", timedelta(days=9))
    duty.on_duty(11, "2", SECOND, signed_in=False)
    start = at(9, 20)
    ticks = [start + n * timedelta(minutes=10) for n in range(3 * 24 * 6)]
    planned = {f"{now:%d %H:%M}" for now in ticks if duty.plan(now) != PlanResult()}
    # each day's texts at the midnight before the day before it; the colleague's when nobody signed in
    assert planned == {"09 20:00", "10 00:00", "11 00:00", "11 08:30"}


# --- to whom


def test_a_change_of_who_is_on_duty_moves_what_waits(duty: Duty) -> None:
    duty.tick(at(9, 18))
    assert duty.tick(at(10, 9)) == [(FIRST, WORDS)]
    duty.on_duty(10, "2", SECOND)
    assert duty.tick(at(10, 9, 2)) == [], "no text goes between the hours because the rota changes"
    assert [row for row in duty.rows() if row[0].startswith("10")] == [
        ("10 09:00", FIRST, "sent", None),
        ("10 12:00", FIRST, "cancelled", "not_in_audience"),
        ("10 12:00", SECOND, "planned", None),
        ("10 16:00", FIRST, "cancelled", "not_in_audience"),
        ("10 16:00", SECOND, "planned", None),
    ]
    assert duty.tick(at(10, 12)) == [(SECOND, WORDS)]
    duty.on_duty(10, "1", FIRST)
    assert duty.tick(at(10, 12, 30)) == []
    assert duty.tick(at(10, 16)) == [(FIRST, WORDS)], "what was cancelled came back"


def test_what_the_support_console_writes_is_followed_at_the_next_tick(duty: Duty, database: Database) -> None:
    duty.tick(at(9, 18))
    second = duty.phone(SECOND)
    with psycopg.connect(database.support) as conn:
        values = {"programme": duty.programme.id, "day": date(2026, 3, 10), "caseworker": "2"}
        conn.execute(ADD, {**values, "phone": second, "signed_in": True})
    duty.tick(at(9, 18, 1))
    assert [row for row in duty.waiting() if row[0] == "10 09:00"] == [("10 09:00", SECOND)]


def test_a_text_of_an_hour_that_is_past_is_not_planned_for_someone_new(duty: Duty) -> None:
    duty.on_duty(10, "1", None)
    assert duty.plan(at(9, 18)) == PlanResult()
    duty.on_duty(10, "2", SECOND)
    duty.plan(at(10, 9, 5))
    assert duty.waiting() == [("10 12:00", SECOND), ("10 16:00", SECOND), *later(SECOND)]


def later(number: str) -> list[tuple[str, str]]:
    """The texts of Wednesday."""
    return [(f"11 {hour}:00", number) for hour in ("09", "12", "16")]


def test_a_caseworker_without_a_number_gets_none(duty: Duty) -> None:
    duty.on_duty(10, "1", None)
    assert duty.plan(at(9, 18)) == PlanResult()
    assert duty.tick(at(10, 9)) == []


def test_when_it_goes_the_rota_is_read_again(duty: Duty) -> None:
    duty.plan(at(9, 18))
    rows = dues(duty.conn, "kind = 'duty'")
    assert {answer.text for answer in compose_duty(duty.conn, duty.programme, rows, at(10, 9)).values()} == {
        "duty_check"
    }
    duty.on_duty(10, "2", SECOND)
    reasons = {answer.reason for answer in compose_duty(duty.conn, duty.programme, rows, at(10, 9)).values()}
    assert reasons == {"not_in_audience"}
    duty.conn.exec_driver_sql("delete from duty_day")
    reasons = {answer.reason for answer in compose_duty(duty.conn, duty.programme, rows, at(10, 9)).values()}
    assert reasons == {"no_longer_true"}


# --- nobody signed in


def test_when_nobody_signed_in_the_colleague_gets_the_same_words_once_soon_after_the_hour(duty: Duty) -> None:
    duty.on_duty(10, "1", FIRST, signed_in=False)
    assert duty.tick(at(10, 8, 29)) == []
    assert duty.waiting()[0] == ("10 09:00", FIRST)
    assert duty.tick(at(10, 8, 30)) == []
    assert duty.waiting()[0] == ("10 08:35", SECOND)
    assert duty.tick(at(10, 8, 35)) == [(SECOND, WORDS)]
    assert duty.tick(at(10, 8, 36)) == []
    # another rota is no reason for a second one
    duty.on_duty(11, "3", THIRD)
    assert duty.tick(at(10, 8, 40)) == []
    assert duty.tick(at(10, 9)) == [(FIRST, WORDS)]


def test_who_signs_in_in_time_or_just_after_it_spares_the_colleague(duty: Duty) -> None:
    duty.on_duty(10, "1", FIRST, signed_in=False)
    duty.tick(at(10, 8, 31))
    assert duty.waiting()[0] == ("10 08:35", SECOND)
    duty.on_duty(10, "1", FIRST)
    assert duty.tick(at(10, 8, 35)) == []
    assert duty.rows()[0] == ("10 08:35", SECOND, "cancelled", "no_longer_true")


def test_a_day_without_anyone_on_duty_is_a_day_on_which_nobody_signed_in(duty: Duty) -> None:
    duty.conn.exec_driver_sql("delete from duty_day where day = '2026-03-10'")
    duty.conn.commit()
    assert duty.tick(at(10, 8, 30)) == []
    assert duty.tick(at(10, 8, 35)) == [(SECOND, WORDS)]


def test_the_colleague_is_the_next_other_caseworker_with_a_number_on_a_working_day(duty: Duty) -> None:
    duty.on_duty(11, "2", None)
    duty.on_duty(13, "1", FIRST)
    duty.on_duty(14, "2", SECOND)
    duty.on_duty(10, "1", FIRST, signed_in=False)
    assert duty.tick(at(10, 8, 30)) == []
    assert duty.waiting()[0] == ("10 09:00", FIRST), "nobody else works on a working day"
    duty.on_duty(16, "3", THIRD)
    duty.tick(at(10, 8, 31))
    assert duty.waiting()[0] == ("10 08:35", THIRD)


def test_a_clock_that_was_down_at_the_hour_tells_the_colleague_later(duty: Duty) -> None:
    duty.on_duty(10, "1", FIRST, signed_in=False)
    assert duty.tick(at(10, 10, 7)) == [(SECOND, WORDS)]


def test_on_a_day_off_no_colleague_is_told(duty: Duty) -> None:
    duty.on_duty(14, "1", FIRST, signed_in=False)
    duty.on_duty(16, "2", SECOND)
    assert [duty.tick(at(14, hour)) for hour in (8, 9, 12)] == [[], [], []]


# --- what holds for every text


def test_nothing_goes_while_sending_is_stopped_and_nothing_goes_late_after_the_next_hour(duty: Duty) -> None:
    duty.tick(at(10, 8))
    sending_switch.stop(duty.conn, "rest", "office", at(10, 8))
    duty.conn.commit()
    assert duty.tick(at(10, 9)) == []
    assert duty.tick(at(10, 12)) == []
    sending_switch.start(duty.conn, "office", at(10, 12, 30))
    duty.conn.commit()
    assert duty.tick(at(10, 12, 30)) == [(FIRST, WORDS)]
    assert [status for due, _, status, _ in duty.rows() if due.startswith("10")] == [
        "expired",
        "sent",
        "planned",
    ]


def test_a_stopped_number_gets_none(duty: Duty) -> None:
    duty.tick(at(10, 8))
    duty.conn.exec_driver_sql("update phone_number set stopped_on = '2026-03-10'")
    duty.conn.commit()
    assert duty.tick(at(10, 9)) == []
    assert duty.rows()[0] == ("10 09:00", FIRST, "cancelled", "number_stopped")
    assert duty.tick(at(10, 9, 1)) == []


def test_neither_consent_nor_the_daily_cap_of_the_number_counts(duty: Duty) -> None:
    """Somebody on the number said no to messages, and had a day's texts already."""
    phone = duty.phone(FIRST)
    person = duty.records.participant(1)
    duty.records.link(person, phone)
    duty.records.consent(person, given=False)
    for _ in range(duty.programme.settings.messages.most_a_day):
        duty.records.message(phone, person, at=at(10, 7), status="sent", sent_at=at(10, 7))
    duty.conn.commit()
    assert duty.tick(at(10, 9)) == [(FIRST, WORDS)]


def test_it_keeps_to_the_sending_hours(duty: Duty, monkeypatch: pytest.MonkeyPatch) -> None:
    """With settings that `flows check` refuses: an hour at which nothing is sent."""
    settings = duty.programme.settings
    assert settings.support is not None
    support = replace(settings.support, check_at=(time(6), time(9)), sign_in_by=time(6))
    duty.programme = replace(duty.programme, settings=replace(settings, support=support))
    duty.on_duty(10, "1", FIRST, signed_in=False)
    monkeypatch.setattr(programmes, "loaded", lambda _conn, _config: [duty.programme])
    assert duty.tick(at(10, 6)) == []
    held = [row for row in duty.rows() if row[3]]
    assert held == [("10 08:00", FIRST, "planned", "held_quiet")]
    assert ("10 08:00", SECOND, "planned", None) in duty.rows()
    assert sorted(duty.tick(at(10, 8))) == [(FIRST, WORDS), (SECOND, WORDS)]


def test_the_language_is_the_numbers(duty: Duty) -> None:
    duty.conn.exec_driver_sql("update phone_number set language = 'en'")
    duty.conn.commit()
    assert duty.tick(at(10, 9)) == [(FIRST, "Hello. Please check your list. Thank you.")]


def test_the_preview_of_reminders_does_not_show_it_as_it_shows_no_text_to_coaches(duty: Duty) -> None:
    duty.plan(at(9, 18))
    assert preview(duty.conn, duty.programme, date(2026, 3, 9), at(9, 18)) == []
