"""Households over time, by study ids."""

import stat
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from sms_app import models
from sms_app.cli.study import households_app
from sms_app.member_number import with_check_digit
from sms_app.trial import study_ids
from tests.world.exports import read_csv
from tests.world.office_commands import trail
from tests.world.records import Records
from tests.world.times import TODAY

DAY = timedelta(days=1)


def _link(records: Records, person, household, relation: str, from_on, to_on=None) -> None:
    records.add(
        models.HouseholdLink,
        participant_id=person,
        household_id=household,
        relation=relation,
        from_on=from_on,
        to_on=to_on,
    )


def test_a_household_is_told_at_baseline_and_with_every_change(
    records: Records, command, tmp_path: Path
) -> None:
    woman, man, brother, late = (records.participant(n, name=f"Uwase {n}") for n in (1, 2, 3, 4))
    arm, other_arm = records.arm("A"), records.arm("B")
    home = records.add(models.Household, programme_id=records.programme, reference="H017", village="Bugingo")
    new_home = records.add(models.Household, programme_id=records.programme, reference="H018")
    first = records.assign(home, arm)
    # a correction of the arm is no new baseline
    records.add(
        models.ArmAssignment,
        household_id=home,
        arm_id=other_arm,
        assigned_on=TODAY + 20 * DAY,
        replaces=first,
        reason="typed wrong",
    )
    _link(records, woman, home, "woman", TODAY - 30 * DAY)
    # he was entered as a husband, and corrected on the day of the assignment
    _link(records, man, home, "husband", TODAY - 30 * DAY, TODAY)
    _link(records, man, home, "father", TODAY, TODAY + 5 * DAY)
    _link(records, man, new_home, "father", TODAY + 5 * DAY)
    _link(records, brother, home, "brother", TODAY - 30 * DAY, TODAY - DAY)
    _link(records, late, home, "member", TODAY + DAY)
    path = tmp_path / "households.csv"
    said = command(households_app)("export", str(path), "--by", "Keza")
    assert said.exit_code == 0, said.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert trail(records) == [("Keza", "export_households")]
    ids = study_ids.of(records.conn, records.programme)
    homes = study_ids.of_households(records.conn, records.programme)

    def row(person, household, relation: str, from_on, to_on, at_baseline: str) -> tuple[str, ...]:
        return (
            ids[person],
            homes[household],
            relation,
            str(from_on),
            str(to_on) if to_on else "",
            at_baseline,
        )

    assert {tuple(line.values()) for line in read_csv(path)} == {
        row(woman, home, "woman", TODAY - 30 * DAY, None, "yes"),
        row(man, home, "husband", TODAY - 30 * DAY, TODAY, "no"),
        row(man, home, "father", TODAY, TODAY + 5 * DAY, "yes"),
        row(man, new_home, "father", TODAY + 5 * DAY, None, ""),
        row(brother, home, "brother", TODAY - 30 * DAY, TODAY - DAY, "no"),
        row(late, home, "other", TODAY + DAY, None, "no"),
    }
    written = path.read_text()
    for secret in ("Uwase", "H017", "H018", "Bugingo", *(with_check_digit(n) for n in (1, 2, 3, 4))):
        assert secret not in written
    for table in ("participant", "household"):
        for id_ in records.conn.execute(text(f"select id from {table}")).scalars():
            assert str(id_) not in written


def test_the_same_people_are_written_the_same_again(records: Records, command, tmp_path: Path) -> None:
    records.household(records.participant(1), records.participant(2))
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    run = command(households_app)
    assert run("export", str(one)).exit_code == 0
    assert run("export", str(two)).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
    assert len(read_csv(one)) == 2


def test_a_file_that_can_not_be_written_is_said(records: Records, command, tmp_path: Path) -> None:
    records.household(records.participant(1))
    said = command(households_app)("export", str(tmp_path))
    assert (said.exit_code, said.output) == (1, "Give a file that ends in .csv.\n")
    assert trail(records) == []
