"""Moving, leaving, coming back, and numbers: what follows is shown first, and stored only when it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from sms_app import models
from sms_app.member_number import with_check_digit
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW, TODAY

FIRST, SECOND, THIRD = map(with_check_digit, (1, 2, 3))
PERSON = """
select g.number, p.list_number, p.left_on, p.left_reason, p.contact from participant p
left join training_group g on g.id = p.group_id where p.member_number = %(member)s
"""
MADE = (
    "select what from audit_entry where who like 'console:%%' and what not in ('show', 'sign_in') order by id"
)


@pytest.fixture
def women(world: StaffWorld) -> list[UUID]:
    """Two women with a phone each, one without phone and consent; groups 1, with a coach, and 2, with a session."""
    people = People(world)
    made = [people.woman(), people.woman(stopped=True), people.woman(phone=False, consent=False)]
    world.records.coach(world.records.number("+250780000300"), name="Mukamana Claudine")
    second = world.records.training_group(2)
    world.records.session(NOW + timedelta(days=1), "4821", group_id=second)
    world.records.training_group(3, role="man")
    world.owner.commit()
    return made


def state(world: StaffWorld, member: str) -> tuple[object, ...]:
    (row,) = world.values(PERSON, member=member)
    return row


def made(world: StaffWorld) -> list[object]:
    return [what for (what,) in world.values(MADE)]


def test_a_move_is_shown_and_then_made_once(world: StaffWorld, women: list[UUID]) -> None:
    browser, address = world.browser("officer"), f"/people/{FIRST}/move"
    form = browser.get(address).text
    assert ('<option value="2"' in form, '<option value="1"' in form, '<option value="3"' in form) == (
        True,
        False,
        False,
    )
    shown = browser.post(address, group="2").text
    for said in (
        "On the list of group 2 with number 1.",
        "Number 1 of group 1 is given to nobody else.",
        "No text tells anybody of this.",
        "The next session of group 2:",
        "Mukamana Claudine, +250780000300",
    ):
        assert said in shown
    assert (state(world, FIRST)[:2], made(world)) == ((1, 1), [])
    # back to the form with what was chosen
    assert '<option value="2" selected' in browser.post(address, group="2", back="yes").text
    reply = browser.post(address, group="2", confirm="yes")
    assert (reply.status_code, reply.location) == (303, f"/people/{FIRST}?done=move")
    assert "Moved to the other group." in browser.get(reply.location).text
    assert (state(world, FIRST)[:2], made(world)) == ((2, 1), ["move_group"])
    # group 2 is not offered any more
    assert browser.post(address, group="2", confirm="yes").status_code == 400
    assert (state(world, FIRST)[:2], made(world)) == ((2, 1), ["move_group"])


def test_who_leaves_gets_nothing_more_and_may_come_back(world: StaffWorld, women: list[UUID]) -> None:
    world.records.savings_group()
    world.records.cycle(women[0])
    People(world).waiting_text(women[0])
    world.owner.commit()
    browser, address = world.browser("officer"), f"/people/{FIRST}/leave"
    assert browser.post(address).status_code == 400
    shown = browser.post(address, reason="work").text
    for said in ("No text goes there any more", "still has her on its list", "Texts that wait for her now:"):
        assert said in shown
    assert state(world, FIRST)[2] is None
    assert browser.post(address, reason="work", confirm="yes").location == f"/people/{FIRST}?done=leave"
    assert state(world, FIRST) == (1, 1, TODAY, "work", "none")
    # only her place in the savings group is left to end
    assert "Left on " in browser.post(address, reason="work", confirm="yes").text
    browser.post(address, reason="work", savings_too="y", confirm="yes")
    assert world.values("select to_on from savings_member") == [(TODAY,)]
    assert browser.get(f"/people/{FIRST}/move").status_code == 404
    assert browser.get(address).status_code == 404
    back = f"/people/{FIRST}/return"
    assert "No phone is hers yet" in browser.post(back, group="1").text
    assert browser.post(back, group="1", confirm="yes").location == f"/people/{FIRST}?done=return"
    assert state(world, FIRST) == (1, 4, None, None, "none")
    assert browser.get(back).status_code == 404
    assert made(world) == ["leave", "leave_savings", "come_back"]


def test_a_number_takes_the_place_of_the_one_before(world: StaffWorld, women: list[UUID]) -> None:
    browser, address = world.browser("officer"), f"/people/{FIRST}/number"
    fields = {"number": "0780 000 102", "contact": "neighbour"}
    for wrong in ({"number": "12"}, {"contact": "friend"}, {"number": ""}, {"contact": ""}):
        reply = browser.post(address, **{**fields, **wrong}, confirm="yes")
        assert (reply.status_code, "Mend what is marked" in reply.text) == (400, True)
    shown = browser.post(address, **fields).text
    for said in (
        "+250780000101 is no number of hers any more.",
        "1 other person is reached on this number too.",
        "Texts to this number are stopped",
        "<dd>0780 000 102</dd>",
        "<dd>a neighbour&#39;s</dd>",
    ):
        assert said in shown
    assert browser.post(address, **fields, confirm="yes").location == f"/people/{FIRST}?done=number"
    assert state(world, FIRST)[4] == "neighbour"
    page = browser.get(f"/people/{FIRST}").text
    assert ("+250780000102" in page, "+250780000101" in page) == (True, False)
    none = f"/people/{FIRST}/no-number"
    assert "No text goes there any more." in browser.post(none).text
    assert browser.post(none, confirm="yes").location == f"/people/{FIRST}?done=no_number"
    assert browser.get(none).status_code == 404
    assert made(world) == ["give_number", "remove_number"]
    third = browser.post(f"/people/{THIRD}/number", number="0780000104", contact="own").text
    assert "No consent to texts is stored" in third


def test_who_uses_a_phone_and_texts_again(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    again = f"/people/{SECOND}/texts-again"
    assert "Texts go to her numbers again" in browser.post(again).text
    browser.post(again, confirm="yes")
    assert world.values("select count(*) from phone_number where stopped_on is not null") == [(0,)]
    sharing = f"/people/{SECOND}/sharing"
    assert browser.post(sharing, sharing="everyone").status_code == 400
    browser.post(sharing, sharing="private", confirm="yes")
    assert world.values("select count(*) from phone_number where sharing = 'private'") == [(1,)]
    browser.post(f"/people/{FIRST}/number", number="0780000102", contact="own", confirm="yes")
    reply = browser.post(sharing, sharing="private", confirm="yes")
    assert (reply.status_code, "not hers alone" in reply.text) == (409, True)
    assert browser.get(f"/people/{THIRD}/sharing").status_code == 404


def test_only_an_officer_has_the_changes(world: StaffWorld, women: list[UUID]) -> None:
    assert f'href="/people/{FIRST}/move"' in world.browser("officer").get(f"/people/{FIRST}").text
    supervisor = world.browser("supervisor")
    assert "/move" not in supervisor.get(f"/people/{FIRST}").text
    assert supervisor.get(f"/people/{FIRST}/move").status_code == 404
    token = supervisor.get("/account").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    assert (
        supervisor.send(f"/people/{FIRST}/leave", reason="died", confirm="y", csrf_token=token).status_code
        == 404
    )
    assert (state(world, FIRST)[2], made(world)) == (None, [])


def test_nobody_of_another_programme_is_changed(world: StaffWorld, women: list[UUID]) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql(
        "update participant set programme_id = %(o)s, group_id = null, list_number = null where id = %(p)s",
        {"o": other, "p": women[0]},
    )
    world.owner.commit()
    browser = world.browser("officer")
    for name in ("move", "leave", "return", "number", "no-number", "sharing", "texts-again"):
        for member in (FIRST, "99999", "x"):
            assert browser.get(f"/people/{member}/{name}").status_code == 404
            reply = browser.post(f"/people/{member}/{name}", "/account", confirm="yes", number="0780000199")
            assert reply.status_code == 404
    assert made(world) == []


def test_a_household_takes_the_place_of_the_one_before(world: StaffWorld, women: list[UUID]) -> None:
    browser, address = world.browser("officer"), f"/people/{FIRST}/household"
    assert browser.post(address, household="", relation="woman").status_code == 400
    assert browser.post(address, household="H1", relation="aunt").status_code == 400
    fields = {"household": "H1", "relation": "woman", "village": "Sibagire"}
    shown = browser.post(address, **fields).text
    assert ("Household H1 is new" in shown, "arm is the household" in shown) == (True, True)
    assert world.values("select count(*) from household") == [(0,)]
    assert browser.post(address, **fields, confirm="yes").location == f"/people/{FIRST}?done=household"
    assert browser.post(address, **fields, confirm="yes").status_code == 409
    browser.post(address, household="H2", relation="other", confirm="yes")
    links = "select h.reference, l.relation, l.to_on from household_link l join household h on h.id = l.household_id"
    assert sorted(world.values(links)) == [("H1", "woman", TODAY), ("H2", "other", None)]
    none = f"/people/{FIRST}/no-household"
    assert "Household H2 ends today" in browser.post(none).text
    assert browser.post(none, confirm="yes").location == f"/people/{FIRST}?done=no_household"
    assert browser.get(none).status_code == 404
    assert made(world) == [
        *("add_household", "change_household", "add_household", "change_household", "leave_household")
    ]


def test_nobody_is_put_where_he_is_tied_to_two_arms(world: StaffWorld, women: list[UUID]) -> None:
    """A man whose wife's household is of one arm, and another household of the other."""
    records = world.records
    man = records.participant(9, "Habimana", role="man")
    hers, other = records.household(women[0]), records.household(women[1])
    for household, arm in ((hers, records.arm("a")), (other, records.arm("b"))):
        records.assign(household, arm)
    records.add(models.Kinship, participant_id=man, relation="husband_of", other_id=women[0], from_on=TODAY)
    world.owner.commit()
    references = dict(world.values("select id, reference from household"))
    browser, address = world.browser("officer"), f"/people/{with_check_digit(9)}/household"
    refused = browser.post(address, household=references[other], relation="husband", confirm="yes")
    assert (refused.status_code, "two arms of the trial" in refused.text) == (409, True)
    taken = browser.post(address, household=references[hers], relation="husband", confirm="yes")
    assert taken.status_code == 303
    # nor is she moved away from under him
    moved = f"/people/{FIRST}/household"
    refused = browser.post(moved, household=references[other], relation="woman", confirm="yes")
    assert refused.status_code == 409
