"""The exports of a simulated year, so that those of two years with one seed can be compared: with the member number in
the place of each study id, which is random, and their lines in order."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import typer
from typer.testing import CliRunner

from sms_app import folder
from sms_app.cli import exposure, nominations, report, screening, study


@dataclass(frozen=True)
class Export:
    """A command that writes a file: `words` stand before the file's name, `options` after it."""

    app: typer.Typer
    words: Sequence[str]
    options: Sequence[str] = ()


def every(first: str, last: str, quarters: Sequence[str]) -> Mapping[str, Export]:
    """Every export that is a file, by the file's name: of the days from `first` to `last` and of the quarters (2026Q1)
    that are over. The map of study ids is apart."""
    return {
        "exposure.csv": Export(exposure.app, ("export",), ("--from", first, "--until", last)),
        "contamination.csv": Export(exposure.app, ("contamination",), ("--on", last)),
        **{f"donor-{q}.html": Export(report.app, ("donor",), ("--quarter", q)) for q in quarters},
        "households.csv": Export(study.households_app, ("export",)),
        "nominations.csv": Export(nominations.app, ("export",)),
        "screening.csv": Export(screening.app, ("export",)),
    }


def text_of(data: Path, url: str, name: str, export: Export, offset_s: int = 0) -> str:
    """The comparable text of an export of a data folder whose database is at `url`, as if made `offset_s` seconds from
    now."""
    env = folder.read_env(data) | {
        "SMS_APP_STAFF_DATABASE_URL": url,
        "SMS_APP_TIME_OFFSET_S": str(offset_s),
        "USER": "office",
    }
    with TemporaryDirectory(dir=data.parent) as place:
        file, study_ids = Path(place, name), Path(place, "map.csv")
        for app, asked in (
            (export.app, (*export.words, str(file), *export.options)),
            (study.study_app, ("map", str(study_ids))),
        ):
            said = CliRunner().invoke(app, asked, env=env)
            assert said.exit_code == 0, said.output
        text = file.read_text()
        with study_ids.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                text = text.replace(row["study_id"], row["member_number"])
    return text if name.endswith(".html") else _named_households(text)


def _named_households(text: str) -> str:
    """The lines in order. The map has no households: each is named by its first line."""
    lines = sorted(text.splitlines())
    for household in set(re.findall(r"\bH[0-9A-Z]{7}\b", text)):
        first = next(line for line in lines if household in line)
        text = text.replace(household, f"household of {first.partition(',')[0]}")
    return "\n".join(sorted(text.splitlines()))
