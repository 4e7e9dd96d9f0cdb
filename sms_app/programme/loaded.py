"""A programme as a process uses it: its row's id, settings, flows, sentences and keys, loaded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from sms_app.engine.flow import NO_FLOWS, Flows
from sms_app.programme.calendar import Calendar
from sms_app.programme.settings import Programme, load_programme, values
from sms_app.texts import Texts
from sms_app.vault import Vault

STORED = "select slug, id from programme"


@dataclass(frozen=True)
class ProgrammeFiles:
    """The content of a programme's files: its settings, its sentences and, in a process that answers dialogues, its
    flows."""

    settings: Programme
    texts: Texts
    flows: Flows = NO_FLOWS


@dataclass(frozen=True)
class LoadedProgramme:
    """One programme: its row's id, its settings, sentences and flows, and the keys. `flows` are empty in a process
    that answers no dialogue."""

    id: int
    settings: Programme
    texts: Texts
    vault: Vault
    flows: Flows = NO_FLOWS
    by_day: dict[date, Mapping[str, object]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def calendar(self) -> Calendar:
        return self.settings.calendar

    def constants(self, today: date) -> Mapping[str, object]:
        """The values of the settings that any screen may use, computed once a day."""
        if today not in self.by_day:
            self.by_day.clear()
            self.by_day[today] = values(self.settings, today)
        return self.by_day[today]


def read_files(flows_dir: Path, locales_dir: Path) -> list[ProgrammeFiles]:
    """Every programme's settings and sentences, without its flows. Raises SettingsFaults or CatalogueFaults."""
    programmes = [load_programme(path) for path in sorted(flows_dir.glob("*/programme.yaml"))]
    return [ProgrammeFiles(programme, sentences(programme, locales_dir)) for programme in programmes]


def sentences(settings: Programme, locales_dir: Path) -> Texts:
    """A programme's compiled sentences. Raises CatalogueFaults."""
    return Texts.load(locales_dir, settings.slug, settings.languages, settings.time_zone, settings.currency)


def load(conn: Connection, vault: Vault, files: Iterable[ProgrammeFiles]) -> list[LoadedProgramme]:
    """Load the programmes that have a row in the database; the others are left out."""
    ids = {str(slug): int(id_) for slug, id_ in conn.exec_driver_sql(STORED)}
    return [
        LoadedProgramme(ids[read.settings.slug], read.settings, read.texts, vault, read.flows)
        for read in files
        if read.settings.slug in ids
    ]
