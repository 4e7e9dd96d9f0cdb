"""Demo programmes for this room's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.demo import Loaded, load


@pytest.fixture(scope="module")
def loaded(module_database: Database, vault: Vault) -> Iterator[Loaded]:
    """One demo for all tests that only read it."""
    engine = create_engine(sqlalchemy_url(module_database.owner), poolclass=pool.NullPool)
    with engine.connect() as found:
        yield load(found, vault)
