"""What staff type that can't be is said in one sentence, by whichever command reads it."""

from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from sms_app.cli import account
from sms_app.cli.main import app
from sms_app.simulator.provider.running import Provider
from tests.world.records import Records

FAR = "9999-12-31 23:00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cost", "--month", "9999-12"), "is not a month"),
        (("cost", "--month", ""), "is not a month"),
        (("reminders", "preview", "--week", "9999-W52"), "is not a week"),
        (("broadcast", "new", "--role", "woman", "--text", "rw=Muraho", "--at", FAR), "is not a time"),
        (("sessions", "plan-meeting", "Ikimina 4", FAR, "--place", "Kigali"), "is not a time"),
        (("sending", "stop", " "), "Give a reason"),
    ],
)
def test_an_error_is_a_sentence_without_a_traceback(
    environment: dict[str, str], records: Records, words: tuple[str, ...], said: str
) -> None:
    records.conn.execute(text("update programme set slug = 'rwanda'"))
    records.conn.commit()
    found = CliRunner().invoke(app, list(words), env=environment)
    assert (found.exit_code, len(found.output.splitlines())) == (1, 1), found.output
    assert said in found.output
    assert isinstance(found.exception, SystemExit)


@pytest.mark.parametrize("web", ["8000", "localhost:8000", "http://", "http://here:port"])
def test_the_stand_in_needs_an_address(environment: dict[str, str], web: str) -> None:
    found = CliRunner().invoke(app, ["provider", "--web", web], env=environment)
    assert (found.exit_code, "like http://127.0.0.1:8000" in found.output) == (1, True)


def test_services_need_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        found = CliRunner().invoke(app, ["services", str(folder)])
        assert (found.exit_code, "give a folder" in found.output) == (1, True)


@pytest.mark.parametrize("ends", ["", "/", "/version1", "/version1/"])
def test_the_balance_is_asked_at_the_address_however_it_ends(ends: str) -> None:
    running = Provider("hills", "a-key", "a-secret").start()
    try:
        assert account.balance("hills", "a-key", running.url + ends).startswith("RWF ")
    finally:
        running.close()
