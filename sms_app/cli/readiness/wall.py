"""Whether our roles can learn something about what is behind the wall from the database's own counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from sms_app.cli.readiness import database
from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.migrations.superuser import TELLING

LOGS_ERRORS = """
select r.rolname from pg_class c cross join lateral aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
where c.relnamespace = 'private'::regnamespace and c.relname = 'inbox' and a.privilege_type = 'INSERT'
  and a.grantee <> c.relowner and not exists (
    select from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
    where s.setrole = r.oid and s.setconfig @> '{log_min_messages=fatal}'
  )
"""
KEEPS_TIMES = "select setting from pg_settings where name = 'track_commit_timestamp'"
NAME = "counters of the wall"
SCRIPT = (
    "let a superuser run the output of `sms-app db superuser-script`; a managed server may refuse parts of it"
)


def check_wall(inputs: Inputs) -> Iterator[Finding]:
    """Try, as the roles worker and staff, what `db superuser-script` takes from them."""
    urls: Mapping[str, str] = {
        "worker": inputs.settings.worker_database_url,
        "staff": inputs.settings.staff_database_url,
    }
    telling = [
        f"{role}: {statement.split()[-1] if 'from' in statement else statement.split()[1]}"
        for role, url in urls.items()
        if url
        for statement in TELLING
        if _may_run(url, statement)
    ]
    if telling:
        yield Finding(NAME, "bad", f"can be read ({', '.join(telling)})", SCRIPT)
    else:
        yield Finding(NAME, "ok", "can't be read by our roles")
    with database.check_connection(next(iter(filter(None, urls.values())))) as conn:
        if conn.exec_driver_sql(KEEPS_TIMES).scalar() != "off":
            do = "set track_commit_timestamp = off"
            yield Finding("times of commits", "bad", "PostgreSQL keeps them", do)
        if conn.exec_driver_sql(LOGS_ERRORS).all():
            yield Finding(
                "errors of hops", "bad", "PostgreSQL's log names the table that refused a row", SCRIPT
            )


def _may_run(url: str, statement: str) -> bool:
    with database.check_connection(url) as conn:
        try:
            conn.execute(text(statement)).all()
        except ProgrammingError:
            return False
    return True
