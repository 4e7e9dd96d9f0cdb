"""Enrolling, moving, leaving, coming back, and numbers: what the rows say afterwards."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from sms_app import models
from sms_app.member_number import is_well_formed, with_check_digit
from sms_app.programme import contact, enrolment, membership, people
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.enrolment import Enrolled, NewPerson
from tests.world.office import office
from tests.world.records import Records
from tests.world.times import TODAY

NUMBER = "+250780000001"
FIRST = with_check_digit(1)
At = Callable[[Callable[[OfficeTransaction], object]], object]


@pytest.fixture
def at(staff_engine: Engine, records: Records) -> At:
    """Do something at the desk, in a transaction of its own."""

    def run(do: Callable[[OfficeTransaction], object]) -> object:
        with office(staff_engine, records) as desk:
            return do(desk)

    return run


def history(records: Records) -> list[tuple]:
    query = (
        "select list_number, from_on, to_on from group_membership order by group_id = :g desc, list_number"
    )
    return [tuple(row) for row in records.conn.execute(text(query), {"g": records.group})]


def trail(records: Records) -> list[tuple]:
    return [tuple(row) for row in records.conn.execute(text("select who, what from audit_entry order by id"))]


def another_group(records: Records, role: str = "woman", number: int = 2) -> None:
    records.add(
        models.TrainingGroup,
        programme_id=records.programme,
        number=number,
        role=role,
        sector="Kigabiro",
        place="Sibagire",
    )


def test_who_is_enrolled_late_is_26_also_when_others_left(records: Records, at: At) -> None:
    for n in range(1, 26):
        records.participant(n)
    at(lambda desk: membership.leave(desk, with_check_digit(25), "moved"))
    enrolled = at(lambda desk: enrolment.enrol(desk, NewPerson("Uwase Marie", "woman", "rw", group=1)))
    assert isinstance(enrolled, Enrolled)
    assert enrolled.list_number == 26
    assert is_well_formed(enrolled.member)
    assert history(records)[-2:] == [(25, TODAY, TODAY), (26, TODAY, None)]
    row = records.conn.execute(
        text("select * from participant where member_number = :m"), {"m": enrolled.member}
    ).one()
    opened = records.vault.open(bytes(row.initials_sealed), "participant", "initials_sealed", row.id)
    assert (opened, row.reference, row.contact) == ("UM", enrolled.member, "none")
    assert trail(records) == [("Keza", "leave"), ("Keza", "enrol")]


def test_the_village_of_the_household_is_set_once(records: Records, at: At) -> None:
    def enrolled(household: str, village: str) -> None:
        at(
            lambda desk: enrolment.enrol(
                desk, NewPerson("Uwase", "woman", "rw", household=household, village=village)
            )
        )

    enrolled("H1", "Sibagire")
    enrolled("H1", "")
    enrolled("H1", "Sibagire")
    enrolled("H2", "")
    enrolled("H2", "Nyagasambu")
    with pytest.raises(Refused, match="Household H1 is in another village"):
        enrolled("H1", "Nyagasambu")
    with pytest.raises(Refused, match="give the household too"):
        enrolled("", "Sibagire")
    stored = records.conn.execute(text("select reference, village from household order by reference"))
    assert [tuple(row) for row in stored] == [("H1", "Sibagire"), ("H2", "Nyagasambu")]


def test_a_number_and_a_household_come_with_her(records: Records, at: At) -> None:
    new = NewPerson(
        "Uwase", "woman", "rw", 1, number="0780 000 001", contact="household", reference="W7", household="H1"
    )
    enrolled = at(lambda desk: enrolment.enrol(desk, new))
    assert isinstance(enrolled, Enrolled)
    assert enrolled.new_household
    row = records.conn.execute(
        text(
            "select p.contact, p.reference, h.reference as household, n.id, n.number_sealed from participant p"
            " join household_link l on l.participant_id = p.id join household h on h.id = l.household_id"
            " join participant_phone f on f.participant_id = p.id join phone_number n on n.id = f.phone_number_id"
        )
    ).one()
    number = records.vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id)
    assert (row.contact, row.reference, row.household, number) == ("household", "W7", "H1", NUMBER)
    other = NewPerson("Mutesi", "woman", "rw", number=NUMBER, contact="household", household="H1")
    second = at(lambda desk: enrolment.enrol(desk, other))
    assert isinstance(second, Enrolled)
    assert (second.others, second.new_household, second.list_number) == (1, False, None)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (NewPerson(" ", "woman", "rw"), "has a name"),
        (NewPerson("Uwase", "child", "rw"), "no role"),
        (NewPerson("Uwase", "man", "rw", group=1), "for the role `woman`"),
        (NewPerson("Uwase", "woman", "rw", group=9), "no group 9"),
        (NewPerson("Uwase", "woman", "rw", number="12345"), "no telephone number"),
        (NewPerson("Uwase", "woman", "rw", number="+254700000001"), "no telephone number"),
        (NewPerson("Uwase", "woman", "rw", number="0780000001", contact="uncle"), "no kind of contact"),
        (NewPerson("Uwase", "woman", "rw", reference=FIRST), "has the reference"),
        (NewPerson("Uwase", "woman", "rw", reference="x" * 21), "at most 20"),
        (NewPerson("Uwase", "woman", "rw", reference="W 7"), "without spaces"),
        (NewPerson("Uwase", "woman", "rw", household="Urugó"), "without spaces"),
        (NewPerson("Uwase", "woman", "rw", household="H1", relation="member"), "one of woman, husband"),
        (NewPerson("U" * 81, "woman", "rw"), "at most 80"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_is_stored(
    records: Records, at: At, new: NewPerson, says: str
) -> None:
    records.participant(1)
    with pytest.raises(Refused, match=says):
        at(lambda desk: enrolment.enrol(desk, new))
    assert records.conn.execute(text("select count(*) from participant")).scalar_one() == 1
    assert trail(records) == []


def test_a_move_gives_a_new_list_number_and_leaves_the_savings_group(records: Records, at: At) -> None:
    woman, _ = records.participant(1), records.participant(2)
    records.cycle(woman)
    another_group(records)
    place = at(lambda desk: membership.move(desk, FIRST, 2))
    assert place == membership.Place(2, 1, True)
    assert records.conn.execute(text("select to_on from savings_member")).scalar_one() is None
    # back again: her old number is not given again, not even to her
    assert at(lambda desk: membership.move(desk, FIRST, 1)) == membership.Place(1, 3, True)
    assert history(records) == [
        (1, TODAY, TODAY),
        (2, TODAY, None),
        (3, TODAY, None),
        (1, TODAY, TODAY),
    ]
    with pytest.raises(Refused, match="already"):
        at(lambda desk: membership.move(desk, FIRST, 1))
    assert trail(records) == [("Keza", "move_group")] * 2


def test_who_leaves_has_no_number_and_comes_back_with_a_new_place(records: Records, at: At) -> None:
    woman, other = records.participant(1, contact="own"), records.participant(2)
    phone = records.number(NUMBER)
    for person in (woman, other):
        records.add(models.ParticipantPhone, participant_id=person, phone_number_id=phone, from_on=TODAY)
    assert at(lambda desk: membership.leave(desk, FIRST, "family")) is False
    links = records.conn.execute(text("select participant_id from participant_phone where to_on is null"))
    assert links.scalars().all() == [other]
    row = records.conn.execute(
        text("select left_on, left_reason, contact from participant where id = :id"), {"id": woman}
    ).one()
    assert tuple(row) == (TODAY, "family", "none")
    with pytest.raises(people.UnknownMember):
        at(lambda desk: people.find(desk.conn, desk.programme_id, FIRST))
    with pytest.raises(Refused, match="left on"):
        at(lambda desk: membership.leave(desk, FIRST, "work"))
    assert at(lambda desk: membership.come_back(desk, FIRST, 1)) == membership.Place(1, 3, False)
    assert history(records) == [(1, TODAY, TODAY), (2, TODAY, None), (3, TODAY, None)]
    assert at(lambda desk: people.find(desk.conn, desk.programme_id, FIRST)) == woman
    with pytest.raises(Refused, match="has not left"):
        at(lambda desk: membership.come_back(desk, FIRST, 1))


def test_who_returns_has_no_number_and_no_office_of_before(records: Records, at: At) -> None:
    woman = records.participant(1, contact="own", left_on=TODAY, left_reason="moved")
    cycle = records.cycle(woman)
    group = records.conn.execute(
        text("select savings_group_id from cycle where id = :id"), {"id": cycle}
    ).scalar_one()
    phone = records.number(NUMBER)
    records.add(models.ParticipantPhone, participant_id=woman, phone_number_id=phone, from_on=TODAY)
    records.add(
        models.SavingsOfficer, savings_group_id=group, participant_id=woman, office="chair", from_on=TODAY
    )
    at(lambda desk: membership.come_back(desk, FIRST, 1))
    still = "select count(*) from {} where to_on is null"
    assert records.conn.execute(text(still.format("participant_phone"))).scalar_one() == 0
    assert records.conn.execute(text(still.format("savings_officer"))).scalar_one() == 0
    assert records.conn.execute(text("select contact from participant")).scalar_one() == "none"


def test_who_leaves_keeps_saving_unless_it_is_said(records: Records, at: At) -> None:
    women = [records.participant(n) for n in (1, 2, 3)]
    records.cycle(*women)
    assert at(lambda desk: membership.leave(desk, FIRST, "moved")) is True
    assert at(lambda desk: membership.leave(desk, with_check_digit(2), "moved", savings_too=True)) is False
    assert at(lambda desk: membership.leave(desk, with_check_digit(3), "died")) is False
    # and may leave the savings group later
    assert at(lambda desk: membership.leave(desk, FIRST, "moved", savings_too=True)) is False
    still = text("select count(*) from savings_member where to_on is null")
    assert records.conn.execute(still).scalar_one() == 0
    with pytest.raises(Refused, match="left on"):
        at(lambda desk: membership.leave(desk, FIRST, "moved", savings_too=True))
    with pytest.raises(Refused, match="no reason"):
        at(lambda desk: membership.leave(desk, FIRST, "duplicate"))


def test_a_number_takes_the_place_of_the_one_before_and_none_ends_it(records: Records, at: At) -> None:
    woman = records.participant(1)
    before = records.number("+250780000002")
    records.conn.execute(text("update phone_number set sharing = 'private'"))
    records.add(models.ParticipantPhone, participant_id=woman, phone_number_id=before, from_on=TODAY)
    assert at(lambda desk: contact.give(desk, FIRST, "0780000001", "neighbour")) == 0
    row = records.conn.execute(
        text(
            "select p.contact, n.number_index from participant p join participant_phone l on l.participant_id = p.id"
            " and l.to_on is null join phone_number n on n.id = l.phone_number_id"
        )
    ).one()
    assert (row.contact, bytes(row.number_index)) == ("neighbour", records.vault.index(NUMBER, "number"))
    at(lambda desk: contact.remove(desk, FIRST))
    open_links = text("select count(*) from participant_phone where to_on is null")
    assert records.conn.execute(open_links).scalar_one() == 0
    assert trail(records) == [("Keza", "give_number"), ("Keza", "remove_number")]


def test_the_trigger_keeps_the_lists_history_by_itself(records: Records) -> None:
    conn, woman = records.conn, records.participant(1)
    later = TODAY + timedelta(days=10)
    conn.execute(
        text("update participant set list_number = 4, group_since = :later where id = :id"),
        {"later": later, "id": woman},
    )
    assert history(records) == [(1, TODAY, later), (4, later, None)]
    conn.execute(
        text("update participant set left_on = :later where id = :id"), {"later": later, "id": woman}
    )
    assert history(records)[1] == (4, later, later)
    conn.execute(text("update participant set left_on = null, list_number = 5 where id = :id"), {"id": woman})
    assert history(records)[2] == (5, later, None)
    # without a group, no place
    records.participant(9, group_id=None, list_number=None)
    conn.execute(
        text("update participant set group_id = null, list_number = null where id = :id"), {"id": woman}
    )
    assert [row[2] for row in history(records)] == [later, later, later]


def test_a_list_number_is_never_given_again(records: Records) -> None:
    records.participant(1, left_on=TODAY, left_reason="moved")
    records.conn.execute(text("update participant set list_number = null"))
    with pytest.raises(Exception, match="uq_group_membership_group_id_list_number"):
        records.participant(2, list_number=1, id=uuid4())
