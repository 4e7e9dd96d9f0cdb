"""What importing and exporting 50,000 rows of people cost."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bench.world import CHECKOUT, World
from sms_app.channel.demo_numbers import BLOCK, IN_BLOCK
from sms_app.programme.loaded import LoadedProgramme, sentences
from sms_app.programme.settings import load_programme
from sms_app.programme.workbook import export, importing
from sms_app.programme.workbook.sheets import all_sheets, by_name
from sms_app.programme.workbook.whole_files import WholeFiles
from sms_app.programme.workbook.writing import write

GROUP_SIZE, FIRST_GROUP = 250, 700
ENROLLED = date(2026, 1, 5)


@dataclass(frozen=True)
class Result:
    """Seconds for each step, and the rows that it had."""

    name: str
    rows: int
    seconds: float


def contest(place: World, folder: Path, people: int) -> list[Result]:
    """Import a workbook of so many people, their groups, and consents of every fifth; import it again; export
    everyone."""
    settings = load_programme(CHECKOUT / "flows" / "rwanda" / "programme.yaml")
    texts = sentences(settings, CHECKOUT / "locales")
    loaded = LoadedProgramme(place.programme_id, settings, texts, place.vault)
    sheets, content = by_name(all_sheets(settings)), _content(people)
    path = folder / "people.xlsx"
    with WholeFiles() as files:
        write(files, path, tuple(sheets[name] for name in content), content)
    count = sum(map(len, content.values()))
    results = [
        _imported(place, loaded, path, "import", count),
        _imported(place, loaded, path, "import again", count),
    ]
    began = time.monotonic()
    with WholeFiles() as files, place.owner.begin() as conn:
        exported = export.export(conn, files, loaded, folder / "all.xlsx", True, "bench", datetime.now(UTC))
    return [*results, Result("export", exported, time.monotonic() - began)]


def _imported(place: World, loaded: LoadedProgramme, path: Path, name: str, count: int) -> Result:
    began = time.monotonic()
    with place.owner.begin() as conn:
        rows, faults = importing.read(path, loaded)
        importing.store(conn, loaded, rows, faults, "bench", datetime.now(UTC))
    return Result(name, count, time.monotonic() - began)


def _content(people: int) -> dict[str, list[list[str | int | date]]]:
    groups = [[FIRST_GROUP + n, "woman", "Kigabiro", "Kigabiro"] for n in range(people // GROUP_SIZE)]
    rows: list[list[str | int | date]] = []
    consents: list[list[str | int | date]] = []
    for n in range(people):
        who = f"B{n:05}"
        group = FIRST_GROUP + n // GROUP_SIZE
        member = ["", f"Uwera Mukamana {n}", "woman", group, n % GROUP_SIZE + 1, "", "", "", "rw", "own"]
        number = f"0{BLOCK[4:]}{n % IN_BLOCK:04}"
        rows.append([who, *member, number, "yes", ENROLLED, "", ""])
        if n % 5 == 0:
            consents.append([who, "messages", "yes", "1", "rw", "written", "", ENROLLED, "coach"])
    return {"groups": list(groups), "people": rows, "consents": consents}
