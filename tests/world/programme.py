"""The programme in Rwanda: its files, read once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sms_app.programme.loaded import ProgrammeFiles, read_files

ROOT = Path(__file__).resolve().parents[2]
FLOWS, LOCALES = ROOT / "flows", ROOT / "locales"
RWANDA = FLOWS / "rwanda" / "programme.yaml"


@cache
def read() -> list[ProgrammeFiles]:
    """The programme in Rwanda, read once."""
    return read_files(FLOWS, LOCALES)
