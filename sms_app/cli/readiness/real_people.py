"""Whether the database is ready for real people: no invented people, a log that shows nothing, no owner connected."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from sms_app.channel.demo_numbers import is_demo_number
from sms_app.cli.readiness.finding import Finding
from sms_app.vault import Vault, VaultError

NUMBERS = "select id, number_sealed from phone_number"
PEOPLE = (
    "select count(distinct participant_id) from participant_phone where phone_number_id = any(%(numbers)s)"
)
# the settings that may write typed words into the server's log, with the values that prevent it
LOG_SETTINGS = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_duration": "off",
}
LOGGED = "select name, setting from pg_settings where name = any(%(names)s)"
# the connections of the owner, who may change the tables
AS_OWNER = """
select count(*) from pg_stat_activity a join pg_class c on c.oid = to_regclass('alembic_version')
where a.datname = current_database() and a.usesysid = c.relowner
"""


def check_for_real_people(conn: Connection, vault: Vault) -> Iterator[Finding]:
    """Whether there are invented people, a log that records what people typed, or a connection as the owner."""
    yield _demo(conn, vault)
    settings = conn.exec_driver_sql(LOGGED, {"names": list(LOG_SETTINGS)}).all()
    telling = sorted(name for name, value in settings if value != LOG_SETTINGS[name])
    if telling:
        should = ", ".join(f"{name} = {LOG_SETTINGS[name]}" for name in telling)
        yield Finding("PostgreSQL's log", "bad", "may record what people typed", f"set {should}")
    else:
        yield Finding("PostgreSQL's log", "ok", "records no statement and no row")
    owners = conn.exec_driver_sql(AS_OWNER).scalar_one()
    if owners:
        do = "end them; only `sms-app db` connects as the owner, while it runs"
        yield Finding("owner's connections", "bad", str(owners), do)
    else:
        yield Finding("owner's connections", "ok", "none")


def _demo(conn: Connection, vault: Vault) -> Finding:
    try:
        numbers = [
            row.id
            for row in conn.exec_driver_sql(NUMBERS)
            if is_demo_number(vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id))
        ]
    except VaultError:
        return Finding(
            "invented people", "bad", "some numbers cannot be opened", "put their key back into SMS_APP_KEYS"
        )
    if not numbers:
        return Finding("invented people", "ok", "none")
    people = conn.exec_driver_sql(PEOPLE, {"numbers": numbers}).scalar_one()
    result = f"{len(numbers)} demo numbers, with {people} people"
    return Finding("invented people", "bad", result, "start with a database that never held the demo")
