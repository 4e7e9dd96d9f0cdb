"""`sms-app people template`, `import` and `export`, as an office types them."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, create_engine, pool
from typer.testing import CliRunner

from sms_app.cli.people import app
from sms_app.cli.reminders import app as reminders
from sms_app.config import sqlalchemy_url
from sms_app.programme import numbers
from sms_app.programme.settings import load_programme, store_programme
from sms_app.vault import Vault
from tests.world.databases import Database, copied
from tests.world.demo import RWANDA, load
from tests.world.service import offset_to
from tests.world.times import NOW
from tests.world.workbooks import sound, xlsx

Run = Callable[..., Result]


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give a command its words."""
    return lambda *words: CliRunner().invoke(
        app, list(map(str, words)), env={**environment, "USER": "office"}
    )


def _rows(path: Path) -> dict[str, list[list[object]]]:
    with CalamineWorkbook.from_path(str(path)) as book:
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.fixture
def bare(template: str, server_urls: dict[str, str]) -> Iterator[Database]:
    """A second database, with the programme and nobody in it."""
    with copied(server_urls, template) as database:
        with create_engine(sqlalchemy_url(database.owner), poolclass=pool.NullPool).begin() as conn:
            store_programme(conn, load_programme(RWANDA))
        yield database


@pytest.fixture
def run_bare(environment: dict[str, str], bare: Database) -> Run:
    """Give a command its words, on the second database."""
    env = {**environment, "SMS_APP_STAFF_DATABASE_URL": bare.staff, "USER": "office"}
    return lambda *words: CliRunner().invoke(app, list(map(str, words)), env=env)


@pytest.mark.parametrize("name", ["all.xlsx", "all"])
def test_what_is_exported_fills_an_empty_database_and_is_exported_the_same(
    run: Run, run_bare: Run, conn: Connection, vault: Vault, tmp_path: Path, name: str
) -> None:
    load(conn, vault)
    conn.commit()
    first, second = tmp_path / name, tmp_path / f"again-{name}"
    said = run("export", first, "--arms")
    assert said.exit_code == 0, said.output
    said = run_bare("import", first)
    assert said.exit_code == 0, said.output
    assert run_bare("export", second, "--arms").exit_code == 0
    if first.is_dir():
        for file in first.iterdir():
            assert (second / file.name).read_bytes() == file.read_bytes()
    else:
        assert _rows(second) == _rows(first)
        assert len(_rows(first)["People"]) > 400
    again = run_bare("import", first)
    assert "Nothing changes" in again.output


@pytest.fixture
def at_now(environment: dict[str, str], bare: Database) -> Run:
    """Give any command its words, on the second database, at NOW."""
    env = environment | {"SMS_APP_STAFF_DATABASE_URL": bare.staff, "USER": "office"}
    env["SMS_APP_TIME_OFFSET_S"] = str(offset_to(NOW))
    return lambda command, *words: CliRunner().invoke(command, list(map(str, words)), env=env)


def test_one_workbook_starts_a_programme_whose_week_is_previewed(at_now: Run, tmp_path: Path) -> None:
    path = xlsx(tmp_path / "office.xlsx", sound())
    dry = at_now(app, "import", path, "--dry-run")
    assert (dry.exit_code, "nothing was stored" in dry.output) == (0, True)
    assert at_now(reminders, "preview", "--week", "2026-W12").output == "Nothing would be sent.\n"
    assert at_now(app, "import", path).exit_code == 0
    preview = at_now(reminders, "preview", "--week", "2026-W12").output
    # the session of Tuesday 17 March: one of the two women has a phone and a consent
    assert "2026-03-16 16:00  session_tomorrow" in preview
    assert "2026-03-17 11:00  session_today" in preview
    assert "no_phone" in preview
    assert "+250" not in preview


def test_a_fault_refuses_the_whole_file_and_says_how_many(at_now: Run, tmp_path: Path) -> None:
    book = sound()
    book["People"][1][3] = "boy"
    book["People"][2][4] = 77
    refused = at_now(app, "import", xlsx(tmp_path / "office.xlsx", book))
    assert refused.exit_code == 1
    assert "2 faults: nothing was stored." in refused.output
    assert "People, row 2" in refused.output
    assert "People, row 3" in refused.output


def test_the_template_is_imported_as_it_is_and_changes_nothing(at_now: Run, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert at_now(app, "template", path).exit_code == 0
    imported = at_now(app, "import", path)
    assert imported.exit_code == 0, imported.output
    assert "Nothing changes" in imported.output


def test_an_export_is_for_the_office_only(
    run: Run, conn: Connection, vault: Vault, owner: Connection, tmp_path: Path
) -> None:
    load(conn, vault)
    conn.commit()
    path = tmp_path / "all.xlsx"
    assert run("export", path).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    headers = {title: rows[0] for title, rows in _rows(path).items()}
    assert "Arm" not in headers["Households"]
    assert not [title for title, header in headers.items() if any("PIN" in str(cell) for cell in header)]
    # with the arms on request, which the audit trail says
    assert run("export", tmp_path / "arms.xlsx", "--arms").exit_code == 0
    assert "Arm" in _rows(tmp_path / "arms.xlsx")["Households"][0]
    trail = owner.exec_driver_sql("select who, what from audit_entry order by id desc limit 2").all()
    assert [tuple(entry) for entry in trail] == [
        ("office", "export_people_and_arms"),
        ("office", "export_people"),
    ]


def test_what_commands_and_stop_texts_stored_is_exported_so_that_it_is_imported_again(
    at_now: Run, bare: Database, vault: Vault, tmp_path: Path
) -> None:
    assert at_now(app, "import", xlsx(tmp_path / "office.xlsx", sound())).exit_code == 0
    said = at_now(app, "enrol", "Keza  Gatesi", "--group", 1, "--household", "H9")
    assert said.exit_code == 0, said.output
    member = said.output.split()[2].rstrip(".")
    consent = ("--version", "1", "--how", "oral", "--taken-by", "coach")
    assert at_now(app, "consent", member, "messages", "--withdrawn", *consent).exit_code == 0
    with create_engine(sqlalchemy_url(bare.owner), poolclass=pool.NullPool).begin() as conn:
        # numbers that no import reads
        for number in ("+250700000001", "1234", "+2507"):
            numbers.stop(
                conn, vault, number, [conn.exec_driver_sql("select id from programme").scalar_one()], NOW
            )
    path = tmp_path / "all.xlsx"
    assert at_now(app, "export", path).exit_code == 0
    imported = at_now(app, "import", path)
    assert "Nothing changes" in imported.output, imported.output
