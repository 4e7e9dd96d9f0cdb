"""How tests of the office's commands give them their words."""

from collections.abc import Callable
from datetime import UTC, datetime

from click.testing import Result
from sqlalchemy import text
from typer import Typer
from typer.testing import CliRunner

from sms_app import clock
from tests.world.records import Records

Run = Callable[..., Result]
# a Wednesday
NOON = datetime(2026, 3, 4, 10, tzinfo=UTC)


def runner(app: Typer, environment: dict[str, str], records: Records) -> Run:
    """Give a command its words, at noon of 4 March 2026, in the programme `rwanda`."""
    records.conn.execute(text("update programme set slug = 'rwanda'"))
    offset = str(int((NOON - clock.now()).total_seconds()))

    def give(*words: str) -> Result:
        records.conn.commit()
        env = {**environment, "USER": "office", "SMS_APP_TIME_OFFSET_S": offset}
        return CliRunner().invoke(app, list(words), env=env)

    return give


def trail(records: Records) -> list[tuple[str, str]]:
    """Who did what."""
    rows = records.conn.execute(text("select who, what from audit_entry order by id"))
    return [(row.who, row.what) for row in rows]
