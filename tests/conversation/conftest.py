"""The demo programme, loaded once a run, and a copy of it for a test or a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, pool

from sms_app.config import sqlalchemy_url
from sms_app.vault import Vault
from tests.world.databases import build_once
from tests.world.demo import load
from tests.world.dialogue import NOW, World, opened_world

DEMO = "sms_app_demo_template"


@pytest.fixture(scope="session")
def demo_template(template: str, server_urls: dict[str, str], vault: Vault) -> str:
    """The demo programme as of NOW, loaded once a run."""

    def fill(url: str) -> None:
        with create_engine(sqlalchemy_url(url), poolclass=pool.NullPool).begin() as conn:
            load(conn, vault, NOW.date())

    build_once(server_urls, DEMO, fill, template)
    return DEMO


@pytest.fixture
def world(demo_template: str, server_urls: dict[str, str], vault: Vault) -> Iterator[World]:
    """A test's own copy of the demo programme."""
    with opened_world(server_urls, demo_template, vault) as made:
        yield made


@pytest.fixture(scope="module")
def module_world(demo_template: str, server_urls: dict[str, str], vault: Vault) -> Iterator[World]:
    """A copy that a module's tests dial once and then only look at."""
    with opened_world(server_urls, demo_template, vault) as made:
        yield made
