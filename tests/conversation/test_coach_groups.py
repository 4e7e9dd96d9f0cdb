"""A coach's My groups: its menu, not held, nobody came, standing in, who is not reached, follow-ups, questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from sms_app.messaging.coaches.missing import missing_rolls
from tests.world.coach import PIN, Coach
from tests.world.dialogue import World

MENU = (
    "CON Itsinda 1\n1. Umuntu\n2. Amasomo\n3. Ntiryabaye\n4. Gusimbura\n5. Ubwitabire\n6. Nta butumwa\n7. Abasibye\n"
    "8. Ibibazo\n9. Ikiganiro\n0. Subira inyuma"
)
CLOSED = "CON Ntibishoboka hano ubu. Baza ibiro.\n0. Subira inyuma"
THANKS = "END Murakoze."
REFUSED = "CON Kode si yo. Ongera ugerageze, cyangwa 0: itsinda."


@pytest.fixture
def coach(world: World) -> Coach:
    coach = Coach(world)
    world.do(
        "delete from group_coach where coach_id = %(c)s and group_id <> %(g)s", c=coach.id, g=coach.group
    )
    return coach


def in_group(coach: Coach, *typed: str, session: str = "") -> list[str]:
    """What she meets after My groups and her PIN."""
    return coach.dial("4", PIN, *typed, session=session)[2:]


def member(coach: Coach, list_number: int) -> Any:
    return coach.world.rows(
        "select id from participant where group_id = %(g)s and list_number = %(n)s",
        g=coach.group,
        n=list_number,
    )[0][0]


def initials(coach: Coach, list_number: int) -> str:
    sealed = coach.world.rows(
        "select initials_sealed from participant where id = %(p)s", p=member(coach, list_number)
    )[0][0]
    return coach.world.conversation.vault.open(
        bytes(sealed),  # type: ignore[arg-type]
        "participant",
        "initials_sealed",
        member(coach, list_number),
    )


def ask(coach: Coach, list_number: int, about: str = "attendance") -> Any:
    """A question that a woman of the group raised today."""
    id_ = uuid4()
    coach.world.do(
        "insert into dispute (id, participant_id, about, raised_on) values (%(i)s, %(p)s, %(a)s, %(d)s)",
        i=id_,
        p=member(coach, list_number),
        a=about,
        d=coach.world.now.date(),
    )
    return id_


def other_session(coach: Coach, number: int = 2, code: str = "7391", **before: int) -> Any:
    """A session of a group that she does not coach."""
    group = coach.world.rows("select id from training_group where number = %(n)s", n=number)[0][0]
    session = coach.make_session(coach.world.now - timedelta(**(before or {"minutes": 30})), group)
    coach.world.do("update training_session set check_in_code = %(k)s where id = %(s)s", k=code, s=session)
    return session


def _group_of(world: World, member_number: str) -> int:
    """The number of a participant's group."""
    query = (
        "select g.number from participant p join training_group g on g.id = p.group_id"
        " where p.member_number = %(m)s"
    )
    return int(str(world.rows(query, m=member_number)[0][0]))


class TestChoosing:
    def test_one_group_is_not_chosen(self, coach: Coach) -> None:
        assert in_group(coach) == [MENU]

    def test_several_are_chosen_by_number(self, coach: Coach) -> None:
        coach.coach_another(2)
        which, menu = in_group(coach, "2")
        assert which == "CON Hitamo:\n1. Itsinda 1\n2. Itsinda 2\n0. Subira inyuma"
        assert menu.startswith("CON Itsinda 2\n1. Umuntu\n2. Amasomo")

    def test_a_coach_without_a_group_can_stand_in(self, world: World, coach: Coach) -> None:
        world.do("update group_coach set to_on = %(d)s", d=world.now.date())
        session = other_session(coach)
        none, asked, *_ = in_group(coach, "4", "2", "7391")
        assert none == "CON Nta tsinda ufite ubu.\n4. Gusimbura\n0. Subira inyuma"
        assert asked.startswith("CON Andika nimero y'itsinda.")
        assert world.rows("select training_session_id from session_substitute") == [(session,)]

    def test_it_is_behind_her_pin(self, coach: Coach) -> None:
        assert coach.dial("4")[-1].startswith("CON Andika umubare w'ibanga.")
        assert "Ongera ugerageze" in coach.dial("4", "0001", "2")[2]

    @pytest.mark.parametrize("item", ["2", "3", "4", "5", "6", "7", "8"])
    def test_a_suspended_coach_gets_nothing_in_mid_dialogue(
        self, world: World, coach: Coach, item: str
    ) -> None:
        ask(coach, 3)
        in_group(coach, session="s")
        world.do("update coach set suspended_on = %(d)s", d=world.now.date())
        screen = world.hop("s", coach.number, f"4*{PIN}*{item}")
        for shown in ("24/11", "saa ", initials(coach, 3)):
            assert shown not in screen, screen

    def test_a_group_that_is_no_longer_hers_is_closed(self, world: World, coach: Coach) -> None:
        coach.coach_another(2)
        coach.dial("4", PIN, session="s")
        world.do(
            "update group_coach set to_on = %(d)s where group_id = %(g)s", d=world.now.date(), g=coach.group
        )
        assert "Itsinda 1" not in world.hop("s", coach.number, f"4*{PIN}*1")


