"""Two rows of one person become one: the number, the money, the attendance, and what is refused."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, insert, text

from sms_app import models
from sms_app.conversation import facts
from sms_app.member_number import with_check_digit
from sms_app.programme import consent, membership, merging, numbers, people, pins, training
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.numbers import Number
from tests.world.balances import balance
from tests.world.office import office
from tests.world.records import Records
from tests.world.times import NOW, TODAY

FIRST, SECOND, THIRD = (with_check_digit(n) for n in (1, 2, 3))
At = Callable[[Callable[[OfficeTransaction], object]], object]


@pytest.fixture
def at(staff_engine: Engine, records: Records) -> At:
    """Do something at the desk, in a transaction of its own."""

    def run(do: Callable[[OfficeTransaction], object]) -> object:
        with office(staff_engine, records) as desk:
            return do(desk)

    return run


def test_the_merged_number_finds_the_other_one_everywhere(records: Records, at: At) -> None:
    _, kept = records.participant(1), records.participant(2, pin=b"x")
    records.conn.execute(
        text("update participant set pin = :pin where id = :id"),
        {"pin": records.vault.pin(kept, "4826"), "id": kept},
    )
    assert at(lambda desk: merging.merge(desk, FIRST, SECOND)) is True
    conn, vault, programme = records.conn, records.vault, records.programme
    assert people.find(conn, programme, FIRST) == kept
    calling = Number(programme, "+250780000009")
    tried = pins.try_pin(conn, vault, calling, FIRST, "4826", NOW, TODAY)
    assert (tried.result, tried.person) == ("right", kept)
    numbers.claim(conn, vault, calling, FIRST, NOW)
    assert conn.execute(text("select participant_id from number_claim")).scalar_one() == kept
    pins.open_pin(conn, vault, programme, FIRST, "Keza", NOW)
    assert conn.execute(text("select holder_id from pin_opening")).scalar_one() == kept
    records.session(NOW)
    day = training.WholeDay(TODAY, NOW.replace(hour=0), NOW.replace(hour=23))
    assert training.check_in_as_member(conn, programme, FIRST, "4821", day)
    assert conn.execute(text("select participant_id from attendance")).scalar_one() == kept


def test_what_was_counted_stays_where_it_is_and_counts_for_the_other_one(records: Records, at: At) -> None:
    merged, kept = records.participant(1), records.participant(2)
    cycle = records.cycle(merged, kept)
    meeting = records.meeting(cycle, confirmed_by="office")
    records.counted(meeting, cycle, merged, 600, 3)
    records.counted(meeting, cycle, kept, 400, 2)
    at(lambda desk: merging.merge(desk, FIRST, SECOND))
    saved = balance(records.conn, kept)
    assert saved is not None
    assert (saved.amount, saved.shares) == (1000, 5)
    where = text("select participant_id from contribution order by amount desc")
    assert records.conn.execute(where).scalars().all() == [merged, kept]
    still = text("select participant_id from savings_member where to_on is null")
    assert records.conn.execute(still).scalars().all() == [kept]


def test_the_attendance_of_both_is_hers(records: Records, at: At) -> None:
    merged, kept = records.participant(1), records.participant(2)
    sessions = [records.session(NOW.replace(day=day)) for day in (3, 4, 5)]
    marks = [(sessions[0], merged, "late"), (sessions[1], kept, "present"), (sessions[1], merged, "absent")]
    for session, person, status in marks:
        values = {"training_session_id": session, "participant_id": person, "status": status}
        row = insert(models.Attendance).values(**values, source="staff", assisted=False, recorded_on=TODAY)
        records.conn.execute(row)
    merged_came = (sessions[2], merged, "present"), (sessions[2], kept, "absent")
    for session, person, status in merged_came:
        values = {"training_session_id": session, "participant_id": person, "status": status}
        row = insert(models.Attendance).values(**values, source="staff", assisted=False, recorded_on=TODAY)
        records.conn.execute(row)
    not_held = records.session(NOW.replace(day=6))
    values = {"training_session_id": not_held, "outcome": "not_held", "reason": "weather", "taken_on": TODAY}
    records.conn.execute(insert(models.Roll).values(**values))
    at(lambda desk: merging.merge(desk, FIRST, SECOND))
    statement = facts.statement(("attendance",))
    (shown,) = records.conn.exec_driver_sql(statement, {"person": kept, "now": NOW}).scalars()
    assert [session["status"] for session in shown] == ["late", "present", "present"]


def test_what_holds_now_is_the_kept_ones_where_she_has_none(records: Records, at: At) -> None:
    merged = records.participant(1, contact="household")
    kept = records.participant(2, group_id=None, list_number=None)
    husband = records.participant(3, role="man", group_id=None, list_number=None)
    phone = records.number("+250780000001")
    records.add(models.ParticipantPhone, participant_id=merged, phone_number_id=phone, from_on=TODAY)
    household = records.add(models.Household, programme_id=records.programme)
    records.add(
        models.HouseholdLink, participant_id=merged, household_id=household, relation="wife", from_on=TODAY
    )
    records.add(models.Kinship, participant_id=husband, relation="husband_of", other_id=merged, from_on=TODAY)
    records.cycle(merged)
    at(lambda desk: merging.merge(desk, FIRST, SECOND))
    conn = records.conn
    for table, column in (
        ("participant_phone", "participant_id"),
        ("household_link", "participant_id"),
        ("kinship", "other_id"),
        ("savings_member", "participant_id"),
        ("group_membership", "participant_id"),
    ):
        now = conn.execute(text(f"select {column} from {table} where to_on is null"))
        assert (table, now.scalars().all()) == (table, [kept])
    row = conn.execute(
        text("select contact, list_number from participant where id = :id"), {"id": kept}
    ).one()
    assert tuple(row) == ("household", 2)
    row = conn.execute(
        text("select left_on, left_reason, merged_into from participant where id = :id"), {"id": merged}
    ).one()
    assert tuple(row) == (TODAY, "duplicate", kept)
    trail = conn.execute(text("select who, what, subject_id from audit_entry order by id")).all()
    assert [tuple(entry) for entry in trail] == [
        ("Keza", "merge", str(merged)),
        ("Keza", "merge_into", str(kept)),
    ]


def test_the_latest_word_of_both_counts(records: Records, at: At) -> None:
    records.participant(1), records.participant(2)

    def say(member: str, given: bool, day: int) -> None:
        word = consent.ConsentEntry(
            "messages", given, "1", "rw", "oral", "Mukamana", "Keza", TODAY.replace(day=day)
        )
        at(lambda desk: consent.enter(desk, member, word))

    say(SECOND, True, 3)
    say(FIRST, True, 2)
    say(FIRST, False, 5)
    at(lambda desk: merging.merge(desk, FIRST, SECOND))
    latest = text(
        "select given from consent c join participant p on p.id = c.participant_id where p.member_number = :m"
        " order by taken_on desc, given limit 1"
    )
    assert records.conn.execute(latest, {"m": SECOND}).scalar_one() is False
    assert records.conn.execute(text("select count(*) from consent")).scalar_one() == 4


def test_no_alias_leads_to_an_alias(records: Records, at: At) -> None:
    records.participant(1), records.participant(2)
    last = records.participant(3)
    at(lambda desk: merging.merge(desk, FIRST, SECOND))
    at(lambda desk: merging.merge(desk, SECOND, THIRD))
    assert people.find(records.conn, records.programme, FIRST) == last
    aliases = text("select distinct merged_into from participant where merged_into is not null")
    assert records.conn.execute(aliases).scalars().all() == [last]
    with pytest.raises(Refused, match=f"was merged into {THIRD}"):
        at(lambda desk: merging.merge(desk, FIRST, THIRD))
    at(lambda desk: membership.leave(desk, THIRD, "moved"))
    with pytest.raises(people.UnknownMember):
        people.find(records.conn, records.programme, FIRST)


def test_what_is_not_one_person_is_refused(records: Records, at: At) -> None:
    records.participant(1, pin=b"1"), records.participant(2, pin=b"2")
    records.participant(3, role="man", group_id=None, list_number=None)
    for member, into, stays, says in (
        (FIRST, FIRST, "", "into herself"),
        (FIRST, THIRD, "", "not one person"),
        (FIRST, "999999", "", "No participant"),
        (FIRST, SECOND, "", "Both have a PIN"),
        (FIRST, SECOND, FIRST, "Both have a PIN"),
    ):
        with pytest.raises(Refused, match=says):
            at(lambda desk, m=member, i=into, s=stays: merging.merge(desk, m, i, s))
    assert records.conn.execute(text("select count(*) from audit_entry")).scalar_one() == 0
    assert at(lambda desk: merging.merge(desk, FIRST, SECOND, SECOND)) is True


def test_who_saves_in_two_groups_is_not_merged(records: Records, at: At) -> None:
    merged, kept = records.participant(1), records.participant(2)
    records.cycle(merged)
    other = records.savings_group(name="II")
    records.add(
        models.SavingsMember, savings_group_id=other, participant_id=kept, list_number=1, from_on=TODAY
    )
    with pytest.raises(Refused, match="two savings groups"):
        at(lambda desk: merging.merge(desk, FIRST, SECOND))


def test_two_arms_are_not_one_person(records: Records, at: At) -> None:
    for n, code in enumerate("AB", start=1):
        person = records.participant(n)
        household = records.add(models.Household, programme_id=records.programme)
        records.add(
            models.HouseholdLink,
            participant_id=person,
            household_id=household,
            relation="wife",
            from_on=TODAY,
        )
        arm = insert(models.Arm).values(programme_id=records.programme, code=code, name=code)
        arm_id = records.conn.execute(arm.returning(models.Arm.id)).scalar_one()
        records.add(models.ArmAssignment, household_id=household, arm_id=arm_id, assigned_on=TODAY)
    with pytest.raises(Refused, match="two arms"):
        at(lambda desk: merging.merge(desk, FIRST, SECOND))


def test_a_member_number_is_found_by_the_index_among_many(records: Records) -> None:
    conn, values = records.conn, {"p": records.programme, "m": "x7", "on": TODAY}
    conn.execute(
        text(
            "insert into participant (id, programme_id, role, member_number, reference, name_sealed, language,"
            " contact, amounts_by_phone, enrolled_on) select gen_random_uuid(), :p, 'woman', 'x' || n, 'r' || n, '',"
            " 'rw', 'none', true, :on from generate_series(1, 2000) n"
        ),
        values,
    )
    conn.execute(text("analyze participant"))
    body = conn.execute(text("select prosrc from pg_proc where proname = 'member_of'")).scalar_one()
    body = body.replace("= programme", "= :p").replace("= number", "= :m")
    plan = "\n".join(conn.execute(text(f"explain {body}"), values).scalars())
    assert "uq_participant_programme_id_member_number" in plan
    assert "Seq Scan" not in plan
    outer = "explain select id from participant where id = member_of(:p, :m)"
    plan = "\n".join(conn.execute(text(outer), values).scalars())
    assert "pk_participant" in plan
    assert "Seq Scan" not in plan
