"""A programme's flows and catalogues, checked against the facts, actions and settings that they are used with."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sms_app.conversation.actions import ACTION_SHAPES
from sms_app.conversation.facts import FACT_SHAPES
from sms_app.engine.checker.check import Checked, Subject, check
from sms_app.programme.settings import Programme, values

ANY_DAY = date(2028, 12, 28)  # of a programme's days only the length is checked


def check_programme(settings: Programme, folder: Path, locales_dir: Path) -> Checked:
    """Compile and check one programme's flow folder and catalogues."""
    return check(
        Subject(
            folder, locales_dir, settings.slug, settings.languages, settings.time_zone,
            settings.currency.decimals, settings.banned_stems, values(settings, ANY_DAY),
            FACT_SHAPES, ACTION_SHAPES,
        )
    )  # fmt: skip