class TestSessions:
    def test_the_next_one_and_the_last_four_rolls(self, world: World, coach: Coach) -> None:
        start = world.now - timedelta(hours=1)
        for week in (5, 4, 3, 2):
            coach.session = coach.make_session(start - timedelta(weeks=week))
            world.do(
                "insert into roll (training_session_id, coach_id, outcome, headcount, taken_on)"
                " values (%(s)s, %(c)s, 'held', 0, %(d)s)",
                s=coach.session,
                c=coach.id,
                d=world.now.date(),
            )
            world.do("select fix_session_list(%(s)s, %(n)s)", s=coach.session, n=world.now)
        coach.dial("1", PIN, "23", "3*7", "1")
        coach.make_session(world.now + timedelta(days=7))
        world.now += timedelta(hours=2)
        world.do("update training_session set place = 'Rwamagana, Kigabiro'")
        assert in_group(coach, "2")[-1] == (
            "CON Isomo: ku wa kabiri 01/12 saa 11:30, Rwamagana, Kigabiro."
            " Yego: 27/10 0/25, 03/11 0/25, 10/11 0/25, 24/11 23/25\n0. Subira inyuma"
        )

    def test_without_either(self, world: World, coach: Coach) -> None:
        world.do("delete from session_list")
        world.do("delete from training_session")
        assert in_group(coach, "2")[-1] == "CON Nta somo ririho ubu. Nta bwitabire.\n0. Subira inyuma"

    def test_what_was_not_held_has_no_figures(self, coach: Coach) -> None:
        in_group(coach, "3", "1", "1")
        assert "24/11 -" in in_group(coach, "2")[-1]


