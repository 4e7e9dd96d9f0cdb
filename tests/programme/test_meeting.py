"""A meeting's count: who may enter it, what it comes to, and who makes it count."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, create_engine, pool, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.member_number import with_check_digit
from sms_app.programme import meeting, merging
from sms_app.programme.meeting import Actor
from tests.world.balances import Balance, balance
from tests.world.databases import Database
from tests.world.office import office
from tests.world.records import Records
from tests.world.times import MONDAY, TODAY

SIZE = 6


@dataclass
class Group:
    """A savings group of SIZE women; the first is secretary, the second box-keeper. `web` connects as hops do."""

    records: Records
    web: Engine
    people: list[UUID]
    cycle: UUID
    savings_group: UUID

    def officer(self, n: int) -> Actor:
        return Actor(self.cycle, person=self.people[n - 1])

    def enter(self, lines: dict[int, int], n: int = 1, today: date = TODAY) -> str:
        with self.web.begin() as conn:
            return meeting.enter(conn, self.officer(n), uuid4(), lines, today)

    def finish(self, shares: int, amount: int, n: int = 1, today: date = TODAY) -> str:
        with self.web.begin() as conn:
            return meeting.finish(conn, self.officer(n), uuid4(), shares, amount, today)

    def total(self, today: date = TODAY) -> meeting.Total:
        with self.web.begin() as conn:
            found = meeting.total(conn, self.cycle, today)
        assert found is not None
        return found

    def waiting(self, n: int = 2) -> meeting.Waiting | None:
        with self.web.begin() as conn:
            return meeting.waiting(conn, self.officer(n))

    def answer(self, waits: meeting.Waiting, n: int = 2, agrees: bool = True) -> str:
        with self.web.begin() as conn:
            return meeting.answer(
                conn, self.people[n - 1], waits.id, agrees, waits.shares, waits.amount, TODAY
            )

    def counted(self) -> list[tuple[int, int, int | None]]:
        """List number, amount and shares of what counts."""
        query = """select m.list_number, c.amount, c.shares from contribution c
            join savings_member m on m.participant_id = c.participant_id where c.source = 'meeting' order by 1"""
        with self.web.begin() as conn:
            return [(row[0], row[1], row[2]) for row in conn.exec_driver_sql(query)]


def _group(database: Database, records: Records, conn: Connection, mode: str) -> Iterator[Group]:
    people = [records.participant(n) for n in range(1, SIZE + 1)]
    cycle = records.cycle(*people, mode=mode)
    savings_group = conn.execute(text("select savings_group_id from cycle")).scalar_one()
    conn.execute(
        text(
            "update savings_member m set list_number = p.list_number from participant p where p.id = participant_id"
        )
    )
    conn.execute(text("update cycle set share_value = case mode when 'free' then 1 else 200 end"))
    for person, held in zip(people, ("secretary", "box_keeper", "chair"), strict=False):
        records.add(
            models.SavingsOfficer,
            savings_group_id=savings_group,
            participant_id=person,
            office=held,
            from_on=MONDAY,
        )
    conn.commit()
    web = create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool)
    yield Group(records, web, people, cycle, savings_group)
    web.dispose()


@pytest.fixture
def group(database: Database, records: Records, conn: Connection) -> Iterator[Group]:
    yield from _group(database, records, conn, "shares")


@pytest.fixture
def free(database: Database, records: Records, conn: Connection) -> Iterator[Group]:
    yield from _group(database, records, conn, "free")


def test_who_does_not_differ_bought_one_share(group: Group) -> None:
    assert group.enter({3: 4}) == "kept"
    assert group.enter({5: 0, 6: 2}) == "kept"
    total = group.total()
    assert (total.shares, total.amount, total.members, total.mode) == (9, 1800, 6, "shares")
    assert group.finish(9, 1800) == "finished"
    assert group.counted() == []
    waits = group.waiting()
    assert waits is not None
    assert not waits.own
    assert (waits.shares, waits.amount) == (9, 1800)
    assert group.answer(waits) == "confirmed"
    assert group.counted() == [
        (1, 200, 1),
        (2, 200, 1),
        (3, 800, 4),
        (4, 200, 1),
        (5, 0, 0),
        (6, 400, 2),
    ]


def test_a_number_that_is_typed_again_is_replaced_and_a_line_can_be_dropped(group: Group) -> None:
    group.enter({3: 4, 4: 5})
    group.enter({3: 2})
    assert group.total().shares == 11
    with group.web.begin() as conn:
        assert meeting.drop(conn, group.officer(2), 4, TODAY) == "kept"
    assert group.total().shares == 7


def test_a_mistaken_draft_is_gone_with_its_last_line(group: Group, conn: Connection) -> None:
    later = TODAY + timedelta(days=3)
    group.enter({3: 4, 4: 5})
    with group.web.begin() as web:
        assert meeting.drop(web, group.officer(1), 3, later) == "kept"
    assert group.total(later).held_on == TODAY
    with group.web.begin() as web:
        assert meeting.drop(web, group.officer(1), 4, later) == "kept"
        assert meeting.drop(web, group.officer(1), 4, later) == "kept"
    assert conn.execute(text("select count(*) from group_meeting")).scalar_one() == 0
    assert group.total(later).held_on == later


def test_an_old_draft_without_a_line_is_not_the_meeting_that_is_entered(
    group: Group, conn: Connection
) -> None:
    group.enter({3: 4})
    assert group.total(TODAY + timedelta(days=7)).held_on == TODAY
    conn.execute(text("delete from meeting_line"))
    conn.commit()
    assert group.total(TODAY + timedelta(days=6)).held_on == TODAY
    assert group.total(TODAY + timedelta(days=7)).held_on == TODAY + timedelta(days=7)


def test_nobody_differs(group: Group) -> None:
    assert group.finish(6, 1200) == "finished"
    waits = group.waiting()
    assert waits is not None
    assert waits.amount == 1200


def test_a_meeting_of_free_amounts_assumes_nobody(free: Group) -> None:
    assert free.finish(0, 0) == "empty"
    assert free.enter({2: 1500, 3: 700}) == "kept"
    total = free.total()
    assert (total.amount, total.shares, total.members) == (2200, 0, 2)
    assert free.finish(0, 2200) == "finished"
    waits = free.waiting(3)
    assert waits is not None
    assert free.answer(waits, 3) == "confirmed"
    assert free.counted() == [(2, 1500, None), (3, 700, None)]


def test_a_number_that_is_nobodys_keeps_nothing_of_what_was_typed(group: Group) -> None:
    assert group.enter({3: 4, 26: 1}) == "unknown"
    assert group.total().shares == SIZE


def test_who_left_is_not_on_the_list(group: Group, conn: Connection) -> None:
    group.enter({6: 4})
    conn.execute(text("update savings_member set to_on = :day where list_number = 6"), {"day": TODAY})
    conn.commit()
    assert group.enter({6: 1}) == "unknown"
    assert group.total().shares == 5
    assert group.finish(5, 1000) == "finished"
    waits = group.waiting()
    assert waits is not None
    assert waits.shares == 5


@pytest.mark.parametrize("lines", [{3: 6}, {3: -1}])
def test_a_value_beyond_the_bounds_is_refused(group: Group, lines: dict[int, int]) -> None:
    assert group.enter(lines) == "refused"


def test_only_officers_of_the_group_enter_and_confirm(group: Group, conn: Connection) -> None:
    assert group.enter({3: 4}, n=4) == "refused"
    assert group.finish(6, 1200, n=4) == "refused"
    assert group.finish(6, 1200) == "finished"
    waits = group.waiting()
    assert waits is not None
    assert group.answer(waits, n=4) == "refused"
    conn.execute(text("update savings_officer set to_on = :day where office = 'box_keeper'"), {"day": TODAY})
    conn.commit()
    assert group.answer(waits, n=2) == "refused"
    assert group.answer(waits, n=3) == "confirmed"
    with group.web.begin() as web:
        assert meeting.officer(web, group.people[0]).cycle == group.cycle
        assert meeting.officer(web, group.people[1]).cycle is None
        assert meeting.officer(web, group.people[4]).cycle is None


def test_nobody_confirms_what_they_entered(group: Group) -> None:
    group.enter({3: 4}, n=3)
    assert group.finish(9, 1800) == "finished"
    for n in (1, 3):
        waits = group.waiting(n)
        assert waits is not None
        assert waits.own
        assert group.answer(waits, n=n) == "own"
        assert group.answer(waits, n=n, agrees=False) == "own"
    assert group.counted() == []


def test_a_meeting_that_a_coach_entered_is_not_confirmed_on_the_coachs_number(
    group: Group, conn: Connection
) -> None:
    records = group.records
    number = records.number("+250780000001")
    coach = records.add(
        models.Coach,
        programme_id=records.programme,
        phone_number_id=number,
        name_sealed=b"x",
        code="C1",
    )
    conn.execute(text("update savings_group set training_group_id = :group"), {"group": records.group})
    records.add(models.GroupCoach, group_id=records.group, coach_id=coach, from_on=MONDAY)
    records.add(
        models.ParticipantPhone, participant_id=group.people[1], phone_number_id=number, from_on=MONDAY
    )
    conn.commit()
    as_coach = Actor(group.cycle, coach=coach)
    with group.web.begin() as web:
        assert meeting.enter(web, as_coach, uuid4(), {3: 4}, TODAY) == "kept"
        assert meeting.finish(web, as_coach, uuid4(), 9, 1800, TODAY) == "finished"
    own = group.waiting(2)
    assert own is not None
    assert own.own
    assert group.answer(own, 2) == "own"
    waits = group.waiting(1)
    assert waits is not None
    assert group.answer(waits, 1) == "confirmed"
    conn.execute(text("update coach set suspended_on = :day"), {"day": TODAY})
    conn.commit()
    with group.web.begin() as web:
        assert meeting.enter(web, as_coach, uuid4(), {3: 4}, TODAY) == "refused"


def test_who_was_merged_since_does_not_confirm_what_the_other_row_entered(
    group: Group, conn: Connection, staff_engine: Engine
) -> None:
    assert group.finish(6, 1200) == "finished"
    with office(staff_engine, group.records) as desk:
        merging.merge(desk, with_check_digit(1), with_check_digit(4))
    waits = group.waiting(4)
    assert waits is not None
    assert waits.own
    assert group.answer(waits, n=4) == "own"
    waits = group.waiting(2)
    assert waits is not None
    assert group.answer(waits, n=2) == "confirmed"


def test_two_confirmations_at_once_make_one(group: Group) -> None:
    group.finish(6, 1200)
    waits = group.waiting()
    assert waits is not None
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda n: group.answer(waits, n), (2, 3)))
    assert sorted(answers) == ["confirmed", "gone"]
    assert len(group.counted()) == SIZE


def test_a_meeting_is_given_back_and_entered_again(group: Group) -> None:
    group.enter({3: 4})
    group.finish(9, 1800)
    waits = group.waiting()
    assert waits is not None
    assert group.answer(waits, agrees=False) == "given_back"
    assert group.answer(waits) == "gone"
    assert group.enter({3: 3}) == "kept"
    assert group.finish(8, 1600) == "finished"
    assert group.answer(waits) == "gone"  # what was read to her then was another total
    again = group.waiting()
    assert again is not None
    assert again.id == waits.id
    assert group.answer(again) == "confirmed"
    assert group.counted()[2] == (3, 600, 3)


def test_what_changed_since_it_was_read_back_is_not_finished(group: Group) -> None:
    group.enter({3: 4})
    assert group.finish(6, 1200) == "changed"
    assert group.waiting() is None


def test_a_meeting_is_entered_once(group: Group) -> None:
    assert group.finish(6, 1200) == "finished"
    assert group.total().recorded
    assert group.enter({3: 4}) == "recorded"
    assert group.finish(6, 1200) == "recorded"
    assert group.enter({3: 4}, today=TODAY + timedelta(days=1)) == "kept"


def test_a_draft_goes_on_the_next_day(group: Group) -> None:
    group.enter({3: 4})
    later = TODAY + timedelta(days=2)
    assert group.total(later).held_on == TODAY
    group.enter({4: 2}, today=later)
    assert group.total(later).shares == 10
    assert group.finish(10, 2000, today=later) == "finished"


@pytest.mark.parametrize(
    ("weekday", "planned", "held_on"),
    [
        (None, None, TODAY),  # 11 March is a Wednesday
        (2, None, TODAY),
        (0, None, date(2026, 3, 9)),
        (4, None, date(2026, 3, 6)),
        (4, datetime(2026, 3, 9, 22, 30, tzinfo=UTC), date(2026, 3, 10)),
        (4, datetime(2026, 3, 3, 12, tzinfo=UTC), date(2026, 3, 6)),
        (4, datetime(2026, 3, 12, 12, tzinfo=UTC), date(2026, 3, 6)),
    ],
)
def test_the_day_of_a_meeting_is_the_last_planned_one_or_the_check_in_day(
    group: Group, conn: Connection, weekday: int | None, planned: datetime | None, held_on: date
) -> None:
    conn.execute(text("update savings_group set check_in_weekday = :day"), {"day": weekday})
    if planned:
        group.records.add(
            models.PlannedMeeting,
            programme_id=group.records.programme,
            savings_group_id=group.savings_group,
            starts_at=planned,
            ends_at=planned + timedelta(hours=1),
            place="Kigabiro",
        )
    conn.commit()
    assert group.total().held_on == held_on


def test_her_balance_is_what_was_confirmed(group: Group) -> None:
    group.enter({5: 3})
    group.finish(8, 1600)
    with group.web.begin() as conn:
        assert balance(conn, group.people[4]) is None
    waits = group.waiting()
    assert waits is not None
    assert group.answer(waits) == "confirmed"
    with group.web.begin() as conn:
        assert balance(conn, group.people[4]) == Balance(600, 3, TODAY)


def test_what_the_office_confirms_has_no_lines_and_is_not_answered_by_phone(
    group: Group, conn: Connection
) -> None:
    group.records.meeting(group.cycle)
    conn.commit()
    assert group.waiting() is None
