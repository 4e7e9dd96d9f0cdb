"""What the console is started with: the programmes' settings that it shows, its secret, and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from sms_app.accounts.limits import Limits as Limits
from sms_app.accounts.secret import Secret
from sms_app.private.roster import Pins


@dataclass(frozen=True)
class ConsoleProgramme:
    """What caseworkers are shown of a programme. `bands` are the hours of calls, such as `08:00-11:00`; `under_18` and
    `men` are what the programme decided to do then. On a day that is none of `is_working_day` nobody is on duty."""

    slug: str
    name: str
    time_zone: str
    sectors: tuple[str, ...]
    bands: tuple[str, ...]
    programme_line: str
    under_18: str
    men: str
    is_working_day: Callable[[date], bool]


@dataclass(frozen=True)
class Console:
    """What every page works with. `engine` connects as the role support. `programmes` are by their slug. `clock` is the
    service's, `device_clock` that of the telephones which show codes: the real time also in a demo that is shifted.
    `pins` say by slug which rosters are accepted. `secure` is False for http on this machine only."""

    engine: Engine
    secret: Secret
    programmes: Mapping[str, ConsoleProgramme]
    clock: Callable[[], datetime]
    device_clock: Callable[[], datetime]
    secure: bool = True
    limits: Limits = field(default_factory=Limits)
    pins: Mapping[str, Pins] = field(default_factory=dict)

    def today(self, slug: str) -> date:
        """The day of now in a programme's time zone."""
        return self.clock().astimezone(ZoneInfo(self.programmes[slug].time_zone)).date()
