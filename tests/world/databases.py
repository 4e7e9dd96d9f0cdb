"""The databases of a run and of each test: servers, the migrated template, and the keys and secrets of the tests."""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import Connection

from sms_app import embedded, folder
from sms_app.programme import key_check
from sms_app.vault import Vault

TEMPLATE = "sms_app_test"
BUILDING = "sms_app_building"
PASSWORD = "only-for-tests"
LOCK = 1
KEPT = "TEST_SERVERS"
KEYS = ",".join(
    f"{n}:{base64.urlsafe_b64encode(hashlib.sha256(f'only for tests {n}'.encode()).digest()).decode().rstrip('=')}"
    for n in (2, 1)
)
"""They look random: a production database refuses keys that were made up."""
CALLBACK_SECRET = "only-for-tests-callback-0123456789-abcdef"
METRICS_TOKEN = "only-for-tests-metrics-0123456789-abcdef"


@dataclass(frozen=True)
class Database:
    """One test's database: its name, and a libpq URL for each role."""

    name: str
    owner: str
    web: str
    worker: str
    support: str
    staff: str


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis in a folder of their own; their URLs as `server_urls` has them."""
    with ExitStack() as stack:
        place = Path(tempfile.mkdtemp(prefix="sms-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        stack.enter_context(folder.own(place))
        found = stack.enter_context(embedded.servers(place, unsafe=True))
        urls = {"superuser": found.superuser_url, "owner": found.owner_url}
        yield urls | {f"redis {user}": url for user, url in found.redis_urls.items()}


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
