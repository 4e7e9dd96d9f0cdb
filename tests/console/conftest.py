"""The staff's console on each test's database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_console import StaffWorld, staff_world


@pytest.fixture
def world(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    with staff_world(database, start_from(owner, vault), vault) as made:
        yield made
