"""Each database role connects, does what is listed for it, and is refused the rest."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.migrations import roles, run
from tests.conftest import Database
from tests.test_models import APPEND_ONLY


@pytest.mark.parametrize("name", roles.ROLES)
def test_each_role_is_refused_what_is_not_its_own(database: Database, name: str, owner: Connection) -> None:
    owner.execute(text("create table private.request (id int)"))
    owner.commit()
    with psycopg.connect(getattr(database, name), autocommit=True) as conn:
        for refused in (
            "select * from private.request", "insert into private.request values (1)", "delete from private.request",
            "create table mine (id int)", "create table private.mine (id int)", "drop table participant",
            "alter table contribution disable trigger all", "truncate ussd_dialogue", "create role friend",
            "select pg_read_file('/etc/passwd')", "copy programme to program 'cat'",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(refused)


def test_each_role_may_do_with_each_table_what_is_listed_and_nothing_else(database: Database) -> None:
    for name in roles.ROLES:
        with psycopg.connect(getattr(database, name), autocommit=True) as conn:
            for table in models.Base.metadata.tables:
                allowed = {
                    right for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger")
                    if conn.execute("select has_table_privilege(%s, %s)", (table, right)).fetchone() == (True,)
                }  # fmt: skip
                listed = roles.GRANTS[table].split(", ") if name in roles.WORKING else []
                assert (name, table, allowed) == (name, table, set(listed))


def test_append_only_tables_are_granted_no_change() -> None:
    assert {table for table, rights in roles.GRANTS.items() if "update" not in rights} == set(APPEND_ONLY)


def test_support_sees_nothing_of_the_ordinary_house(database: Database) -> None:
    with psycopg.connect(database.support, autocommit=True) as conn:
        for table in models.Base.metadata.tables:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(sql.SQL("select * from {}").format(sql.Identifier(table)))
        assert conn.execute("select version_num from alembic_version").fetchone() == (run.head(),)


def test_roles_may_be_made_again_with_other_passwords(database: Database, owner: Connection) -> None:
    prefix = f"{database.name}_again"
    for password in ("first", "it's second, 100% longer"):
        roles.make_roles(owner, dict.fromkeys(roles.ROLES, password), prefix)
        owner.commit()
        with psycopg.connect(database.owner, user=roles.role(prefix, "web"), password=password) as conn:
            conn.execute("select * from programme")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.owner, user=roles.role(prefix, "web"), password="first")


def test_a_new_table_is_granted_by_the_migration_that_makes_it(database: Database, owner: Connection) -> None:
    """Roles are made once, named after their database; whoever migrates later need not think of them."""
    roles.make_roles(owner, dict.fromkeys(roles.ROLES, "secret"))
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "base")
    run.upgrade(url)
    with psycopg.connect(database.owner, user=f"{database.name}_web", password="secret") as conn:
        conn.execute("select * from programme")
