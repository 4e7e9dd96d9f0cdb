"""A database with the programme and nobody in it, and an import into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import store_programme
from sms_app.programme.workbook import importing
from sms_app.vault import Vault
from tests.world.times import NOW
from tests.world.workbooks import PROGRAMME, Import


@pytest.fixture
def loaded(owner_engine: Engine, vault: Vault) -> LoadedProgramme:
    with owner_engine.begin() as conn:
        return LoadedProgramme(store_programme(conn, PROGRAMME), PROGRAMME, None, vault)  # type: ignore[arg-type]


@pytest.fixture
def staff(staff_engine: Engine) -> Iterator[Connection]:
    """A connection as staff."""
    with staff_engine.connect() as conn:
        yield conn


@pytest.fixture
def store(staff: Connection, loaded: LoadedProgramme) -> Import:
    """Import a file as staff and commit; nothing is stored when it raises."""

    def run(path: Path) -> importing.Summary:
        try:
            rows, faults = importing.read(path, loaded)
            summary = importing.store(staff, loaded, rows, faults, "office", NOW)
        except Exception:
            staff.rollback()
            raise
        staff.commit()
        return summary

    return run
