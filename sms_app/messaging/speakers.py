"""The programmes that can speak: in the database, with settings and compiled sentences in the folders."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from sms_app.messaging.say import Speaker
from sms_app.programme.settings import Programme, load_programme
from sms_app.texts import Texts
from sms_app.vault import Vault

PROGRAMMES = "select slug, id from programme"


def read(flows_dir: Path, locales_dir: Path) -> list[tuple[Programme, Texts]]:
    """Every programme's settings and sentences. Raises SettingsFaults or CatalogueFaults."""
    found = []
    for path in sorted(flows_dir.glob("*/programme.yaml")):
        programme = load_programme(path)
        texts = Texts.load(
            locales_dir, programme.slug, programme.languages, programme.time_zone, programme.currency
        )
        found.append((programme, texts))
    return found


def speakers(conn: Connection, vault: Vault, found: list[tuple[Programme, Texts]]) -> list[Speaker]:
    """Those of the programmes that have a row in the database."""
    ids = {str(slug): int(id_) for slug, id_ in conn.exec_driver_sql(PROGRAMMES)}
    return [Speaker(ids[p.slug], p, texts, vault) for p, texts in found if p.slug in ids]
