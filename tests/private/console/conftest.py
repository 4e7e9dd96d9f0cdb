"""The support console on each test's database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from sms_app.vault import Vault
from tests.world.console import World, console_world
from tests.world.databases import Database
from tests.world.programme import stored_rwanda


@pytest.fixture
def world(database: Database, owner: Connection, vault: Vault) -> Iterator[World]:
    programme = stored_rwanda(owner, vault).id
    owner.commit()
    with console_world(database, programme) as made:
        made.make_ready()
        yield made
