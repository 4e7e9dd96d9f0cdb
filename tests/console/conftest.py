"""The staff's console on each test's database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from sms_app.messaging import sending_switch
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import start_from
from tests.world.staff_console import StaffWorld, staff_world
from tests.world.staff_pages import People
from tests.world.times import NOW


@pytest.fixture
def world(database: Database, owner: Connection, vault: Vault) -> Iterator[StaffWorld]:
    with staff_world(database, start_from(owner, vault), vault) as made:
        yield made


@pytest.fixture
def people(world: StaffWorld) -> People:
    """Three women who get texts, one who stopped them, one without a number."""
    made = People(world)
    for n in range(5):
        made.woman(phone=n != 4, stopped=n == 3)
    sending_switch.start(world.owner, "office", NOW)
    world.owner.commit()
    return made
