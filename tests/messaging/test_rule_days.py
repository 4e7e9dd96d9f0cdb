"""The texts that a calendar draws are those that the clock plans."""

from __future__ import annotations

from datetime import date

from sms_app.messaging import rule_days
from sms_app.programme import timetable
from sms_app.programme.timetable import Meant
from tests.world.plans import follow
from tests.world.records import Records
from tests.world.reminding import one_of_each
from tests.world.times import at


def test_what_is_drawn_is_what_is_planned(records: Records) -> None:
    made = one_of_each(records)
    programme, conn = made.programme, made.conn
    first = date(2026, 3, 9)
    drawn = {
        (time.rule.name, time.at, time.about)
        for times in rule_days.of_days(conn, programme, first, 7, Meant(every=True)).values()
        for time in times
    }
    # what quiet hours drop is planned too, and refused at its hour
    for now in (at(9, 12), at(10, 9)):
        follow(conn, programme, now, ("reminders", "summaries"))
    planned = {
        (row.rule, row.due_at)
        for row in made.rows()
        if row.due_at < at(16, 0) and row.rule != "coach_roll_missing" and row.reason != "quiet_hours"
    }
    assert {(rule, moment) for rule, moment, _ in drawn} == planned
    # the session and the meeting are both reminded the day before at four; a coach is told of the session only
    assert ("session_tomorrow", at(10, 16), 2) in drawn
    assert ("coach_tomorrow", at(10, 15), 1) in drawn


def test_the_texts_about_a_session_are_those_of_its_page(records: Records) -> None:
    made = one_of_each(records)
    programme, conn = made.programme, made.conn
    id_ = conn.exec_driver_sql("select id from training_session").scalar_one()
    session = timetable.gathering(conn, programme.id, id_)
    assert session
    # after it there is no roll
    for now in (at(9, 12), at(10, 9), at(11, 17)):
        follow(conn, programme, now, ("reminders", "summaries"))
    planned = {
        (row.rule, row.due_at) for row in made.rows("gathering_id is not null") if row.gathering_id == id_
    }
    assert {(time.rule.name, time.at) for time in rule_days.of_gathering(programme, session)} == planned
    # moved to a Monday, the reminder of the day before goes on Saturday
    monday = {time.rule.name: time for time in rule_days.of_gathering(programme, session, at(16, 14))}
    assert monday["session_tomorrow"].at == at(14, 16)
    assert monday["session_tomorrow"].reason == "held_quiet"
