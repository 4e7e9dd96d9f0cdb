"""Reads and checks the environment at the start. Faults name the variable, never its value."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

PREFIX = "SMS_APP_"
SECRET_SHORTEST = 32
SMS_PER_SECOND, RECIPIENTS_A_CALL = 50, 100
CHECKOUT = Path(__file__).resolve().parent.parent
_WHOLE = (r"[1-9][0-9]{0,5}", "a whole number from 1 to 999999")
PATTERNS = {
    "TIME_OFFSET_S": (r"-?[0-9]{1,10}", "a whole number of seconds"),
    "SMS_PER_SECOND": _WHOLE,
    "RECIPIENTS_A_CALL": _WHOLE,
    "PROVIDER_URL": (r"https?://[^\s/?#]+(/[^\s?#]*)?", "an address like https://host"),
    "PHONE_URL": (
        r"http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/?",
        "an address of this machine, like http://127.0.0.1:8011",
    ),
}
"""The form of a variable that is not empty, and how to say it."""


@dataclass(frozen=True)
class Variables:
    """The variables of a process or kind of command, without the prefix."""

    needs: frozenset[str] = frozenset()
    """The process does not start without these."""
    may: tuple[str, ...] = ()
    """It also reads these, in production, too."""
    demo: tuple[str, ...] = ()
    """It also reads these, which only `up` sets."""
    redis: str = "REDIS_URL"
    """The variable with the URL of its Redis user, where the variables of all processes are together. The process
    itself reads REDIS_URL."""


def _needs(names: str, **more: Any) -> Variables:
    return Variables(frozenset(names.split()), **more)


ALL_MAY = ("FLOWS", "LOCALES", "TIME_OFFSET_S")
"""Every process and command reads these."""
ALL_MAY_IN_DEMO = ("TRACEBACK", "DEMO")
RUNNING = ("web", "worker", "clock", "support", "console")
"""The processes that run all the time."""
WALLED = ("support", "console")
"""The processes whose own secret and database no other process has, also not `doctor`."""
_SENDING = ("PROVIDER_URL", "SMS_PER_SECOND", "RECIPIENTS_A_CALL")
_RUNNING = {
    "web": _needs(
        "WEB_DATABASE_URL KEYS CALLBACK_SECRET METRICS_TOKEN",
        may=("REDIS_URL", "SUPPORT_PINS"),
        demo=("PHONE_URL",),
        redis="WEB_REDIS_URL",
    ),
    "worker": _needs("WORKER_DATABASE_URL KEYS REDIS_URL PROVIDER_USERNAME PROVIDER_API_KEY", may=_SENDING),
    "clock": _needs("WORKER_DATABASE_URL KEYS REDIS_URL", redis="CLOCK_REDIS_URL"),
    # it opens nothing that the vault's keys seal
    "support": _needs("SUPPORT_DATABASE_URL SUPPORT_SECRET", may=("SUPPORT_PINS",)),
    "console": _needs("CONSOLE_DATABASE_URL CONSOLE_SECRET KEYS"),
}
_STAFF = frozenset({"STAFF_DATABASE_URL", "KEYS"})
_ROLES = "WEB_DATABASE_URL WORKER_DATABASE_URL SUPPORT_DATABASE_URL STAFF_DATABASE_URL CONSOLE_DATABASE_URL"
VARIABLES: Mapping[str, Variables] = {
    **_RUNNING,
    # the simulator's processes, which only `up` starts
    "provider": _needs("CALLBACK_SECRET PROVIDER_USERNAME PROVIDER_API_KEY"),
    "phone": _needs("CALLBACK_SECRET", demo=("PROVIDER_URL",)),
    # `db roles`, `db upgrade` and `db programmes` together; each command alone needs less
    "release": _needs(f"DATABASE_URL KEYS {_ROLES}"),
    "upgrade": _needs("DATABASE_URL KEYS"),
    "owner": _needs("DATABASE_URL"),
    # it checks the variables of all processes, but does not have the owner's URL
    "doctor": Variables(
        _STAFF.union(*(process.needs for name, process in _RUNNING.items() if name not in WALLED)),
        (*_SENDING, "DEMO", "PHONE_URL", "SUPPORT_PINS"),
    ),
    # commands that staff type; `sending start` also makes the checks of the doctor
    "staff": Variables(_STAFF, ("DEMO",)),
    # the caseworkers' page
    "support_page": _needs("SUPPORT_PINS"),
    # commands that read files only
    "flows": Variables(),
}
"""The variables that each process or kind of command needs, and those that it may read."""


class ConfigError(Exception):
    """The environment can't be used; the text names every variable at fault, one a line. `malformed_keys` says that
    keys are among them."""

    def __init__(self, text: str, malformed_keys: bool = False) -> None:
        super().__init__(text)
        self.malformed_keys = malformed_keys


@dataclass(frozen=True)
class Config:
    """All settings of a process. Its repr has no secrets."""

    flows: Path
    locales: Path
    time_offset_s: int
    demo: bool
    phone_url: str = ""
    database_url: str = ""
    web_database_url: str = ""
    worker_database_url: str = ""
    support_database_url: str = ""
    staff_database_url: str = ""
    console_database_url: str = ""
    redis_url: str = ""
    web_redis_url: str = ""
    clock_redis_url: str = ""
    keys: str = ""
    former_keys: str = ""
    callback_secrets: tuple[str, ...] = ()
    metrics_token: str = ""
    support_pins: str = ""
    support_secret: str = ""
    console_secret: str = ""
    provider_url: str = ""
    provider_username: str = ""
    provider_api_key: str = ""
    sms_per_second: int = SMS_PER_SECOND
    recipients_a_call: int = RECIPIENTS_A_CALL

    def __repr__(self) -> str:
        return f"Config(flows={self.flows}, locales={self.locales}, time_offset_s={self.time_offset_s})"

    @classmethod
    def from_env(cls, env: Mapping[str, str], process: str) -> Config:
        """Read the variables that begin with SMS_APP_. Raises ConfigError with every fault."""
        get = {
            key.removeprefix(PREFIX): value for key, value in env.items() if key.startswith(PREFIX) and value
        }
        malformed_keys = _bad_keys("KEYS", get) + _bad_keys("FORMER_KEYS", get)
        missing = [
            f"{PREFIX}{name} is missing" for name in sorted(VARIABLES[process].needs) if name not in get
        ]
        faults = missing + _weak_secrets(get) + malformed_keys + _malformed(get)
        if faults:
            raise ConfigError("\n".join(faults), bool(malformed_keys))
        texts = {field.name: get.get(field.name.upper(), "") for field in fields(cls) if field.default == ""}
        return cls(
            **texts,
            flows=Path(get.get("FLOWS", CHECKOUT / "flows")),
            locales=Path(get.get("LOCALES", CHECKOUT / "locales")),
            time_offset_s=int(get.get("TIME_OFFSET_S", 0)),
            demo=get.get("DEMO") == "1",
            callback_secrets=_values(get, "CALLBACK_SECRET"),
            sms_per_second=int(get.get("SMS_PER_SECOND", SMS_PER_SECOND)),
            recipients_a_call=int(get.get("RECIPIENTS_A_CALL", RECIPIENTS_A_CALL)),
        )


def made_up_keys(text: str) -> list[int]:
    """The ids of keys that were obviously not drawn at random: a repeated byte, a short pattern, a count, or readable
    text. `text` is one that `Config` accepts."""
    ids = []
    for part in filter(None, text.split(",")):
        id_, _, encoded = part.strip().partition(":")
        encoded = encoded.rstrip("=")
        key = b64decode(encoded + "=", altchars=b"-_")
        if (
            len(set(key)) < 16
            or all(0x20 <= byte < 0x7F for byte in key)
            or _steady(key)
            or _steady(encoded.encode())
        ):
            ids.append(int(id_))
    return ids


def _steady(values: bytes) -> bool:
    """Whether half of the steps from a byte to the next are the same, as in a count or an alphabet."""
    steps = Counter(b - a for a, b in pairwise(values))
    return steps.most_common(1)[0][1] >= len(values) // 2


def sqlalchemy_url(url: str) -> str:
    """A libpq URL with SQLAlchemy's name for the driver."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in {"postgresql", "postgres"} else url


