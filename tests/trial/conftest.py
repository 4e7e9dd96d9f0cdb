"""The trial's commands as the office types them."""

from collections.abc import Callable

import pytest
from typer import Typer

from tests.world.office_commands import Run, runner
from tests.world.records import Records

Commands = Callable[[Typer], Run]


@pytest.fixture
def command(environment: dict[str, str], records: Records) -> Commands:
    """A command of an app, at noon of 4 March 2026."""
    return lambda app: runner(app, environment, records)
