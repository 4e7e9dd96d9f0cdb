"""`sms-app db`, as whoever releases a version types it: who changed the database is in the trail."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from click.testing import Result
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from sms_app.cli.db import app
from sms_app.migrations import roles, run


def _run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={**environment, "USER": "office"})


def _trail(owner: Connection) -> Sequence[tuple[object, ...]]:
    found = owner.execute(text("select who, what, subject, subject_id from audit_entry order by id")).all()
    owner.rollback()
    return [tuple(row) for row in found]


@pytest.fixture
def own(environment: dict[str, str], owner: Connection) -> dict[str, str]:
    """The variables with roles named after this database, as `db roles` wants them."""
    urls = {}
    name = roles.database(owner)
    owner.rollback()
    for role in roles.ROLES:
        variable = f"SMS_APP_{role.upper()}_DATABASE_URL"
        host = environment[variable].partition("@")[2]
        urls[variable] = f"postgresql://{roles.role(name, role)}:only-for-tests@{host}"
    return environment | urls


def test_programmes_that_are_stored_are_in_the_trail(environment: dict[str, str], owner: Connection) -> None:
    assert _run(environment, "programmes", "--by", "Keza").output == "rwanda\n"
    id_ = str(owner.execute(text("select id from programme")).scalar_one())
    assert _trail(owner) == [("Keza", "store_programme", "programme", id_)]


def test_roles_are_in_the_trail_as_soon_as_there_is_one(own: dict[str, str], owner: Connection) -> None:
    name = roles.database(owner)
    owner.rollback()
    assert _run(own, "downgrade", "base").exit_code == 0
    assert _run(own, "roles").exit_code == 0
    assert _run(own, "upgrade").exit_code == 0
    assert _run(own, "upgrade").exit_code == 0
    assert _run(own, "roles", "--by", "Keza").exit_code == 0
    assert _trail(owner) == [
        ("office", "upgrade", "alembic_version", run.head()),
        ("office", "register_key", "vault", "2"),
        ("office", "register_key", "vault", "1"),
        ("Keza", "make_roles", "database", name),
    ]


def test_roles_are_made_before_an_upgrade_of_older_tables_too(own: dict[str, str], owner: Connection) -> None:
    """`up` makes the roles first; rights name columns that older tables lack."""
    assert _run(own, "downgrade", "0014").exit_code == 0
    made = _run(own, "roles")
    assert made.exit_code == 0, made.output
    assert _run(own, "upgrade").exit_code == 0
    web = roles.role(roles.database(owner), "web")
    query = text("select has_column_privilege(:role, 'coach', 'bookmark', 'update')")
    assert owner.execute(query, {"role": web}).scalar_one()


def test_a_way_back_is_in_the_trail(environment: dict[str, str], owner: Connection) -> None:
    assert _run(environment, "downgrade", run.head()).exit_code == 0
    assert _trail(owner) == [("office", "downgrade", "alembic_version", run.head())]
