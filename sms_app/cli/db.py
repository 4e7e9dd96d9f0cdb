"""`sms-app db`: the database's roles, its tables, and the programmes that it knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, pool

from sms_app.cli.database import config, fail
from sms_app.config import Config, ConfigError, sqlalchemy_url
from sms_app.conversation.checked import sound_programmes
from sms_app.migrations import roles as database_roles
from sms_app.migrations import run
from sms_app.programme.settings import store_programme

app = typer.Typer(help="The database: roles, tables, programmes.", no_args_is_help=True)
OLDER = (
    "The database is of a newer version of sms-app than this one: run that version, or use another database."
)


@app.command()
def roles() -> None:
    """Make the roles named in the SMS_APP_…_DATABASE_URLs, or set their passwords anew. May be repeated."""
    make_roles(config("owner"))


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision; the newest if left out.")] = "head",
) -> None:
    """Bring the tables to this version of sms-app, and grant each role what it may do."""
    migrate(config("owner"), revision)


@app.command()
def downgrade(revision: Annotated[str, typer.Argument(help="A revision, or `base`.")]) -> None:
    """Take the tables back to an earlier revision. What only newer tables hold is lost."""
    run.downgrade(sqlalchemy_url(config("owner").database_url), revision)


@app.command()
def current() -> None:
    """Print the tables' revision and the newest one known here."""
    found = run.current(sqlalchemy_url(config("owner").database_url))
    typer.echo(f"{found or 'no tables yet'} (newest: {run.head()})")


@app.command()
def programmes() -> None:
    """Store the settings of every programme in the flows folder. May be repeated."""
    for slug in store_programmes(config("owner")):
        typer.echo(slug)


def make_roles(settings: Config) -> None:
    """Make each role as its URL says. Raises ConfigError for a URL that is not its role's."""
    engine = create_engine(sqlalchemy_url(settings.database_url), poolclass=pool.NullPool)
    with engine.begin() as conn:
        database_roles.make_roles(conn, passwords(settings, database_roles.database(conn)))


def passwords(settings: Config, database: str) -> Mapping[str, str]:
    """The roles' passwords by role name, out of their URLs. Raises ConfigError, naming each variable at fault."""
    urls = {
        "web": settings.web_database_url,
        "worker": settings.worker_database_url,
        "support": settings.support_database_url,
    }
    found, faults = {}, []
    for name, url in urls.items():
        parts = conninfo_to_dict(url) if url else {}
        user, password = database_roles.role(database, name), str(parts.get("password") or "")
        if parts.get("user") != user or not password:
            faults.append(f"SMS_APP_{name.upper()}_DATABASE_URL must name the role {user} and its password")
        found[name] = password
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def migrate(settings: Config, revision: str = "head") -> None:
    """Upgrade the tables. Refuses a database of a newer version."""
    url = sqlalchemy_url(settings.database_url)
    found = run.current(url)
    if found is not None and not run.known(found):
        fail(OLDER)
    run.upgrade(url, revision)


def store_programmes(settings: Config) -> list[str]:
    """Store every programme's settings; their short names. Raises FlowFaults before anything is stored."""
    found = [programme for programme, _ in sound_programmes(settings.flows, settings.locales)]
    engine = create_engine(sqlalchemy_url(settings.database_url), poolclass=pool.NullPool)
    with engine.begin() as conn:
        for programme in found:
            store_programme(conn, programme)
    return [programme.slug for programme in found]
