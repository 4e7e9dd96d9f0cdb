"""Nominations: before a household has its arm, in both arms alike, the later word of a woman."""

import stat
from pathlib import Path

import pytest

from sms_app import models
from sms_app.cli.nominations import app
from sms_app.cli.people import app as people
from sms_app.member_number import with_check_digit
from sms_app.trial import study_ids
from tests.world.exports import read_csv
from tests.world.office_commands import Run, trail
from tests.world.records import Records
from tests.world.times import TODAY

ONE, TWO, THREE = (with_check_digit(n) for n in (1, 2, 3))


@pytest.fixture
def run(command) -> Run:
    return command(app)


def _rows(path: Path, run: Run) -> list[tuple[str, ...]]:
    assert run("export", str(path)).exit_code == 0
    return [tuple(row.values()) for row in read_csv(path)]


def test_the_later_word_of_a_woman_counts(run: Run, records: Records, tmp_path: Path) -> None:
    woman = records.participant(1)
    assert run("add", ONE, "husband", "--day", "2026-02-01", "--by", "Keza").exit_code == 0
    assert run("add", ONE, "brother", "--day", "2026-02-03").exit_code == 0
    path = tmp_path / "nominations.csv"
    study_ids.assign(records.conn, records.programme)
    id_ = study_ids.of(records.conn, records.programme)[woman]
    assert _rows(path, run) == [(id_, "brother", "2026-02-03")]
    # of one day, what was entered last
    assert run("add", ONE, "none", "--day", "2026-02-03").output == f"Entered: {ONE} nominated nobody.\n"
    assert _rows(path, run) == [(id_, "none", "2026-02-03")]
    earlier = run("add", ONE, "father", "--day", "2026-02-02")
    assert (earlier.exit_code, "a later day" in earlier.output) == (1, True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert trail(records)[0] == ("Keza", "add_nomination")
    assert ONE not in path.read_text()


@pytest.mark.parametrize("arm", ["A", "B"])
def test_after_the_assignment_it_is_too_late_in_each_arm(run: Run, records: Records, arm: str) -> None:
    home = records.household(records.participant(1))
    assert run("add", ONE, "husband").exit_code == 0
    records.assign(home, records.arm(arm))
    late = run("add", ONE, "father")
    assert late.exit_code == 1
    assert "has its arm already" in late.output
    assert records.conn.exec_driver_sql("select relation from nomination").scalars().all() == ["husband"]


def test_who_left_the_household_before_its_arm_may_still_nominate(run: Run, records: Records) -> None:
    moved, stays = records.participant(1), records.participant(2)
    home = records.household(stays)
    records.add(
        models.HouseholdLink,
        participant_id=moved,
        household_id=home,
        relation="woman",
        from_on=TODAY.replace(month=1),
        to_on=TODAY.replace(month=2),
    )
    records.assign(home, records.arm("A"))
    assert run("add", ONE, "husband").exit_code == 0
    assert run("add", TWO, "husband").exit_code == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((ONE, "uncle"), "`uncle` can't be nominated: one of husband, father, brother, none."),
        ((ONE, "husband", "--day", "2026-03-05"), "on a day to come"),
        ((TWO, "husband"), "is a man: only a woman nominates"),
        ((THREE, "husband"), "No participant has the member number"),
    ],
)
def test_what_can_not_be_is_refused(run: Run, records: Records, words, expected: str) -> None:
    records.participant(1), records.participant(2, role="man")
    said = run("add", *words)
    assert said.exit_code == 1
    assert expected in said.output
    assert trail(records) == []


def test_who_has_nominated_nobody_is_listed_until_her_household_has_an_arm(
    run: Run, records: Records
) -> None:
    assigned, without, _alone, _man = (
        records.participant(1),
        records.participant(2),
        records.participant(3),
        records.participant(4, role="man"),
    )
    records.assign(records.household(assigned), records.arm("A"))
    records.household(without)
    assert run("missing").output.splitlines() == [
        f"{TWO}  group 1, 2",
        f"{THREE}  group 1, 3  in no household",
    ]
    assert run("add", TWO, "husband").exit_code == 0
    assert run("add", THREE, "none").exit_code == 0
    assert run("missing").output == "Every woman whose household has no arm yet has nominated somebody.\n"


def test_a_merged_womans_word_is_that_of_who_stays(
    run: Run, records: Records, command, tmp_path: Path
) -> None:
    records.participant(1, birth_year=2009), records.participant(2)
    assert run("add", ONE, "husband", "--day", "2026-02-01").exit_code == 0
    assert command(people)("merge", ONE, "--into", TWO).exit_code == 0
    ((_, relation, day),) = _rows(tmp_path / "nominations.csv", run)
    assert (relation, day) == ("husband", "2026-02-01")
    assert run("missing").output.startswith("Every woman")
    kept = "select birth_year from participant where merged_into is null"
    assert records.conn.exec_driver_sql(kept).scalar_one() == 2009
