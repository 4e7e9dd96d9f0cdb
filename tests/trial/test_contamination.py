"""How the arms could reach each other, counted by hand, as of a day."""

import csv
import stat
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from sms_app import models
from sms_app.cli.exposure import app
from sms_app.trial import contamination
from sms_app.trial.contamination import Contamination
from tests.world.exposed import Exposed
from tests.world.office_commands import Run, runner, trail
from tests.world.records import Records
from tests.world.times import LONG_AGO, TODAY, at


@pytest.fixture
def world(records: Records) -> Exposed:
    return Exposed(records)


def home(world: Exposed, arm: int | None, village: str | None, *people: UUID) -> UUID:
    household = world.records.household(*people)
    world.conn.execute(
        update(models.HouseholdLink)
        .where(models.HouseholdLink.household_id == household)
        .values(from_on=LONG_AGO)
    )
    world.conn.execute(
        update(models.Household).where(models.Household.id == household).values(village=village)
    )
    if arm is not None:
        world.records.add(models.ArmAssignment, household_id=household, arm_id=arm, assigned_on=LONG_AGO)
    return household


def by_person(world: Exposed, day: date = TODAY, arm: str = "A") -> dict[UUID, Contamination]:
    rows = contamination.contamination(world.conn, world.records.programme, day, arm)
    assert len({row.person for row in rows}) == len(rows)
    return {row.person: row for row in rows}


def test_each_way_to_the_other_arm_is_counted_as_by_hand(world: Exposed) -> None:
    arm_a, arm_b = world.records.arm("A"), world.records.arm("B")
    in_a, in_b, also_a, without = (world.woman(n, LONG_AGO) for n in range(1, 5))
    world.group(2, role="man")
    world.group(3)
    men = [world.woman(n, LONG_AGO, role="man", group_id=world.group(2)) for n in range(11, 15)]
    apart = world.woman(21, LONG_AGO, group_id=world.group(3))
    home(world, arm_a, "Nyarusange", in_a, men[0])
    home(world, arm_b, "Nyarusange", in_b)
    home(world, arm_a, "Nyarusange", also_a, men[1])
    home(world, arm_a, "Nyarusange", men[2])
    home(world, arm_a, "Bwiza", men[3])
    home(world, arm_b, "Bwiza", apart)
    # two men of the village came to a session, a third did not; the fourth is of another village
    session = world.session(at(3, 10), 2)
    world.held(session)
    for man, status in zip(men, ("present", "late", "absent", "present"), strict=True):
        world.said(session, man, status)
    not_held = world.session(at(4, 10), 2)
    world.not_held(not_held)
    world.said(not_held, men[2], "present", "self")
    world.records.savings_group(in_a, in_b, also_a, from_on=LONG_AGO)
    coach = world.records.coach(from_on=LONG_AGO)
    world.records.add(models.GroupCoach, group_id=world.group(2), coach_id=coach, from_on=LONG_AGO)
    world.records.coach(group=world.group(3), from_on=LONG_AGO)
    common, own = world.records.number("+250780000101"), world.records.number("+250780000102")
    for person in (in_a, in_b):
        world.records.link(person, common, LONG_AGO)
    world.records.link(also_a, own, LONG_AGO)
    world.records.link(men[1], own, LONG_AGO)
    # a number that was hers until today is nobody's way to her any more
    world.records.link(apart, own, LONG_AGO, TODAY)
    rows = by_person(world)
    assert rows[in_a] == Contamination(in_a, "A", 1, 3, 1, 2, 1, 1, ["A", "B"], True, False, True)
    # her coach has men of the other arm
    assert rows[in_b] == Contamination(in_b, "B", 1, 3, 2, 2, 2, 2, ["A", "B"], True, True, True)
    assert rows[also_a] == Contamination(also_a, "A", 1, 3, 1, 2, 1, 1, ["A", "B"], True, False, False)
    assert rows[without] == Contamination(without, None, 1, 3, 2, 0, 0, None, ["A", "B"], True, False, False)
    assert rows[apart] == Contamination(apart, "B", 3, 0, 0, 0, 0, 1, ["B"], False, False, False)
    assert rows.keys() == {in_a, in_b, also_a, without, apart}
    # the day before the men's first session
    assert by_person(world, date(2026, 3, 2))[in_b].trained_men_in_village == 0
    assert by_person(world, arm="B")[in_b].group_others_in_mens_arm == 0


def test_the_day_decides_who_is_there_and_in_which_arm(world: Exposed) -> None:
    arm_a, arm_b = world.records.arm("A"), world.records.arm("B")
    stays, left, later = world.woman(1, LONG_AGO), world.woman(2, LONG_AGO), world.woman(3, TODAY)
    household = home(world, arm_b, None, stays)
    (first,) = world.conn.execute(models.ArmAssignment.__table__.select()).scalars()
    world.records.add(
        models.ArmAssignment, household_id=household, arm_id=arm_a, assigned_on=TODAY, replaces=first
    )
    world.change(left, left_on=date(2026, 3, 10))
    before, now = by_person(world, date(2026, 3, 9)), by_person(world)
    assert (before.keys(), now.keys()) == ({stays, left}, {stays, later})
    assert (before[stays].arm, now[stays].arm) == ("B", "A")
    assert (before[stays].group_others, now[stays].group_others) == (1, 1)


def test_a_merged_participant_is_no_other_member(world: Exposed) -> None:
    kept, merged = world.woman(1, LONG_AGO), world.woman(2, LONG_AGO)
    world.change(merged, left_on=TODAY, left_reason="duplicate", merged_into=kept)
    assert by_person(world, date(2026, 3, 10))[kept].group_others == 0


def test_the_command_writes_it_with_a_dictionary(
    environment: dict[str, str], records: Records, world: Exposed, tmp_path: Path
) -> None:
    run: Run = runner(app, environment, records)
    arm = records.arm("A")
    women = [world.woman(n, LONG_AGO) for n in (1, 2, 3)]
    home(world, arm, "Bwiza", women[0])
    path = tmp_path / "ways.csv"
    said = run("contamination", str(path))
    assert said.exit_code == 0, said.output
    with path.open() as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / "ways-dictionary.csv").open() as file:
        assert [row["column"] for row in csv.DictReader(file)] == list(rows[0])
    assert sorted((row["arm"], row["group_share"]) for row in rows) == [
        ("", "0.500"),
        ("", "0.500"),
        ("A", "0.000"),
    ]
    assert {row["day"] for row in rows} == {"2026-03-04"}
    assert [row["study_id"] for row in rows] == sorted(row["study_id"] for row in rows)
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    assert trail(records) == [("office", "export_contamination")]
    for words, sentence in (
        (("--on", "2026-03-05"), "The day of --on is still to come."),
        (("--arm", "C"), "`C` is no arm: one of A, B."),
    ):
        refused = run("contamination", str(path), *words)
        assert (refused.exit_code, refused.output) == (1, f"{sentence}\n")
