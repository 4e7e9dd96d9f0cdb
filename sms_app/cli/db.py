"""`sms-app db`: the database's roles, its tables, and the programmes that it knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine

from sms_app import clock
from sms_app.cli.database import config, fail, operator_name
from sms_app.config import Config, ConfigError
from sms_app.conversation.checked import sound_programmes
from sms_app.database import unpooled_engine
from sms_app.migrations import roles as database_roles
from sms_app.migrations import run
from sms_app.programme import audit, installation, key_check
from sms_app.programme.settings import Programme, store_programme
from sms_app.vault import Vault

app = typer.Typer(help="The database: roles, tables, programmes.", no_args_is_help=True)
OLDER = (
    "The database is of a newer version of sms-app than this one: run that version, or use another database."
)
HAS_TRAIL = "select to_regclass('audit_entry') is not null"
By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]


@app.command()
def roles(by: By = "") -> None:
    """Make the roles named in the SMS_APP_…_DATABASE_URLs, or set their passwords anew. May be repeated."""
    make_roles(config("owner"), by or operator_name())


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision; the newest if left out.")] = "head",
    by: By = "",
) -> None:
    """Bring the tables to this version of sms-app, grant each role what it may do, and register the keys.

    A database that is made by it is a production database."""
    migrate(config("upgrade"), by or operator_name(), revision)


@app.command()
def downgrade(revision: Annotated[str, typer.Argument(help="A revision, or `base`.")], by: By = "") -> None:
    """Take the tables back to an earlier revision. What only newer tables hold is lost."""
    settings = config("owner")
    run.downgrade(settings.database_url, revision)
    with owner(settings).begin() as conn:
        note(conn, settings, None, by or operator_name(), "downgrade", "alembic_version", revision)


@app.command()
def current() -> None:
    """Print the tables' revision and the newest one known here."""
    found = run.current(config("owner").database_url)
    typer.echo(f"{found or 'no tables yet'} (newest: {run.head()})")


@app.command()
def programmes(by: By = "") -> None:
    """Store the settings of every programme in the flows folder. May be repeated."""
    for slug in store_programmes(config("owner"), by or operator_name()):
        typer.echo(slug)


def owner(settings: Config) -> Engine:
    """The database as its owner."""
    return unpooled_engine(settings.database_url)


def note(
    conn: Connection,
    settings: Config,
    programme_id: int | None,
    who: str,
    what: str,
    subject: str,
    subject_id: object,
) -> None:
    """Add to the audit trail, unless there are no tables yet, or any more."""
    if conn.exec_driver_sql(HAS_TRAIL).scalar_one():
        audit.record(conn, programme_id, who, what, subject, subject_id, clock.now(settings.time_offset_s))


def make_roles(settings: Config, who: str) -> None:
    """Make each role as its URL says. Raises ConfigError for a URL that is not its role's."""
    with owner(settings).begin() as conn:
        database = database_roles.database(conn)
        database_roles.make_roles(conn, passwords(settings, database))
        note(conn, settings, None, who, "make_roles", "database", database)


def passwords(settings: Config, database: str) -> Mapping[str, str]:
    """The roles' passwords by role name, out of their URLs. Raises ConfigError, naming each variable at fault."""
    urls = {
        "web": settings.web_database_url,
        "worker": settings.worker_database_url,
        "support": settings.support_database_url,
        "staff": settings.staff_database_url,
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


def migrate(settings: Config, who: str, revision: str = "head", kind: str = "") -> None:
    """Upgrade the tables and register the keys. Refuses a database of a newer version.

    `kind` is what the installation becomes when it has no kind yet; left out, that is found out. Raises KeysRefused."""
    url, vault = settings.database_url, Vault.parse(settings.keys)
    found = run.current(url)
    if found is not None and not run.known(found):
        fail(OLDER)
    run.upgrade(url, revision, lambda conn: kind or kind_of_older(conn, vault))
    reached = run.current(url)
    with owner(settings).begin() as conn:
        if reached != found:
            note(conn, settings, None, who, "upgrade", "alembic_version", reached)
    if reached == run.head():
        with owner(settings).begin() as conn:
            key_check.register(conn, vault, who, clock.now(settings.time_offset_s))


def kind_of_older(conn: Connection, vault: Vault) -> str:
    """What a database becomes that has tables and no kind: `demo` when the demo's people were loaded, or all
    numbers in it are the demo's; else `production`."""
    has_demo = installation.demo_was_loaded(conn) or installation.has_only_demo_numbers(conn, vault)
    return installation.DEMO if has_demo else installation.PRODUCTION


def store_programmes(settings: Config, who: str) -> list[str]:
    """Store every programme's settings; their short names. Raises FlowFaults before anything is stored."""
    found = [programme for programme, _ in sound_programmes(settings.flows, settings.locales)]
    with owner(settings).begin() as conn:
        store(conn, settings, found, who)
    return [programme.slug for programme in found]


def store(conn: Connection, settings: Config, programmes: Iterable[Programme], who: str) -> list[int]:
    """Store programmes' settings; their ids."""
    ids = []
    for programme in programmes:
        ids.append(store_programme(conn, programme))
        note(conn, settings, ids[-1], who, "store_programme", "programme", ids[-1])
    return ids