class TestNotHeld:
    def test_the_session_and_a_reason(self, world: World, coach: Coach) -> None:
        screens = in_group(coach, "3", "1", "1")
        assert screens[1] == (
            "CON Itsinda 1, 24/11 10:30\n1. Isomo ntiryabaye\n2. Nta waje\n0. Subira inyuma"
        )
        assert screens[2].startswith("CON Impamvu:\n1. Imvura\n2. Haje bake\n")
        assert screens[3] == THANKS
        assert world.rows("select outcome, reason, headcount, coach_id from roll") == [
            ("not_held", "weather", None, coach.id)
        ]
        assert coach.stored() == 0

    @pytest.mark.parametrize(
        ("digit", "reason"),
        [("2", "few_came"), ("3", "coach_away"), ("4", "funeral"), ("5", "place"), ("6", "other")],
    )
    def test_each_reason(self, world: World, coach: Coach, digit: str, reason: str) -> None:
        assert in_group(coach, "3", "1", digit)[-1] == THANKS
        assert world.rows("select reason from roll") == [(reason,)]

    def test_of_several_the_latest_first_and_only_those_without_a_roll(
        self, world: World, coach: Coach
    ) -> None:
        coach.dial("1", PIN, "25", "1")
        for days in (6, 7, 8):
            coach.make_session(world.now - timedelta(days=days, minutes=1))
        coach.make_session(world.now + timedelta(hours=1))
        which, what = in_group(coach, "3", "2")[1:]
        assert which == "CON Hitamo:\n1. 18/11 11:29\n2. 17/11 11:29\n0. Subira inyuma"
        assert what.startswith("CON Itsinda 1, 17/11 11:29")

    def test_with_every_roll_taken_there_is_none(self, coach: Coach) -> None:
        coach.dial("1", PIN, "25", "1")
        assert in_group(coach, "3")[-1].startswith("CON Nta somo.")

    def test_a_roll_that_another_coach_stored_meanwhile_stays(self, world: World, coach: Coach) -> None:
        in_group(coach, "3", "1", session="s")
        coach.dial("1", PIN, "23", "3*7", "1")
        assert world.hop("s", coach.number, f"4*{PIN}*3*1*1") == CLOSED
        assert coach.absent() == [3, 7]

    def test_she_can_take_its_roll_after_all(self, world: World, coach: Coach) -> None:
        in_group(coach, "3", "1", "1")
        coach.dial("1", PIN, "1", "23", "3*7", "1")
        assert world.rows("select outcome, reason, headcount from roll") == [("held", None, 23)]

    def test_a_woman_is_not_absent_from_it(self, world: World, coach: Coach) -> None:
        hers = world.phone("pin")
        group = _group_of(world, hers["member"])
        if group != 1:
            world.do("update group_coach set to_on = %(d)s", d=world.now.date())
            coach.session = coach.make_session(world.now - timedelta(hours=1), coach.coach_another(group))
        in_group(coach, "3", "1", "1")
        assert world.rows("select outcome from roll where training_session_id = %(s)s", s=coach.session)
        shown = world.dial(hers["number"], "1", "3", hers["pin"])[-1]
        assert shown.startswith("CON Ubwitabire: ")
        assert "24/11" not in shown
        assert "Oya" not in shown

    def test_it_is_no_missing_roll(self, world: World, coach: Coach) -> None:
        programme = world.conversation.programme("*801#").id
        world.now += timedelta(hours=2)
        with world.owner.connect() as conn:
            assert [one.group for one in missing_rolls(conn, programme, world.now)] == [1]
            in_group(coach, "3", "1", "1")
            assert missing_rolls(conn, programme, world.now) == []


class TestNobodyCame:
    def test_is_read_back_and_stored_when_confirmed(self, world: World, coach: Coach) -> None:
        screens = in_group(coach, "3", "2")
        assert screens[-1] == "CON Itsinda 1, 24/11. Yego: 0. Oya: 25.\n1. Emeza\n0. Subira inyuma"
        assert (coach.stored(), world.rows("select 1 from roll")) == (0, [])

    def test_everybody_is_absent(self, world: World, coach: Coach) -> None:
        assert in_group(coach, "3", "2", "1")[-1] == THANKS
        assert coach.absent() == list(range(1, 26))
        assert world.rows("select outcome, headcount from roll") == [("held", 0)]

    def test_one_who_is_suspended_before_she_confirms_stores_nothing(
        self, world: World, coach: Coach
    ) -> None:
        in_group(coach, "3", "2", session="s")
        world.do("update coach set suspended_on = %(d)s", d=world.now.date())
        assert world.hop("s", coach.number, f"4*{PIN}*3*2*1") == CLOSED
        assert coach.stored() == 0


