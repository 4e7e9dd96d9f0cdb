"""Checks a programme's flows and catalogues against the facts, actions and settings that they are used with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sms_app.conversation.actions import ACTION_SHAPES
from sms_app.conversation.facts import FACT_SHAPES
from sms_app.conversation.foreign import Loaded, sentence_faults, settings_faults
from sms_app.engine.checker.check import Checked, Subject, check
from sms_app.engine.flow import Fault, FlowFaults
from sms_app.engine.shapes import Day, Moment, Number, Shape, Text, TextShape, Word
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import texts_said
from sms_app.programme.settings import Programme, SettingsFaults, load_programme, values
from sms_app.texts import STALE, catalogue_path, is_stale

ANY_DAY = date(2028, 12, 28)  # only the length of its values matters
MAX_PEOPLE = 99  # in a group
MAX_GROUPS = 999
MAX_LIST_NUMBERS_LENGTH = 20  # of people who missed something: 3*7*12*19*24*25 and some more


def check_programme(settings: Programme, folder: Path, locales_dir: Path) -> Checked:
    """Compile and check one programme's flow folder and catalogues."""
    return check(
        Subject(
            folder,
            locales_dir,
            settings.slug,
            settings.languages,
            settings.time_zone,
            settings.currency.decimals,
            settings.banned_stems,
            values(settings, ANY_DAY),
            FACT_SHAPES,
            ACTION_SHAPES,
            message_shapes(settings),
            settings.at,
        )
    )


def message_shapes(settings: Programme) -> dict[str, TextShape]:
    """The shapes of the values that fill each SMS text of a programme."""
    shapes: dict[str, Shape] = {
        "moment": Moment(),
        "day": Day(),
        "place": Text(MAX_PLACE_LENGTH),
        "number": Number(MAX_PEOPLE),
        "group": Number(MAX_GROUPS),
        "numbers": Text(MAX_LIST_NUMBERS_LENGTH),
        "recorded": Word(texts_said.RECORDED),
        "service_code": Text(len(settings.service_code)),
    }
    needed = texts_said.needed(settings.messages, settings.support)
    return {
        name: TextShape({placeholder: shapes[kind] for placeholder, kind in fills.items()}, name in needed)
        for name, fills in texts_said.TEXTS.items()
    }


@dataclass(frozen=True)
class Checks:
    """The programmes whose settings can be used, each with its check. `settings` are the faults of the other
    programmes' settings; their flows and sentences are not checked, since they depend on these. `around` are faults
    between programmes, and compiled catalogues that are out of date."""

    programmes: list[tuple[Programme, Checked]]
    settings: list[Fault]
    around: list[Fault]

    @property
    def every(self) -> list[Fault]:
        """The faults of all programmes in the order of their files and lines."""
        flows = (fault for _, checked in self.programmes for fault in checked.every)
        return sorted({*self.settings, *self.around, *flows})


def check_programmes(flows_dir: Path, locales_dir: Path, slug: str = "") -> Checks:
    """Check all programmes in a folder, or only the one with a short name. Faults of settings are given for all, since
    settings that can't be read do not tell whose they are."""
    checks = Checks([], [], [])
    readable: list[Loaded] = []
    for path in sorted(flows_dir.glob("*/programme.yaml")):
        try:
            readable.append(Loaded(path, load_programme(path)))
        except SettingsFaults as wrong:
            checks.settings.extend(Fault(*fault) for fault in wrong.entries)
    for loaded in readable:
        if slug not in ("", loaded.settings.slug):
            continue
        others = [other for other in readable if other is not loaded]
        checked = check_programme(loaded.settings, loaded.path.parent, locales_dir)
        checks.programmes.append((loaded.settings, checked))
        checks.around.extend(settings_faults(loaded, others))
        checks.around.extend(sentence_faults(loaded, checked, others))
        checks.around.extend(_stale(loaded.settings, checked, locales_dir))
    return checks


def _stale(settings: Programme, checked: Checked, locales_dir: Path) -> Iterator[Fault]:
    """Faults for catalogues whose compiled file is out of date: no process starts with these."""
    for language, sentences in checked.material.catalogues.items():
        if is_stale(catalogue_path(locales_dir, language, settings.slug)):
            yield Fault(sentences.file, 1, STALE)


def sound_programmes(flows_dir: Path, locales_dir: Path) -> list[tuple[Programme, Checked]]:
    """All programmes in a folder, checked. Raises FlowFaults with the faults of all of them."""
    checks = check_programmes(flows_dir, locales_dir)
    if checks.every:
        raise FlowFaults(checks.every)
    return checks.programmes
