"""A tick makes a plan only when something changed that it reads, or an hour has come; and misses nothing."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from sms_app.config import Config
from sms_app.messaging import changes
from sms_app.messaging.changes import Plan
from sms_app.messaging.reconcile import PlanResult
from sms_app.messaging.reminders import planning as reminders
from sms_app.vault import Vault
from tests.world.plans import follow
from tests.world.records import Records
from tests.world.reminding import Planning, one_of_each
from tests.world.times import at
from tests.world.waiting import PROVES
from worker import clock, programmes
from worker.queue import connect, queue

TUESDAY = at(10, 9)
MINUTE = timedelta(minutes=1)
NAMES = tuple(plan.name for plan in clock.PLANS)


@pytest.fixture
def planning(records: Records, vault: Vault) -> Planning:
    return one_of_each(records)


@pytest.fixture
def tick(
    engine: Engine,
    planning: Planning,
    redis_url: str,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., list[str]]]:
    """One tick of a clock; gives the names of the plans that ran."""
    monkeypatch.setattr(programmes, "loaded", lambda _conn, _config: [planning.programme])
    redis, config = connect(redis_url), Config.from_env(environment, "clock")
    ran: list[str] = []

    def noting(plan: Plan) -> Plan:
        def run(conn: Connection, programme: Any, now: datetime) -> PlanResult:
            ran.append(plan.name)
            return plan.run(conn, programme, now)

        return replace(plan, run=run)

    def ticks(now: datetime, **more: Any) -> list[str]:
        ran.clear()
        monkeypatch.setattr(clock, "PLANS", tuple(noting(plan) for plan in plans))
        assert clock.tick(engine, queue(redis), config, now, **more)
        return list(ran)

    plans = clock.PLANS
    yield ticks
    redis.close()


@pytest.fixture
def idle(tick: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Ticks, after those with which everything was planned."""
    tick(TUESDAY)
    tick(TUESDAY)
    return tick


def test_a_tick_after_which_nothing_changed_makes_no_plan(
    tick: Callable[..., list[str]], engine: Engine
) -> None:
    assert tuple(tick(TUESDAY)) == NAMES
    # what was planned is a change, too, once
    assert tick(TUESDAY + MINUTE) == ["reminders", "summaries"]
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert tick(TUESDAY + 2 * MINUTE) == []
    assert not [one for one in seen if re.search("insert into message|from gathering|participant", one)]
    assert tuple(tick(TUESDAY + 3 * MINUTE, force_plans=True)) == NAMES


CHANGES = {
    "a session moved": "update training_session set starts_at = starts_at + interval '1 hour',"
    " ends_at = ends_at + interval '1 hour'",
    "a session called off": "update training_session set cancelled_at = '2026-03-10 07:00Z'",
    "another session": "insert into training_session select gen_random_uuid(), programme_id, group_id, title,"
    " starts_at + interval '3 hours', ends_at + interval '3 hours', place, check_in_code, null from training_session",
    "a meeting moved": "update planned_meeting set starts_at = '2026-03-11 11:00Z',"
    " ends_at = '2026-03-11 12:00Z'",
    "a meeting deleted": "delete from planned_meeting",
    "all meetings truncated": "truncate planned_meeting",
    "she left": "update participant set left_on = '2026-03-10' where list_number = 2",
    "she is in no group": "update participant set group_id = null where list_number = 2",
    "she enrols later": "update participant set enrolled_on = '2026-03-20' where list_number = 2",
    "her number is not hers any more": "update participant_phone set to_on = '2026-03-10'",
    "another has the number, too": "insert into participant_phone select gen_random_uuid(), p.id, n.phone_number_id,"
    " '2026-01-05', null from participant p, participant_phone n where p.list_number <> 2",
    "she is reached later": "update participant_phone set from_on = '2026-03-20'",
    "another check-in day": "update savings_group set check_in_weekday = 4",
    "she saves no more": "update savings_member set to_on = '2026-03-10'",
    "she says no to check-ins": "insert into consent select gen_random_uuid(), participant_id, purpose, false, version,"
    " language, how, witness, taken_by, '2026-03-10' from consent where purpose = 'check_in'",
    "the coach has another number": "update coach set phone_number_id ="
    " (select phone_number_id from participant_phone)",
    "the coach is another group's": "update group_coach set to_on = '2026-03-10'",
    "a text that nobody wants": "insert into message (id, programme_id, phone_number_id, kind, rule, subject_id,"
    " occasion, gathering_id, people, status, planned_at, due_at, expires_at) select gen_random_uuid(), programme_id,"
    " phone_number_id, kind, rule, subject_id, '2026-03-20', gathering_id, people, status, planned_at, due_at,"
    " expires_at from message where kind in ('gathering', 'coach_gathering')",
    "what waits was deleted": "delete from message where kind = 'gathering'",
    "what waits is for others": "update message set people = array[gen_random_uuid()] where kind = 'gathering'",
    "what waits was called off as moved": "update message set status = 'cancelled', reason = 'session_moved'"
    " where kind = 'gathering'",
    "what waits is about something else": "update message set occasion = '2026-03-12' where kind = 'gathering'",
    "what waits is due at another hour": "update message set due_at = due_at + interval '1 hour'"
    " where kind in ('gathering', 'coach_gathering')",
    "what went was put back": "update message set people = '{}', status = 'sending', claim = id, open = true,"
    " claimed_at = '2026-03-10 07:00Z' where rule = 'session_tomorrow' and subject_id in (select id from"
    " training_session); update message set status = 'planned', open = false where status = 'sending'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_was_changed_by_plain_sql_is_followed_at_the_next_tick(
    idle: Callable[..., list[str]], planning: Planning, owner_engine: Engine, what: str
) -> None:
    assert idle(TUESDAY) == []
    with owner_engine.begin() as conn:
        for statement in CHANGES[what].split(";"):
            conn.exec_driver_sql(statement)
    before = _messages(owner_engine)
    made = idle(TUESDAY + MINUTE)
    assert made
    assert _messages(owner_engine) != before, "there was something to follow"
    with owner_engine.connect() as conn:
        assert [plan.run(conn, planning.programme, TUESDAY + MINUTE) for plan in clock.PLANS] == [
            PlanResult()
        ] * len(clock.PLANS)
    idle(TUESDAY + 2 * MINUTE)
    assert idle(TUESDAY + 3 * MINUTE) == []


