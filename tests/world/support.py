"""The support page's world: invented caseworkers, the keys that the page pins, requests and downloads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from playwright.sync_api import Page

from sms_app.private import roster, sealing, wrapping
from sms_app.private.page import build
from sms_app.private.roster import Roster
from sms_app.private.sealing import RECOVERY_SLOT
from sms_app.private.support_request import CALL, DO_NOT_CALL, NOTHING, OTHER_PHONE, SupportRequest

PROGRAMME, ZONE = "rwanda", "Africa/Kigali"
NOW = datetime(2027, 3, 11, 7, 30, tzinfo=UTC)
"""09:30 in Kigali, a Thursday."""
TODAY, UNTIL = date(2027, 3, 11), date(2027, 3, 13)
BAND = "08:00-11:00"
SECTORS = ("Kigabiro", "Muhazi", "Musha")
WOMAN, OTHER = "+250780001001", "+250780001002"
ROSTER_KEY, RECOVERY_KEY = sealing.new_key(), sealing.new_key()


def public(key: EllipticCurvePrivateKey) -> bytes:
    return sealing.public_bytes(key.public_key())


@dataclass(frozen=True, eq=False)
class Caseworker:
    """A caseworker with her key and her seven words."""

    code: str
    kin: tuple[str, ...] = ()
    passphrase: str = field(default_factory=wrapping.new_passphrase)
    key: EllipticCurvePrivateKey = field(default_factory=sealing.new_key)

    @property
    def public(self) -> bytes:
        return public(self.key)


AMINA, BEATA = Caseworker("1", kin=("Muhazi",)), Caseworker("2")


@cache
def wrapped(caseworker: Caseworker) -> dict[str, str]:
    """Her wrapped key. 600,000 rounds take a while: once is enough."""
    return wrapping.wrap(caseworker.key, caseworker.kin, caseworker.passphrase, PROGRAMME, caseworker.code)


def the_page() -> str:
    """The page of the invented programme."""
    return build.page(PROGRAMME, ZONE, public(ROSTER_KEY), public(RECOVERY_KEY))


def call(minute: int = 0, **changes: object) -> SupportRequest:
    """A request to call, made `minute` minutes after 08:00 in Kigali of this day."""
    at = datetime(2027, 3, 11, 6, 0, tzinfo=UTC).timestamp() + 60 * minute
    request = SupportRequest(
        CALL, datetime.fromtimestamp(at, UTC), WOMAN, WOMAN, "alone", BAND, UNTIL, ("Kigabiro",), "woman"
    )
    return replace(request, **changes)


def do_not_call(minute: int, number: str = WOMAN) -> SupportRequest:
    return SupportRequest(DO_NOT_CALL, call(minute).at, number)


def nothing() -> SupportRequest:
    return SupportRequest(NOTHING, call().at)


def typed_phone(number: str, **changes: object) -> SupportRequest:
    """A request dialled from the woman's phone for a number that she typed."""
    return call(number=number, who_answers=OTHER_PHONE, **changes)


RECIPIENTS = {0: AMINA.public, 1: BEATA.public, RECOVERY_SLOT: public(RECOVERY_KEY)}


def row(
    request: SupportRequest,
    outcomes: Sequence[Mapping[str, str]] = (),
    recipients: Mapping[int, bytes] = RECIPIENTS,
    id_: bytes | None = None,
) -> dict[str, object]:
    """A row of a download, sealed as the service seals it."""
    id_ = id_ or sealing.new_row()
    envelope = sealing.seal(request, id_, PROGRAMME, recipients)
    return {
        "id": sealing.to_text(id_),
        "envelope": sealing.to_text(envelope),
        "outcomes": list(outcomes),
    }


def outcome(code: str, by: str = "1", on: date = TODAY) -> dict[str, str]:
    return {"code": code, "by": by, "on": on.isoformat()}


def signed_roster(*keys: bytes, **changes: object) -> str:
    """A roster signed by the pinned key. Without keys, of both caseworkers."""
    codes = {str(n): key for n, key in enumerate(keys or (AMINA.public, BEATA.public), start=1)}
    values = Roster(PROGRAMME, 2, date(2027, 8, 1), codes, public(RECOVERY_KEY))
    return roster.sign(replace(values, **changes), ROSTER_KEY, TODAY)


def download(*rows: Mapping[str, object], caseworker: Caseworker = AMINA, **changes: object) -> str:
    """The text of a download with these rows, made one minute ago."""
    values: dict[str, object] = {
        "format": 1,
        "programme": PROGRAMME,
        "made": int(NOW.timestamp()) - 60,
        "time_zone": ZONE,
        "caseworker": caseworker.code,
        "public_key": sealing.to_text(caseworker.public),
        "wrapped_key": wrapped(caseworker),
        "roster": "",
        "withdrawn": [],
        "sectors": list(SECTORS),
        "bands": [BAND, "11:00-14:00", "14:00-17:00"],
        "days_off": ["2027-03-13", "2027-03-14"],
        "programme_line": "0788 000 000",
        "rules": {"under_18": "tell the child protection officer.", "men": "give him 3512."},
        "requests": list(rows),
    }
    return json.dumps(values | changes)


def setup_file(**changes: object) -> str:
    values = {"format": 1, "setup": True, "programme": PROGRAMME, "caseworker": "1"}
    return json.dumps(values | {"sectors": list(SECTORS), "time_zone": ZONE} | changes)


def in_library(page: Page, script: str, argument: object = None) -> object:
    """What `script`, a function in JavaScript, gives with the page's library around it. A page's own script shows no
    one its functions, so the library is run again."""
    return page.evaluate(
        f"async (argument) => {{ {build.library()}\nreturn await ({script})(argument); }}", argument
    )


def as_file(text: str, name: str = "requests-2027-03-11.json") -> dict[str, object]:
    """A file as a person chooses it."""
    return {"name": name, "mimeType": "application/json", "buffer": text.encode()}


def seconds(at: datetime) -> int:
    return int(at.timestamp())
