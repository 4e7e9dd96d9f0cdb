"""`sms-app exposure export`: the file, its dictionary, who may read it, and one snapshot of changing data."""

import csv
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Connection

from sms_app import sql
from sms_app.cli.exposure import app
from sms_app.trial import exposure, exposure_file, study_ids
from tests.world.exposed import Exposed
from tests.world.office_commands import Run, runner, trail
from tests.world.records import Records
from tests.world.times import at
from tests.world.waiting import wait_for

# the commands' week is that of 4 March
MONDAY = date(2026, 2, 23)


@pytest.fixture
def world(records: Records) -> Exposed:
    return Exposed(records)


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def export(run: Run, path: Path, first: str = "2026-02-23", last: str = "2026-03-04") -> Result:
    return run("export", str(path), "--from", first, "--until", last)


def test_a_row_for_each_week_by_study_id(run: Run, world: Exposed, tmp_path: Path) -> None:
    people = [world.woman(n, MONDAY) for n in range(1, 4)]
    session = world.session(at(25, 10, month=2))
    world.held(session)
    world.said(session, people[0], "late")
    path = tmp_path / "weeks.csv"
    said = export(run, path)
    assert said.exit_code == 0, said.output
    assert (
        said.output
        == f"6 rows are in {path}, and what their columns mean in {tmp_path}/weeks-dictionary.csv.\n"
    )
    written = rows(path)
    assert [(row["study_id"], row["week"]) for row in written] == sorted(
        (row["study_id"], row["week"]) for row in written
    )
    assert {row["week"] for row in written} == {"2026-02-23", "2026-03-02"}
    assert len({row["study_id"] for row in written}) == 3
    (hers,) = [row for row in written if row["late"] == "1"]
    assert (hers["role"], hers["arm"], hers["group_number"], hers["contact"]) == ("woman", "", "1", "none")
    assert (hers["sessions_planned"], hers["attended"], hers["texts_planned"]) == ("1", "1", "0")
    assert trail(world.records) == [("office", "export_exposure")]
    # the same ids in the next file
    assert export(run, tmp_path / "again.csv").exit_code == 0
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_the_dictionary_names_each_column(run: Run, world: Exposed, tmp_path: Path) -> None:
    world.woman(1, MONDAY)
    assert export(run, tmp_path / "weeks.csv").exit_code == 0
    with (tmp_path / "weeks.csv").open() as file:
        header = next(csv.reader(file))
    described = rows(tmp_path / "weeks-dictionary.csv")
    assert [row["column"] for row in described] == header
    assert all(row["type"] and row["meaning"] and row["source"] for row in described)
    assert len(set(header)) == len(header)


def test_each_count_has_its_column() -> None:
    counts = [
        *(f"sessions.{name}" for name in vars(exposure.Sessions())),
        *(f"texts.{name}" for name in vars(exposure.Texts())),
        *(f"actions.{name}" for name in vars(exposure.Actions())),
    ]
    columns = [column.name for column in exposure_file.COLUMNS[7:]]
    assert list(zip(counts, columns, strict=True)) == [
        ("sessions.planned", "sessions_planned"),
        ("sessions.cancelled", "sessions_cancelled"),
        ("sessions.held", "sessions_held"),
        ("sessions.not_held", "sessions_not_held"),
        ("sessions.no_roll", "sessions_no_roll"),
        ("sessions.substitute", "sessions_by_substitute"),
        ("sessions.expected", "sessions_expected"),
        ("sessions.attended", "attended"),
        ("sessions.late", "late"),
        ("sessions.excused", "excused"),
        ("sessions.absent", "absent"),
        ("sessions.not_reported", "not_reported"),
        ("sessions.by_self", "reported_by_self"),
        ("sessions.by_coach", "reported_by_coach"),
        ("sessions.by_staff", "reported_by_staff"),
        ("sessions.assisted", "reported_assisted"),
        ("texts.planned", "texts_planned"),
        ("texts.sent", "texts_sent"),
        ("texts.delivered", "texts_delivered"),
        ("texts.failed", "texts_failed"),
        ("texts.unknown", "texts_unknown"),
        ("texts.not_sent", "texts_not_sent"),
        ("texts.waiting", "texts_waiting"),
        ("texts.shared", "texts_sent_to_shared"),
        ("actions.replies", "session_replies"),
        ("actions.check_ins", "check_ins"),
        ("actions.savings", "saving_reports"),
        ("actions.disputes", "disputes"),
        ("actions.assisted", "assisted_actions"),
    ]


