"""The databases of a run and of each test: servers, the migrated template, and the keys and secrets of the tests."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from sqlalchemy import Connection, Engine, create_engine, pool

from sms_app import embedded, folder
from sms_app.config import sqlalchemy_url
from sms_app.migrations import roles, run
from sms_app.programme import key_check
from sms_app.vault import Vault

TEMPLATE = "sms_app_test"
PASSWORD = "only-for-tests"
KEPT = "TEST_SERVERS"
KEYS = ",".join(
    f"{n}:{base64.urlsafe_b64encode(hashlib.sha256(f'only for tests {n}'.encode()).digest()).decode().rstrip('=')}"
    for n in (2, 1)
)
"""They look random: a production database refuses keys that were made up."""
CALLBACK_SECRET = "only-for-tests-callback-0123456789-abcdef"
METRICS_TOKEN = "only-for-tests-metrics-0123456789-abcdef"
MEMORY = "/dev/shm"
PREFIX = "sms-tests-"
ENOUGH_BYTES = 4 << 30
"""More than a run has in its folders at any time."""
# not row by row through the log
COPY = "create database {} template {} owner {} strategy file_copy"
CONSOLE_SECRET = "only-for-tests-console-0123456789-abcdef"
SUPPORT_SECRET = "only-for-tests-support-0123456789-abcdef"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Database:
    """One test's database: its name, and a libpq URL for each role."""

    name: str
    owner: str
    web: str
    worker: str
    support: str
    staff: str
    console: str


@contextmanager
def servers(unsafe: bool = True) -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis in a folder of their own; their URLs as `server_urls` has them. For `unsafe` see
    `embedded.servers`."""
    with ExitStack() as stack:
        sweep()
        place = Path(tempfile.mkdtemp(prefix=PREFIX))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        stack.enter_context(folder.own(place))
        found = stack.enter_context(embedded.servers(place, unsafe=unsafe))
        urls = {"superuser": found.superuser_url, "owner": found.owner_url}
        yield urls | {f"redis {user}": url for user, url in found.redis_urls.items()}


def use_memory() -> None:
    """Make temporary folders in memory, here and in the processes that this one starts: a database is copied there in
    a twentieth of the time. Unless there is too little memory, or the environment names another folder."""
    usable = "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK | os.X_OK)
    if usable and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = MEMORY


def sweep() -> None:
    """Remove the folders of killed runs: those whose lock nobody holds."""
    for place in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), open(place / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(place, ignore_errors=True)


def build_once(
    server_urls: dict[str, str], name: str, fill: Callable[[str], None], template: str = "template1"
) -> None:
    """Make a database unless it is there: a copy that `fill` (given its owner's URL) works on. Of several processes
    that ask for it the first makes it, and the others wait."""
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        conn.execute("select pg_advisory_lock(hashtext(%s))", (name,))
        if not conn.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
            building = f"{name}_building"
            conn.execute(f"drop database if exists {building}")
            conn.execute(COPY.format(building, template, embedded.OWNER))
            fill(url_of(server_urls["owner"], building))
            conn.execute(f"alter database {building} rename to {name}")


@contextmanager
def copied(server_urls: dict[str, str], template: str) -> Iterator[Database]:
    """A copy of a database for as long as it is used. Its roles are those of TEMPLATE: roles belong to the cluster,
    grants are copied."""
    name = f"t_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        conn.execute(COPY.format(name, template, embedded.OWNER))
        # what a database itself grants is not copied
        for statement in roles.database_rights(name, TEMPLATE):
            conn.execute(statement)
        owner = url_of(server_urls["owner"], name)
        yield Database(name, owner, *(url_as(owner, roles.role(TEMPLATE, role)) for role in roles.ROLES))
        conn.execute(f"drop database {name} with (force)")


@contextmanager
def pooled(url: str) -> Iterator[Engine]:
    """SQLAlchemy's engine on a database, which keeps its connections until the block ends."""
    engine = create_engine(sqlalchemy_url(url), max_overflow=-1)
    try:
        yield engine
    finally:
        engine.dispose()


def redis_of(server_urls: dict[str, str], worker_id: str) -> dict[str, str]:
    """Redis by the names of its users: each xdist worker has a database number of its own."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    return {
        key.removeprefix("redis "): url.replace("db=0", f"db={number}")
        for key, url in server_urls.items()
        if key.startswith("redis ")
    }


def environment_of(database: Database, redis_urls: dict[str, str]) -> dict[str, str]:
    """The SMS_APP_ variables of a service on a database, as a command would be given them."""
    return {
        "SMS_APP_DATABASE_URL": database.owner,
        "SMS_APP_WEB_DATABASE_URL": database.web,
        "SMS_APP_WORKER_DATABASE_URL": database.worker,
        "SMS_APP_SUPPORT_DATABASE_URL": database.support,
        "SMS_APP_STAFF_DATABASE_URL": database.staff,
        "SMS_APP_CONSOLE_DATABASE_URL": database.console,
        "SMS_APP_REDIS_URL": redis_urls["worker"],
        "SMS_APP_WEB_REDIS_URL": redis_urls["web"],
        "SMS_APP_CLOCK_REDIS_URL": redis_urls["clock"],
        "SMS_APP_KEYS": KEYS,
        "SMS_APP_CALLBACK_SECRET": CALLBACK_SECRET,
        "SMS_APP_METRICS_TOKEN": METRICS_TOKEN,
        "SMS_APP_SUPPORT_SECRET": SUPPORT_SECRET,
        "SMS_APP_CONSOLE_SECRET": CONSOLE_SECRET,
        # nobody listens there: a test that sends gives the address of its own provider
        "SMS_APP_PROVIDER_URL": "http://127.0.0.1:9",
        "SMS_APP_PROVIDER_USERNAME": "hills",
        "SMS_APP_PROVIDER_API_KEY": "only-for-tests-provider-key",
    }


def migrate(url: str) -> None:
    """The tables of the newest version, the roles of TEMPLATE, and the tests' keys."""
    run.upgrade(sqlalchemy_url(url))
    with create_engine(sqlalchemy_url(url), poolclass=pool.NullPool).begin() as conn:
        roles.make_roles(conn, dict.fromkeys(roles.ROLES, PASSWORD), TEMPLATE)
        register_keys(conn, Vault.parse(KEYS))


def register_keys(conn: Connection, vault: Vault) -> None:
    """As `sms-app db upgrade` does, but for the audit trail, which has what a test did."""
    for id_ in vault.ids:
        conn.exec_driver_sql(key_check.STORE, {"id": id_, "sealed": vault.seal_check(id_)})


def url_of(url: str, database: str) -> str:
    """A server's URL for another of its databases."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def url_as(url: str, role: str) -> str:
    """A URL with another role of the server, and its password."""
    return urlunsplit(urlsplit(url)._replace(netloc=f"{role}:{PASSWORD}@"))
