"""`--help`: every command, option and argument is explained, and offers nothing that is not for this command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from sms_app.cli.main import SUBJECTS, app


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A command and all commands below it, each with what one types for it."""
    yield name, command
    if hasattr(command, "list_commands"):
        for below in command.list_commands(None):
            yield from commands(command.get_command(None, below), f"{name} {below}")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_everything_is_explained(subject: str) -> None:
    root: Any = typer.main.get_command(app)
    unexplained = []
    for name, command in commands(root.get_command(None, subject), subject):
        if not (command.help or "").strip().endswith((".", ":")):
            unexplained.append(name)
        unexplained += [f"{name} {each.opts[0]}" for each in command.params if not each.help]
    assert unexplained == []


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_subject_installs_a_completion(subject: str) -> None:
    root: Any = typer.main.get_command(app)
    every = commands(root.get_command(None, subject), subject)
    assert [name for name, command in every for each in command.params if "completion" in each.opts[0]] == []
