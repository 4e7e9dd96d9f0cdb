"""The project's own flows and catalogues are read and checked once in a process: not again for each test that starts
an application on them, or changes one file of a copy. Nothing changes them during a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sms_app import texts
from sms_app.conversation import checked
from sms_app.engine import compiler
from sms_app.engine.checker import published
from sms_app.engine.yaml_file import read_yaml
from tests.world.programme import FLOWS, LOCALES


@contextmanager
def checked_once() -> Iterator[None]:
    """Each check of the project's files is made the first time only; other folders are checked each time. A file that
    says the same as one of the project's is not parsed again."""
    check_programmes, is_stale = checked.check_programmes, texts.is_stale
    check_ours, ours_is_stale = cache(check_programmes), cache(is_stale)

    def check(flows: Path, locales: Path, slug: str = "") -> checked.Checks:
        ours = (flows.resolve(), locales.resolve()) == (FLOWS, LOCALES)
        return (check_ours if ours else check_programmes)(flows, locales, slug)

    def stale(source: Path) -> bool:
        return (ours_is_stale if source.resolve().is_relative_to(LOCALES) else is_stale)(source)

    ours = {path.read_bytes(): path for path in FLOWS.rglob("*.yaml")}
    read_ours = cache(read_yaml)

    def read(path: Path) -> Any:
        same = ours.get(path.read_bytes()) if path.is_file() else None
        return read_yaml(path) if same is None else read_ours(same)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "check_programmes", check)
        patch.setattr(texts, "is_stale", stale)
        for module in (compiler, published):
            patch.setattr(module, "read_yaml", read)
        yield