def _values(get: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for part in get.get(name, "").split(",") if part)


def _weak_secrets(get: Mapping[str, str]) -> list[str]:
    faults = _weak("CALLBACK_SECRET", _values(get, "CALLBACK_SECRET"), most=2)
    for name in ("METRICS_TOKEN", "SUPPORT_SECRET", "CONSOLE_SECRET"):
        faults += _weak(name, (get[name],) if name in get else (), most=1)
    return faults


def _weak(name: str, secrets: tuple[str, ...], most: int) -> list[str]:
    faults = []
    if any(len(s) < SECRET_SHORTEST or len(set(s)) < 10 or not s.isascii() or "/" in s for s in secrets):
        faults.append(
            f"{PREFIX}{name} is weak: it needs {SECRET_SHORTEST} or more random characters"
            " (letters, digits, - and _)"
        )
    if len(secrets) > most:
        faults.append(f"{PREFIX}{name} may hold at most {most} values")
    return faults


def _malformed(get: Mapping[str, str]) -> list[str]:
    return [
        f"{PREFIX}{name} is {what}"
        for name, (pattern, what) in PATTERNS.items()
        if name in get and not re.fullmatch(pattern, get[name])
    ]


def _bad_keys(name: str, get: Mapping[str, str]) -> list[str]:
    written = get.get(name, "").split(",") if name in get else []
    parts = [re.fullmatch(r"([0-9]{1,3}):[A-Za-z0-9_-]{43}=?", part.strip()) for part in written]
    ids = {int(part[1]) for part in parts if part}
    if len(ids) == len(parts) and max(ids, default=0) <= 255:
        return []
    return [f"{PREFIX}{name} is written id:key,id:key with different ids up to 255"]
