"""`sms-app broadcast` and `sms-app cost`, as staff type them."""

from __future__ import annotations

import os
import pty
import select
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.main import app
from sms_app.vault import Vault
from tests.world.people import People, rwanda
from tests.world.times import TODAY
from tests.world.up import COMMAND

RW, EN = "rw=Muraho! Murakoze.", "en=Hello! Thank you."
NEW = ("new", "--role", "woman", "--text", RW, "--text", EN)
Run = Callable[..., Result]


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Give `sms-app broadcast` its words."""
    return lambda *words, typed="": CliRunner().invoke(
        app, ["broadcast", *words], env={**environment, "USER": "office"}, input=typed or None
    )


@pytest.fixture
def women(conn: Connection, vault: Vault) -> People:
    """Three women whom a text reaches, one of them in English, one who did not agree, and one without a number."""
    _, people = rwanda(conn, vault)
    for language in ("rw", "rw", "en"):
        people.person(people.phone(), language=language)
    people.person(people.phone(), consents=False)
    people.person()
    conn.commit()
    return people


def made(people: People) -> list[Any]:
    people.records.conn.rollback()
    return list(people.records.conn.execute(text("select * from broadcast order by made_at")))


def statuses(people: People) -> dict[str, int]:
    people.records.conn.rollback()
    rows = people.records.conn.execute(text("select status, count(*) from message group by 1"))
    return dict(rows.all())


def tomorrow() -> str:
    """Ten in the morning of a day on which something is sent."""
    day = (clock.now() + timedelta(days=400)).replace(month=6, day=1, hour=10, minute=0)
    while day.weekday() == 6:
        day += timedelta(days=1)
    return f"{day:%Y-%m-%d %H:%M}"


def test_a_dry_run_shows_all_and_makes_nothing(women: People, run: Run) -> None:
    at = tomorrow()
    said = run(*NEW, "--group", "1", "--sector", "Rwamagana", "--at", at, "--dry-run")
    assert said.exit_code == 0, said.output
    for line in (
        "to        role woman; group 1; sector Rwamagana",
        f"when      {at}; given up at ",
        "people    5, 1 of them without a number",
        "numbers   3 to get it",
        "left out  1 no_consent: nobody of the audience on the number consents to messages",
        "rw        2 numbers, 1 x GSM-7 (17 of 160), 24.00 RWF",
        "        | Muraho! Murakoze.",
        "en        1 number, 1 x GSM-7 (17 of 160), 12.00 RWF",
        "cost      36.00 RWF, at 12.00 a segment",
    ):
        assert line in said.output
    assert made(women) == []


def test_a_broadcast_is_made_when_its_count_is_typed(women: People, run: Run) -> None:
    said = run(*NEW, "--at", tomorrow(), "--by", "Keza", typed="3\n")
    assert said.exit_code == 0, said.output
    (one,) = made(women)
    assert f"Created: broadcast {one.id}." in said.output
    assert "Sending is stopped (not started)" in said.output
    assert (one.made_by, one.recipients) == ("Keza", 3)
    assert (
        f"{one.send_at.astimezone(datetime.fromisoformat('2026-01-01T00:00+02:00').tzinfo):%Y-%m-%d %H:%M}"
        == tomorrow()
    )
    assert statuses(women) == {"planned": 3, "cancelled": 1}


@pytest.mark.parametrize("typed", ["4\n", "\n3x\n", "yes\n"])
def test_another_count_makes_nothing(women: People, run: Run, typed: str) -> None:
    said = run(*NEW, "--at", tomorrow(), typed=typed)
    assert said.exit_code == 1
    assert "is not the count of recipients" in said.output
    assert made(women) == []


def test_a_script_gives_the_count_and_it_must_be_right(women: People, run: Run) -> None:
    assert run(*NEW, "--at", tomorrow(), "--yes", "5").exit_code == 1
    assert made(women) == []
    assert run(*NEW, "--at", tomorrow(), "--yes", "3").exit_code == 0
    assert len(made(women)) == 1


def test_who_did_not_see_the_end_may_repeat_the_command(women: People, run: Run) -> None:
    command = (*NEW, "--at", tomorrow(), "--yes", "3")
    run(*command)
    said = run(*command)
    assert said.exit_code == 1
    assert "has the same text and audience" in said.output
    assert len(made(women)) == 1
    assert run(*command, "--again").exit_code == 0
    assert len(made(women)) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--text", RW], "There is no text in en"),
        (["--text", RW, "--text", "rw=Again"], "There are two texts in rw."),
        (["--text", "Muraho"], "`Muraho` has no language"),
        (["--text-file", "rw=/nowhere"], "/nowhere is not a readable file"),
        ([], "There is no text"),
        (["--text", RW, "--text", EN, "--group", "7"], "There is no group `7`; there is: 1."),
        (["--text", RW, "--text", EN, "--role", "wife"], "There is no role `wife`"),
        (["--text", RW, "--text", EN, "--at", "tomorrow"], "`tomorrow` is not a time"),
        (["--text", RW, "--text", EN, "--at", "2020-01-01 10:00"], "The hour to send at is past."),
        (["--text", RW, "--text", "en=No vio lence"], "has `violen` in it"),
        (["--text", RW, "--text", EN, "--role", "leader"], "Nobody would get it."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(women: People, run: Run, words: list[str], said: str) -> None:
    found = run("new", "--yes", "3", *words)
    assert found.exit_code == 1
    assert said in found.output
    assert "Traceback" not in found.output
    assert made(women) == []


def test_texts_come_from_files_and_folding_is_shown(women: People, run: Run, tmp_path: Path) -> None:
    (tmp_path / "rw").write_text("\ufeffMuraho – murakoze\n", "utf-8")
    said = run("new", "--text-file", f"rw={tmp_path / 'rw'}", "--text", EN, "--at", tomorrow(), "--dry-run")
    assert said.exit_code == 0, said.output
    assert "        | Muraho - murakoze" in said.output
    assert "note      In rw, so that every phone can show it: `–` becomes `-`." in said.output


def test_coaches_get_one_of_their_own(women: People, run: Run) -> None:
    women.coach(women.phone())
    women.coach(women.phone(stopped_on=TODAY))
    women.records.conn.commit()
    said = run("new", "--role", "coach", "--text", RW, "--at", tomorrow(), "--yes", "1")
    assert said.exit_code == 0, said.output
    assert "left out  1 number_stopped" in said.output
    assert statuses(women) == {"planned": 1, "cancelled": 1}


def test_a_broadcast_is_listed_shown_paused_resumed_and_cancelled(women: People, run: Run) -> None:
    assert "There is no broadcast yet." in run("list").output
    run(*NEW, "--at", tomorrow(), "--yes", "3")
    (one,) = made(women)
    start = str(one.id)[:8]
    assert f"{start}  planned" in run("list").output
    shown = run("show", start).output
    for line in (
        "state     planned",
        "by office",
        "| Hello! Thank you.",
        "cancelled 1 no_consent: nobody",
        "planned   3",
    ):
        assert line in shown
    assert "Paused." in run("pause", start, "--by", "Keza").output
    assert "already" in run("pause", start).output
    assert f"{start}  paused" in run("list").output
    assert "Resumed." in run("resume", start).output
    assert "It is not paused" in run("resume", start).output
    assert "Cancelled: 3 numbers will not get it." in run("cancel", start).output
    assert "already" in run("cancel", start).output
    assert f"{start}  cancelled" in run("list").output
    trail = women.records.conn.execute(text("select who, what from audit_entry order by id")).all()
    assert [tuple(row) for row in trail] == [
        ("office", "make_broadcast"),
        ("Keza", "pause_broadcast"),
        ("office", "resume_broadcast"),
        ("office", "cancel_broadcast"),
    ]


def test_an_unknown_broadcast_is_said(women: People, run: Run) -> None:
    for command in ("show", "pause", "resume", "cancel", "watch"):
        said = run(command, "abcd")
        assert said.exit_code == 1
        assert "No broadcast, or more than one, has an id" in said.output


def test_watching_ends_when_nothing_waits_any_more(
    women: People, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*NEW, "--at", tomorrow(), "--yes", "3")
    conn = women.records.conn
    left = ["sent", "delivered", "failed"]

    def one_more(_: float) -> None:
        waiting = conn.execute(text("select id from message where status = 'planned' limit 1")).scalar_one()
        conn.execute(
            text("update message set status = :status where id = :id"), {"status": left.pop(), "id": waiting}
        )
        conn.commit()

    monkeypatch.setattr("sms_app.cli.broadcast.time.sleep", one_more)
    (one,) = made(women)
    said = run("watch", str(one.id))
    assert said.exit_code == 0, said.output
    assert left == []
    for line in ("state     over", "delivered 1", "failed    1", "sent      1", "cancelled 1 no_consent"):
        assert line in said.output


def test_cost_stands_beside_what_was_reckoned(women: People, environment: dict[str, str]) -> None:
    at = datetime.fromisoformat("2026-11-10T10:00:00+02:00")
    phone = women.phone()
    women.sent(phone, at, rule="session_tomorrow", cost=22, currency="RWF", segments=2)
    women.sent(phone, at, rule="session_today", segments=1)
    women.records.conn.commit()

    def cost(*words: str) -> Result:
        return CliRunner().invoke(app, ["cost", *words], env=environment)

    said = [" ".join(line.split()) for line in cost("--month", "2026-11").output.splitlines()]
    assert "session_tomorrow 1 2 24.00 22.00 RWF -2.00" in said
    assert "session_today 1 1 12.00 not told" in said
    assert "Nothing was sent in this month." in cost("--month", "2026-10").output
    refused = cost("--month", "11/2026")
    assert refused.exit_code == 1
    assert "write it as 2026-11" in refused.output


def test_on_a_terminal_the_count_is_typed(women: People, environment: dict[str, str]) -> None:
    """The command itself, on a pseudo-terminal: it waits for the count, and makes the broadcast."""
    master, slave = pty.openpty()
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("SMS_APP_")}, **environment}
    command = [COMMAND, "broadcast", *NEW, "--at", tomorrow()]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, close_fds=True)
    os.close(slave)
    assert "type how many numbers get it" in _until(master, "get it:")
    os.write(master, b"3\n")
    assert "Created: broadcast" in _until(master, "started again.")
    assert process.wait(60) == 0
    os.close(master)
    assert len(made(women)) == 1


def _until(master: int, word: str) -> str:
    """What a terminal shows, up to a word or its end."""
    found = ""
    while word not in found and select.select([master], [], [], 60)[0]:
        try:
            found += os.read(master, 4096).decode()
        except OSError:
            break
    return found
