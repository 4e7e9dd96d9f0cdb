"""`sms-app account`: accounts of the staff's console, as the administrator types them on the server."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from sms_app.cli.accounts import app
from sms_app.vault import Vault
from tests.world.programme import start_from

EMAIL = "officer@example.org"


@pytest.fixture
def typed(environment: dict[str, str], owner: Connection, vault: Vault):
    """Types a command; gives its exit code and what it printed."""
    start_from(owner, vault)
    owner.commit()

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words), env=environment)
        return done.exit_code, done.output

    return run


def secrets_of(output: str) -> set[str]:
    """The password, the second factor's secret and the recovery codes that a command printed."""
    kept = [
        line.split()[-1] for line in output.splitlines() if "password," in line or "authenticators" in line
    ]
    return {*kept, *re.findall(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", output)}


def test_an_account_is_added_reset_and_disabled(typed, owner: Connection) -> None:
    assert typed("list") == (0, "There is no account yet.\n")
    code, first = typed("add", EMAIL, "--role", "officer", "--by", "office")
    assert (code, "shown once" in first) == (0, True)
    assert len(re.findall(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", first)) == 10
    assert typed("list") == (0, f"{EMAIL}  officer  signed in: 0  has not replaced its first password\n")
    code, second = typed("reset", EMAIL, "--by", "office")
    assert code == 0
    # everything that it signs in with is new
    assert not secrets_of(first) & secrets_of(second)
    assert typed("disable", EMAIL, "--by", "office") == (0, f"{EMAIL} can't sign in any more.\n")
    assert typed("reset", EMAIL)[0] == typed("disable", EMAIL)[0] == 1
    # the address is free again
    assert typed("add", EMAIL, "--role", "researcher", "--language", "rw", "--by", "office")[0] == 0
    entries = owner.exec_driver_sql(
        "select who, what from audit_entry where subject = 'account' order by id"
    ).all()
    assert [tuple(entry) for entry in entries] == [
        ("office", "add_account"),
        ("office", "reset_account"),
        ("office", "disable_account"),
        ("office", "add_account"),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("no address", "--role", "officer"), "is no e-mail address"),
        ((EMAIL, "--role", "chief"), "`chief` is no role: it is one of administrator, officer"),
        ((EMAIL, "--role", "officer", "--language", "fr"), "the console has en, rw"),
    ],
)
def test_an_account_that_can_not_be_made_says_why(typed, words: tuple[str, ...], why: str) -> None:
    code, output = typed("add", *words)
    assert (code, why in output) == (1, True)


def test_an_address_has_one_account_and_an_unknown_one_none(typed) -> None:
    typed("add", EMAIL, "--role", "officer")
    assert "already" in typed("add", EMAIL.upper(), "--role", "officer")[1]
    assert "see `sms-app account list`" in typed("reset", "nobody@example.org")[1]
