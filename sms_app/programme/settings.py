"""A programme as data: everything about it that is not a person, read from its `programme.yaml`, faults by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError
from sqlalchemy import Connection

PLACE_LONGEST = 30


class SettingsFaults(Exception):
    """A programme.yaml can't be used; `faults` holds every `file:line: text`."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


@dataclass(frozen=True)
class Currency:
    """`code` as in ISO 4217, `decimals` of its smallest unit, `label` as participants write it."""

    code: str
    decimals: int
    label: str


@dataclass(frozen=True)
class Line:
    """A telephone line. `verified_on` is the day when someone called it and it was right; None: nobody has."""

    number: str
    hours: str
    verified_on: date | None


@dataclass(frozen=True)
class QuietHours:
    """When nothing is sent: outside `opens` to `closes`, on `weekdays` (0 is Monday), between two days of a year."""

    opens: time
    closes: time
    weekdays: tuple[int, ...]
    periods: tuple[tuple[str, str], ...]

    def silent_day(self, day: date) -> bool:
        """Whether nothing is sent or held on this day at all. A period is written `MM-DD` to `MM-DD`."""
        key = day.strftime("%m-%d")
        return day.weekday() in self.weekdays or any(first <= key <= last for first, last in self.periods)


@dataclass(frozen=True)
class Programme:
    """One programme's settings, checked. The first language is the default one."""

    slug: str
    name: str
    country: str
    calling_code: str
    service_code: str
    time_zone: str
    currency: Currency
    languages: tuple[str, ...]
    lines: Mapping[str, Line]
    emergency: Mapping[str, Line]
    health_centre: str
    adviser_first: date
    adviser_every_weeks: int
    quiet: QuietHours
    community_work_last_saturday: bool
    closed_days: tuple[date, ...]
    banned_stems: tuple[str, ...]
    arms: Mapping[str, str]
    sectors: Mapping[str, tuple[str, ...]]
    curriculum: tuple[str, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def adviser_days(self, today: date) -> tuple[date, date]:
        """The next two days, today included, on which the adviser is at the training."""
        every = timedelta(weeks=self.adviser_every_weeks)
        behind = max(0, -((self.adviser_first - today) // every))
        first = self.adviser_first + behind * every
        return first, first + every

    def community_work(self, day: date) -> bool:
        """Whether the morning belongs to community work (Umuganda: the last Saturday of the month)."""
        last = day.weekday() == 5 and (day + timedelta(days=7)).month != day.month
        return self.community_work_last_saturday and last

    def may_meet(self, starts: datetime) -> bool:
        """Whether a session may start then (aware): no silent or closed day, no community-work morning."""
        local = starts.astimezone(self.zone)
        day = local.date()
        if self.quiet.silent_day(day) or day in self.closed_days:
            return False
        return not (self.community_work(day) and local.time() < time(12))


def values(programme: Programme, today: date) -> dict[str, object]:
    """The placeholders that any screen may use, the same for everyone who dials this programme."""
    first, second = programme.adviser_days(today)
    return {
        "service_code": programme.service_code, "currency": programme.currency.label,
        "programme_line": programme.lines["programme"].number, "line_hours": programme.lines["programme"].hours,
        "adviser_line": programme.lines["adviser"].number, "health_centre": programme.health_centre,
        "adviser_1": first, "adviser_2": second,
        **{name: line.number for name, line in programme.emergency.items()},
    }  # fmt: skip


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
    """Bring the programme's row and arms up to its settings; gives its id. May be repeated."""
    row = {
        "slug": programme.slug, "service_code": programme.service_code, "country": programme.country,
        "time_zone": programme.time_zone, "currency": programme.currency.code, "language": programme.languages[0],
    }  # fmt: skip
    id_ = int(conn.exec_driver_sql(STORE, row).scalar_one())
    for code, name in programme.arms.items():
        conn.exec_driver_sql(STORE_ARM, {"programme": id_, "code": code, "name": name})
    return id_


def load_programme(path: Path) -> Programme:
    """Read and check a programme.yaml. Raises SettingsFaults with every fault."""
    file = f"{path.parent.name}/{path.name}"
    try:
        loaded = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsFaults([f"{file}:{line}: not YAML: {error.problem or 'cannot be read'}"]) from None
    if not isinstance(loaded, CommentedMap):
        raise SettingsFaults([f"{file}:1: a programme is a map"])
    reader = _Reader(file, loaded)
    programme = reader.programme()
    if reader.faults or programme is None:
        raise SettingsFaults(reader.faults)
    return programme


class _Reader:
    """Reads the map's parts; a missing or wrong one is noted with its line, and reading goes on."""

    def __init__(self, file: str, top: CommentedMap) -> None:
        self.file, self.top, self.faults = file, top, list[str]()

    def get(self, node: CommentedMap, key: str, kind: type | tuple[type, ...]) -> Any:
        value = node.get(key) if isinstance(node, CommentedMap) else None
        if not isinstance(value, kind):
            names = kind if isinstance(kind, tuple) else (kind,)
            expected = " or ".join(_NAMES.get(k, k.__name__) for k in names)
            self.fault(node, key, f"`{key}` is missing or not {expected}")
            return _EMPTY.get(names[0])
        return value

    def fault(self, node: CommentedMap, key: str, text: str) -> None:
        line = node.lc.key(key)[0] + 1 if isinstance(node, CommentedMap) and key in node else _start(node)
        self.faults.append(f"{self.file}:{line}: {text}")

    def programme(self) -> Programme | None:
        top = self.top
        zone, currency = self.get(top, "time_zone", str), self.get(top, "currency", CommentedMap)
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            self.fault(top, "time_zone", f"unknown time zone `{zone}`")
        adviser, health = self.get(top, "adviser", CommentedMap), self.get(top, "health_centre", str)
        sectors = self.get(top, "sectors", CommentedMap)
        for sector, places in sectors.items():
            for place in places:
                if len(f"{sector}, {place}") > PLACE_LONGEST:
                    self.fault(sectors, sector, f"`{sector}, {place}` is longer than {PLACE_LONGEST}")
        parts = {
            "slug": self.get(top, "slug", str), "name": self.get(top, "name", str),
            "country": self.get(top, "country", str), "calling_code": str(self.get(top, "calling_code", (str, int))),
            "service_code": self.get(top, "service_code", str), "time_zone": zone,
            "currency": Currency(self.get(currency, "code", str), self.get(currency, "decimals", int),
                                 self.get(currency, "label", str)),
            "languages": tuple(self.get(top, "languages", list)), "health_centre": health,
            "lines": self.lines("lines", ("programme", "adviser")), "emergency": self.lines("emergency", ()),
            "adviser_first": self.get(adviser, "first", date),
            "adviser_every_weeks": self.get(adviser, "every_weeks", int), "quiet": self.quiet(),
            "community_work_last_saturday": self.get(top, "community_work_last_saturday", bool),
            "closed_days": tuple(self.get(top, "closed_days", list)),
            "banned_stems": tuple(self.get(top, "banned_stems", list)),
            "arms": dict(self.get(top, "arms", CommentedMap)),
            "sectors": {name: tuple(places) for name, places in sectors.items()},
            "curriculum": tuple(self.get(top, "curriculum", list)),
        }  # fmt: skip
        if not parts["languages"]:
            self.fault(top, "languages", "a programme speaks at least one language")
        if int(parts["adviser_every_weeks"] or 0) < 1:
            self.fault(adviser, "every_weeks", "`every_weeks` is 1 or more")
        return None if self.faults else Programme(**parts)

    def lines(self, key: str, required: tuple[str, ...]) -> dict[str, Line]:
        node, found = self.get(self.top, key, CommentedMap), {}
        for name in required:
            if name not in node:
                self.fault(self.top, key, f"`{key}` needs `{name}`")
        for name, line in node.items():
            if not isinstance(line, CommentedMap) or "verified_on" not in line:
                self.fault(node, name, f"line `{name}` needs `number` and `verified_on` (empty: not verified)")
                continue
            found[str(name)] = Line(str(line.get("number")), str(line.get("hours", "")), line["verified_on"])
        return found

    def quiet(self) -> QuietHours:
        node = self.get(self.top, "quiet", CommentedMap)
        opens, closes = (self.clock(node, key) for key in ("opens", "closes"))
        weekdays = tuple(int(day) for day in self.get(node, "weekdays", list))
        periods = tuple((str(first), str(last)) for first, last in self.get(node, "periods", list))
        return QuietHours(opens, closes, weekdays, periods)

    def clock(self, node: CommentedMap, key: str) -> time:
        try:
            return time.fromisoformat(str(self.get(node, key, str)))
        except ValueError:
            self.fault(node, key, f"`{key}` is an hour like 08:00, in quotes")
            return time()


_NAMES = {str: "text", int: "a whole number", list: "a list", CommentedMap: "a map", date: "a day", bool: "true or false"}
_EMPTY: Mapping[type, Any] = {
    str: "", int: 0, list: [], CommentedMap: CommentedMap(), date: date(2000, 1, 1), bool: False,
}  # fmt: skip


def _start(node: object) -> int:
    return int(node.lc.line) + 1 if isinstance(node, CommentedMap) and node.lc.line is not None else 1
