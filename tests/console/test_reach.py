"""Whom nothing reached for four weeks, why, and the list for her coach."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from sms_app import models
from sms_app.messaging import reach
from sms_app.messaging.reach import REASONS
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import LATELY, People
from tests.world.times import KIGALI, NOW, TODAY

BEFORE = NOW - timedelta(weeks=4, hours=1)


def reasons(world: StaffWorld) -> dict[UUID, str]:
    """The silent people of the group, each with the reason: as the group's list says it and as the figures do."""
    people = reach.of_group(world.owner, world.programme, world.records.group, KIGALI, NOW)
    of_list = {person.id: person.reason for person in people}
    since = NOW - reach.SILENT_FOR
    of_figures = world.owner.exec_driver_sql(
        "select participant_id, reason from silent_people(%(p)s, %(s)s, %(d)s) where group_id = %(g)s",
        {
            "p": world.programme,
            "s": since,
            "d": since.astimezone(KIGALI).date(),
            "g": world.records.group,
        },
    )
    assert of_list == {row.participant_id: row.reason for row in of_figures}
    return of_list


def test_why_nothing_reached_her(world: StaffWorld) -> None:
    people = People(world)
    expected = {
        people.woman(phone=False): "no_phone",
        people.woman(stopped=True): "stopped",
        people.woman(consent=False): "refused",
        people.woman(): "no_text",
    }
    unknown, failed, both = people.woman(), people.woman(), people.woman()
    people.text(unknown, "unknown")
    people.text(failed, "failed")
    people.text(both, "failed")
    people.text(both, "unknown")
    expected |= {unknown: "unknown", failed: "failed", both: "unknown"}
    never_went = people.woman()
    phone = world.owner.exec_driver_sql(
        "select phone_number_id from participant_phone where participant_id = %(p)s", {"p": never_went}
    ).scalar_one()
    world.records.message(phone, never_went, status="expired", at=LATELY)
    expected[never_went] = "failed"
    # what was longer ago does not count
    earlier = people.woman()
    people.text(earlier, "delivered", BEFORE)
    expected[earlier] = "no_text"
    assert reasons(world) == expected


def test_who_was_reached_is_not_listed(world: StaffWorld) -> None:
    people, records = People(world), world.records
    for status in ("sent", "delivered"):
        people.text(people.woman(), status)
    session = records.session(LATELY)
    came, late, absent = (people.woman(phone=False) for _ in range(3))
    for person, status in ((came, "present"), (late, "late"), (absent, "absent")):
        records.conn.exec_driver_sql(
            "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
            " values (%(session)s, %(person)s, 'coach', %(status)s, false, %(day)s)",
            {"session": session, "person": person, "status": status, "day": LATELY.date()},
        )
    saver, replier, asker = (people.woman(phone=False) for _ in range(3))
    cycle = records.cycle(saver)
    records.add(
        models.Contribution,
        cycle_id=cycle,
        participant_id=saver,
        amount=600,
        source="member",
        week_of=LATELY.date() - timedelta(days=LATELY.weekday()),
        recorded_on=LATELY.date(),
        assisted=False,
    )
    records.conn.exec_driver_sql(
        "insert into session_reply (training_session_id, participant_id, coming, replied_on)"
        " values (%(session)s, %(person)s, true, %(day)s)",
        {"session": session, "person": replier, "day": LATELY.date()},
    )
    records.add(models.Dispute, participant_id=asker, about="shares", raised_on=LATELY.date())
    # a text reached her on a number that she has no more
    moved = people.woman()
    people.text(moved, "delivered")
    world.owner.exec_driver_sql(
        "update participant_phone set to_on = %(d)s where participant_id = %(p)s", {"d": TODAY, "p": moved}
    )
    # she left; she came two weeks ago and could not be reached for four
    people.woman(phone=False, left_on=TODAY)
    people.woman(phone=False, enrolled_on=LATELY.date())
    assert reasons(world) == {absent: "no_phone"}


def test_the_overview_counts_by_group_and_reason(world: StaffWorld) -> None:
    people = People(world)
    people.woman(phone=False)
    people.woman(stopped=True)
    people.text(people.woman(), "sent")
    second = world.records.training_group(2, sector="Muhazi")
    for _ in range(3):
        people.woman(phone=False, group_id=second)
    people.woman(phone=False, group_id=None, list_number=None)
    world.owner.commit()
    rows = reach.by_group(world.owner, world.programme, KIGALI, NOW)
    assert [(row.number, row.people, row.silent, row.no_phone, row.stopped) for row in rows] == [
        (2, 3, 3, 3, 0),
        (1, 3, 2, 1, 1),
        (None, 1, 1, 1, 0),
    ]
    world.owner.rollback()
    page = world.browser("supervisor").get("/reach").text
    assert "Nothing reached 6 of 7 people." in page
    assert page.index("Group 2") < page.index("Group 1") < page.index("In no group")
    assert f'href="/reach/{second}"' in page
    # a researcher sees the figures and opens no names
    figures = world.browser("researcher").get("/reach").text
    assert ("Group 2" in figures, 'href="/reach/' in figures, "Uwase" in figures) == (True, False, False)


def test_a_groups_list_has_names_and_its_coach_and_is_in_the_trail(world: StaffWorld) -> None:
    people, records = People(world), world.records
    silent, reached = people.woman(phone=False), people.woman()
    people.text(reached, "delivered")
    records.coach(records.number("+250780000300"), name="Mukamana <b>")
    records.conn.commit()
    page = world.browser("officer").get(f"/reach/{records.group}").text
    assert ("Uwase 1" in page, "Uwase 2" in page) == (True, False)
    assert "Mukamana &lt;b&gt;, +250780000300" in page
    trail = world.values(
        "select what, subject, subject_id from audit_entry where who = 'console:officer@example.org' order by id"
    )
    assert trail[1:] == [
        ("view_silent", "training_group", str(records.group)),
        ("view", "participant", str(silent)),
    ]


@pytest.mark.parametrize("group", ["00000000-0000-4000-8000-000000000000", "1", "x"])
def test_a_group_that_is_not_there_is_not_found(world: StaffWorld, group: str) -> None:
    assert world.browser("officer").get(f"/reach/{group}").status_code == 404


def test_another_programmes_group_is_not_found(world: StaffWorld) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    group = world.records.training_group(9, programme_id=other)
    world.owner.commit()
    assert world.browser("officer").get(f"/reach/{group}").status_code == 404


def test_an_empty_programme_and_one_where_all_were_reached_say_what_to_do(world: StaffWorld) -> None:
    browser = world.browser("officer")
    assert "sms-app people import" in browser.get("/reach").text
    people = People(world)
    people.text(people.woman(), "sent")
    world.owner.commit()
    assert "There is nothing to do here." in browser.get("/reach").text
    assert "was reached in the last four weeks" in browser.get(f"/reach/{world.records.group}").text


def test_every_reason_has_its_sentence_and_its_column(world: StaffWorld) -> None:
    texts = next(iter(world.console.programmes.values())).texts
    assert all(
        texts.sentence(language, f"reason.{reason}") for language in ("en", "rw") for reason in REASONS
    )
