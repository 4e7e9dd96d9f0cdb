"""Makes a simulated year twice with one seed, and compares all totals and all exports to the byte:

python -m bench.same_year DIR --weeks 52 --seed 1 --until 2026-03-09

It makes DIR/first and DIR/second with their totals, unless they are there. docs/simulation.md says what is equal."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

from sms_app import embedded, folder
from sms_app.simulator.year.mark import read_mark
from tests.world import year_exports as exports

BOTH = ("first", "second")


def main() -> None:
    """Exit with 1 and the names of what differs."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("place", type=Path)
    asked.add_argument("--weeks", type=int, default=52)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--until", type=date.fromisoformat, required=True, help="a Monday")
    given = asked.parse_args()
    place: Path = given.place.resolve()
    place.mkdir(parents=True, exist_ok=True)
    last = given.until - timedelta(days=1)
    first = given.until - timedelta(weeks=given.weeks)
    for name in BOTH:
        mark = read_mark(place / name)
        if mark is None or not mark.is_finished:
            _simulate(place, name, given.weeks, given.seed, given.until)
    years = [{**_totals(place, name), **_exports(place / name, first, last)} for name in BOTH]
    differing = sorted(
        what for what in years[0].keys() | years[1].keys() if years[0].get(what) != years[1].get(what)
    )
    if differing:
        sys.exit(f"These differ: {', '.join(differing)}.")
    print(f"All {len(years[0])} totals and exports are equal.")


def _simulate(place: Path, name: str, weeks: int, seed: int, until: date) -> None:
    command = [str(Path(sys.executable).with_name("sms-app")), "simulate", "--weeks", str(weeks)]
    command += ["--seed", str(seed), "--until", until.isoformat()]
    command += ["--data", str(place / name), "--totals", str(place / f"{name}.json")]
    subprocess.run(command, check=True)


def _totals(place: Path, name: str) -> Mapping[str, str]:
    totals = json.loads((place / f"{name}.json").read_text())
    return {what: str(total) for what, total in totals.items()}


def _exports(data: Path, first: date, last: date) -> Mapping[str, str]:
    """The texts of a year's exports by the name of the file."""
    texts = {}
    wanted = exports.every(first.isoformat(), last.isoformat(), _quarters(first, last))
    with folder.own(data), embedded.servers(data) as servers:
        for name, export in wanted.items():
            texts[name] = exports.text_of(data, servers.owner_url, name, export)
            print(f"{data.name}: {len(texts[name].encode()):>12,} bytes  {name}", flush=True)
    return texts


def _quarters(first: date, last: date) -> list[str]:
    """The quarters that the year touches."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sorted({f"{day.year}Q{(day.month + 2) // 3}" for day in days})


if __name__ == "__main__":
    main()
