"""`sms-app people template`, `import` and `export`, as an office types them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, create_engine, pool
from typer.testing import CliRunner

from sms_app.cli.people import app
from sms_app.config import sqlalchemy_url
from sms_app.programme.settings import load_programme, store_programme
from sms_app.vault import Vault
from tests.world.databases import Database, copied
from tests.world.demo import RWANDA, load

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
