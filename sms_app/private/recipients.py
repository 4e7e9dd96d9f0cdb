"""To whom a programme's requests are sealed now, as the web process reads it once a minute."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import Connection

from sms_app.config import PREFIX, ConfigError
from sms_app.private import rosters, sealing
from sms_app.private.roster import Pins, RosterError
from sms_app.private.sealing import RECOVERY_SLOT, SealError

SWITCHED_ON = """
select p.slug from programme p where exists (select from private.roster r where r.programme_id = p.id) order by p.slug
"""
WITHDRAWN = """
select fingerprint from private.withdrawn_key where programme_id = %(programme)s order by fingerprint
"""
NAME = f"{PREFIX}SUPPORT_PINS"
PIN = re.compile(r"([a-z][a-z0-9_]*):([0-9]{1,6}):([A-Za-z0-9_-]{87}):([A-Za-z0-9_-]{87})")
log = structlog.get_logger("sms_app.private")


@dataclass(frozen=True)
class Recipients:
    """`keys` are the public keys by slot; the recovery key is always among them. `caseworkers` are the codes of those
    who have the others. Unless a roster is `accepted` now, no call may be asked for or made."""

    keys: Mapping[int, bytes]
    accepted: bool
    caseworkers: frozenset[str] = frozenset()


def parse_pins(text: str) -> dict[str, Pins]:
    """The pins of each programme, from `programme:least version:roster key:recovery key`, separated by commas; the keys
    are in base64url. Raises ConfigError, which names no key."""
    pins: dict[str, Pins] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = PIN.fullmatch(part)
        if match is None or match[1] in pins:
            raise ConfigError(f"{NAME} is written as programme:least version:roster key:recovery key")
        keys = [sealing.from_text(match[n]) for n in (3, 4)]
        try:
            for key in keys:
                sealing.public_key(key)
        except SealError:
            raise ConfigError(f"{NAME}: a key of {match[1]} is no key on the curve P-256") from None
        if keys[0] == keys[1]:
            raise ConfigError(
                f"{NAME}: the roster key of {match[1]} must be another key than its recovery key"
            )
        pins[match[1]] = Pins(keys[0], keys[1], int(match[2]))
    return pins


def unpinned(conn: Connection, pins: Mapping[str, Pins]) -> list[str]:
    """The programmes in which help was switched on, and for which the configuration has no pins."""
    return [slug for (slug,) in conn.exec_driver_sql(SWITCHED_ON) if slug not in pins]


def withdrawn(conn: Connection, programme_id: int) -> list[bytes]:
    """The fingerprints of a programme's withdrawn keys, in order."""
    rows = conn.exec_driver_sql(WITHDRAWN, {"programme": programme_id})
    return [bytes(fingerprint) for (fingerprint,) in rows]


def active(conn: Connection, programme_id: int, programme: str, pins: Pins, today: date) -> Recipients | None:
    """To whom requests are sealed on `today`; None when help was never switched on.

    Whoever writes the database gets no key in. With a roster that has expired, its keys stay, so that caseworkers still
    learn who must not be called; with none that the pins accept, only the recovery key is left."""
    if not rosters.is_any(conn, programme_id):
        return None
    stored = rosters.newest(conn, programme_id, programme, pins)
    if stored is None:
        log.warning("no roster is signed by the pinned key", programme=programme_id)
        return Recipients({RECOVERY_SLOT: pins.recovery_key}, accepted=False)
    gone = withdrawn(conn, programme_id)
    keys, caseworkers = stored.roster.recipients(gone), stored.roster.caseworkers(gone)
    try:
        stored.roster.check_day(today)
    except RosterError as error:
        log.warning("the roster is not accepted", reason=str(error), programme=programme_id)
        return Recipients(keys, False, caseworkers)
    return Recipients(keys, True, caseworkers)
