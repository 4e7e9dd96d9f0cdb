"""A programme's settings: everything about it that is not a person, read from its `programme.yaml` and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from sms_app.paths import on_disk
from sms_app.programme import (
    currencies,
    keywords,
    rules,
    sectors,
    support,
    telephones,
    trial_settings,
    yaml_node,
)
from sms_app.programme.calendar import Calendar
from sms_app.programme.sectors import Sector
from sms_app.programme.support import Support
from sms_app.programme.trial_settings import TrialSettings
from sms_app.programme.yaml_node import Node

MAX_QUIET = 45
NO_CURRENCY = frozenset({"k", "m", "mil", "mio", "o", "l", "i"})
DAY_OF_YEAR = r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"


class SettingsFaults(Exception):
    """A programme.yaml can't be used. `entries` has the file, line and text of each fault, `faults` each as one
    line."""

    def __init__(self, entries: list[tuple[str, int, str]]) -> None:
        self.entries = entries
        self.faults = [f"{file}:{line}: {text}" for file, line, text in entries]
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True)
class Currency:
    """A currency. `code` is that of ISO 4217, `decimals` the digits of its smallest unit, `label` what screens show.
    `words` (casefolded) may be typed beside an amount: label, code and other spellings."""

    code: str
    decimals: int
    label: str
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Helpline:
    """A telephone line. `verified_on` is the day when someone called it and it was right; None when nobody has."""

    number: str
    hours: str
    verified_on: date | None


@dataclass(frozen=True)
class Network:
    """A telephone network. `free_proven_on` is the day when someone without credit dialled the code; None when nobody
    has."""

    name: str
    free_proven_on: date | None


@dataclass(frozen=True)
class Programme:
    """One programme's settings, checked.

    The first language is the default. `lines` are the programme's own telephone lines and `emergency` the country's, by
    the name of their placeholder. `arms` has the name of each arm by its code, `sectors` the settings of each sector by
    its name. `keywords` maps the words of incoming texts to their meanings. `networks` are those on which the code must
    work, by their code at the provider. `support` is None in a programme without caseworkers. `screening` has the label
    of each criterion of the screening log by its key, in their order."""

    slug: str
    name: str
    country: str
    service_code: str
    time_zone: str
    currency: Currency
    languages: tuple[str, ...]
    lines: Mapping[str, Helpline]
    emergency: Mapping[str, Helpline]
    calendar: Calendar
    banned_stems: tuple[str, ...]
    arms: Mapping[str, str]
    sectors: Mapping[str, Sector]
    curriculum: tuple[str, ...]
    messages: rules.Messages
    keywords: Mapping[str, str]
    networks: Mapping[str, Network]
    support: Support | None = None
    screening: Mapping[str, str] = field(default_factory=dict)
    trial: TrialSettings = field(default_factory=TrialSettings)
    at: Mapping[str, int] = field(default_factory=dict, compare=False)
    """The line of each setting in its file by its path there, such as `service_code` or `emergency.police.number`."""

    @cached_property
    def digest(self) -> bytes:
        """The same for programmes whose settings say the same, in every process."""
        return hashlib.sha256(json.dumps(_plain(self), sort_keys=True).encode()).digest()


def _plain(value: Any) -> Any:
    """A setting as JSON: the order of a set, and where it stands in its file, make no difference."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, Mapping):
        return {str(key): _plain(setting) for key, setting in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple):
        return [_plain(setting) for setting in value]
    return str(value)


def values(programme: Programme, today: date) -> dict[str, object]:
    """The values of the placeholders that any screen may use. They are the same for everyone who dials the
    programme."""
    return {
        "service_code": programme.service_code,
        "currency": programme.currency.label,
        "programme_line": programme.lines["programme"].number,
        "line_hours": programme.lines["programme"].hours,
        "adviser_line": programme.lines["adviser"].number,
        **{name: line.number for name, line in programme.emergency.items()},
    }


STORE = """
insert into programme (slug, service_code, country, time_zone, currency, language)
values (%(slug)s, %(service_code)s, %(country)s, %(time_zone)s, %(currency)s, %(language)s)
on conflict (slug) do update set service_code = excluded.service_code, country = excluded.country,
  time_zone = excluded.time_zone, currency = excluded.currency, language = excluded.language
returning id
"""
STORE_ARM = """
insert into arm (programme_id, code, name) values (%(programme)s, %(code)s, %(name)s)
on conflict (programme_id, code) do update set name = excluded.name
"""


def store_programme(conn: Connection, programme: Programme) -> int:
    """Store a programme's row and arms as its settings say; gives the row's id. May be repeated."""
    row = {
        "slug": programme.slug,
        "service_code": programme.service_code,
        "country": programme.country,
        "time_zone": programme.time_zone,
        "currency": programme.currency.code,
        "language": programme.languages[0],
    }
    id_ = int(conn.exec_driver_sql(STORE, row).scalar_one())
    for code, name in programme.arms.items():
        conn.exec_driver_sql(STORE_ARM, {"programme": id_, "code": code, "name": name})
    return id_


def load_programme(path: Path) -> Programme:
    """Read and check a programme.yaml. Raises SettingsFaults with every fault."""
    top, faults = yaml_node.load(path)
    programme = _programme(top)
    if faults:
        raise SettingsFaults([(on_disk(path), line, text) for line, text in sorted(faults)])
    return replace(programme, at=yaml_node.lines(top))


