"""Runs Alembic in this process, without an ini file or a command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from sms_app.database import unpooled_engine
from sms_app.migrations.roles import grant

HERE = Path(__file__).parent
# two releases started at once migrate one after the other
LOCK = "select pg_advisory_xact_lock(8010001)"

CAN_REMAKE = "select to_regproc('make_ussd_dialogue') is not null"
REMAKE = "select make_ussd_dialogue()"
TABLE_OF_REVISIONS = "select to_regclass('alembic_version') is not null"
REVISION = "select version_num from alembic_version"
IS_OWNER = """
select pg_has_role(current_user, c.relowner, 'member') from pg_class c
where c.oid = to_regclass('alembic_version')
"""


def head() -> str:
    """The newest revision in the code."""
    return _scripts().get_current_head() or ""


def current(url: str) -> str | None:
    """The revision of the database at a URL; None without a revision."""
    with _connection(url) as conn:
        return MigrationContext.configure(conn).get_current_revision()


def revision_of(conn: Connection) -> str | None:
    """The revision of a connection's database; None without a revision."""
    if not conn.exec_driver_sql(TABLE_OF_REVISIONS).scalar_one():
        return None
    revision = conn.exec_driver_sql(REVISION).scalar_one_or_none()
    return None if revision is None else str(revision)


def is_owner(conn: Connection) -> bool | None:
    """Whether a connection's role owns the tables, and so may change them; None when there are no tables."""
    owner = conn.exec_driver_sql(IS_OWNER).scalar_one_or_none()
    return None if owner is None else bool(owner)


def known(revision: str) -> bool:
    """Whether this code has a revision. It does not have the revision of a newer version's database."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def upgrade(url: str, revision: str = "head", kind: Callable[[Connection], str] | None = None) -> None:
    """Bring the database at a URL to a revision and grant the rights of its roles, if any, in one transaction.

    `kind` decides which kind of installation a database without a kind becomes: `demo`, `bare` or `production`. Without
    `kind` the audit trail decides. If a restored backup has no table of open dialogues, that is made first."""
    with _connection(url) as conn:
        conn.exec_driver_sql(LOCK)
        if conn.exec_driver_sql(CAN_REMAKE).scalar_one():
            # as it is at the database's own revision; the later revisions change it
            conn.exec_driver_sql(REMAKE)
        config = _config(conn)
        config.attributes["kind"] = kind
        command.upgrade(config, revision)
        grant(conn)


def downgrade(url: str, revision: str) -> None:
    """Bring the database back to an older revision, in one transaction. Data that only newer tables have is lost."""
    with _connection(url) as conn:
        conn.exec_driver_sql(LOCK)
        command.downgrade(_config(conn), revision)


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    with unpooled_engine(url).begin() as conn:
        yield conn


def _config(conn: Connection | None = None) -> Config:
    config = Config(attributes={"connection": conn})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
