"""The programmes of a process. Their files are read once, since a change of them needs a restart."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from sms_app.config import Config
from sms_app.programme.loaded import LoadedProgramme, ProgrammeFiles, load, read_files
from sms_app.vault import Vault


@lru_cache(maxsize=8)
def read(flows: Path, locales: Path) -> list[ProgrammeFiles]:
    """Every programme's settings and sentences. Raises SettingsFaults or CatalogueFaults."""
    return read_files(flows, locales)


def loaded(conn: Connection, config: Config) -> list[LoadedProgramme]:
    """The programmes that have a row in the database."""
    return load(conn, Vault.parse(config.keys), read(config.flows, config.locales))