class TestStandingIn:
    def test_by_the_groups_number_and_the_sessions_code(self, world: World, coach: Coach) -> None:
        session = other_session(coach)
        listed = world.rows(
            "select count(*) from participant p join training_group g on g.id = p.group_id"
            " where g.number = 2 and p.left_on is null and p.list_number is not null"
        )[0][0]
        screens = in_group(coach, "4", "2", "7391", str(listed), "1")
        assert screens[1].startswith("CON Andika nimero y'itsinda.")
        assert screens[2].startswith("CON Andika kode y'isomo ry'uyu munsi")
        assert screens[3].startswith(f"CON Itsinda 2, 24/11: {listed}. Haje bangahe?")
        assert screens[-1] == THANKS
        assert world.rows("select training_session_id, coach_id from roll") == [(session, coach.id)]
        assert world.rows("select training_session_id, coach_id from session_substitute") == [
            (session, coach.id)
        ]

    @pytest.mark.parametrize(("group", "code"), [("2", "7392"), ("3", "7391"), ("999", "7391")])
    def test_a_wrong_code_and_a_wrong_number_are_refused_alike(
        self, world: World, coach: Coach, group: str, code: str
    ) -> None:
        other_session(coach)
        assert in_group(coach, "4", group, code)[-1] == f"{REFUSED}\n0. Subira inyuma"
        assert world.rows("select 1 from session_substitute") == []

    def test_a_code_of_another_day_is_refused(self, world: World, coach: Coach) -> None:
        other_session(coach, days=1)
        other_session(coach, days=7)
        assert in_group(coach, "4", "2", "7391")[-1].startswith(REFUSED)
        assert world.rows("select 1 from session_substitute") == []

    def test_a_cancelled_session_has_no_substitute(self, world: World, coach: Coach) -> None:
        session = other_session(coach)
        world.do("update training_session set cancelled_at = %(n)s where id = %(s)s", n=world.now, s=session)
        assert in_group(coach, "4", "2", "7391")[-1].startswith(REFUSED)

    def test_before_it_begins_she_waits(self, world: World, coach: Coach) -> None:
        other_session(coach, minutes=-31)
        assert in_group(coach, "4", "2", "7391", session="s")[-1].startswith(REFUSED)
        world.now += timedelta(minutes=1)
        early = world.hop("s", coach.number, f"4*{PIN}*4*2*7391*7391")
        assert early.startswith("CON Isomo ritaratangira.")
        world.now += timedelta(minutes=31)
        assert "Itsinda 2, 24/11" in coach.dial("1", PIN)[-1]

    def test_guesses_are_limited(self, world: World, coach: Coach) -> None:
        other_session(coach)
        for n in range(7):
            codes = (f"1{n}11", f"2{n}11", f"3{n}11")
            assert in_group(coach, "4", "2", *codes)[-1].startswith("END" if n < 6 else "CON Mwihangane.")
        assert coach.dial("4", PIN)[-1].startswith("CON Mwihangane.")
        assert world.rows("select 1 from session_substitute") == []

    def test_a_suspended_coach_is_refused_as_for_a_wrong_code(self, world: World, coach: Coach) -> None:
        other_session(coach)
        in_group(coach, "4", "2", session="s")
        world.do("update coach set suspended_on = %(d)s", d=world.now.date())
        assert world.hop("s", coach.number, f"4*{PIN}*4*2*7391").startswith(REFUSED)
        assert world.rows("select 1 from session_substitute") == []

    def test_she_sees_nothing_else_of_that_group(self, world: World, coach: Coach) -> None:
        other_session(coach)
        in_group(coach, "4", "2", "7391")
        assert in_group(coach) == ["CON 1. Komeza\n0. Subira inyuma"]
        assert in_group(coach, "0", session="t")[-1].startswith("CON Murakaza neza")
        assert in_group(coach) == [MENU]


class TestRolls:
    def test_an_older_roll_is_opened_while_another_session_waits(self, world: World, coach: Coach) -> None:
        older = coach.make_session(world.now - timedelta(days=7))
        coach.session = older
        coach.dial("1", PIN, "2", "23", "3*7", "1")
        assert coach.absent() == [3, 7]
        screens = in_group(coach, "5", "2", "3", "3")
        assert (
            screens[1]
            == "CON Ubwitabire (Oya: ntiryabaye)\n1. 24/11 10:30 -\n2. 17/11 11:30 Yego\n0. Subira inyuma"
        )
        assert screens[2].startswith("CON Itsinda 1, 17/11: Yego.\n1. Hindura")
        assert screens[-1] == THANKS
        assert coach.absent() == [7]

    def test_one_without_a_roll_is_taken_there_too(self, coach: Coach) -> None:
        assert in_group(coach, "5", "1", "25", "1")[-1] == THANKS
        assert coach.stored() == 25

    def test_0_goes_back_to_the_list_and_to_the_group(self, coach: Coach) -> None:
        screens = in_group(coach, "5", "1", "0", "0")
        assert screens[3].startswith("CON Ubwitabire (Oya")
        assert screens[4] == MENU

    def test_the_roll_asks_her_pin_again_after_she_left_her_groups(self, coach: Coach) -> None:
        for back in (("0", "0", "0"), ("00",)):
            screens = in_group(coach, "5", "1", *back, "1")
            assert screens[-1].startswith("CON Andika umubare w'ibanga.")
            coach.dial("4", PIN, "0")  # what was left is declined

    def test_a_session_not_held_is_marked(self, coach: Coach) -> None:
        in_group(coach, "3", "1", "1")
        assert "24/11 10:30 Oya" in in_group(coach, "5")[-1]


