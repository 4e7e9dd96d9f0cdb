"""Study ids: random, stable, one a person; and the map that says whose they are."""

import re
import stat
from pathlib import Path

from sqlalchemy import text

from sms_app.cli.people import app as people
from sms_app.cli.study import study_app
from sms_app.member_number import with_check_digit
from sms_app.trial import study_ids
from tests.world.exports import read_csv
from tests.world.office_commands import trail
from tests.world.records import Records

FORM = re.compile(r"[PH][346789CDFGJKMNQRTVWXY]{7}")


def test_everyone_has_one_id_that_stays(records: Records) -> None:
    first = [records.participant(n) for n in (1, 2, 3)]
    household = records.household(first[0])
    assert study_ids.assign(records.conn, records.programme) == 4
    before = dict(study_ids.of(records.conn, records.programme))
    assert before.keys() == set(first)
    assert len(set(before.values())) == 3
    homes = study_ids.of_households(records.conn, records.programme)
    assert homes.keys() == {household}
    for id_ in (*before.values(), *homes.values()):
        assert FORM.fullmatch(id_), id_
    assert study_ids.assign(records.conn, records.programme) == 0
    records.participant(4)
    assert study_ids.assign(records.conn, records.programme) == 1
    after = study_ids.of(records.conn, records.programme)
    assert {person: after[person] for person in first} == before


def test_an_id_that_is_taken_is_drawn_again(records: Records, monkeypatch) -> None:
    people_ = [records.participant(1), records.participant(2)]
    # the second draw is the first again
    letters = iter("333333333333334444444")
    monkeypatch.setattr(study_ids.secrets, "choice", lambda _: next(letters))
    assert study_ids.assign(records.conn, records.programme) == 2
    assert set(study_ids.of(records.conn, records.programme).values()) == {"P3333333", "P4444444"}
    assert people_


def test_another_programmes_people_are_left_alone(records: Records) -> None:
    records.participant(1)
    other = records.conn.execute(
        text(
            "insert into programme (slug, service_code, country, time_zone, currency, language)"
            " values ('tz', '*384*55#', 'TZ', 'Africa/Dar_es_Salaam', 'TZS', 'sw') returning id"
        )
    ).scalar_one()
    assert study_ids.assign(records.conn, other) == 0
    assert study_ids.assign(records.conn, records.programme) == 1
    assert study_ids.of(records.conn, other) == {}


def test_a_merged_row_has_the_id_of_who_stays(records: Records, command, tmp_path: Path) -> None:
    merged, kept = records.participant(1), records.participant(2)
    study_ids.assign(records.conn, records.programme)
    before = dict(study_ids.of(records.conn, records.programme))
    assert before[merged] != before[kept]
    one, two = with_check_digit(1), with_check_digit(2)
    assert command(people)("merge", one, "--into", two).exit_code == 0
    after = study_ids.of(records.conn, records.programme)
    assert after == {merged: before[kept], kept: before[kept]}
    # an export of before the merge had the other one: the map still knows it
    path = tmp_path / "map.csv"
    assert command(study_app)("map", str(path)).exit_code == 0
    assert {row["study_id"]: (row["member_number"], row["replaced_by"]) for row in read_csv(path)} == {
        before[merged]: (one, before[kept]),
        before[kept]: (two, ""),
    }


def test_a_row_that_was_merged_before_gets_no_id_of_its_own(records: Records, command) -> None:
    merged, kept = records.participant(1), records.participant(2)
    assert command(people)("merge", with_check_digit(1), "--into", with_check_digit(2)).exit_code == 0
    assert study_ids.assign(records.conn, records.programme) == 1
    ids = study_ids.of(records.conn, records.programme)
    assert ids[merged] == ids[kept]


def test_the_map_is_for_its_owner_only_and_in_the_trail(records: Records, command, tmp_path: Path) -> None:
    records.participant(1, name="Uwase Marie")
    path = tmp_path / "map.csv"
    said = command(study_app)("map", str(path), "--by", "Keza")
    assert said.exit_code == 0, said.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Uwase" not in path.read_text()
    assert trail(records) == [("Keza", "export_study_map")]
    assert [row["member_number"] for row in read_csv(path)] == [with_check_digit(1)]


def test_a_map_that_can_not_be_written_leaves_nothing(records: Records, command, tmp_path: Path) -> None:
    records.participant(1)
    for path in (tmp_path / "map.xlsx", tmp_path / "nowhere" / "map.csv"):
        said = command(study_app)("map", str(path))
        assert said.exit_code == 1
        assert not path.exists()
    assert trail(records) == []
    assert study_ids.of(records.conn, records.programme) == {}