def _messages(engine: Engine) -> set[tuple[Any, ...]]:
    with engine.connect() as conn:
        rows = conn.execute(text("select id, status, reason, people::text, due_at, expires_at from message"))
        return {tuple(row) for row in rows}


def test_what_is_committed_after_a_tick_that_began_before_is_followed_at_the_next(
    idle: Callable[..., list[str]], owner_engine: Engine
) -> None:
    with owner_engine.begin() as conn:
        conn.exec_driver_sql("update participant_phone set to_on = '2026-03-10'")
        # another change is committed meanwhile, so that this tick plans
        with owner_engine.begin() as other:
            other.exec_driver_sql("update training_group set number = 2")
        assert "reminders" in idle(TUESDAY + MINUTE)
        assert idle(TUESDAY + 2 * MINUTE) == []
    assert "reminders" in idle(TUESDAY + 3 * MINUTE)
    with owner_engine.connect() as conn:
        waits = "select count(*) from message where status = 'planned' and kind = 'gathering'"
        assert conn.exec_driver_sql(waits).scalar_one() == 0


def test_what_is_committed_while_a_plan_is_made_is_followed_at_the_next_tick(
    idle: Callable[..., list[str]], owner_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    within_horizon = reminders._within_horizon

    def meanwhile(*args: Any) -> Any:
        if not calls:
            with owner_engine.begin() as conn:
                conn.exec_driver_sql("update participant set left_on = '2026-03-10'")
        calls.append(1)
        return within_horizon(*args)

    monkeypatch.setattr(reminders, "_within_horizon", meanwhile)
    with owner_engine.begin() as conn:
        conn.exec_driver_sql("update training_group set number = 2")
    assert "reminders" in idle(TUESDAY + MINUTE)
    assert "reminders" in idle(TUESDAY + 2 * MINUTE)


def test_a_plan_that_fails_is_made_again(
    idle: Callable[..., list[str]], owner_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with owner_engine.begin() as conn:
        conn.exec_driver_sql("update participant_phone set to_on = '2026-03-10'")

    def fails(*_args: Any) -> Any:
        raise ValueError("it fails")

    with monkeypatch.context() as patched:
        patched.setattr(reminders, "_within_horizon", fails)
        assert "reminders" in idle(TUESDAY + MINUTE)
    assert idle(TUESDAY + 2 * MINUTE) == ["reminders"]


def test_what_a_worker_has_in_hand_is_planned_when_it_is_free(
    idle: Callable[..., list[str]], owner_engine: Engine
) -> None:
    with owner_engine.begin() as conn:
        conn.exec_driver_sql("update participant_phone set to_on = '2026-03-10'")
    waits = "select status from message where kind = 'gathering'"
    with owner_engine.begin() as worker:
        worker.exec_driver_sql("select from message for update")
        assert "reminders" in idle(TUESDAY + MINUTE)
        assert set(worker.exec_driver_sql(waits).scalars()) == {"planned"}
    assert "reminders" in idle(TUESDAY + 2 * MINUTE)
    with owner_engine.connect() as conn:
        assert set(conn.exec_driver_sql(waits).scalars()) == {"cancelled"}


def test_two_clocks_share_what_was_planned_and_one_that_is_behind_plans_itself(
    idle: Callable[..., list[str]], owner_engine: Engine
) -> None:
    assert tuple(idle(TUESDAY + 10 * MINUTE, force_plans=True)) == NAMES
    assert tuple(idle(TUESDAY + 5 * MINUTE)) == NAMES
    assert idle(TUESDAY + 11 * MINUTE) == []
    with owner_engine.begin() as other:
        other.execute(text(clock.LEAD))
        with owner_engine.begin() as conn:
            conn.exec_driver_sql("update training_group set number = 2")
        with pytest.raises(AssertionError):
            idle(TUESDAY + 12 * MINUTE)
    assert "reminders" in idle(TUESDAY + 12 * MINUTE), "the clock that did not tick took nothing away"


def test_a_change_that_another_clock_takes_while_a_plan_is_made_stays_marked(
    planning: Planning, engine: Engine, owner_engine: Engine
) -> None:
    """Two clocks at once, as when the leader lost its connection."""

    def run(conn: Connection, programme: Any, now: datetime) -> PlanResult:
        with owner_engine.begin() as other:
            other.exec_driver_sql("update training_group set number = 2")
        with engine.begin() as other:
            other.exec_driver_sql("set local lock_timeout = '100ms'")
            with pytest.raises(Exception, match="lock timeout"):
                changes.mark(other, [programme.id], [plan])
            other.rollback()
        return PlanResult()

    plan = Plan("reminders", run, reminders.READS)
    with engine.begin() as conn:
        changes.mark(conn, [planning.programme.id], [plan])
        conn.exec_driver_sql("update plan_state set changed = false")
    with engine.begin() as conn:
        assert changes.run_if_due(conn, planning.programme, plan, TUESDAY) is not None
    with engine.begin() as conn:
        changes.mark(conn, [planning.programme.id], [plan])
        assert conn.execute(text("select changed from plan_state")).scalar_one() is True


def test_other_settings_are_followed_at_the_next_tick(
    idle: Callable[..., list[str]], planning: Planning, monkeypatch: pytest.MonkeyPatch, owner_engine: Engine
) -> None:
    messages = planning.programme.settings.messages
    rule = replace(messages.rules["session_tomorrow"], at=time(17))
    other = replace(
        planning.programme.settings, messages=replace(messages, rules={**messages.rules, rule.name: rule})
    )
    said = replace(planning.programme, settings=other)
    monkeypatch.setattr(programmes, "loaded", lambda _conn, _config: [said])
    assert tuple(idle(TUESDAY + MINUTE)) == NAMES
    with owner_engine.connect() as conn:
        due = conn.execute(text("select due_at from message where rule = 'session_tomorrow'")).scalars().all()
    assert set(due) == {at(10, 17)}


def test_settings_that_say_the_same_have_one_digest(planning: Planning) -> None:
    programme = planning.programme.settings
    assert replace(programme, at={"slug": 900}).digest == programme.digest
    assert replace(programme, country="UG").digest != programme.digest
    words = replace(programme.currency, words=frozenset(sorted(programme.currency.words, reverse=True)))
    assert replace(programme, currency=words).digest == programme.digest


def test_time_alone_is_followed_to_the_minute(planning: Planning, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changes for days but the hour, and no plan runs after `LASTS`: yet each tick finds what a forced plan
    would have found (`follow` checks that)."""
    for module in (changes, reminders):
        monkeypatch.setattr(module, "LASTS", timedelta(days=9))
    planning.records.session(at(13, 14))
    planning.records.session(at(16, 9))
    # without PROVE, every third hour, and that at which the session of three days later comes into the horizon
    ticks = [at(10, 0) + n * timedelta(minutes=30) for n in range(6 * 48)]
    if not PROVES:
        ticks = [now for now in ticks if now.minute == 0 and now.hour in (4, *range(0, 24, 3))]
    with_something = [
        now for now in ticks if follow(planning.conn, planning.programme, now, NAMES) != PlanResult()
    ]
    # reminders of the 13th and the 16th come into the horizon, and the coach's week of the 16th a week before
    assert {at(11, 4), at(13, 4), at(14, 9)} <= set(with_something)
    rules = {row.occasion for row in planning.rows("rule = 'session_tomorrow'")}
    assert {"2026-03-11", "2026-03-13", "2026-03-16"} <= rules


def test_a_programme_that_is_new_is_planned(planning: Planning, engine: Engine) -> None:
    plan = clock.PLANS[0]
    with engine.begin() as conn:
        changes.mark(conn, [planning.programme.id], clock.PLANS)
        assert changes.run_if_due(conn, planning.programme, plan, TUESDAY) != PlanResult()
    with engine.begin() as conn:
        assert changes.run_if_due(conn, planning.programme, plan, TUESDAY) is None
