"""Who is not sent to, and why: cases of people on phones, in the truth of the moment of sending."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app import models
from sms_app.messaging.eligibility import Candidate, excluded, refusals
from tests.world.people import People
from tests.world.records import Records
from tests.world.statements import counted
from tests.world.times import NOW, TODAY

DAY_START = NOW.replace(hour=0) - timedelta(hours=2)
YESTERDAY, LAST_WEEK = TODAY - timedelta(days=1), TODAY - timedelta(days=7)
Case = Callable[[People], UUID]


@pytest.fixture
def people(records: Records) -> People:
    return People(records)


def sound(p: People) -> UUID:
    phone = p.phone()
    return p.message(phone, p.person(phone))


def stopped(p: People) -> UUID:
    phone = p.phone(stopped_on=TODAY)
    return p.message(phone, p.person(phone))


def stopped_coach(p: People) -> UUID:
    phone = p.phone(stopped_on=TODAY)
    p.coach(phone)
    return p.message(phone, kind="coach_week")


def coach(p: People) -> UUID:
    phone = p.phone()
    p.coach(phone)
    return p.message(phone, kind="coach_week")


def left_the_programme(p: People) -> UUID:
    phone = p.phone()
    return p.message(phone, p.person(phone, left_on=TODAY))


def number_moved_to_another(p: People) -> UUID:
    phone = p.phone()
    before = p.person()
    p.link(before, phone, to_on=TODAY)
    p.person(phone)
    return p.message(phone, before)


def one_of_two_left_the_number(p: People) -> UUID:
    phone = p.phone()
    gone, stays = p.person(), p.person(phone)
    p.link(gone, phone, to_on=TODAY)
    return p.message(phone, gone, stays)


def who_stays_never_agreed(p: People) -> UUID:
    phone = p.phone()
    gone, stays = p.person(), p.person(phone, consents=False)
    p.link(gone, phone, to_on=TODAY)
    return p.message(phone, gone, stays)


def nobody_agreed(p: People) -> UUID:
    phone = p.phone()
    return p.message(phone, p.person(phone, consents=False), p.person(phone, consents=False))


def she_agreed_and_he_did_not(p: People) -> UUID:
    phone = p.phone()
    return p.message(phone, p.person(phone), p.person(phone, role="man", consents=False))


def agreed_to_something_else(p: People) -> UUID:
    phone = p.phone()
    person = p.person(phone, consents=False)
    p.consent(person, purpose="surveys")
    return p.message(phone, person)


def agreement_of_another_on_the_phone(p: People) -> UUID:
    """He consents; the text is for her only."""
    phone = p.phone()
    p.person(phone, role="man")
    return p.message(phone, p.person(phone, consents=False))


def withdrawn_on_the_same_day(p: People) -> UUID:
    phone = p.phone()
    person = p.person(phone, consents=False)
    p.consent(person, given=False)
    p.consent(person, given=True)
    return p.message(phone, person)


def withdrawn_later(p: People) -> UUID:
    phone = p.phone()
    person = p.person(phone, consents=False)
    p.consent(person, day=YESTERDAY)
    p.consent(person, given=False)
    return p.message(phone, person)


def agreed_again(p: People) -> UUID:
    phone = p.phone()
    person = p.person(phone, consents=False)
    p.consent(person, given=False, day=YESTERDAY)
    p.consent(person, day=LAST_WEEK)
    p.consent(person)
    return p.message(phone, person)


def check_in_not_agreed(p: People) -> UUID:
    phone = p.phone()
    return p.message(phone, p.person(phone), kind="check_in")


def check_in_agreed(p: People) -> UUID:
    phone = p.phone()
    person = p.person(phone)
    p.consent(person, purpose="check_in")
    return p.message(phone, person, kind="check_in")


def check_in_agreed_by_two_halves(p: People) -> UUID:
    """One agreed to messages, the other to check-ins: neither to this text."""
    phone = p.phone()
    hers, his = p.person(phone), p.person(phone, consents=False)
    p.consent(his, purpose="check_in")
    return p.message(phone, hers, his, kind="check_in")


def _broadcast(p: People, phone: UUID, person: UUID, *arms: str) -> UUID:
    return p.message(phone, person, kind="broadcast", subject_id=p.broadcast(*arms))


def own_arm(p: People) -> UUID:
    phone = p.phone()
    return _broadcast(p, phone, p.person(phone, arm="A"), "A")


def phone_of_both_arms(p: People) -> UUID:
    phone = p.phone()
    p.person(phone, arm="B", consents=False)
    return _broadcast(p, phone, p.person(phone, arm="A"), "A")


def both_arms_may(p: People) -> UUID:
    phone = p.phone()
    p.person(phone, arm="B")
    return _broadcast(p, phone, p.person(phone, arm="A"), "A", "B")


def no_guard(p: People) -> UUID:
    phone = p.phone()
    p.person(phone, arm="B")
    return _broadcast(p, phone, p.person(phone, arm="A"))


def arm_mended(p: People) -> UUID:
    """Her household was assigned to B by mistake, and is in A."""
    phone = p.phone()
    person = p.person(phone)
    household = p.records.add(models.Household, programme_id=p.records.programme)
    first = p.household("B", person, id_=household)
    p.household("A", replaces=first, id_=household)
    return _broadcast(p, phone, person, "A")


def other_arm_left_the_phone(p: People) -> UUID:
    phone = p.phone()
    p.link(p.person(arm="B"), phone, to_on=TODAY)
    return _broadcast(p, phone, p.person(phone, arm="A"), "A")


def other_arm_left_the_programme_but_holds_the_phone(p: People) -> UUID:
    phone = p.phone()
    p.person(phone, arm="B", left_on=TODAY)
    return _broadcast(p, phone, p.person(phone, arm="A"), "A")


def leader_without_an_arm_on_it(p: People) -> UUID:
    phone = p.phone()
    p.person(phone, role="leader")
    return _broadcast(p, phone, p.person(phone, arm="A"), "A")


def _had(p: People, *hours_ago: float, kind: str = "gathering", **values: object) -> UUID:
    phone = p.phone()
    for ago in hours_ago:
        p.sent(phone, NOW - timedelta(hours=ago))
    return p.message(phone, p.person(phone), kind=kind, **values)


def two_today(p: People) -> UUID:
    return _had(p, 1, 2)


def three_today(p: People) -> UUID:
    return _had(p, 1, 2, 3)


def third_was_yesterday(p: People) -> UUID:
    """The local day began eleven hours ago."""
    return _had(p, 1, 2, 12)


def third_at_the_first_moment_of_the_day(p: People) -> UUID:
    return _had(p, 1, 2, 11)


def one_sent_by_a_clock_ahead(p: People) -> UUID:
    return _had(p, 1, 2, -100)


def correction_of_a_full_day(p: People) -> UUID:
    return _had(p, 1, 2, 3, kind="correction")


def number_test_of_a_full_day(p: People) -> UUID:
    return _had(p, 1, 2, 3, kind="number_test")


def coach_of_a_full_day(p: People) -> UUID:
    phone = p.phone()
    p.coach(phone)
    for ago in (1, 2, 3):
        p.sent(phone, NOW - timedelta(hours=ago))
    return p.message(phone, kind="coach_roll")


CASES: list[tuple[Case, str | None]] = [
    (sound, None),
    (stopped, "number_stopped"),
    (stopped_coach, "number_stopped"),
    (coach, None),
    (left_the_programme, "not_on_number"),
    (number_moved_to_another, "not_on_number"),
    (one_of_two_left_the_number, None),
    (who_stays_never_agreed, "no_consent"),
    (nobody_agreed, "no_consent"),
    (she_agreed_and_he_did_not, None),
    (agreed_to_something_else, "no_consent"),
    (agreement_of_another_on_the_phone, "no_consent"),
    (withdrawn_on_the_same_day, "no_consent"),
    (withdrawn_later, "no_consent"),
    (agreed_again, None),
    (check_in_not_agreed, "no_consent"),
    (check_in_agreed, None),
    (check_in_agreed_by_two_halves, "no_consent"),
    (own_arm, None),
    (phone_of_both_arms, "arm"),
    (both_arms_may, None),
    (no_guard, None),
    (arm_mended, None),
    (other_arm_left_the_phone, None),
    (other_arm_left_the_programme_but_holds_the_phone, "arm"),
    (leader_without_an_arm_on_it, None),
    (two_today, None),
    (three_today, "daily_cap"),
    (third_was_yesterday, None),
    (third_at_the_first_moment_of_the_day, "daily_cap"),
    (one_sent_by_a_clock_ahead, None),
    (correction_of_a_full_day, None),
    (number_test_of_a_full_day, None),
    (coach_of_a_full_day, None),
]


@pytest.mark.parametrize(("case", "reason"), CASES, ids=[case.__name__ for case, _ in CASES])
def test_whether_a_text_goes_is_decided_with_its_reason(
    people: People, case: Case, reason: str | None
) -> None:
    message = case(people)
    assert refusals(people.records.conn, [message], NOW, DAY_START, 3).get(message) == reason


def test_all_cases_at_once_are_one_statement_and_the_preview_says_the_same(people: People) -> None:
    conn = people.records.conn
    expected = {case(people): reason for case, reason in CASES}
    with counted(conn) as statements:
        found = refusals(conn, list(expected), NOW, DAY_START, 3)
    assert len(statements) == 1
    assert found == {key: reason for key, reason in expected.items() if reason}
    rows = conn.execute(
        text(
            "select id, phone_number_id, people, kind from message where id = any(:ids) and kind <> 'broadcast'"
        ),
        {"ids": list(expected)},
    ).all()
    candidates = [Candidate(row.phone_number_id, tuple(row.people), row.kind) for row in rows]
    with counted(conn) as statements:
        previewed = excluded(conn, candidates, NOW, DAY_START, 3)
    assert len(statements) == 1
    assert previewed == {n: expected[row.id] for n, row in enumerate(rows) if expected[row.id]}


def test_the_worker_may_read_all_that_is_asked(people: People, engine: Engine) -> None:
    expected = {case(people): reason for case, reason in CASES}
    people.records.conn.commit()
    with engine.connect() as conn:
        assert set(refusals(conn, list(expected), NOW, DAY_START, 3)) == {k for k, v in expected.items() if v}


def test_without_messages_nothing_is_refused(conn: Connection) -> None:
    assert refusals(conn, [], NOW, DAY_START, 3) == {}
    assert excluded(conn, [], NOW, DAY_START, 3) == {}
