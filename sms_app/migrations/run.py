"""Alembic, called in process: no ini file, no command line of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

HERE = Path(__file__).parent


def head() -> str:
    """The newest revision in the code."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision of the database at a SQLAlchemy URL; None when it has none."""
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as conn:
        return MigrationContext.configure(conn).get_current_revision()


def known(revision: str) -> bool:
    """Whether this code knows a database's revision; it does not when the database is of a newer version."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at a SQLAlchemy URL to a revision, in one transaction."""
    script = ScriptDirectory.from_config(_config())
    _run(url, lambda rev, context: script._upgrade_revs(revision, rev))


def downgrade(url: str, revision: str) -> None:
    """The way back."""
    script = ScriptDirectory.from_config(_config())
    _run(url, lambda rev, context: script._downgrade_revs(revision, rev))


def _run(url: str, steps: Callable[[Any, Any], Any]) -> None:
    config = _config()
    script = ScriptDirectory.from_config(config)
    engine = create_engine(url, poolclass=pool.NullPool)
    with EnvironmentContext(config, script, fn=steps) as environment, engine.begin() as conn:
        environment.configure(connection=conn, target_metadata=None)
        environment.run_migrations()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config


__all__ = ["current", "downgrade", "head", "known", "upgrade"]