class TestNotReached:
    def test_numbers_with_initials_six_a_page_and_no_reasons(self, world: World, coach: Coach) -> None:
        world.do("delete from message")
        world.do(
            "delete from participant_phone where participant_id in (select id from participant"
            " where group_id = %(g)s and list_number <= 8)",
            g=coach.group,
        )
        world.do("update phone_number set stopped_on = null")
        screens = in_group(coach, "6", "9", "1")
        assert screens[1].startswith(f"CON Nta butumwa: 1 {initials(coach, 1)}, 2 {initials(coach, 2)}, ")
        assert "\n9. " in screens[1]
        assert "1. Itsinda" not in screens[1]
        assert f"7 {initials(coach, 7)}, 8 {initials(coach, 8)}" in screens[2]
        assert screens[-1] == MENU

    def test_a_stopped_number_and_a_text_that_failed(self, world: World, coach: Coach) -> None:
        world.do("delete from message")
        before = in_group(coach, "6")[-1]
        assert f"5 {initials(coach, 5)}" not in before
        world.do(
            "update phone_number set stopped_on = %(d)s where id in (select phone_number_id from participant_phone"
            " where participant_id = %(p)s)",
            d=world.now.date(),
            p=member(coach, 5),
        )
        shown = "".join(in_group(coach, "6", "9", "9"))
        assert f"5 {initials(coach, 5)}" in shown


class TestFollowUps:
    @pytest.fixture
    def absent_twice(self, world: World, coach: Coach) -> Coach:
        older = coach.make_session(world.now - timedelta(days=6))
        later, coach.session = coach.session, older
        coach.dial("1", PIN, "2", "23", "3*7", "1")
        coach.session = later
        coach.dial("1", PIN, "24", "3", "1")
        return coach

    def test_are_listed_and_closed_by_choice(self, world: World, absent_twice: Coach) -> None:
        coach = absent_twice
        screens = in_group(coach, "7", "1", "2")
        assert screens[1] == f"CON Oya kabiri:\n1. 3 {initials(coach, 3)}, 24/11\n0. Subira inyuma"
        assert screens[2].startswith(f"CON 3 {initials(coach, 3)}\n1. Azagaruka\n2. Ntabasha kuza\n")
        assert screens[3] == THANKS
        assert world.rows("select answer, closed_on from follow_up") == [("cannot_come", world.now.date())]
        assert world.rows("select who, what from audit_entry where subject = 'follow_up'") == [
            (f"coach:{coach.id}", "close_follow_up")
        ]
        assert in_group(coach, "7")[-1].startswith("CON Nta wasibye kabiri.")

    def test_one_that_is_closed_is_not_raised_again_by_the_same_roll(
        self, world: World, absent_twice: Coach
    ) -> None:
        in_group(absent_twice, "7", "1", "1")
        absent_twice.dial("1", PIN, "1", "1", "23", "3*8", "1")
        assert len(world.rows("select 1 from follow_up where closed_on is null")) == 0

    def test_another_groups_are_not_hers(self, world: World, absent_twice: Coach) -> None:
        world.do("update group_coach set to_on = %(d)s", d=world.now.date())
        absent_twice.coach_another(2)
        assert in_group(absent_twice, "7")[-1].startswith("CON Nta wasibye kabiri.")

    def test_one_who_is_suspended_closes_none(self, world: World, absent_twice: Coach) -> None:
        in_group(absent_twice, "7", "1", session="s")
        world.do("update coach set suspended_on = %(d)s", d=world.now.date())
        assert world.hop("s", absent_twice.number, f"4*{PIN}*7*1*1") == CLOSED
        assert world.rows("select answer from follow_up") == [(None,)]