PARTS = (
    "slug",
    "name",
    "country",
    "service_code",
    "time_zone",
    "currency",
    "languages",
    "lines",
    "emergency",
    "quiet",
    "community_work_last_saturday",
    "closed_every_year",
    "closed_days",
    "banned_stems",
    "arms",
    "sectors",
    "curriculum",
    "messages",
    "keywords",
)
OPTIONAL_PARTS = ("networks", "support", "screening", "trial")


def _programme(top: Node) -> Programme:
    part = top.parts(PARTS, OPTIONAL_PARTS)
    lines = part["lines"].parts(("programme", "adviser"))
    country = part["country"].text(r"[A-Z]{2}", "RW")
    zone = _zone(part["time_zone"])
    calendar = _calendar(part, zone)
    return Programme(
        slug=part["slug"].text(r"[a-z][a-z0-9_]*", "rwanda"),
        name=part["name"].text(),
        country=country,
        service_code=part["service_code"].text(r"\*\d+(\*\d+)*#", '"*801#"'),
        time_zone=zone.key,
        currency=_currency(part["currency"]),
        languages=_filled(
            part["languages"], part["languages"].each(lambda node: node.text(r"[a-z]{2,3}", "rw"))
        ),
        lines={name: _line(node, country) for name, node in lines.items()},
        emergency=part["emergency"].items(lambda node: _line(node, country)),
        calendar=calendar,
        banned_stems=part["banned_stems"].each(lambda node: node.text(r"[a-z]+", "violen")),
        arms=part["arms"].items(Node.text),
        sectors=sectors.read(part["sectors"], calendar),
        curriculum=_filled(part["curriculum"], part["curriculum"].each(Node.text)),
        messages=rules.read(part["messages"], calendar),
        keywords=keywords.read(part["keywords"]),
        networks={} if part["networks"].value is None else part["networks"].items(_network),
        support=support.read(part["support"], calendar),
        screening=trial_settings.read_criteria(part["screening"]),
        trial=trial_settings.read_trial(part["trial"]),
    )


def _zone(node: Node) -> ZoneInfo:
    name = node.text()
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        node.fault(f"there is no time zone `{name}`")
        return ZoneInfo("UTC")


def _currency(node: Node) -> Currency:
    part = node.parts(("code", "decimals", "label"), ("words",))
    code = part["code"].text(r"[A-Z]{3}", "RWF")
    label = part["label"].text(r"[^\s\d.,]{1,4}", "Frw")
    listed = [code.casefold(), label.casefold()]
    words = () if part["words"].value is None else part["words"].each(_currency_word)
    for word in words:
        if word in listed:
            part["words"].fault(f"`{word}` is listed twice, or is the code or the label, which need no word")
        listed.append(word)
    for word, other in currencies.foreign(label, code, (), {}).items():
        part["label"].fault(f"`{word}` is a word for {other}, the programme's currency is {code}")
    return Currency(code, part["decimals"].whole(0, 3), label, frozenset(listed) - {""})


def _currency_word(node: Node) -> str:
    word = node.text(r"[^\W\d_]{1,12}", "amafaranga")
    if word != word.casefold():
        node.fault(f"`{word}` can't match: a text is read as `{word.casefold()}`")
    if word in NO_CURRENCY:
        node.fault(
            f"`{word}` beside a number means thousands, millions or a digit, so it can't name a currency"
        )
    return word


def _filled(node: Node, items: tuple[str, ...]) -> tuple[str, ...]:
    if not items or len(set(items)) < len(items):
        node.fault("at least one is expected here, and none twice")
    return items


def _line(node: Node, country: str) -> Helpline:
    """Read a telephone line. `verified_on` is required, so that nobody forgets it; empty means that nobody has
    called."""
    part = node.parts(("number", "verified_on"), ("hours",))
    verified, hours = part["verified_on"], part["hours"]
    line = Helpline(
        number=part["number"].text(r"\+?\d[\d ]*", '"112"'),
        hours="" if hours.value is None else hours.text(),
        verified_on=None if verified.value is None else verified.day(),
    )
    if telephones.is_unset(line.number):
        if line.verified_on:
            verified.fault(f"nobody can have called {line.number}")
    elif line.number and telephones.is_foreign(line.number, country):
        part["number"].fault(f"`{line.number}` is no telephone number of {country}")
    return line


def _network(node: Node) -> Network:
    part = node.parts(("name", "free_proven_on"))
    proven = part["free_proven_on"]
    return Network(part["name"].text(), None if proven.value is None else proven.day())


def _calendar(part: Mapping[str, Node], zone: ZoneInfo) -> Calendar:
    quiet = part["quiet"].parts(("opens", "closes", "weekdays", "periods"))
    calendar = Calendar(
        zone=zone,
        opens=quiet["opens"].clock(),
        closes=quiet["closes"].clock(),
        quiet_weekdays=frozenset(quiet["weekdays"].each(lambda node: node.whole(0, 6))),
        quiet_periods=quiet["periods"].each(_period),
        closed_every_year=frozenset(part["closed_every_year"].each(_day_of_year)),
        closed_days=frozenset(part["closed_days"].each(Node.day)),
        community_work_last_saturday=part["community_work_last_saturday"].yes_no(),
    )
    if calendar.opens >= calendar.closes > time():
        quiet["closes"].fault("`closes` comes after `opens`")
    if calendar.longest_quiet() > MAX_QUIET:
        quiet["periods"].fault(f"nothing could be sent for more than {MAX_QUIET} days")
    return calendar


def _period(node: Node) -> tuple[str, str]:
    days = node.each(_day_of_year)
    if len(days) != 2:
        node.fault("a first and a last day are expected here")
        return "00-00", "00-00"
    return days[0], days[1]


def _day_of_year(node: Node) -> str:
    return node.text(DAY_OF_YEAR, '"04-07"')
