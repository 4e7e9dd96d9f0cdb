"""What the doctor looks at on the machine, each check by itself: one that fails is a line, never a traceback."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.registry import FailedJobRegistry
from sqlalchemy import Connection

from sms_app import clock
from sms_app.cli.account import AccountError, balance
from sms_app.cli.faults import sentence
from sms_app.config import PREFIX, RUNNING, Config, ConfigError, made_up_keys
from sms_app.conversation.checked import Checks, check_programmes
from sms_app.database import check_engine
from sms_app.messaging import health
from sms_app.messaging.health import Finding
from sms_app.migrations import run as migrations
from sms_app.programme import installation, key_check
from sms_app.vault import Vault

REDIS_TIMEOUT_S = 2.0
DISK_LOW, DISK_FULL = 0.10, 0.02
OWNERS = """
select pg_has_role(current_user, c.relowner, 'member') from pg_class c
where c.oid = to_regclass('alembic_version')
"""
STORED = "select slug from programme"


@dataclass
class Patient:
    """What there is to look at: the environment, as far as it can be read, and the programmes in the flows folder."""

    env: Mapping[str, str]
    settings: Config
    now: datetime
    only: tuple[str, ...] = ()
    checks: Checks | None = field(default=None)

    @classmethod
    def of(cls, env: Mapping[str, str], only: tuple[str, ...] = ()) -> Patient:
        """Whatever is wrong with the environment, the rest of it is read."""
        try:
            settings = Config.from_env(env, "flows")
        except ConfigError as error:
            wrong = set(re.findall(rf"{PREFIX}[A-Z_]+", str(error)))
            settings = Config.from_env(
                {key: value for key, value in env.items() if key not in wrong}, "flows"
            )
        return cls(env, settings, clock.now(settings.time_offset_s), only)

    def programmes(self) -> Checks:
        """The programmes in the flows folder, checked once."""
        if self.checks is None:
            self.checks = check_programmes(self.settings.flows, self.settings.locales)
        return self.checks


def look(patient: Patient, call: bool = False) -> list[Finding]:
    """Everything but what people must still do. `call` asks the provider about the account."""
    every: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("settings", lambda: _environment(patient)),
        ("database", lambda: _database(patient)),
        ("keys", lambda: _keys(patient)),
        ("roles", lambda: _roles(patient)),
        ("Redis", lambda: _redis(patient)),
        ("flows", lambda: _flows(patient)),
        ("provider", lambda: _provider(patient, call)),
        ("disk", _disk),
    ]
    return [line for name, check in every for line in tried(name, check)]


def tried(name: str, check: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """A check's lines; one bad line when it fails."""
    try:
        yield from check()
    except Exception as error:
        # of an error that nobody foresaw only the class: its text could carry anything
        said = sentence(error) or f"can't be looked at: {type(error).__name__}"
        yield Finding(name, "bad", said.partition("\n")[0], "mend this, then look again")


def _environment(patient: Patient) -> Iterator[Finding]:
    for process in RUNNING:
        if patient.only and process not in patient.only:
            continue
        try:
            Config.from_env(patient.env, process)
            yield Finding(f"settings of {process}", "ok", "complete")
        except ConfigError as error:
            found = "; ".join(str(error).splitlines())
            yield Finding(f"settings of {process}", "bad", found, "see docs/configuration.md")


def connected(url: str) -> Connection:
    """A connection that gives up in seconds."""
    return check_engine(url).connect()


def _database(patient: Patient) -> Iterator[Finding]:
    if not patient.settings.worker_database_url:
        yield Finding("database", "bad", "not looked at", "set SMS_APP_WORKER_DATABASE_URL")
        return
    with connected(patient.settings.worker_database_url) as conn:
        version = conn.exec_driver_sql("show server_version").scalar_one()
        yield Finding("database", "ok", f"PostgreSQL {str(version).split()[0]}")
        revision = migrations_of(conn)
        head = migrations.head()
        if revision != head:
            do = (
                "run `sms-app db upgrade`"
                if revision is None or migrations.known(revision)
                else "run that version"
            )
            yield Finding("migrations", "bad", f"at {revision or 'none'}, this version needs {head}", do)
            return
        yield Finding("migrations", "ok", head)
        stored = set(conn.exec_driver_sql(STORED).scalars())
        missing = [
            settings.slug for settings, _ in patient.programmes().programmes if settings.slug not in stored
        ]
        if missing or not stored:
            said = f"not stored: {', '.join(missing)}" if missing else "none"
            yield Finding("programmes", "bad", said, "run `sms-app db programmes`")
        else:
            yield Finding("programmes", "ok", ", ".join(sorted(stored)))
        yield from health.look(conn, patient.now)


