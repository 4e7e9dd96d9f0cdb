"""Programmes of the tests: their files, read once in a process, and their rows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, insert

from sms_app import models
from sms_app.programme.loaded import LoadedProgramme, ProgrammeFiles, read_files
from sms_app.programme.settings import load_programme, store_programme
from sms_app.vault import Vault
from tests.world.records import Records

ROOT = Path(__file__).resolve().parents[2]
FLOWS, LOCALES = ROOT / "flows", ROOT / "locales"
RWANDA = FLOWS / "rwanda" / "programme.yaml"
TINY = ROOT / "tests" / "programmes" / "tiny" / "programme.yaml"
HILLS = {
    "slug": "hills",
    "service_code": "*801#",
    "country": "RW",
    "time_zone": "Africa/Kigali",
    "currency": "RWF",
    "language": "rw",
}
COAST = {
    "slug": "coast",
    "service_code": "*802#",
    "country": "TZ",
    "time_zone": "Africa/Dar_es_Salaam",
    "currency": "TZS",
    "language": "sw",
}


@cache
def rwanda_files() -> ProgrammeFiles:
    """The settings and sentences of the programme in Rwanda."""
    (files,) = read_files(FLOWS, LOCALES)
    return files


def rwanda_as(programme_id: int, vault: Vault) -> LoadedProgramme:
    """The programme in Rwanda, as if the row `programme_id` were its own."""
    files = rwanda_files()
    return LoadedProgramme(programme_id, files.settings, files.texts, vault)


def stored_rwanda(conn: Connection, vault: Vault) -> LoadedProgramme:
    """The programme in Rwanda with its row and its arms, and no group."""
    return rwanda_as(store_programme(conn, rwanda_files().settings), vault)


def add_programme(conn: Connection, values: dict[str, str]) -> int:
    """A programme's row alone, such as HILLS or COAST; gives its id."""
    added = insert(models.Programme).values(values).returning(models.Programme.id)
    return conn.execute(added).scalar_one()


def start(conn: Connection, vault: Vault) -> Records:
    """The programme HILLS with one group, and nobody in it yet."""
    return with_a_group(conn, vault, add_programme(conn, HILLS))


def start_from(conn: Connection, vault: Vault, path: Path = RWANDA) -> Records:
    """A programme out of its `programme.yaml`, with one group, and nobody in it yet."""
    return with_a_group(conn, vault, store_programme(conn, load_programme(path)))


def with_a_group(conn: Connection, vault: Vault, programme_id: int, sector: str = "Kigabiro") -> Records:
    """Group 1 of a programme, of women; gives the records to add to."""
    nobody = Records(conn, vault, programme_id, uuid4())
    nobody.training_group(1, sector=sector, id=nobody.group)
    return nobody
