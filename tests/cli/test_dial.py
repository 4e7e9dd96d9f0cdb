"""`sms-app dial` against the real application over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from sms_app.cli.dial import dial
from sms_app.config import Config
from sms_app.simulator.phone.network import Call, new_call, read_dialled
from sms_app.vault import Vault
from tests.world.app import CODE, WOMAN, application, counts, populate, serve
from tests.world.databases import CALLBACK_SECRET, Database

ROOT = """\
+-----------------------+
| Murakaza neza         |
| 1. Amahugurwa         |
| 2. Ubwizigame         |
| 3. Amakuru n'ubufasha |
| 4. Ibindi             |
| 0. Gusohoka           |
+--------------- 85/160 +
"""


@dataclass(frozen=True)
class Terminal:
    """`sms-app dial` with the service's variables set."""

    url: str

    def __call__(self, *arguments: str, typed: str | None = None, **env: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        command = typer.Typer()
        command.command()(dial)
        variables = {"WEB_URL": self.url, "CALLBACK_SECRET": CALLBACK_SECRET, "SERVICE_CODE": CODE, **env}
        done = CliRunner().invoke(command, [*arguments, "--phone", WOMAN], input=typed, env=variables)
        return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def terminal(config: Config, database: Database, vault: Vault) -> Iterator[Terminal]:
    populate(database, vault)
    with application(config) as app, serve(app) as url:
        yield Terminal(url)


def test_a_saving_can_be_dialled_from_the_terminal(terminal: Terminal, database: Database):
    code, out, err = terminal(CODE, "-i", "2", "-i", "1", "-i", "2,000", "-i", "1")
    assert (code, err) == (0, "")
    assert out.startswith(f"{ROOT}> 2\n")
    assert out.endswith("| Murakoze.            |\n+--------------- 9/160 +\n")
    with psycopg.connect(database.owner) as conn:
        assert conn.execute("select amount from contribution").fetchall() == [(2000,)]
        assert conn.execute("select sessions, cost from ussd_cost").fetchall() == [(1, 0)]


def test_a_direct_dial_from_the_terminal_is_answered(terminal: Terminal):
    code, out, _ = terminal("*801*2*1#")
    assert code == 0
    assert "Frw" in out.splitlines()[1]


def test_hanging_up_in_the_middle_is_orderly(terminal: Terminal, database: Database):
    code, out, err = terminal(CODE, typed="2\n\n")
    assert (code, err) == (0, "")
    assert "> " in out
    assert "Ubwizigame\n" not in out.partition("> ")[0]
    assert counts(database, "ussd_event_seen") == {"ussd_event_seen": 1}


def test_an_answer_that_was_not_asked_for(terminal: Terminal):
    code, _, err = terminal(CODE, "-i", "0", "-i", "7")
    assert (code, err) == (1, "The dialogue ended before the answer '7' was used.\n")


WRONG = (
    ("801", {}, "801 is not a service code: dial something like '*801#'.\n"),
    ("*999#", {}, "The service refuses this number or service code (400).\n"),
    (CODE, {"CALLBACK_SECRET": "x" * 40}, "The service does not know this callback secret (404).\n"),
    (
        CODE,
        {"WEB_URL": "http://127.0.0.1:1"},
        "The service cannot be reached: [Errno 111] Connection refused.\n",
    ),
    (
        CODE,
        {"WEB_URL": "127.0.0.1:1"},
        "The service's address must begin with http:// or https://, not '127.0.0.1:1'.\n",
    ),
    (
        CODE,
        {"WEB_URL": ""},
        "The service's address is missing: start `sms-app up`, run `set -a; . DIR/env`, or give --url and --secret.\n",
    ),
)


def test_what_goes_wrong_is_a_sentence(terminal: Terminal):
    for dialled, env, sentence in WRONG:
        assert terminal(dialled, "-i", "1", **env) == (1, "", sentence)


def test_a_dialled_code_is_split_into_service_code_and_answers():
    assert read_dialled("*801#", ["*801#"]) == ("*801#", "")
    assert read_dialled("*801*1*2*4821#", ["*801#"]) == ("*801#", "1*2*4821")
    assert read_dialled("*384*123*2#", ["*384#", "*384*123#"]) == ("*384*123#", "2")
    assert read_dialled("*801*1#", []) == ("*801#", "1")
    for other in ("801", "*801", "*8011#", "*802#", "0788000001", ""):
        assert read_dialled(other, ["*801#"]) is None


def test_a_call_joins_answers_as_the_network_does():
    call = new_call(WOMAN, CODE)
    assert call.typed("2").text == "2"
    assert call.typed("2").typed("3*7").text == "2*3*7"
    assert Call("s", WOMAN, CODE, "1*2").typed("4821").text == "1*2*4821"
    assert new_call(WOMAN, CODE).session_id != call.session_id
