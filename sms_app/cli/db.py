"""`sms-app db`: the database's roles, its tables, and the programmes stored in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine

from sms_app import clock
from sms_app.cli.database import config, fail, operator_name
from sms_app.cli.options import By
from sms_app.config import Config, ConfigError
from sms_app.conversation.checked import sound_programmes
from sms_app.database import unpooled_engine
from sms_app.migrations import roles as database_roles
from sms_app.migrations import run, superuser
from sms_app.programme import audit, installation, key_check
from sms_app.programme.settings import Programme, store_programme
from sms_app.vault import Vault

app = typer.Typer(help="The database: roles, tables, programmes.", no_args_is_help=True)
NEWER_VERSION = "A newer version of sms-app made this database: run that version, or use another database."
HAS_TRAIL = "select to_regclass('audit_entry') is not null"


@app.command()
def roles(by: By = "") -> None:
    """Create the roles that the SMS_APP_…_DATABASE_URLs name, and set their passwords. May be repeated."""
    make_roles(config("owner"), by or operator_name())


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="A revision; the newest if left out.")] = "head",
    by: By = "",
) -> None:
    """Upgrade the tables to this version of sms-app, grant each role its rights, and register the keys.

    An empty database becomes a production database."""
    migrate(config("upgrade"), by or operator_name(), revision)


@app.command()
def downgrade(revision: Annotated[str, typer.Argument(help="A revision, or `base`.")], by: By = "") -> None:
    """Downgrade the tables to an earlier revision. Data that only newer tables hold is lost."""
    settings = config("owner")
    run.downgrade(settings.database_url, revision)
    with owner(settings).begin() as conn:
        note(conn, settings, None, by or operator_name(), "downgrade", "alembic_version", revision)


@app.command("superuser-script")
def superuser_script() -> None:
    """Print the script that a superuser runs in the database: it hides counters, sizes and locks from our roles."""
    typer.echo(superuser.SCRIPT, nl=False)


@app.command()
def current() -> None:
    """Print the revision of the tables, and the newest revision of this version."""
    revision = run.current(config("owner").database_url)
    typer.echo(f"{revision or 'no tables yet'} (newest: {run.head()})")


@app.command()
def programmes(by: By = "") -> None:
    """Store the settings of every programme in the flows folder. May be repeated."""
    for slug in store_programmes(config("owner"), by or operator_name()):
        typer.echo(slug)


def owner(settings: Config) -> Engine:
    """An engine that connects as the database's owner."""
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
    """Add to the audit trail, if the tables are there."""
    if conn.exec_driver_sql(HAS_TRAIL).scalar_one():
        audit.record(conn, programme_id, who, what, subject, subject_id, clock.now(settings.time_offset_s))


def make_roles(settings: Config, who: str) -> None:
    """Create each role with the password in its URL. Raises ConfigError for a URL that names another role.

    The roles' rights are granted too, unless the tables are of an earlier revision: then the upgrade grants them."""
    is_older = run.current(settings.database_url) not in (None, run.head())
    with owner(settings).begin() as conn:
        database = database_roles.database(conn)
        database_roles.make_roles(conn, passwords(settings, database), with_rights=not is_older)
        note(conn, settings, None, who, "make_roles", "database", database)


def passwords(settings: Config, database: str) -> Mapping[str, str]:
    """The roles' passwords by role name, from their URLs. Raises ConfigError, which names each wrong variable."""
    urls = {
        "web": settings.web_database_url,
        "worker": settings.worker_database_url,
        "support": settings.support_database_url,
        "staff": settings.staff_database_url,
        "console": settings.console_database_url,
    }
    by_role, faults = {}, []
    for name, url in urls.items():
        parts = conninfo_to_dict(url) if url else {}
        user, password = database_roles.role(database, name), str(parts.get("password") or "")
        if parts.get("user") != user or not password:
            faults.append(f"SMS_APP_{name.upper()}_DATABASE_URL must name the role {user} and its password")
        by_role[name] = password
    if faults:
        raise ConfigError("\n".join(faults))
    return by_role


def migrate(settings: Config, who: str, revision: str = "head", kind: str = "") -> None:
    """Upgrade the tables and register the keys. Exits when a newer version made the database.

    `kind` is the kind that an installation without a kind gets; empty: `kind_of_older` decides. Raises KeysRefused."""
    url, vault = settings.database_url, Vault.parse(settings.keys)
    revision_before = run.current(url)
    if revision_before is not None and not run.known(revision_before):
        fail(NEWER_VERSION)
    run.upgrade(url, revision, lambda conn: kind or kind_of_older(conn, vault))
    reached = run.current(url)
    with owner(settings).begin() as conn:
        if reached != revision_before:
            note(conn, settings, None, who, "upgrade", "alembic_version", reached)
    if reached == run.head():
        with owner(settings).begin() as conn:
            key_check.register(conn, vault, who, clock.now(settings.time_offset_s))


def kind_of_older(conn: Connection, vault: Vault) -> str:
    """The kind for a database that has tables and no kind: `demo` when the demo's people were loaded or all numbers
    in it are demo numbers, else `production`."""
    has_demo = installation.demo_was_loaded(conn) or installation.has_only_demo_numbers(conn, vault)
    return installation.DEMO if has_demo else installation.PRODUCTION


def store_programmes(settings: Config, who: str) -> list[str]:
    """Store every programme's settings, and return their short names. Raises FlowFaults before anything is stored."""
    programmes = [programme for programme, _ in sound_programmes(settings.flows, settings.locales)]
    with owner(settings).begin() as conn:
        store(conn, settings, programmes, who)
    return [programme.slug for programme in programmes]


def store(conn: Connection, settings: Config, programmes: Iterable[Programme], who: str) -> list[int]:
    """Store programmes' settings, and return their ids."""
    ids = []
    for programme in programmes:
        ids.append(store_programme(conn, programme))
        note(conn, settings, ids[-1], who, "store_programme", "programme", ids[-1])
    return ids
