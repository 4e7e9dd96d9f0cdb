from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sms_app.config import Config
from sms_app.vault import Vault
from tests.world.app import application, populate
from tests.world.databases import Database


@pytest.fixture
def app(config: Config, demo_database: Database, vault: Vault) -> Iterator[Flask]:
    """The application on the demo's database, with a few people."""
    populate(demo_database, vault)
    with application(replace(config, demo=True)) as found:
        yield found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