def _keys(patient: Patient) -> Iterator[Finding]:
    """Whether the keys are the database's, and the settings are for its kind of installation."""
    settings = patient.settings
    if not (settings.worker_database_url and settings.keys):
        yield Finding("keys", "bad", "not looked at", "set the worker's URL and SMS_APP_KEYS")
        return
    with connected(settings.worker_database_url) as conn:
        kind = installation.kind(conn)
        wrong = key_check.faults(conn, Vault.parse(settings.keys))
    yield from _judged("keys", wrong, "are this database's")
    refused = installation.refusals(
        kind, settings.demo, bool(settings.phone_url), made_up_keys(settings.keys)
    )
    yield from _judged("installation", refused, kind or "of no kind yet")


def _judged(name: str, faults: list[str], well: str) -> Iterator[Finding]:
    if not faults:
        yield Finding(name, "ok", well)
    for fault in faults:
        found, _, do = fault.rpartition(": ")
        yield Finding(name, "bad", found, do)


def migrations_of(conn: Connection) -> str | None:
    """The revision of a database; None when it has no tables."""
    if conn.exec_driver_sql("select to_regclass('alembic_version')").scalar_one() is None:
        return None
    found = conn.exec_driver_sql("select version_num from alembic_version").scalar_one_or_none()
    return None if found is None else str(found)


def _roles(patient: Patient) -> Iterator[Finding]:
    urls = {
        "web": patient.settings.web_database_url,
        "worker": patient.settings.worker_database_url,
        "staff": patient.settings.staff_database_url,
    }
    for name, url in urls.items():
        if url:
            yield from tried(f"role {name}", lambda name=name, url=url: [_role(name, url)])  # type: ignore[misc]


def _role(name: str, url: str) -> Finding:
    with connected(url) as conn:
        owner = conn.exec_driver_sql(OWNERS).scalar_one_or_none()
    if owner:
        do = f"put the role <database>_{name} into SMS_APP_{name.upper()}_DATABASE_URL, and run `sms-app db roles`"
        return Finding(f"role {name}", "bad", "is the owner, who may change the tables", do)
    return Finding(f"role {name}", "ok", "connects, and is not the owner")


def _redis(patient: Patient) -> Iterator[Finding]:
    if not patient.settings.redis_url:
        yield Finding("Redis", "bad", "not looked at", "set SMS_APP_REDIS_URL")
        return
    redis = Redis.from_url(
        patient.settings.redis_url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
    )
    try:
        redis.ping()
        failed = sum(FailedJobRegistry(queue=queue).count for queue in Queue.all(connection=redis))
    except Exception as error:
        do = "start it; USSD and what is planned go on without it, sending waits"
        yield Finding("Redis", "bad", f"does not answer ({type(error).__name__})", do)
        return
    finally:
        redis.close()
    yield Finding("Redis", "ok", "answers")
    if _open_to_all(patient.settings.redis_url):
        do = "give it the users that `sms-app redis users` prints: what stands there wakes the worker"
        yield Finding("Redis's users", "bad", "whoever reaches it gets in without a password", do)
    else:
        yield Finding("Redis's users", "ok", "nobody gets in without a password")
    do = (
        "the worker's log has their ids and classes; what they were to send stands in the database, still due"
    )
    yield Finding("failed jobs", "warn" if failed else "ok", str(failed), do if failed else "")


def _open_to_all(url: str) -> bool:
    """Whether Redis answers who gives no name and no password."""
    scheme, _, rest = url.partition("://")
    server, slash, path = rest.partition("/")
    nameless = f"{scheme}://{server.rpartition('@')[2]}{slash}{path}"
    redis = Redis.from_url(nameless, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)
    try:
        return bool(redis.ping())
    except RedisError:
        return False
    finally:
        redis.close()


def _flows(patient: Patient) -> Iterator[Finding]:
    checks = patient.programmes()
    if checks.every:
        yield Finding(
            "flows and catalogues", "bad", f"{len(checks.every)} faults", "`sms-app flows check` lists them"
        )
    elif not checks.programmes:
        yield Finding(
            "flows and catalogues", "bad", "no programme", "set SMS_APP_FLOWS to the folder of programmes"
        )
    else:
        yield Finding("flows and catalogues", "ok", f"{len(checks.programmes)} programmes, no fault")


def _provider(patient: Patient, call: bool) -> Iterator[Finding]:
    settings = patient.settings
    if not (settings.provider_username and settings.provider_api_key):
        yield Finding("provider", "bad", "no username and key", "set SMS_APP_PROVIDER_USERNAME and …_API_KEY")
    elif not call:
        yield Finding("provider", "ok", "username and key are there, not tried (--call asks for the balance)")
    else:
        try:
            said = balance(settings.provider_username, settings.provider_api_key, settings.provider_url)
            yield Finding("provider", "ok", f"balance {said}")
        except AccountError as error:
            yield Finding(
                "provider", "bad", str(error), "set the right username and key, or look at its status page"
            )


def _disk() -> Iterator[Finding]:
    usage = shutil.disk_usage("/")
    free = usage.free / usage.total
    do = "" if free >= DISK_LOW else "make room: a full disk stops the database"
    yield Finding("disk", "ok" if not do else "warn" if free >= DISK_FULL else "bad", f"{free:.0%} free", do)
