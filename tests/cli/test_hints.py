"""Only `cli` names commands; the modules below name the case, and every case has its words."""

from __future__ import annotations

import ast
import re
from inspect import signature
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from sms_app.cli.hints import HINTS, hinted, with_hints
from sms_app.config import Config, ConfigError
from sms_app.engine.flow import Fault, FlowFaults
from sms_app.programme import desk, disputes, installation
from sms_app.programme.key_check import NO_TABLE, KeysRefused
from sms_app.texts import STALE

ROOT = Path(__file__).parent.parent.parent
# the command itself, and what only it runs
MAY_NAME_COMMANDS = (
    "sms_app/cli/",
    "sms_app/simulator/",
    "sms_app/embedded.py",
    # the head of a file says which command writes it
    "sms_app/engine/checker/published.py",
)
COMMAND = re.compile(r"`sms-app |\b[Ss]ay --[a-z]")


def texts(source: str) -> list[tuple[int, str]]:
    """Every piece of text in a module with its line, docstrings left out."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


def test_no_module_below_the_command_names_a_command() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for package in ("sms_app", "worker")
        for path in sorted((ROOT / package).rglob("*.py"))
        if not path.relative_to(ROOT).as_posix().startswith(MAY_NAME_COMMANDS)
        for line, text in texts(path.read_text())
        if COMMAND.search(text)
    ]
    assert named == []


def test_the_law_sees_a_command_in_a_text_and_not_in_a_docstring() -> None:
    source = '"""`sms-app up` is only mentioned."""\nfault = f"{1}: run `sms-app db upgrade`"\n'
    assert [line for line, text in texts(source) if COMMAND.search(text)] == [2]


def test_each_case_that_a_module_names_has_its_hint() -> None:
    cases = set(get_args(installation.Help))
    for refused in (disputes.Refused, desk.Refused):
        assert "help" in signature(refused).parameters
        literal = get_args(get_type_hints(refused.__init__)["help"])[0]
        cases |= set(get_args(literal))
    assert cases == HINTS.keys()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            KeysRefused([NO_TABLE, installation.StartFault("key 3 is missing")]),
            "The database has no table for checking keys: run `sms-app db upgrade`.\nKey 3 is missing.",
        ),
        (desk.Refused("Not there.", "no_gathering"), "Not there: `sms-app sessions list` shows them."),
        (disputes.Refused("No answer."), "No answer."),
        (
            FlowFaults([Fault("rw.po", 1, STALE), Fault("rw.po", 2, "no such key")]),
            f"rw.po:1: {STALE}: run `sms-app flows compile`\nrw.po:2: no such key",
        ),
    ],
)
def test_an_error_is_shown_with_the_command_that_helps(error: Exception, said: str) -> None:
    assert with_hints(error) == said


def test_a_clause_without_full_stop_stays_one() -> None:
    assert (
        hinted("key 1 is made up", "key_made_up") == "key 1 is made up: make one with `sms-app vault new-key`"
    )


def test_only_malformed_keys_bring_the_hint_how_to_make_one() -> None:
    with pytest.raises(ConfigError) as missing:
        Config.from_env({}, "owner")
    assert with_hints(missing.value) == "SMS_APP_DATABASE_URL is missing"
    with pytest.raises(ConfigError) as malformed:
        Config.from_env({"SMS_APP_KEYS": "1:short"}, "flows")
    assert with_hints(malformed.value).endswith("\nMake a key with `sms-app vault new-key`.")
