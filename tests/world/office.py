"""An office at a desk, as the role staff, for tests of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from sms_app.programme.desk import OfficeTransaction
from tests.world.records import Records
from tests.world.times import NOW, TODAY


@contextmanager
def office(staff_engine: Engine, records: Records) -> Iterator[OfficeTransaction]:
    """A transaction of the role staff on what the test has recorded so far."""
    records.conn.commit()
    with staff_engine.begin() as conn:
        yield OfficeTransaction(conn, records.vault, records.programme, "Keza", NOW, TODAY, "RW")
