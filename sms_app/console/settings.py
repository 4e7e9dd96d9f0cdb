"""What the console is started with: its database, its secret, its programmes with their words, and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from sms_app.accounts.limits import Limits
from sms_app.accounts.secret import Secret
from sms_app.console.figures import Figures
from sms_app.programme.cards import Way
from sms_app.programme.loaded import LoadedProgramme, ProgrammeFiles, load
from sms_app.programme.open_names import OpenNames
from sms_app.texts import Texts
from sms_app.vault import Vault

DOMAIN = "console"
LANGUAGES = ("en", "rw")
NAME = "staff console"
"""What the keys of its secret are derived for."""


@dataclass(frozen=True)
class ConsoleProgramme:
    """A programme, and the console's words with its time zone and currency."""

    loaded: LoadedProgramme
    texts: Texts

    def day(self, now: datetime) -> date:
        """The day of a moment in the programme's time zone."""
        return now.astimezone(self.zone).date()

    @property
    def zone(self) -> ZoneInfo:
        return self.loaded.calendar.zone


@dataclass(frozen=True)
class Console:
    """What every page works with. `engine` connects as the role console. `programmes` are by their row's id. `clock` is
    the service's, `device_clock` that of the telephones which show codes: the real time also in a demo that is shifted.
    `secure` is False for http on this machine only, and then accounts of the demo may sign in. `opens_names_early`: the
    search page opens the names in the background. `asked` is set when a page asked for work that runs beside the
    pages. `ways` are what member cards show, by the programme's id."""

    engine: Engine
    secret: Secret
    programmes: Mapping[int, ConsoleProgramme]
    clock: Callable[[], datetime]
    device_clock: Callable[[], datetime]
    secure: bool = True
    limits: Limits = field(default_factory=Limits)
    figures: Figures = field(default_factory=Figures)
    opens_names_early: bool = True
    names: OpenNames = field(default_factory=OpenNames)
    asked: Event = field(default_factory=Event)
    ways: Mapping[int, Sequence[Way]] = field(default_factory=dict)


def load_programmes(
    conn: Connection, vault: Vault, files: Sequence[ProgrammeFiles], locales: Path
) -> Mapping[int, ConsoleProgramme]:
    """The programmes of the database, each with the console's words, by the row's id. Raises CatalogueFaults."""
    programmes = load(conn, vault, files)
    return {programme.id: ConsoleProgramme(programme, words(programme, locales)) for programme in programmes}


def words(programme: LoadedProgramme, locales: Path) -> Texts:
    """The console's words, with the time zone and the currency of a programme. Raises CatalogueFaults."""
    settings = programme.settings
    return Texts.load(locales, DOMAIN, LANGUAGES, settings.time_zone, settings.currency)
