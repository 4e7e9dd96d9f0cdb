"""What help offers at the moment: a call, and "do not call me". It is the same for everyone who dials.

Each web process reads it once a minute, at whatever hop comes then, so a hop in help runs the statements of any
other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import SystemRandom
from threading import Lock

import structlog
from sqlalchemy import Connection, Engine

from sms_app.database import log_failure
from sms_app.private import recipients
from sms_app.private.roster import Pins
from sms_app.private.sealing import RECOVERY_SLOT
from sms_app.programme.installation import StartFault
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import Programme
from sms_app.programme.support import MAX_WAIT

READ_AGAIN_AFTER = timedelta(minutes=1)
FRESH_FOR = timedelta(days=90)
"""How long a line that someone called, and a proof that the code is free, count."""
MIN_CASEWORKERS = 2
FILLERS_A_DAY, HOPS_A_DIALOGUE, BUSY_DAYS = 50, 3, 7
DUTY = "select caseworker from duty_day where programme_id = %(programme)s and day = %(day)s and signed_in"
DIALOGUES = """
select coalesce(sum(sessions), 0) from ussd_cost
where programme_id = %(programme)s and day >= %(since)s and day < %(today)s
"""
draw = SystemRandom().random
"""A random number from 0 to 1."""
log = structlog.get_logger("sms_app.conversation")


@dataclass(frozen=True)
class Offer:
    """`call` and `do_not_call` say which items the adviser's menu has. Requests are sealed to `keys`, by slot.
    `filler_share` is the probability with which a hop that stores nothing else stores a sealed "nothing"."""

    call: bool = False
    do_not_call: bool = False
    keys: Mapping[int, bytes] = field(default_factory=dict)
    filler_share: float = 0.0

    def draw_filler(self) -> bool:
        """Whether this hop stores a filler."""
        return draw() < self.filler_share


OFF = Offer()


def read_pins(text: str) -> Mapping[str, Pins]:
    """The pinned keys of each programme, from the setting SUPPORT_PINS. Raises ConfigError."""
    return recipients.parse_pins(text)


def start_faults(conn: Connection, pins: Mapping[str, Pins]) -> list[StartFault]:
    """Why a process may not serve: "do not call me" must stay where help was switched on, and be sealed to someone."""
    return [
        StartFault(f"help was switched on in {slug}, and {recipients.NAME} has nothing for it")
        for slug in recipients.unpinned(conn, pins)
    ]


class SupportBoard:
    """The offers of all programmes of a process."""

    def __init__(self, engine: Engine, pins: Mapping[str, Pins], demo: bool = False) -> None:
        """`engine` is for the reading once a minute. In a demo nobody has called the invented lines or proven the
        code: there a date that is left out does not count against the call."""
        self._engine, self._pins, self._demo = engine, pins, demo
        self._offers: dict[int, Offer] = {}
        self._read_at: dict[int, datetime] = {}
        self._lock = Lock()

    def offer(self, programme: LoadedProgramme, now: datetime) -> Offer:
        """The programme's offer; nothing without pins. Reads it again when the last reading is a minute old; when that
        fails, for whatever reason, no hop does: the former offer stays, without the call. Without a former one "do not
        call me" is offered, sealed to the recovery key."""
        if programme.settings.slug not in self._pins:
            return OFF
        read_at = self._read_at.get(programme.id)
        is_old = read_at is None or abs(now - read_at) >= READ_AGAIN_AFTER
        # one hop reads; the others do not wait for it, unless nothing was read yet
        if is_old and self._lock.acquire(blocking=read_at is None):
            try:
                self._read(programme, now)
            finally:
                self._lock.release()
        return self._offers.get(programme.id, OFF)

    def _read(self, programme: LoadedProgramme, now: datetime) -> None:
        try:
            with self._engine.connect() as conn:
                offer = read_offer(conn, programme, self._pins[programme.settings.slug], now, self._demo)
        except Exception as error:
            log_failure(log, "what help offers could not be read", error)
            former = self._offers.get(programme.id) or self._without_reading(programme)
            offer = Offer(False, former.do_not_call, former.keys, former.filler_share)
        self._offers[programme.id], self._read_at[programme.id] = offer, now

    def _without_reading(self, programme: LoadedProgramme) -> Offer:
        if programme.settings.support is None:
            return OFF
        return Offer(False, True, {RECOVERY_SLOT: self._pins[programme.settings.slug].recovery_key})


def read_offer(conn: Connection, programme: LoadedProgramme, pins: Pins, now: datetime, demo: bool) -> Offer:
    """Read what help offers at `now`. "Do not call me" stays once help was switched on, whatever else fails; then it is
    sealed at least to the recovery key."""
    settings = programme.settings
    local = now.astimezone(settings.calendar.zone)
    today = local.date()
    active = recipients.active(conn, programme.id, settings.slug, pins, today)
    if active is None or settings.support is None:
        return OFF
    due = settings.support.duty_due(settings.calendar, today, local.time())
    on_duty = conn.exec_driver_sql(DUTY, {"programme": programme.id, "day": due}).scalar()
    enough = active.accepted and len(active.caseworkers) >= MIN_CASEWORKERS
    # before a long break nobody could call soon
    soon = settings.support.call_until(settings.calendar, today) <= today + MAX_WAIT
    # who signed in must be able to open what comes
    call = on_duty in active.caseworkers and enough and soon and lines_are_fresh(settings, today, demo)
    return Offer(call, True, active.keys, _filler_share(conn, programme.id, today))


def lines_are_fresh(settings: Programme, today: date, demo: bool) -> bool:
    """Whether someone called each line, and proved on each network that the code is free, within FRESH_FOR."""
    lines = (*settings.lines.values(), *settings.emergency.values())
    dates = [line.verified_on for line in lines]
    dates += [network.free_proven_on for network in settings.networks.values()]
    return bool(settings.networks) and all(_is_fresh(day, today, demo) for day in dates)


def _is_fresh(day: date | None, today: date, demo: bool) -> bool:
    return demo if day is None else today - FRESH_FOR <= day <= today


def _filler_share(conn: Connection, programme_id: int, today: date) -> float:
    """The share of hops that makes some FILLERS_A_DAY fillers of the dialogues of the last week; never more than one
    in two, so that there are hops without one on a quiet day too."""
    since = today - timedelta(days=BUSY_DAYS)
    values = {"programme": programme_id, "since": since, "today": today}
    dialogues = int(conn.exec_driver_sql(DIALOGUES, values).scalar_one()) / BUSY_DAYS
    return min(0.5, FILLERS_A_DAY / (HOPS_A_DIALOGUE * max(dialogues, 1)))