def test_only_the_owner_reads_the_files(run: Run, world: Exposed, tmp_path: Path) -> None:
    world.woman(1, MONDAY)
    assert export(run, tmp_path / "weeks.csv").exit_code == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {"weeks.csv": 0o600, "weeks-dictionary.csv": 0o600}


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-03-04", "2026-03-03", "The day of --until is before the day of --from."),
        ("2026-03-04", "2026-03-09", "The day of --until is after this week."),
        ("2026-02-30", "2026-03-04", "`2026-02-30` is not a day: write it as 2026-11-25."),
    ],
)
def test_wrong_days_are_refused(run: Run, tmp_path: Path, first: str, last: str, sentence: str) -> None:
    refused = export(run, tmp_path / "weeks.csv", first, last)
    assert (refused.exit_code, refused.output) == (1, f"{sentence}\n")
    assert list(tmp_path.iterdir()) == []


def test_the_last_day_of_this_week_may_be_given(run: Run, world: Exposed, tmp_path: Path) -> None:
    assert export(run, tmp_path / "weeks.csv", last="2026-03-08").exit_code == 0


def test_what_cannot_be_written_leaves_no_trail(run: Run, world: Exposed, tmp_path: Path) -> None:
    for path in (tmp_path / "weeks.txt", tmp_path / "missing" / "weeks.csv"):
        refused = export(run, path)
        assert refused.exit_code == 1, refused.output
        assert "written there" in refused.output or "ends in .csv" in refused.output
    assert trail(world.records) == []
    assert list(tmp_path.iterdir()) == []


WAITS = "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = %(own)s"
OWN = "select oid from pg_database where datname = current_database()"


def test_two_exports_at_once_give_the_same_ids(
    run: Run, world: Exposed, owner: Connection, tmp_path: Path
) -> None:
    """Another export has given study ids and is not committed when this one begins."""
    people = [world.woman(n, MONDAY) for n in range(1, 4)]
    world.records.conn.commit()
    own = owner.exec_driver_sql(OWN).scalar_one()
    assert study_ids.assign(owner, world.records.programme) == 3
    with ThreadPoolExecutor(1) as threads:
        exported = threads.submit(export, run, tmp_path / "weeks.csv")
        wait_for(lambda: owner.exec_driver_sql(WAITS, {"own": own}).scalar_one() or exported.done())
        owner.commit()
        assert exported.result().exit_code == 0, exported.result().output
    ids = study_ids.of(world.records.conn, world.records.programme)
    assert {row["study_id"] for row in rows(tmp_path / "weeks.csv")} == {ids[person] for person in people}


REFUSE_COMMIT = """
create function refuse_commit() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create constraint trigger refuse_commit after insert on audit_entry deferrable initially deferred
  for each row execute function refuse_commit()
"""


def test_what_is_not_committed_is_in_no_file(
    run: Run, world: Exposed, owner: Connection, tmp_path: Path
) -> None:
    """Study ids that were drawn in a transaction that fails would be others in the next file."""
    world.woman(1, MONDAY)
    (tmp_path / "weeks.csv").write_text("the file of before")
    owner.exec_driver_sql(REFUSE_COMMIT)
    owner.commit()
    assert export(run, tmp_path / "weeks.csv").exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["weeks.csv"]
    assert (tmp_path / "weeks.csv").read_text() == "the file of before"


def test_an_export_of_changing_data_is_one_snapshot(
    run: Run, world: Exposed, owner: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text is delivered and a session is held between two statements of the export."""
    person = world.woman(1, MONDAY)
    phone = world.records.number("+250780000101")
    world.text(phone, at(2, 9), "sent", person)
    session = world.session(at(2, 10))
    assert export(run, tmp_path / "before.csv").exit_code == 0
    rows_of, changed = sql.rows, []

    def changes_meanwhile(conn, statement, row, values):  # type: ignore[no-untyped-def]
        answer = rows_of(conn, statement, row, values)
        if statement == exposure.SQL["people"]:
            changed.append(statement)
            owner.exec_driver_sql("update message set status = 'delivered'")
            other = Exposed(Records(owner, world.records.vault, world.records.programme, world.records.group))
            other.held(session)
            owner.commit()
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(sql, "rows", changes_meanwhile)
        assert export(run, tmp_path / "during.csv").exit_code == 0
    assert changed == [exposure.SQL["people"]]
    assert (tmp_path / "during.csv").read_bytes() == (tmp_path / "before.csv").read_bytes()
    assert export(run, tmp_path / "after.csv").exit_code == 0
    assert {row["texts_delivered"] for row in rows(tmp_path / "after.csv")} == {"0", "1"}
    assert (tmp_path / "after.csv").read_bytes() != (tmp_path / "before.csv").read_bytes()
