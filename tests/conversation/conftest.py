"""The demo programme, loaded once a run, and a copy of it for a test or a module."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import create_engine, pool

from sms_app import embedded
from sms_app.config import sqlalchemy_url
from sms_app.programme.settings import load_programme, store_programme
from sms_app.simulator import demo
from sms_app.vault import Vault
from tests.world.databases import url_of
from tests.world.dialogue import NOW, World, opened_world
from tests.world.programme import RWANDA

DEMO = "sms_app_demo_template"
LOCK = 2
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def demo_template(template: str, server_urls: dict[str, str], vault: Vault) -> str:
    """The demo programme as of NOW, loaded once a run."""
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(%s)", (LOCK,))
        if not conn.execute("select 1 from pg_database where datname = %s", (DEMO,)).fetchone():
            building = f"{DEMO}_building"
            conn.execute(f"drop database if exists {building}")
            conn.execute(f"create database {building} template {template} owner {embedded.OWNER}")
            engine = create_engine(
                sqlalchemy_url(url_of(server_urls["owner"], building)), poolclass=pool.NullPool
            )
            programme = load_programme(RWANDA)
            with engine.begin() as owner:
                demo.load(owner, vault, programme, store_programme(owner, programme), NOW.date())
            conn.execute(f"alter database {building} rename to {DEMO}")
    return DEMO


@pytest.fixture
def world(demo_template: str, server_urls: dict[str, str], vault: Vault) -> Iterator[World]:
    """A test's own copy of the demo programme."""
    with opened_world(demo_template, server_urls, f"d_{os.getpid()}_{next(_numbers)}", vault) as found:
        yield found


@pytest.fixture(scope="module")
def module_world(demo_template: str, server_urls: dict[str, str], vault: Vault) -> Iterator[World]:
    """A copy that a module's tests dial once and then only look at."""
    with opened_world(demo_template, server_urls, f"d_{os.getpid()}_{next(_numbers)}", vault) as found:
        yield found
