"""The programmes of a process: read once, since a change of their files comes with a restart."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection

from sms_app.config import Config
from sms_app.messaging import speakers as found
from sms_app.messaging.say import Speaker
from sms_app.programme.settings import Programme
from sms_app.texts import Texts
from sms_app.vault import Vault


@lru_cache(maxsize=8)
def read(flows: Path, locales: Path) -> list[tuple[Programme, Texts]]:
    """Every programme's settings and sentences. Raises SettingsFaults or CatalogueFaults."""
    return found.read(flows, locales)


def speakers(conn: Connection, config: Config) -> list[Speaker]:
    """The programmes that are in the database, ready to speak."""
    return found.speakers(conn, Vault.parse(config.keys), read(config.flows, config.locales))
