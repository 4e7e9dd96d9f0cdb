"""A coach acts for a participant of her group by phone: each item, what is refused, and what a dropped line leaves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.programme import assisting, codes
from sms_app.programme.assisting import For
from tests.world.dialogue import STRANGER, World
from tests.world.for_her import PIN, ForHer

BACK = "\n0. Back"
DONE = "CON Received.\n1. More for her\n2. Someone else\n0. Back"
CLOSED = "CON This cannot be done here now. Ask the office.\n0. Exit"


@pytest.fixture
def coach(world: World) -> ForHer:
    return ForHer(world)


def _suspended_after(coach: ForHer, *typed: str) -> str:
    """The answer to the last key, when the coach is suspended just before it."""
    session, text = "suspended", ""
    coach.world.hop(session, coach.number, "")
    for key in ("4", PIN, "1", *typed[:-1]):
        text = f"{text}*{key}" if text else key
        coach.world.hop(session, coach.number, text)
    coach.world.do("update coach set suspended_on = '2026-11-24' where id = %(c)s", c=coach.coach)
    return coach.world.hop(session, coach.number, f"{text}*{typed[-1]}")


def test_the_list_number_is_read_back_with_initials(coach: ForHer) -> None:
    assert coach.world.dial(coach.number, "4", PIN, "1")[-1] == "CON Type her list number.\n0. Back"
    (menu,) = coach.dial("7")
    first = menu.splitlines()[0].removeprefix("CON ").split()
    assert first[0] == "7"
    assert first[1].isalpha()
    assert len(first[1]) <= 3
    assert menu.endswith(
        "1. Check in\n2. Saving\n3. Question\n4. Messages\n5. PIN\n6. New number\n7. Her phone\n0. Back"
    )


def test_who_left_or_is_of_another_group_is_refused_like_nobody(coach: ForHer) -> None:
    wrong = "CON Nobody has this number. Type a number of the list.\n0. Back"
    other = coach.one("select id from training_group where number = 2")
    coach.world.do("update participant set left_on = '2026-11-20' where id = %(p)s", p=coach.woman(8))
    coach.world.do(
        "update participant set group_id = %(g)s, list_number = 99 where id = %(p)s",
        g=other,
        p=coach.woman(9),
    )
    for number in ("8", "9", "99", "500"):
        assert coach.dial(number) == [wrong], number
    for number in ("0500", "3*7"):
        assert "Check in" not in coach.dial(number)[-1]


def test_a_coach_of_two_groups_chooses_one(coach: ForHer) -> None:
    coach.world.do("update group_coach set to_on = null where coach_id = %(c)s", c=coach.coach)
    numbers = [
        row[0]
        for row in coach.world.rows(
            "select g.number from training_group g join group_coach k on k.group_id = g.id"
            " where k.coach_id = %(c)s order by 1",
            c=coach.coach,
        )
    ]
    assert len(numbers) > 1
    which = coach.world.dial(coach.number, "4", PIN)[-1]
    assert which.startswith(f"CON Choose:\n1. Group {numbers[0]}\n2. Group {numbers[1]}")
    assert coach.dial("1", "7")[-1].startswith("CON 7 ")


def test_she_is_checked_in_to_todays_session(coach: ForHer) -> None:
    woman = coach.without_phone(7)
    assert coach.dial("7", "1")[-1] == "CON No session today." + BACK
    session = coach.session(hours=-1)
    coach.session(days=-1)
    screens = coach.dial("7", "1", "1")
    assert "session 24/11 10:30, she is here.\n1. Confirm" in screens[-2]
    assert screens[-1] == DONE
    assert coach.world.rows(
        "select training_session_id, participant_id, status, source, assisted from attendance"
    ) == [(session, woman, "present", "self", True)]
    coach.dial("7", "1", "1")
    assert coach.one("select count(*) from attendance") == 1


def test_nobody_is_checked_in_hours_before(coach: ForHer) -> None:
    coach.session(hours=2)
    assert coach.dial("7", "1")[-1] == "CON No session today." + BACK
    coach.session(minutes=20)
    assert "she is here" in coach.dial("7", "1")[-1]


def _reported(coach: ForHer, woman: object) -> list[tuple[object, ...]]:
    return coach.world.rows(
        "select amount, shares, assisted from contribution where participant_id = %(p)s and source = 'member'"
        " and week_of = '2026-11-23' and reverses is null and not exists (select from contribution r"
        " where r.reverses = contribution.id) order by amount",
        p=woman,
    )


def test_her_saving_of_the_week_is_reported_added_to_and_replaced(coach: ForHer) -> None:
    woman = coach.woman(7)
    coach.world.do("update cycle set mode = 'shares', share_value = 200, most_shares = 5")
    screens = coach.dial("7", "2", "1", "3", "1")
    assert screens[2].startswith("CON This week: how many shares, 1 to 5?")
    assert "3 shares = 600" in screens[3]
    assert screens[4] == DONE
    assert _reported(coach, woman) == [(600, 3, True)]
    coach.dial("7", "2", "1", "1", "2")
    assert _reported(coach, woman) == [(200, 1, True), (600, 3, True)]
    coach.dial("7", "2", "1", "2", "1")
    assert _reported(coach, woman) == [(400, 2, True)]
    assert coach.dial("7", "2", "1", "6")[-1].startswith("CON Wrong choice.")


def test_what_her_own_phone_reported_is_replaced_too(coach: ForHer) -> None:
    woman = coach.woman(7)
    coach.world.do(
        "insert into contribution (id, cycle_id, participant_id, amount, source, week_of, recorded_on, assisted)"
        " select gen_random_uuid(), c.id, %(p)s, 700, 'member', '2026-11-23', '2026-11-23', false"
        " from savings_member m join cycle c on c.savings_group_id = m.savings_group_id and c.closed_on is null"
        " where m.participant_id = %(p)s and m.to_on is null",
        p=woman,
    )
    coach.world.do("update cycle set mode = 'free'")
    assert coach.dial("7", "2", "1", "2000", "1")[-1] == DONE
    assert _reported(coach, woman) == [(2000, None, True)]


def test_of_two_totals_at_once_one_is_left(coach: ForHer) -> None:
    whom, today = For(coach.coach, coach.woman(7)), coach.world.now.date()
    coach.world.do("update cycle set mode = 'free'")
    web = create_engine(sqlalchemy_url(coach.world.database.web), poolclass=pool.NullPool)

    def save(amount: int) -> str:
        with web.begin() as conn:
            return assisting.save(conn, whom, uuid4(), amount, None, True, date(2026, 11, 23), today)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(save, range(1000, 1012))) == {"saved"}
    assert len(_reported(coach, coach.woman(7))) == 1


def test_nothing_this_week_is_an_entry_of_its_own(coach: ForHer) -> None:
    woman = coach.woman(7)
    screens = coach.dial("7", "2", "2", "1")
    assert screens[2].startswith("CON Nothing saved, week of 23/11.")
    assert screens[3] == DONE
    assert _reported(coach, woman) == [(0, None, True)]


def test_a_hop_that_arrives_twice_reports_once(coach: ForHer) -> None:
    coach.world.do("update cycle set mode = 'free'")
    text, keys = "", ("4", PIN, "1", "7", "2", "1", "2000", "2")
    coach.world.hop("twice", coach.number, "")
    for key in keys:
        text = f"{text}*{key}" if text else key
        answer = coach.world.hop("twice", coach.number, text)
    assert coach.world.hop("twice", coach.number, text) == answer == DONE
    assert (2000, None, True) in _reported(coach, coach.woman(7))
    assert len([row for row in _reported(coach, coach.woman(7)) if row[2]]) == 1


def test_her_question_is_raised_and_answered(coach: ForHer) -> None:
    woman = coach.woman(7)
    coach.world.do("delete from dispute")
    assert coach.dial("7", "3", "2")[-1] == "CON No question is open." + BACK
    screens = coach.dial("7", "3", "1", "2")
    assert screens[2] == "CON What is not right?\n1. Attendance\n2. Shares\n3. Loan\n4. Fine" + BACK
    assert screens[3] == DONE
    assert coach.world.rows("select participant_id, about, raised_on::text, assisted from dispute") == [
        (woman, "shares", "2026-11-24", True)
    ]
    screens = coach.dial("7", "3", "2", "1", "1")
    assert screens[2] == "CON Choose:\n1. 24/11 shares: no answer yet" + BACK
    assert screens[4] == DONE
    assert coach.world.rows("select answer, closed_on::text from dispute") == [("corrected", "2026-11-24")]
    assert coach.audit() == [("answer", "dispute")]
    assert "corrected" in coach.dial("7", "3", "2")[-1]
    assert coach.dial("7", "3", "2", "1", "2")[-1] == "CON It is answered already." + BACK


def test_what_she_raised_on_her_own_phone_is_not_shown_to_the_coach(coach: ForHer) -> None:
    coach.world.do("delete from dispute")
    coach.world.do(
        "insert into dispute (id, participant_id, about, raised_on)"
        " values (gen_random_uuid(), %(p)s, 'loan', '2026-11-23')",
        p=coach.woman(7),
    )
    assert coach.dial("7", "3", "2")[-1] == "CON No question is open." + BACK


def test_texts_to_her_number_stop_and_start_again(coach: ForHer) -> None:
    woman = coach.woman(7)
    phone = coach.one("select id from phone_number order by id limit 1")
    coach.without_phone(7)
    assert coach.dial("7", "4")[-1] == "CON She has no phone number with us." + BACK
    _link(coach, woman, phone)
    screens = coach.dial("7", "4", "1")
    assert "messages to her number: yes\n1. Stop\n2. Start again" in screens[1]
    assert screens[2] == DONE
    query = "select stopped_on::text from phone_number where id = %(n)s"
    assert coach.one(query, n=phone) == "2026-11-24"
    screens = coach.dial("7", "4", "2")
    assert "messages to her number: no" in screens[1]
    assert coach.one(query, n=phone) is None
    assert coach.audit() == [("stop_messages", "participant"), ("resume_messages", "participant")]


def _link(coach: ForHer, woman: object, phone: object) -> None:
    coach.world.do(
        "insert into participant_phone (id, participant_id, phone_number_id, from_on)"
        " values (gen_random_uuid(), %(p)s, %(n)s, '2026-11-20')",
        p=woman,
        n=phone,
    )


def test_the_code_that_she_opens_sets_a_pin_once(coach: ForHer) -> None:
    woman, member = coach.without_phone(7), coach.member(7)
    coach.world.do("update participant set pin = null where id = %(p)s", p=woman)
    screens = coach.dial("7", "5", "1")
    assert "open her PIN? She must be with you." in screens[1]
    code = screens[2].split("code: ")[1][:4]
    assert screens[2] == (
        f"CON Read her this code: {code}. It lasts 10 minutes. She dials, then 4, 2.\n0. Exit"
    )
    assert coach.audit() == [("open_pin", "participant")]
    assert coach.world.dial(STRANGER, "4", "2", member, code, "8352")[-1].startswith("END")
    assert coach.one("select pin is not null from participant where id = %(p)s", p=woman)
    assert "Choose a PIN" not in coach.world.dial(STRANGER, "4", "2", member, code)[-1]
    # what was shown is nowhere offered again
    assert "Continue" not in coach.world.dial(coach.number, "4", PIN)[-1]


def test_an_opened_pin_is_over_after_ten_minutes(coach: ForHer) -> None:
    member, code = coach.member(7), coach.dial("7", "5", "1")[2].split("code: ")[1][:4]
    coach.world.now += codes.LASTS
    assert "Choose a PIN" not in coach.world.dial(STRANGER, "4", "2", member, code)[-1]


@pytest.mark.parametrize("item", [("4", "4"), ("1", "2")])
def test_her_new_number_is_hers_once_the_coach_typed_its_code(coach: ForHer, item: tuple[str, str]) -> None:
    woman, member = coach.woman(7), coach.member(7)
    before = coach.world.rows(
        "select phone_number_id from participant_phone where participant_id = %(p)s and to_on is null",
        p=woman,
    )
    code = _shown_code(coach, member, *item)
    assert before == coach.world.rows(
        "select phone_number_id from participant_phone where participant_id = %(p)s and to_on is null",
        p=woman,
    )
    wrong = "1000" if code != "1000" else "1001"
    assert coach.dial("7", "6", wrong)[-1].startswith("CON Not this code.")
    assert coach.dial("7", "6", code)[-1] == DONE
    now = coach.world.rows(
        "select n.number_index from participant_phone l join phone_number n on n.id = l.phone_number_id"
        " where l.participant_id = %(p)s and l.to_on is null",
        p=woman,
    )
    assert now == [(coach.world.conversation.vault.index(STRANGER, "number"),)]
    assert coach.one("select contact from participant where id = %(p)s", p=woman) == "own"
    assert coach.audit() == [("confirm_number", "participant")]
    assert coach.one("select count(*) from message where planned_at >= %(n)s", n=coach.world.now) == 0
    assert coach.dial("7", "6", code)[-1].startswith("CON Not this code.")


def _shown_code(coach: ForHer, member: str, *item: str) -> str:
    """The code that an unknown phone shows for a member number, in whichever language it speaks."""
    screen = coach.world.dial(STRANGER, *(item or ("4", "4")), member)[-1]
    (code,) = [word.rstrip(".") for word in screen.split() if word.rstrip(".").isdigit() and len(word) == 5]
    return code


def test_a_new_numbers_code_is_over_after_ten_minutes(coach: ForHer) -> None:
    code = _shown_code(coach, coach.member(7))
    coach.world.now += timedelta(minutes=10)
    assert coach.dial("7", "6", code)[-1].startswith("CON Not this code.")


def test_an_unknown_phone_shows_a_code_for_a_number_that_nobody_has(coach: ForHer) -> None:
    hers = coach.world.dial(STRANGER, "4", "4", coach.member(7))[-1]
    nobodys = coach.world.dial(STRANGER, "4", "4", "999987")[-1]
    assert len(hers) == len(nobodys)
    assert _shown_code(coach, "999987").isdigit()


def test_her_number_is_marked_private_only_when_nobody_else_has_it(coach: ForHer) -> None:
    woman = coach.without_phone(7)
    assert coach.dial("7", "7")[-1] == "CON She has no phone number with us." + BACK
    phone = coach.one(
        "select phone_number_id from participant_phone where to_on is null and participant_id = %(p)s",
        p=coach.world.person(coach.world.phone("pin")["member"]),
    )
    _link(coach, woman, phone)
    assert coach.dial("7", "7", "1")[-1].startswith("CON Others are reached on this number")
    coach.world.do(
        "update participant_phone set to_on = '2026-11-23' where phone_number_id = %(n)s and participant_id <> %(p)s",
        n=phone,
        p=woman,
    )
    query = "select sharing from phone_number where id = %(n)s"
    for key, mark in (("1", "private"), ("2", "marked_shared"), ("1", "private")):
        assert coach.dial("7", "7", key)[-1] == DONE
        assert coach.one(query, n=phone) == mark
    assert "hers alone: yes" in coach.dial("7", "7")[-1]
    assert coach.audit()[0] == ("mark_private", "phone_number")


@pytest.mark.parametrize(
    "keys",
    [
        ("7",),
        ("7", "1", "1"),
        ("7", "2", "1"),
        ("7", "2", "2", "1"),
        ("7", "3", "1", "1"),
        ("7", "3", "2"),
        ("7", "4"),
        ("7", "5", "1"),
        ("7", "6", "1234"),
        ("7", "7"),
    ],
)
def test_a_suspended_coach_in_mid_dialogue_gets_nothing(coach: ForHer, keys: tuple[str, ...]) -> None:
    coach.session(hours=-1)
    tables = ("attendance", "contribution", "dispute", "pin_opening", "audit_entry")
    counts = {table: coach.one(f"select count(*) from {table}") for table in tables}
    answer = _suspended_after(coach, *keys)
    assert counts == {table: coach.one(f"select count(*) from {table}") for table in tables}
    assert "Received" not in answer
    assert "code:" not in answer
    if keys == ("7",):
        assert answer == CLOSED


def test_a_dropped_line_goes_on_inside_the_item(coach: ForHer) -> None:
    coach.world.do("update cycle set mode = 'shares', share_value = 200, most_shares = 5")
    coach.dial("7", "2", "1")
    offer = coach.world.dial(coach.number, "4", PIN)[-1]
    assert "1. Continue" in offer
    screens = coach.redial("1", "3", "1")
    assert screens[0].startswith("CON This week: how many shares")
    assert screens[2] == DONE
    assert _reported(coach, coach.woman(7)) == [(600, 3, True)]
    assert "1. Continue" not in coach.world.dial(coach.number, "4", PIN)[-1]


def test_an_amount_is_asked_again_after_a_dropped_line_and_never_shown(coach: ForHer) -> None:
    coach.world.do("update cycle set mode = 'free'")
    assert "2,000" in coach.dial("7", "2", "1", "2000")[-1]
    again = coach.redial("1")[-1]
    assert again.startswith("CON This week: type the money")
    assert "2,000" not in again
    sealed = coach.one("select bookmark from coach where id = %(c)s", c=coach.coach)
    opened = coach.world.conversation.vault.open(bytes(sealed), "coach", "bookmark", coach.coach)
    assert "2000" not in opened


def test_a_place_of_a_woman_who_left_is_gone(coach: ForHer) -> None:
    coach.dial("7", "3")
    coach.world.do("update participant set left_on = '2026-11-24' where id = %(p)s", p=coach.woman(7))
    assert coach.redial("1")[-1].startswith("CON Group 1\n1. One person")


def test_several_things_for_several_women_in_one_dialogue(coach: ForHer) -> None:
    coach.session(hours=-1)
    coach.world.do("update cycle set mode = 'shares', share_value = 200, most_shares = 5")
    screens = coach.dial("7", "2", "1", "3", "1", "1", "1", "1", "2", "9", "1", "1")
    assert screens[5].startswith("CON 7 ")
    assert screens[9].startswith("CON 9 ")
    assert screens[-1] == DONE
    assert coach.world.rows("select participant_id from attendance order by 1") == sorted(
        [(coach.woman(7),), (coach.woman(9),)]
    )


def test_after_the_choice_of_a_group_no_pin_and_no_group_is_asked_again(coach: ForHer) -> None:
    coach.world.do("update group_coach set to_on = null where coach_id = %(c)s", c=coach.coach)
    screens = coach.world.dial(coach.number, "4", PIN, "1", "1", "7", "00", "4", PIN, "1", "9")
    assert screens[2].startswith("CON Choose:")
    assert screens[4] == "CON Type her list number." + BACK
    assert screens[5].startswith("CON 7 ")
    assert screens[-1].startswith("CON Meeting ")
