"""Database roles and everything they may do. Roles belong to the cluster, so they are no migration's subject.

The owner migrates and no process connects as it. `web` and `worker` do the ordinary work; `support` works behind the
wall only. Who is not named here is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, text

ROLES = ("web", "worker", "support")
READ_ADD = "select, insert"
ORDINARY = "select, insert, update"
PASSING = "select, insert, update, delete"
GRANTS: Mapping[str, str] = {
    "programme": ORDINARY, "arm": ORDINARY, "household": ORDINARY, "household_link": ORDINARY,
    "coach": ORDINARY, "training_group": ORDINARY, "group_coach": ORDINARY, "participant": ORDINARY,
    "phone_number": ORDINARY, "participant_phone": ORDINARY, "training_session": ORDINARY,
    "session_reply": ORDINARY, "attendance": ORDINARY, "savings_group": ORDINARY, "savings_member": ORDINARY,
    "cycle": ORDINARY, "group_meeting": ORDINARY, "dispute": ORDINARY, "ussd_cost": ORDINARY,
    "contribution": READ_ADD, "consent": READ_ADD, "arm_assignment": READ_ADD, "audit_entry": READ_ADD,
    "pin_opening": PASSING, "pin_guard": PASSING, "number_claim": PASSING,
    "ussd_dialogue": PASSING, "ussd_event_seen": PASSING,
}  # fmt: skip
WORKING = ("web", "worker")


def role(prefix: str, name: str) -> str:
    """The cluster-wide name of a role."""
    return f"{prefix}_{name}"


def make_roles(conn: Connection, passwords: Mapping[str, str], prefix: str | None = None) -> None:
    """Make the roles, or set their passwords anew, and grant them what they may do. May be repeated.

    `passwords` by role name; `prefix` is the database's name unless given."""
    prefix = prefix or database(conn)
    known = set(conn.execute(text("select rolname from pg_roles")).scalars())
    for name in ROLES:
        called = role(prefix, name)
        verb = "alter" if called in known else "create"
        verifier = _verifier(conn, called, passwords[name])
        conn.exec_driver_sql(f"{verb} role {_quoted(called)} login password '{verifier}'")
    grant(conn, prefix)


def grant(conn: Connection, prefix: str | None = None) -> None:
    """Grant what the tables of this moment need, to the roles that exist. Repeated after each migration."""
    prefix = prefix or database(conn)
    known = set(conn.execute(text("select rolname from pg_roles")).scalars())
    if any(role(prefix, name) not in known for name in ROLES):
        return
    tables = set(conn.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars())
    conn.execute(text("revoke create on schema public from public"))
    everyone = ", ".join(_quoted(role(prefix, name)) for name in ROLES)
    conn.execute(text(f"revoke all on all tables in schema public from {everyone}"))
    working = ", ".join(_quoted(role(prefix, name)) for name in WORKING)
    for table, rights in GRANTS.items():
        if table in tables:
            conn.execute(text(f"grant {rights} on {table} to {working}"))
    if "ussd_dialogue" in tables:
        worker = _quoted(role(prefix, "worker"))
        conn.execute(text(f"grant execute on function sweep_dialogues to {worker}"))
    if "alembic_version" in tables:
        conn.execute(text(f"grant select on alembic_version to {everyone}"))
    if conn.execute(text("select to_regnamespace('private')")).scalar():
        conn.execute(text(f"grant usage on schema private to {everyone}"))


def database(conn: Connection) -> str:
    """The name of the database, which its roles' names begin with."""
    return str(conn.execute(text("select current_database()")).scalar_one())


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _verifier(conn: Connection, called: str, password: str) -> str:
    """What the server keeps of a password, made here: a password in a statement could end in a log."""
    driver = cast("psycopg.Connection[Any]", conn.connection.driver_connection)
    return driver.pgconn.encrypt_password(password.encode(), called.encode(), b"scram-sha-256").decode()