class TestQuestions:
    def test_corrected_with_the_roll(self, world: World, coach: Coach) -> None:
        coach.dial("1", PIN, "23", "3*7", "1")
        question = ask(coach, 3)
        screens = in_group(coach, "8", "1", "1", "1")
        who = f"3 {initials(coach, 3)}"
        assert screens[1] == f"CON Ubwitabire si bwo:\n1. {who}, 24/11\n0. Subira inyuma"
        assert (
            screens[2]
            == f"CON {who}, 24/11: 24/11 Oya\n1. Yaje: hindura\n2. Ni byo\n3. Azabaze ku isomo\n0. Subira inyuma"
        )
        assert screens[3] == f"CON {who}, 24/11: Yego.\n1. Emeza\n0. Subira inyuma"
        assert screens[4] == THANKS
        assert coach.absent() == [7]
        assert world.rows("select headcount from roll") == [(24,)]
        assert world.rows("select answer, closed_on from dispute where id = %(q)s", q=question) == [
            ("corrected", world.now.date())
        ]
        assert world.rows("select who, what from audit_entry where subject = 'dispute'") == [
            (f"coach:{coach.id}", "answer")
        ]

    @pytest.mark.parametrize(("digit", "answer"), [("2", "right"), ("3", "ask")])
    def test_it_stays_as_it_is(self, world: World, coach: Coach, digit: str, answer: str) -> None:
        coach.dial("1", PIN, "23", "3*7", "1")
        question = ask(coach, 3)
        assert in_group(coach, "8", "1", digit)[-1] == THANKS
        assert world.rows("select answer from dispute where id = %(q)s", q=question) == [(answer,)]
        assert coach.absent() == [3, 7]

    def test_which_of_several_absences(self, world: World, coach: Coach) -> None:
        older = coach.make_session(world.now - timedelta(days=6))
        later, coach.session = coach.session, older
        coach.dial("1", PIN, "2", "24", "3", "1")
        coach.session = later
        coach.dial("1", PIN, "24", "3", "1")
        ask(coach, 3)
        screens = in_group(coach, "8", "1", "1", "2", "1")
        assert screens[3] == "CON Hitamo:\n1. 24/11 10:30\n2. 18/11 11:30\n0. Subira inyuma"
        assert screens[4].startswith(f"CON 3 {initials(coach, 3)}, 18/11: Yego.")
        assert screens[-1] == THANKS
        assert coach.absent() == [3]

    def test_one_that_was_corrected_before_is_answered_at_once(self, world: World, coach: Coach) -> None:
        coach.dial("1", PIN, "24", "3", "1")
        question = ask(coach, 3)
        coach.dial("1", PIN, "1", "2", "3")
        assert in_group(coach, "8", "1", "1")[-1] == THANKS
        assert world.rows("select answer from dispute where id = %(q)s", q=question) == [("corrected",)]

    def test_another_absence_is_asked_about_though_one_was_corrected(
        self, world: World, coach: Coach
    ) -> None:
        older = coach.make_session(world.now - timedelta(days=6))
        later, coach.session = coach.session, older
        coach.dial("1", PIN, "2", "24", "3", "1")
        coach.session = later
        coach.dial("1", PIN, "24", "3", "1")
        question = ask(coach, 3)
        world.do(
            "select correct_roll(%(c)s, %(s)s, array[3], 'present', %(n)s, %(d)s)",
            c=coach.id,
            s=later,
            n=world.now,
            d=world.now.date(),
        )
        who = f"3 {initials(coach, 3)}"
        assert in_group(coach, "8", "1", "1")[-1].startswith(f"CON {who}, 18/11: Yego.")
        assert world.rows("select answer from dispute where id = %(q)s", q=question) == [(None,)]

    def test_an_absence_of_more_than_seven_days_is_the_offices(self, world: World, coach: Coach) -> None:
        coach.dial("1", PIN, "24", "3", "1")
        world.now += timedelta(days=8)
        question = ask(coach, 3)
        assert in_group(coach, "8", "1", "1")[-1].startswith("CON Nyuma y'iminsi 7, baza ibiro.")
        assert world.rows("select answer from dispute where id = %(q)s", q=question) == [(None,)]

    def test_only_attendance_of_her_group(self, world: World, coach: Coach) -> None:
        ask(coach, 3, about="shares")
        assert in_group(coach, "8")[-1].startswith("CON Nta kibazo gihari.")
        ask(coach, 3)
        world.do("update group_coach set to_on = %(d)s", d=world.now.date())
        coach.coach_another(2)
        assert in_group(coach, "8")[-1].startswith("CON Nta kibazo gihari.")

    def test_who_asked_reads_the_answer_as_an_offices(self, world: World, coach: Coach) -> None:
        hers = world.phone("pin")
        group = _group_of(world, hers["member"])
        person = world.person(hers["member"])
        world.do(
            "insert into dispute (id, participant_id, about, raised_on)"
            " values (gen_random_uuid(), %(p)s, 'attendance', %(d)s)",
            p=person,
            d=world.now.date(),
        )
        if group != 1:
            world.do("update group_coach set to_on = %(d)s", d=world.now.date())
            coach.coach_another(group)
        assert in_group(coach, "8", "1", "2")[-1] == THANKS
        assert "24/11" in world.dial(hers["number"], "1", "3", hers["pin"])[-1]

    def test_one_that_the_office_answered_meanwhile_is_closed(self, world: World, coach: Coach) -> None:
        question = ask(coach, 3)
        in_group(coach, "8", "1", session="s")
        world.do(
            "update dispute set answer = 'ask', closed_on = %(d)s where id = %(q)s",
            d=world.now.date(),
            q=question,
        )
        assert world.hop("s", coach.number, f"4*{PIN}*8*1*2") == CLOSED
        assert world.rows("select answer from dispute where id = %(q)s", q=question) == [("ask",)]

    def test_one_who_is_suspended_answers_none(self, world: World, coach: Coach) -> None:
        coach.dial("1", PIN, "23", "3*7", "1")
        question = ask(coach, 3)
        in_group(coach, "8", "1", "1", session="s")
        world.do("update coach set suspended_on = %(d)s", d=world.now.date())
        assert world.hop("s", coach.number, f"4*{PIN}*8*1*1*1") == CLOSED
        assert world.rows("select answer from dispute where id = %(q)s", q=question) == [(None,)]
        assert coach.absent() == [3, 7]


