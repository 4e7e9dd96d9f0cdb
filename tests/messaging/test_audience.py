"""Whom a broadcast is for: roles, groups, sectors, arms; numbers with the people on them."""

from __future__ import annotations

import inspect
from uuid import UUID

import pytest
from sqlalchemy import Connection

from sms_app.messaging.broadcasts import audience as audiences
from sms_app.messaging.broadcasts.audience import Audience, AudienceFaults
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.people import People, rwanda
from tests.world.times import TODAY


@pytest.fixture
def told(conn: Connection, vault: Vault) -> tuple[LoadedProgramme, People]:
    return rwanda(conn, vault)


def reached(told: tuple[LoadedProgramme, People], audience: Audience) -> dict[UUID, set[UUID]]:
    """Each number with the people of the audience on it."""
    programme, people = told
    rows = people.records.conn.exec_driver_sql(
        "select phone_number_id, people from broadcast_numbers(%(programme)s, %(roles)s, %(groups)s, %(sectors)s,"
        " %(only_arms)s, %(only_languages)s, %(contacts)s)",
        audiences.values(programme, audience),
    )
    return {row.phone_number_id: set(row.people) for row in rows}


def test_a_number_has_just_its_people_of_the_audience(told: tuple[LoadedProgramme, People]) -> None:
    _, p = told
    shared, own = p.phone(), p.phone()
    wife, husband = p.person(shared), p.person(shared, role="man")
    leader = p.person(own, role="leader")
    assert reached(told, Audience()) == {shared: {wife, husband}, own: {leader}}
    assert reached(told, Audience(roles=("woman",))) == {shared: {wife}}
    assert reached(told, Audience(roles=("man", "leader"))) == {shared: {husband}, own: {leader}}


def test_groups_sectors_and_arms_all_have_to_fit(told: tuple[LoadedProgramme, People]) -> None:
    _, p = told
    other = p.group(2, "Kayonza")
    one, two, three = p.phone(), p.phone(), p.phone()
    in_a = p.person(one, arm="A")
    in_b = p.person(two, arm="B", group_id=other)
    groupless = p.person(three, group_id=None, list_number=None)
    assert reached(told, Audience()) == {one: {in_a}, two: {in_b}, three: {groupless}}
    assert reached(told, Audience(groups=(2,))) == {two: {in_b}}
    assert reached(told, Audience(sectors=("Rwamagana",))) == {one: {in_a}}
    assert reached(told, Audience(groups=(1, 2), sectors=("Kayonza",))) == {two: {in_b}}
    assert reached(told, Audience(groups=(1,), sectors=("Kayonza",))) == {}
    assert reached(told, Audience(arms=("A",))) == {one: {in_a}}
    assert reached(told, Audience(groups=(2,), arms=("A",))) == {}


def test_language_and_kind_of_contact_are_the_person_s(told: tuple[LoadedProgramme, People]) -> None:
    _, p = told
    one, two = p.phone(), p.phone()
    english = p.person(one, language="en", contact="household")
    kinyarwanda = p.person(two, contact="own")
    assert reached(told, Audience(languages=("en",))) == {one: {english}}
    assert reached(told, Audience(languages=("en", "rw"), contacts=("own",))) == {two: {kinyarwanda}}
    assert reached(told, Audience(languages=("en",), contacts=("own",))) == {}


def test_who_left_the_programme_or_the_number_is_not_meant(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    phone = p.phone()
    p.person(phone, left_on=TODAY)
    p.link(p.person(), phone, to_on=TODAY)
    assert reached(told, Audience()) == {}
    counted = audiences.count(p.records.conn, programme, Audience())
    assert (counted.people, counted.without_number) == (1, 1)


def test_coaches_are_reached_by_the_groups_that_they_have_now(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    one, two = p.phone(), p.phone()
    p.person(one)
    p.coach(one)
    p.coach(two, p.group(2, "Kayonza"))
    p.coach()
    assert reached(told, Audience(roles=("coach",))) == {one: set(), two: set()}
    assert reached(told, Audience(roles=("coach",), groups=(2,))) == {two: set()}
    assert reached(told, Audience(roles=("coach",), sectors=("Rwamagana",))) == {one: set()}
    counted = audiences.count(p.records.conn, programme, Audience(roles=("coach",)))
    assert (counted.people, counted.without_number, counted.arms) == (3, 1, ())


@pytest.mark.parametrize(
    ("arms", "leader", "guard"),
    [(["A", "A"], False, ("A",)), (["A", "B"], False, ()), (["B"], True, ("B",)), ([], True, ())],
)
def test_a_broadcast_names_the_arms_that_may_have_it(
    told: tuple[LoadedProgramme, People], arms: list[str], leader: bool, guard: tuple[str, ...]
) -> None:
    programme, p = told
    for arm in arms:
        p.person(p.phone(), arm=arm)
    if leader:
        p.person(p.phone(), role="leader")
    assert audiences.count(p.records.conn, programme, Audience()).arms == guard


def test_someone_without_a_number_counts_for_the_arms(told: tuple[LoadedProgramme, People]) -> None:
    """Who wrote to the group meant her, too."""
    programme, p = told
    p.person(p.phone(), arm="A")
    p.person(arm="B")
    assert audiences.count(p.records.conn, programme, Audience()).arms == ()


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        (Audience(roles=("women",)), "There is no role `women`; there is: woman, man, leader, coach."),
        (Audience(groups=(9,)), "There is no group `9`; there is: 1 to 3."),
        (Audience(sectors=("Kigali",)), "There is no sector `Kigali`; there is: Kayonza, Rwamagana."),
        (Audience(arms=("C",)), "There is no arm `C`; there is: A, B."),
        (Audience(roles=("coach", "man")), "A text to coaches goes to them alone"),
        (Audience(roles=("coach",), arms=("A",)), "Coaches have no arm"),
        (Audience(languages=("fr",)), "There is no language `fr`; there is: rw, en."),
        (
            Audience(contacts=("none",)),
            "There is no contact `none`; there is: own, household, neighbour, leader.",
        ),
        (Audience(roles=("coach",), languages=("rw",)), "Coaches have no language and no kind of contact"),
    ],
)
def test_an_unknown_part_of_an_audience_is_named_with_the_known_ones(
    told: tuple[LoadedProgramme, People], audience: Audience, said: str
) -> None:
    programme, p = told
    p.group(2, "Kayonza")
    p.group(3, "Kayonza")
    with pytest.raises(AudienceFaults, match=said.partition(";")[0].replace("`", ".")) as found:
        audiences.check(p.records.conn, programme, audience)
    assert [fault for fault in found.value.faults if fault.startswith(said)]


def test_an_audience_can_name_nothing_that_someone_saved_or_missed(conn: Connection) -> None:
    assert set(inspect.signature(Audience).parameters) == {
        "roles",
        "groups",
        "sectors",
        "arms",
        "languages",
        "contacts",
    }
    functions = "('broadcast_people', 'broadcast_coaches', 'broadcast_numbers')"
    asked = f"select prosrc from pg_proc where proname in {functions}"
    bodies = conn.exec_driver_sql(asked).scalars().all()
    assert len(bodies) == 3
    for table in ("contribution", "savings", "cycle", "attendance", "session", "dispute", "reply", "meeting"):
        assert all(table not in body for body in bodies)
