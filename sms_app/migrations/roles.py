"""Database roles. Roles belong to the cluster, not to one database, so no migration makes
them.

`rights.py` lists their rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from sms_app.database import driver
from sms_app.migrations.function_rights import EXECUTES
from sms_app.migrations.rights import GRANTS, ROLES, SCHEMAS

# the tables of the other schemas by their full name
TABLES_AND_VIEWS = """
select case n.nspname when 'public' then c.relname else n.nspname || '.' || c.relname end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('public', 'private', 'study') and c.relkind in ('r', 'v')
"""
FUNCTIONS = """
select oid::regprocedure::text from pg_proc
where pronamespace = 'public'::regnamespace and proname = any(:names)
"""


def role(prefix: str, name: str) -> str:
    """The cluster-wide name of a role."""
    return f"{prefix}_{name}"


def make_roles(
    conn: Connection, passwords: Mapping[str, str], prefix: str | None = None, with_rights: bool = True
) -> None:
    """Create the roles, or set new passwords for them, and grant their rights. May be repeated.

    `passwords` by role name; the default of `prefix` is the database's name. Tables of an earlier revision lack columns
    that the rights name: there `with_rights` is False, and the upgrade grants the rights."""
    prefix = prefix or database(conn)
    existing = set(conn.execute(text("select rolname from pg_roles")).scalars())
    for name in ROLES:
        called = role(prefix, name)
        verb = "alter" if called in existing else "create"
        verifier = _verifier(conn, called, passwords[name])
        conn.exec_driver_sql(f"{verb} role {_quoted(called)} login password '{verifier}'")
    if with_rights:
        grant(conn, prefix)


def grant(conn: Connection, prefix: str | None = None) -> None:
    """Grant the rights on the tables that exist to the roles that exist. Repeated after each migration."""
    prefix = prefix or database(conn)
    existing = set(conn.execute(text("select rolname from pg_roles")).scalars())
    there = [name for name in ROLES if role(prefix, name) in existing]
    if not there:
        return
    tables = set(conn.execute(text(TABLES_AND_VIEWS)).scalars())
    conn.execute(text("revoke create on schema public from public"))
    for statement in database_rights(database(conn), prefix, there):
        conn.exec_driver_sql(statement)
    everyone = _all_of(prefix, there)
    conn.execute(text(f"revoke all on all tables in schema public from {everyone}"))
    _grant_schemas(conn, prefix, there)
    for name in there:
        for table, rights in GRANTS[name].items():
            if table in tables:
                conn.execute(text(f"grant {rights} on {table} to {_quoted(role(prefix, name))}"))
    for name in there:
        for function in conn.execute(text(FUNCTIONS), {"names": list(EXECUTES.get(name, ()))}).scalars():
            conn.execute(text(f"grant execute on function {function} to {_quoted(role(prefix, name))}"))
    if "alembic_version" in tables:
        conn.execute(text(f"grant select on alembic_version to {everyone}"))


def _grant_schemas(conn: Connection, prefix: str, there: Sequence[str]) -> None:
    """Let only the roles of SCHEMAS use each schema; rights on its tables are granted later."""
    everyone = _all_of(prefix, there)
    for schema, may_use in SCHEMAS.items():
        if not conn.execute(text("select to_regnamespace(:schema)"), {"schema": schema}).scalar():
            # an earlier revision has not made it yet
            continue
        conn.execute(text(f"revoke all on schema {schema} from {everyone}"))
        conn.execute(text(f"revoke all on all tables in schema {schema} from {everyone}"))
        for name in sorted(set(may_use) & set(there)):
            conn.execute(text(f"grant usage on schema {schema} to {_quoted(role(prefix, name))}"))


def database_rights(name: str, prefix: str, there: Sequence[str] = ROLES) -> tuple[str, str]:
    """The statements that let only our roles connect to a database, and nobody make temporary tables in it."""
    everyone = _all_of(prefix, there)
    return (
        f"revoke temporary, connect on database {_quoted(name)} from public",
        f"grant connect on database {_quoted(name)} to {everyone}",
    )


def database(conn: Connection) -> str:
    """The name of the database. The names of its roles begin with it."""
    return str(conn.execute(text("select current_database()")).scalar_one())


def _all_of(prefix: str, names: Sequence[str]) -> str:
    return ", ".join(_quoted(role(prefix, name)) for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _verifier(conn: Connection, called: str, password: str) -> str:
    """The verifier that the server stores for a password. It is made here, since a password in a statement could end in
    a log."""
    pgconn = driver(conn).pgconn
    return pgconn.encrypt_password(password.encode(), called.encode(), b"scram-sha-256").decode()
