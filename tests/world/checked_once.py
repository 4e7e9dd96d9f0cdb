"""The project's own flows and catalogues are checked once in a process: not again for each test that starts an
application on them. Nothing changes them during a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from sms_app import texts
from sms_app.conversation import checked
from tests.world.programme import FLOWS, LOCALES


@contextmanager
def checked_once() -> Iterator[None]:
    """Each check of the project's files is made the first time only; other folders are checked each time."""
    check_programmes, is_stale = checked.check_programmes, texts.is_stale
    check_ours, ours_is_stale = cache(check_programmes), cache(is_stale)

    def check(flows: Path, locales: Path, slug: str = "") -> checked.Checks:
        ours = (flows.resolve(), locales.resolve()) == (FLOWS, LOCALES)
        return (check_ours if ours else check_programmes)(flows, locales, slug)

    def stale(source: Path) -> bool:
        return (ours_is_stale if source.resolve().is_relative_to(LOCALES) else is_stale)(source)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "check_programmes", check)
        patch.setattr(texts, "is_stale", stale)
        yield
