"""Real PostgreSQL and Redis for every test that asks for them: one pair a run, shared by all xdist workers.

The run's first process starts them and stops them. A test gets a database of its own, copied from one that was
migrated once (about 30 ms)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from sms_app.config import Config
from sms_app.vault import Vault
from tests.world.checked_once import checked_once
from tests.world.databases import (
    KEPT,
    KEYS,
    TEMPLATE,
    Database,
    build_once,
    copied,
    environment_of,
    migrate,
    pooled,
    redis_of,
    servers,
    use_memory,
)
from tests.world.programme import start
from tests.world.records import Records
from tests.world.weak_passwords import weak_passwords

if TYPE_CHECKING:
    from tests.world.service import Service

# The same examples each time, however slow the machine: a failure is the code's and comes again. A test that has a
# fixture of its own for all its examples puts back what they share.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")
if KEPT not in os.environ:
    # the tests start some hundred processes, and each would compile the sources anew
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
LONGEST = (
    "test_start_kills",
    "test_up",
    "test_up_sending",
    "test_send_faults",
    "test_kills",
    "conversation/test_crawl",
    "messaging/test_demo_week",
    "cli/test_review",
    "engine/test_mutations",
    "simulator/test_phone_page",
    "simulator/test_year",
    "private/test_wall_canary",
)
_RUN = pytest.StashKey[tuple[ExitStack, dict[str, str]]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers, in the one process that outlives all workers."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    use_memory()
    stack = ExitStack()
    # servers of a run around this one, which runs the same few tests again and again: tests/mutants.py
    kept = os.environ.get(KEPT)
    session.config.stash[_RUN] = (stack, json.loads(kept) if kept else stack.enter_context(servers()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest modules first, so that no worker has one left when the other has nothing."""
    order = {f"tests/{name}.py": n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.path.relative_to(item.config.rootpath).as_posix(), len(order)))


def pytest_configure_node(node) -> None:
    """xdist: tell a worker where the servers are."""
    node.workerinput["server_urls"] = node.config.stash[_RUN][1]


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN][0].close()


@pytest.fixture(scope="session")
def server_urls(request: pytest.FixtureRequest) -> dict[str, str]:
    """The run's servers: `superuser`, `owner`, and `redis web` and so on by the user of Redis."""
    told = getattr(request.config, "workerinput", None)
    return told["server_urls"] if told else request.config.stash[_RUN][1]


@pytest.fixture(scope="session", autouse=True)
def _checked_once() -> Iterator[None]:
    """A check takes more than a second; a test that starts a service by itself makes one of its own."""
    with checked_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def _weak_passwords() -> Iterator[None]:
    """Accounts sign in with little work; a test that starts a console by itself does it in full."""
    with weak_passwords():
        yield


@pytest.fixture(scope="session")
def template(server_urls: dict[str, str]) -> str:
    """A migrated, empty database with its roles; whichever worker comes first makes it."""
    build_once(server_urls, TEMPLATE, migrate)
    return TEMPLATE


@pytest.fixture
def database(template: str, server_urls: dict[str, str]) -> Iterator[Database]:
    """A fresh migrated database."""
    with copied(server_urls, template) as made:
        yield made


@pytest.fixture(scope="module")
def module_database(template: str, server_urls: dict[str, str]) -> Iterator[Database]:
    """A database that a module's tests fill once and then only read."""
    with copied(server_urls, template) as made:
        yield made


@pytest.fixture
def demo_database(database: Database) -> Database:
    """This test's database, as if `up` had made it: the phone page is for a demo only."""
    with psycopg.connect(database.owner) as conn:
        conn.execute("update installation set kind = 'demo'")
    return database


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    """SQLAlchemy's engine as the worker role."""
    with pooled(database.worker) as made:
        yield made


@pytest.fixture
def staff_engine(database: Database) -> Iterator[Engine]:
    """SQLAlchemy's engine as the role of the commands for staff."""
    with pooled(database.staff) as made:
        yield made


@pytest.fixture
def db(owner_engine: Engine) -> Iterator[Session]:
    """A SQLAlchemy session as the owner; the test commits what others should see."""
    with Session(owner_engine) as found:
        yield found


@pytest.fixture
def owner_engine(database: Database) -> Iterator[Engine]:
    """SQLAlchemy's engine as the owner, who makes tables and is still refused by triggers and constraints."""
    with pooled(database.owner) as made:
        yield made


@pytest.fixture
def owner(owner_engine: Engine) -> Iterator[Connection]:
    """A connection as the owner."""
    with owner_engine.connect() as conn:
        yield conn


@pytest.fixture
def conn(owner_engine: Engine) -> Iterator[Connection]:
    """Another connection as the owner, to make records with; the test commits what others should see."""
    with owner_engine.connect() as found:
        yield found


@pytest.fixture
def records(conn: Connection, vault: Vault) -> Records:
    """A programme with one group, to add people and savings to, on `conn`."""
    return start(conn, vault)


@pytest.fixture
def redis_urls(server_urls: dict[str, str], worker_id: str) -> dict[str, str]:
    """An empty Redis, by the names of its users: each xdist worker has a database number of its own."""
    urls = redis_of(server_urls, worker_id)
    with redis.Redis.from_url(urls["owner"]) as client:
        client.flushdb()
    return urls


@pytest.fixture
def redis_url(redis_urls: dict[str, str]) -> str:
    """An empty Redis, as its owner."""
    return redis_urls["owner"]


@pytest.fixture(scope="session")
def vault() -> Vault:
    """The tests' keys: 2 is active, 1 still opens."""
    return Vault.parse(KEYS)


@pytest.fixture
def environment(database: Database, redis_urls: dict[str, str]) -> dict[str, str]:
    """The SMS_APP_ variables of a service on this test's database, as a command would be given them."""
    return environment_of(database, redis_urls)


@pytest.fixture
def running(database: Database, environment: dict[str, str], vault: Vault) -> Iterator[Service]:
    """A service whose workers and clocks are processes of their own, started by the test, with a provider that
    remembers what it took and reports nothing by itself."""
    from tests.world.provider import provider
    from tests.world.service import service

    with provider() as post, service(database, environment, post, vault) as found:
        post.faults.reports = False
        yield found


@pytest.fixture
def config(environment: dict[str, str]) -> Config:
    """The web process's configuration on this test's database."""
    return Config.from_env(environment | {"SMS_APP_REDIS_URL": environment["SMS_APP_WEB_REDIS_URL"]}, "web")
