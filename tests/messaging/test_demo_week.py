"""A week of the demo programme, ticked hour by hour: just these reminders, in these languages, none in quiet hours.

Without PROVE, most hours at night are left out."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from sms_app.messaging import changes, outbox, sending_switch
from sms_app.messaging.reminders import planning as reminders
from sms_app.messaging.reminders.preview import preview
from sms_app.messaging.sending import Sender
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.demo import Loaded, load
from tests.world.plans import follow
from tests.world.programme import rwanda_as
from tests.world.provider import Always, Post
from tests.world.times import at
from tests.world.waiting import PROVES

# Friday 27 is the month's last, Saturday 28 Umuganda, Sunday 29 quiet: Monday's reminder goes on Saturday.
MONDAY, NEXT_MONDAY = at(23, 0), at(30, 0)
TABLE = """
Mon 10:00 please_save      Ikimina 1  rw 11
Mon 10:00 please_save      Ikimina 6  rw 11
Mon 10:00 please_save      Ikimina 11 rw 10
Mon 10:00 please_save      Ikimina 11 en 1
Mon 12:00 session_today    Ikimina 4  rw 18
Mon 16:00 session_tomorrow group 2    rw 18
Mon 16:00 session_tomorrow group 8    rw 19
Mon 16:00 session_tomorrow group 14   rw 21
Mon 16:00 session_tomorrow group 14   en 1
Tue 10:00 please_save      Ikimina 2  rw 10
Tue 10:00 please_save      Ikimina 7  rw 12
Tue 10:00 please_save      Ikimina 12 rw 10
Tue 11:00 session_today    group 2    rw 18
Tue 11:00 session_today    group 8    rw 19
Tue 11:00 session_today    group 14   rw 21
Tue 11:00 session_today    group 14   en 1
Tue 16:00 session_tomorrow group 3    rw 21
Tue 16:00 session_tomorrow group 9    rw 18
Tue 16:00 session_tomorrow group 15   rw 23
Wed 10:00 please_save      Ikimina 3  rw 11
Wed 10:00 please_save      Ikimina 3  en 1
Wed 10:00 please_save      Ikimina 8  rw 10
Wed 10:00 please_save      Ikimina 13 rw 12
Wed 16:00 session_tomorrow group 4    rw 18
Wed 16:00 session_tomorrow group 10   rw 19
Wed 16:00 session_tomorrow group 16   rw 21
Wed 16:00 session_tomorrow group 16   en 1
Wed 16:00 session_tomorrow Ikimina 7  rw 20
Thu 10:00 please_save      Ikimina 4  rw 10
Thu 10:00 please_save      Ikimina 9  rw 10
Thu 11:00 session_today    group 4    rw 18
Thu 11:00 session_today    group 10   rw 19
Thu 11:00 session_today    group 16   rw 21
Thu 11:00 session_today    group 16   en 1
Thu 12:00 session_today    Ikimina 7  rw 20
Thu 16:00 session_tomorrow group 5    rw 19
Thu 16:00 session_tomorrow group 11   rw 20
Thu 16:00 session_tomorrow group 17   rw 22
Thu 16:00 session_tomorrow group 17   en 1
Fri 10:00 leader_month     group 19   rw 14
Fri 10:00 leader_month     group 19   en 1
Fri 10:00 please_save      Ikimina 5  rw 11
Fri 10:00 please_save      Ikimina 10 rw 11
Fri 16:00 session_tomorrow group 6    rw 19
Fri 16:00 session_tomorrow group 12   rw 19
Fri 16:00 session_tomorrow group 18   rw 22
Sat 16:00 session_tomorrow group 1    rw 21
Sat 16:00 session_tomorrow group 7    rw 20
Sat 16:00 session_tomorrow group 13   rw 22
Sat 16:00 session_tomorrow group 13   en 1
Sat 16:00 session_tomorrow group 19   rw 14
Sat 16:00 session_tomorrow group 19   en 1
Sat 16:00 session_tomorrow Ikimina 4  rw 18
"""
# those of the table, with one before and one after each, and two at night
HOURS = range(24) if PROVES else (2, 9, 10, 11, 12, 13, 15, 16, 17, 22)
SENT = """
select to_char(sent_at at time zone 'Africa/Kigali', 'Dy HH24:MI') as sent, rule, subject, language, count(*) as count
from (
  select m.sent_at, m.rule, m.language, coalesce(
    (select 'group ' || t.number from training_session s join training_group t on t.id = s.group_id
     where s.id = m.subject_id),
    (select 'group ' || number from training_group where id = m.subject_id),
    (select k.name from planned_meeting p join savings_group k on k.id = p.savings_group_id where p.id = m.subject_id),
    (select name from savings_group where id = m.subject_id)) as subject
  from message m where m.status = 'sent' and m.sent_at >= %(monday)s
) as sent
group by sent_at, rule, subject, language order by sent_at, rule, length(subject), subject, language desc
"""


@pytest.fixture
def week(conn: Connection, engine: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch):
    """The demo, loaded a fortnight before, and what ticks it."""
    # plans do not run again by themselves
    monkeypatch.setattr(changes, "LASTS", timedelta(days=9))
    monkeypatch.setattr(reminders, "LASTS", timedelta(days=9))
    loaded = load(conn, vault)
    found = Week(loaded, rwanda_as(loaded.id, vault), engine)
    sending_switch.start(conn, "office", MONDAY)
    conn.commit()
    yield found
    found.sender.close()


class Week:
    """A demo that clock and worker work on, against a provider in this process."""

    def __init__(self, loaded: Loaded, speaks: LoadedProgramme, engine: Engine) -> None:
        self.loaded, self.speaks, self.engine, self.now, self.post = loaded, speaks, engine, MONDAY, Post()
        self.sender = Sender(engine, speaks, self.post, Always(), lambda: self.now)

    def all(self, query: str, **values: Any) -> Sequence[Any]:
        self.loaded.conn.rollback()
        return self.loaded.all(query, **values)

    def change(self, statement: str, **values: Any) -> None:
        self.loaded.conn.exec_driver_sql(statement, values)
        self.loaded.conn.commit()

    def tick(self, now: datetime) -> None:
        self.now = now
        with self.engine.begin() as conn:
            follow(conn, self.speaks, now, ("reminders", "corrections"))
            outbox.expire(conn, now)
            outbox.release(conn, self.speaks.id, now)
        # a number has one message under way at a time: another round takes its next one
        while self.sender.round().claimed:
            pass

    def every_hour(self) -> None:
        # the Saturday before, on which Monday's are told; then the week
        self.tick(at(21, 16))
        for n in range(7 * 24):
            if n % 24 in HOURS:
                self.tick(MONDAY + timedelta(hours=n))


def test_a_week_of_the_demo_sends_exactly_the_reminders_of_the_table(week: Week) -> None:
    lines = [line for line in preview(week.loaded.conn, week.speaks, MONDAY.date(), MONDAY) if not line.why]
    previewed = Counter((line.due_at, line.rule) for line in {line.copy: line for line in lines}.values())
    week.every_hour()
    found = [
        f"{row.sent} {row.rule:<16} {row.subject:<10} {row.language} {row.count}"
        for row in week.all(SENT, monday=MONDAY)
    ]
    assert found == TABLE.strip().splitlines()
    rows = week.all(
        "select due_at, rule, sent_at, phone_number_id, occasion, subject_id, reason, status from message"
    )
    sent = [row for row in rows if row.sent_at is not None and row.sent_at >= MONDAY]
    # what the preview told on Monday is what went
    assert Counter((row.due_at, row.rule) for row in sent) == previewed
    assert all(week.speaks.calendar.may_send(row.sent_at) for row in sent)
    assert {row.reason for row in rows if row.status == "cancelled"} <= {
        "no_consent",
        "number_stopped",
        "daily_cap",
        "quiet_hours",
    }
    assert len(week.post.numbers) == len([row for row in rows if row.sent_at is not None])


def test_a_cancelled_session_is_corrected_to_those_who_were_reminded(week: Week) -> None:
    query = """select s.id from training_session s join training_group g on g.id = s.group_id
      where g.number = 2 and s.starts_at between %(a)s and %(b)s"""
    ((session,),) = week.all(query, a=MONDAY, b=NEXT_MONDAY)
    week.tick(at(23, 16))
    told = week.all(
        "select phone_number_id from message where status = 'sent' and gathering_id = %(s)s", s=session
    )
    week.change(
        "update training_session set cancelled_at = %(at)s where id = %(s)s", s=session, at=at(23, 20)
    )
    for hour in (at(23, 20), at(24, 5), at(24, 6), at(24, 7)):
        week.tick(hour)
    rows = week.all("select * from message where kind = 'correction'")
    assert told
    assert {row.phone_number_id for row in rows} == {row.phone_number_id for row in told}
    assert {(row.status, row.sent_at) for row in rows} == {("sent", at(24, 6))}
    assert {row.told_starts_at for row in rows} == {at(24, 14)}
    waiting = "select 1 from message where gathering_id = %(s)s and status in ('planned', 'queued')"
    assert not week.all(waiting, s=session)
