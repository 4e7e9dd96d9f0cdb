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
# what may carry typed words into the server's log, and what it must be
LOG_SETTINGS = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_duration": "off",
}
LOGGED = "select name, setting from pg_settings where name = any(%(names)s)"
# a connection as the owner is a process that could change the tables
AS_OWNER = """
select count(*) from pg_stat_activity a join pg_class c on c.oid = to_regclass('alembic_version')
where a.datname = current_database() and a.usesysid = c.relowner
"""


def check_for_real_people(conn: Connection, vault: Vault) -> Iterator[Finding]:
    """Invented people among the real ones, a log that would tell, a process that may do everything."""
    yield _demo(conn, vault)
    settings = conn.exec_driver_sql(LOGGED, {"names": list(LOG_SETTINGS)}).all()
    telling = sorted(name for name, value in settings if value != LOG_SETTINGS[name])
    if telling:
        should = ", ".join(f"{name} = {LOG_SETTINGS[name]}" for name in telling)
        yield Finding("PostgreSQL's log", "bad", "can carry what people typed", f"set {should}")
    else:
        yield Finding("PostgreSQL's log", "ok", "carries no statement and no row")
    owners = conn.exec_driver_sql(AS_OWNER).scalar_one()
    if owners:
        do = "end them; only `sms-app db` connects so, while it works"
        yield Finding("owner's connections", "bad", str(owners), do)
    else:
        yield Finding("owner's connections", "ok", "none")


def _demo(conn: Connection, vault: Vault) -> Finding:
    try:
        found = [
            row.id
            for row in conn.exec_driver_sql(NUMBERS)
            if is_demo_number(vault.open(bytes(row.number_sealed), "phone_number", "number_sealed", row.id))
        ]
    except VaultError:
        return Finding(
            "invented people", "bad", "some numbers can't be opened", "put their key back into SMS_APP_KEYS"
        )
    if not found:
        return Finding("invented people", "ok", "none")
    people = conn.exec_driver_sql(PEOPLE, {"numbers": found}).scalar_one()
    said = f"{len(found)} numbers of the demo, with {people} people"
    return Finding(
        "invented people", "bad", said, "start with a database that the demo was never loaded into"
    )
