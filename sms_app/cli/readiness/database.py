"""Readiness of the database: its version, its keys, its roles, and its kind of installation."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from sms_app.cli.hints import hinted
from sms_app.cli.readiness.finding import Finding, Inputs, run_check
from sms_app.cli.readiness.sending import check_sending
from sms_app.config import made_up_keys
from sms_app.database import check_engine
from sms_app.migrations import run as migrations
from sms_app.programme import installation, key_check
from sms_app.vault import Vault

STORED = "select slug from programme"


def check_connection(url: str) -> Connection:
    """A connection whose statements time out within seconds."""
    return check_engine(url).connect()


def check_database(inputs: Inputs) -> Iterator[Finding]:
    """The server, the migrations, the stored programmes, and sending."""
    if not inputs.settings.worker_database_url:
        yield Finding("database", "bad", "not checked", "set SMS_APP_WORKER_DATABASE_URL")
        return
    with check_connection(inputs.settings.worker_database_url) as conn:
        version = conn.exec_driver_sql("show server_version").scalar_one()
        yield Finding("database", "ok", f"PostgreSQL {str(version).split()[0]}")
        revision = migrations.revision_of(conn)
        head = migrations.head()
        if revision != head:
            do = (
                "run `sms-app db upgrade`"
                if revision is None or migrations.known(revision)
                else "run the newer version of sms-app"
            )
            yield Finding("migrations", "bad", f"at {revision or 'none'}, this version needs {head}", do)
            return
        yield Finding("migrations", "ok", head)
        stored = set(conn.exec_driver_sql(STORED).scalars())
        missing = [
            settings.slug for settings, _ in inputs.programmes().programmes if settings.slug not in stored
        ]
        if missing or not stored:
            result = f"not stored: {', '.join(missing)}" if missing else "none"
            yield Finding("programmes", "bad", result, "run `sms-app db programmes`")
        else:
            yield Finding("programmes", "ok", ", ".join(sorted(stored)))
        yield from check_sending(conn, inputs.now)


def check_keys(inputs: Inputs) -> Iterator[Finding]:
    """Whether the keys fit the database, and the settings fit its kind of installation."""
    settings = inputs.settings
    if not (settings.worker_database_url and settings.keys):
        yield Finding("keys", "bad", "not checked", "set the worker's URL and SMS_APP_KEYS")
        return
    with check_connection(settings.worker_database_url) as conn:
        kind = installation.kind(conn)
        wrong = key_check.faults(conn, Vault.parse(settings.keys))
    yield from _findings("keys", wrong, "fit this database")
    refused = installation.refusals(
        kind, settings.demo, bool(settings.phone_url), made_up_keys(settings.keys)
    )
    yield from _findings("installation", refused, kind or "no kind yet")


def _findings(name: str, faults: list[installation.StartFault], if_ok: str) -> Iterator[Finding]:
    if not faults:
        yield Finding(name, "ok", if_ok)
    for fault in faults:
        result, _, do = hinted(fault.text, fault.help).rpartition(": ")
        yield Finding(name, "bad", result, do)


def check_roles(inputs: Inputs) -> Iterator[Finding]:
    """Whether each role connects, and is not the owner."""
    urls = {
        "web": inputs.settings.web_database_url,
        "worker": inputs.settings.worker_database_url,
        "staff": inputs.settings.staff_database_url,
    }
    for name, url in urls.items():
        if url:
            yield from run_check(f"role {name}", lambda name=name, url=url: [_role(name, url)])  # type: ignore[misc]


def _role(name: str, url: str) -> Finding:
    with check_connection(url) as conn:
        is_owner = migrations.is_owner(conn)
    if is_owner:
        do = f"put the role <database>_{name} into SMS_APP_{name.upper()}_DATABASE_URL, and run `sms-app db roles`"
        return Finding(f"role {name}", "bad", "is the owner, who may change the tables", do)
    return Finding(f"role {name}", "ok", "connects, and is not the owner")