class TestAfterADrop:
    def test_she_goes_on_inside_the_item_behind_her_pin(self, world: World, coach: Coach) -> None:
        in_group(coach, "3", "1")
        assert coach.dial("4")[-1].startswith("CON Andika umubare w'ibanga.")
        offered, reason, thanks = in_group(coach, "1", "1")
        assert offered.startswith("CON 1. Komeza")
        assert reason.startswith("CON Impamvu:")
        assert thanks == THANKS
        assert world.rows("select reason from roll") == [("weather",)]
        assert in_group(coach) == [MENU]

    def test_a_roll_that_was_opened_from_a_group_goes_on_there(self, coach: Coach) -> None:
        in_group(coach, "5", "1", "23", "3*7")
        screens = in_group(coach, "1", "1")
        assert screens[0].startswith("CON 1. Komeza")
        assert "Oya: 3 " in screens[1]
        assert screens[2] == THANKS
        assert coach.absent() == [3, 7]

    def test_who_coaches_no_group_goes_on_with_standing_in(self, world: World, coach: Coach) -> None:
        world.do("update group_coach set to_on = %(d)s", d=world.now.date())
        session = other_session(coach)
        in_group(coach, "4", "2")
        assert in_group(coach, "1", "7391")[1].startswith("CON Andika kode y'isomo")
        assert world.rows("select training_session_id from session_substitute") == [(session,)]

    def test_the_roll_does_not_offer_it(self, coach: Coach) -> None:
        in_group(coach, "3", "1")
        assert coach.dial("1", PIN)[-1].startswith("CON Itsinda 1, 24/11: 25.")

    def test_a_roll_that_was_dropped_is_offered_in_the_roll_only(self, coach: Coach) -> None:
        coach.dial("1", PIN, "23", "3*7")
        assert in_group(coach) == [MENU]
        assert coach.dial("1", PIN)[-1].startswith("CON 1. Komeza")

    def test_a_group_that_is_no_longer_hers_is_not_gone_on_with(self, world: World, coach: Coach) -> None:
        ask(coach, 3)
        in_group(coach, "8", "1")
        world.do("update group_coach set to_on = %(d)s", d=world.now.date())
        coach.coach_another(2)
        assert in_group(coach, "1")[-1].startswith("CON Itsinda 2\n")

    def test_a_stored_answer_is_not_offered_again(self, coach: Coach) -> None:
        in_group(coach, "3", "2", "1")
        assert in_group(coach) == [MENU]
