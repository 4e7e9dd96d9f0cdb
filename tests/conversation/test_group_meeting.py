"""A meeting of a savings group, entered by one officer and confirmed by another on another phone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from sms_app.conversation import group
from sms_app.conversation.context import DialogueValues
from tests.world.dialogue import NOW, STRANGER, World


@dataclass(frozen=True)
class Person:
    number: str
    member: str
    pin: str


def _people(world: World, mode: str, office: str) -> list[Person]:
    """Members of the first savings group of that mode, by office (empty for who has none), each with a PIN to type."""
    rows = world.rows(
        """select p.member_number from savings_member m join participant p on p.id = m.participant_id
        join cycle c on c.savings_group_id = m.savings_group_id
        left join savings_officer o on o.participant_id = p.id
        where c.mode = %(mode)s and coalesce(o.office, '') = %(office)s and m.savings_group_id = %(group)s
        order by m.list_number""",
        mode=mode,
        office=office,
        group=_group(world, mode),
    )
    known = {person["member"]: person for person in world.people}
    people = []
    for (member,) in rows:
        person = known[str(member)]
        pin = person["pin"] or _set_pin(world, str(member))
        people.append(Person("+250780009900", str(member), pin))
    return people


def _group(world: World, mode: str) -> object:
    return world.rows(
        "select c.savings_group_id from cycle c join savings_group g on g.id = c.savings_group_id"
        " where c.mode = %(mode)s order by g.name limit 1",
        mode=mode,
    )[0][0]


def _set_pin(world: World, member: str) -> str:
    person = world.person(member)
    world.do(
        "update participant set pin = %(pin)s where id = %(person)s",
        pin=world.conversation.vault.pin(person, "5937"),
        person=person,
    )
    return "5937"


def _dial(world: World, person: Person, *typed: str) -> list[str]:
    """A dialogue of an officer from a phone that is nobody's, in English, from the group's menu on."""
    answers = world.dial(person.number, "2", "5", person.member, person.pin, *typed)
    return answers[4:]


@pytest.fixture
def english(world: World) -> World:
    world.dial("+250780009900", "4", "1", "2")
    world.now = NOW
    return world


def test_a_meeting_entered_by_the_secretary_counts_when_the_box_keeper_confirms_it(english: World) -> None:
    world = english
    (secretary,) = _people(world, "shares", "secretary")
    (box_keeper,) = _people(world, "shares", "box_keeper")
    member = _people(world, "shares", "")[1]
    list_number, size = world.rows(
        """select m.list_number, (select count(*) from savings_member s
          where s.savings_group_id = m.savings_group_id and s.to_on is null)
        from savings_member m where m.participant_id = %(person)s""",
        person=world.person(member.member),
    )[0]
    before = _balance(world, member)

    answers = _dial(world, secretary, "1", "1", f"{list_number}*3*2*5")
    assert answers[0].startswith("CON Group\n1. Meeting of ")
    assert "Typed: 0" in answers[1]
    assert "like 7*3*12*2" in answers[2]
    assert "Typed: 2" in answers[3]
    # the line drops; what was typed is there in another dialogue
    answers = _dial(world, secretary, "1", "8", "1")
    assert "Typed: 2" in answers[1]
    assert "1. 2*5" in answers[2]
    assert f"2. {list_number}*3" in answers[2]
    answers = _dial(world, secretary, "1", "7", "1", "4*9", "2", "1")
    shares = int(str(size)) - 4 + 8
    assert "Did anyone buy no share?" in answers[2]
    assert answers[5].startswith("CON Meeting ")
    assert f"{size} on the list, shares {shares} = {shares * 200:,} Frw." in answers[5]
    assert "Another officer approves it" in answers[6]
    assert _balance(world, member) == before
    assert "Who entered it" in _dial(world, secretary, "2")[-1]

    answers = _dial(world, box_keeper, "2", "1")
    assert f"{shares} shares, {shares * 200:,} Frw. As counted?" in answers[1]
    assert answers[2].startswith("END")
    assert _balance(world, member) == before + 3
    assert "No meeting waits" in _dial(world, box_keeper, "2")[-1]
    assert "is entered" in _dial(world, secretary, "1")[-1]


def _balance(world: World, person: Person) -> int:
    screen = world.dial(person.number, "2", "2", person.member, person.pin)[-1]
    assert "You saved" in screen
    match = re.search("[0-9,]+", screen.split("shares")[1])
    assert match is not None
    return int(match[0].replace(",", ""))


def test_a_group_that_saves_freely_types_pairs_and_assumes_nobody(english: World) -> None:
    world = english
    (secretary,) = _people(world, "free", "secretary")
    (chair,) = _people(world, "free", "chair")
    answers = _dial(world, secretary, "1", "7")
    assert "Nothing is typed" in answers[-1]
    answers = _dial(world, secretary, "1", "1", "3*2,000*4*500", "7", "1")
    assert "like 7*2000" in answers[2]
    assert "2 paid, 2,500 Frw." in answers[4]
    assert "Another officer" in answers[5]
    assert _dial(world, chair, "2", "1")[-1].startswith("END")
    assert world.rows(
        "select amount, entered_by like 'participant:%%' from contribution c join group_meeting m"
        " on m.id = c.group_meeting_id where m.entered_by <> 'coach' order by 1"
    ) == [(500, True), (2000, True)]


@pytest.mark.parametrize(
    "typed", ["3*3*3*2", "3**7", "3*6", "3*0", "3", "3*2*5", "99*2", "３*2", "a*2", "3*-1", "*3*2"]
)
def test_pairs_that_are_none_are_asked_again(english: World, typed: str) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    answers = _dial(english, secretary, "1", "1", typed, "0")
    assert "Wrong choice." in answers[3]
    assert "like 7*3*12*2" in answers[3]
    assert "Typed: 0" in answers[4]


@pytest.mark.parametrize("typed", ["3*3", "3**7", "99", "a", "3*0"])
def test_who_bought_none_is_a_list_of_numbers(english: World, typed: str) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    answers = _dial(english, secretary, "1", "7", "1", typed)
    assert "Wrong choice." in answers[-1]
    assert "like 4*9" in answers[-1]


def test_a_line_is_looked_at_changed_and_taken_away(english: World) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    answers = _dial(english, secretary, "1", "1", "3*3*5*2", "8", "1", "1", "3*4", "8", "2", "2", "0", "0")
    assert "Number 3" in answers[5]
    assert "1. 3*4\n2. 5*2" in answers[8]
    assert "Typed: 1" in answers[10]
    assert answers[11].startswith("CON Group")  # back goes to the group, past all that was typed
    assert answers[12].startswith("CON Savings")


def test_a_no_gives_the_meeting_back(english: World) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    (box_keeper,) = _people(english, "shares", "box_keeper")
    _dial(english, secretary, "1", "1", "3*4", "7", "2", "1")
    assert "to be entered again" in _dial(english, box_keeper, "2", "2")[-1]
    assert "No meeting waits" in _dial(english, box_keeper, "2")[-1]
    answers = _dial(english, secretary, "1", "8")
    assert "3*4" in answers[-1]


def test_who_is_no_officer_and_a_stranger_get_no_further(english: World) -> None:
    member = _people(english, "shares", "")[0]
    assert _dial(english, member)[-1] == "CON Only the group's officers. Ask the group.\n0. Back"
    stranger = english.dial(STRANGER, "2", "5", member.member, "1470")
    assert "1." not in stranger[-1]


def test_an_officer_that_is_dismissed_in_mid_dialogue_stores_nothing(english: World) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    session = "dismissed"
    text = f"2*5*{secretary.member}*{secretary.pin}*1*1"
    for end in range(text.count("*") + 1):
        english.hop(session, secretary.number, "*".join(text.split("*")[: end + 1]))
    english.do("update savings_officer set to_on = %(day)s", day=NOW.date())
    assert "Only the group's officers" in english.hop(session, secretary.number, f"{text}*3*4")
    assert english.rows("select count(*) from meeting_line") == [(0,)]


def test_a_hop_that_arrives_twice_stores_once(english: World) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    _dial(english, secretary, "1", "1", "3*4")
    text = f"2*5*{secretary.member}*{secretary.pin}*1*7*2*1"
    parts = text.split("*")
    for end in range(len(parts)):
        answer = english.hop("twice", secretary.number, "*".join(parts[: end + 1]))
    assert english.hop("twice", secretary.number, text) == answer
    assert english.rows("select count(*) from group_meeting where entered_by like 'participant:%%'") == [(1,)]


def test_the_meeting_goes_on_the_next_day(english: World) -> None:
    (secretary,) = _people(english, "shares", "secretary")
    first = _dial(english, secretary, "1", "1", "3*4")[0]
    english.now = NOW + timedelta(days=1)
    again = _dial(english, secretary, "1")
    assert again[0] == first
    assert "Typed: 1" in again[1]


def _ask(world: World, member: str, about: str) -> str:
    """A question of a member, raised the day before; gives her list number."""
    world.do(
        "insert into dispute (id, participant_id, about, raised_on)"
        " values (gen_random_uuid(), %(p)s, %(a)s, '2026-11-23')",
        p=world.person(member),
        a=about,
    )
    query = "select list_number from savings_member where participant_id = %(p)s and to_on is null"
    return str(world.rows(query, p=world.person(member))[0][0])


def test_an_officer_answers_a_members_question_about_savings(english: World) -> None:
    world = english
    world.do("delete from dispute")
    (secretary,) = _people(world, "shares", "secretary")
    member = _people(world, "shares", "")[0]
    assert _dial(world, secretary, "3")[-1] == "CON No question is open.\n0. Back"
    number = _ask(world, member.member, "loan")
    _ask(world, member.member, "attendance")  # not the officers'
    _ask(world, secretary.member, "fine")  # nobody answers the own question
    answers = _dial(world, secretary, "3", "1", "2")
    assert answers[0].endswith("2. Approve\n3. Members' questions\n0. Back")
    assert answers[1] == f"CON Choose:\n1. No. {number}: loan, 23/11\n0. Back"
    assert "2. It was checked and is right" in answers[2]
    assert answers[3].startswith("END")
    assert world.rows("select about, answer, closed_on::text from dispute order by about") == [
        ("attendance", None, None),
        ("fine", None, None),
        ("loan", "right", "2026-11-24"),
    ]
    assert "23/11 loan: " in world.dial(member.number, "2", "2", member.member, member.pin)[-1]
    entries = world.rows("select who, what, subject from audit_entry where who like 'participant:%%'")
    assert entries == [(f"participant:{world.person(secretary.member)}", "answer", "dispute")]


def test_an_officer_of_another_group_or_a_dismissed_one_answers_nothing(english: World) -> None:
    world = english
    world.do("delete from dispute")
    (secretary,) = _people(world, "shares", "secretary")
    (other,) = _people(world, "free", "secretary")
    _ask(world, _people(world, "shares", "")[0].member, "shares")
    assert _dial(world, other, "3")[-1] == "CON No question is open.\n0. Back"
    text = f"2*5*{secretary.member}*{secretary.pin}*3*1"
    for end in range(text.count("*") + 1):
        world.hop("dismissed", secretary.number, "*".join(text.split("*")[: end + 1]))
    world.do("update savings_officer set to_on = %(day)s", day=NOW.date())
    assert "Only the group's officers" in world.hop("dismissed", secretary.number, f"{text}*1")
    assert world.rows("select answer from dispute") == [(None,)]


def test_two_officers_answer_a_question_once(english: World) -> None:
    world = english
    world.do("delete from dispute")
    (secretary,) = _people(world, "shares", "secretary")
    (box_keeper,) = _people(world, "shares", "box_keeper")
    _ask(world, _people(world, "shares", "")[0].member, "shares")
    text = f"2*5*{secretary.member}*{secretary.pin}*3*1"
    for end in range(text.count("*") + 1):
        world.hop("late", secretary.number, "*".join(text.split("*")[: end + 1]))
    assert _dial(world, box_keeper, "3", "1", "1")[-1].startswith("END")
    assert world.hop("late", secretary.number, f"{text}*2") == "CON It is answered already.\n0. Back"
    assert world.rows("select answer from dispute") == [("corrected",)]


class NoContext:
    """A hop's context of which nothing is needed."""

    conn = None


NO_CONTEXT: Any = NoContext()


def test_what_the_flow_must_ask_before_is_refused() -> None:
    with pytest.raises(ValueError, match="did not ask who"):
        group.read_meeting(NO_CONTEXT, DialogueValues({}, {}))
