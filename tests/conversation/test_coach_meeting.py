"""A coach enters a savings group's meeting by phone; an officer of the group confirms it, never the coach."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tests.world.dialogue import STRANGER, World
from tests.world.for_her import PIN, ForHer

OFFICERS_PIN = "5937"
CLOSED = "CON This cannot be done here now. Ask the office.\n0. Exit"


class MeetingCoach(ForHer):
    """A coach of one training group with one savings group, which saves by shares of 200."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.cycle = self.one(
            "select c.id from cycle c join savings_group g on g.id = c.savings_group_id"
            " where g.training_group_id = %(g)s and c.closed_on is null order by g.name limit 1",
            g=self.group,
        )
        self.world.do(
            "update savings_group set training_group_id = null where training_group_id = %(g)s"
            " and id <> (select savings_group_id from cycle where id = %(c)s)",
            g=self.group,
            c=self.cycle,
        )
        self.world.do(
            "update cycle set mode = 'shares', share_value = 200, most_shares = 5 where id = %(c)s",
            c=self.cycle,
        )

    def enter(self, *typed: str) -> list[str]:
        """The answer to each key from the meeting's menu on."""
        self.world.do("update coach set bookmark = null where id = %(c)s", c=self.coach)
        return self.world.dial(self.number, "4", PIN, "9", *typed)[3:]

    def size(self) -> int:
        return int(
            self.one(
                "select count(*) from savings_member m join cycle c on c.savings_group_id = m.savings_group_id"
                " where c.id = %(c)s and m.to_on is null and m.list_number is not null",
                c=self.cycle,
            )
        )

    def officer(self, office: str) -> tuple[UUID, str]:
        """An officer of the group with a PIN: id and member number."""
        person, member = self.world.rows(
            "select p.id, p.member_number from savings_officer o join participant p on p.id = o.participant_id"
            " join cycle c on c.savings_group_id = o.savings_group_id where c.id = %(c)s and o.office = %(o)s",
            c=self.cycle,
            o=office,
        )[0]
        assert isinstance(person, UUID)
        pin = self.world.conversation.vault.pin(person, OFFICERS_PIN)
        self.world.do("update participant set pin = %(pin)s where id = %(p)s", pin=pin, p=person)
        return person, str(member)

    def confirm(self, number: str, member: str, *typed: str) -> list[str]:
        return self.world.dial(number, "2", "5", member, OFFICERS_PIN, "2", *typed)[5:]

    def counted(self) -> list[tuple[object, ...]]:
        return self.world.rows(
            "select sum(e.shares), sum(e.amount), count(*) from contribution e join group_meeting m"
            " on m.id = e.group_meeting_id where m.entered_by = %(by)s",
            by=f"coach:{self.coach}",
        )


@pytest.fixture
def coach(world: World) -> MeetingCoach:
    return MeetingCoach(world)


def test_a_meeting_that_the_coach_enters_counts_when_an_officer_confirms_it(coach: MeetingCoach) -> None:
    screens = coach.enter("1", "3*4*5*2")
    assert "Typed: 0\n1. Shares\n7. Finish\n8. What is typed" in screens[0]
    assert "Typed: 2" in screens[2]
    screens = coach.enter("8", "0", "7", "1", "4*9", "2", "1")
    shares = coach.size() - 4 + 6
    assert "1. 3*4\n2. 5*2" in screens[1]
    assert f"shares {shares} = {shares * 200:,} Frw." in screens[6]
    assert "Another officer approves it" in screens[7]
    assert coach.counted() == [(None, None, 0)]
    _, member = coach.officer("box_keeper")
    screens = coach.confirm(STRANGER, member, "1")
    assert screens[-1].startswith("END")
    assert coach.counted() == [(shares, shares * 200, coach.size())]
    assert "is entered" in coach.enter()[-1]


def test_the_coach_confirms_nothing_with_an_officers_pin_on_the_coachs_number(coach: MeetingCoach) -> None:
    """An officer who has the coach's own number is taken for who entered it."""
    coach.enter("7", "2", "1")
    person, member = coach.officer("box_keeper")
    coach.world.do(
        "insert into participant_phone (id, participant_id, phone_number_id, from_on)"
        " select gen_random_uuid(), %(p)s, phone_number_id, '2026-11-20' from coach where id = %(c)s",
        p=person,
        c=coach.coach,
    )
    assert "Uwanditse ntiyemeza" in coach.confirm(STRANGER, member)[-1]
    _, other = coach.officer("secretary")
    assert coach.confirm(STRANGER, other, "1")[-1].startswith("END")


@pytest.mark.parametrize("typed", ["3*3", "3**7", "0", "3*0", "a"])
def test_who_bought_none_is_a_list_of_numbers(coach: MeetingCoach, typed: str) -> None:
    coach.enter("7", "1", typed)
    assert coach.one("select count(*) from meeting_line") == 0


def test_a_coach_of_another_group_or_a_suspended_one_enters_nothing(coach: MeetingCoach) -> None:
    text, session = f"4*{PIN}*9*1", "suspended"
    coach.world.hop(session, coach.number, "")
    for end in range(4):
        coach.world.hop(session, coach.number, "*".join(text.split("*")[: end + 1]))
    coach.world.do("update coach set suspended_on = '2026-11-24' where id = %(c)s", c=coach.coach)
    assert coach.world.hop(session, coach.number, f"{text}*3*4") == CLOSED
    assert coach.one("select count(*) from meeting_line") == 0


def test_a_suspended_coach_reads_no_total(coach: MeetingCoach) -> None:
    text, session = f"4*{PIN}*9*7", "suspended"
    coach.world.hop(session, coach.number, "")
    for end in range(4):
        coach.world.hop(session, coach.number, "*".join(text.split("*")[: end + 1]))
    coach.world.do("update group_coach set to_on = '2026-11-24' where coach_id = %(c)s", c=coach.coach)
    assert coach.world.hop(session, coach.number, f"{text}*2") == CLOSED


def test_a_group_without_savings_says_so(coach: MeetingCoach) -> None:
    coach.world.do("update cycle set closed_on = '2026-11-20' where id = %(c)s", c=coach.cycle)
    assert coach.enter()[-1] == "CON No savings to count now. Ask the office.\n0. Back"


def test_several_savings_groups_are_chosen_from(coach: MeetingCoach) -> None:
    other = coach.one(
        "select savings_group_id from cycle where id <> %(c)s and closed_on is null limit 1", c=coach.cycle
    )
    coach.world.do(
        "update savings_group set training_group_id = %(g)s where id = %(o)s", g=coach.group, o=other
    )
    screens = coach.enter("2")
    assert screens[0].startswith("CON Choose:\n1. ")
    assert "\n2. " in screens[0]
    assert "Typed: 0" in screens[1]


def test_a_dropped_line_goes_on_at_the_meeting_and_shows_no_total(coach: MeetingCoach) -> None:
    assert "= " in coach.enter("7", "2")[-1]
    coach.world.now += timedelta(minutes=1)
    screens = coach.world.dial(coach.number, "4", PIN, "1")
    assert "1. Continue" in screens[2]
    assert "Did anyone buy no share?" in screens[3]
