"""Checks flows and catalogues as a compiler checks code: lists every fault with its file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sms_app.banned import banned_in
from sms_app.engine.checker.asked import asked_faults
from sms_app.engine.checker.catalogue import (
    Sentences,
    copy_faults,
    pairing_faults,
    read_sentences,
    sentence_faults,
)
from sms_app.engine.checker.dialled import dialled_faults
from sms_app.engine.checker.languages import language_faults
from sms_app.engine.checker.messages import message_faults
from sms_app.engine.checker.published import gone, read_published, renumbered
from sms_app.engine.checker.screens import Material, screen_faults
from sms_app.engine.checker.ways import way_faults
from sms_app.engine.compiler import compile_folder
from sms_app.engine.flow import Fault, Flows
from sms_app.engine.known_names import known_names
from sms_app.engine.shapes import ActionShape, FactShape, TextShape
from sms_app.paths import on_disk
from sms_app.texts import Texts

SETTINGS = "programme.yaml"


@dataclass(frozen=True)
class Subject:
    """What is checked: a programme's flow folder and catalogues, with the settings that sentences depend on.

    `constants` are the values that any screen may use, `decimals` the digits of the currency's smallest unit,
    `messages` the closed list of SMS texts, `settings_at` the line of each setting by its path in programme.yaml."""

    folder: Path
    locales_dir: Path
    domain: str
    languages: tuple[str, ...]
    time_zone: str
    decimals: int
    banned: tuple[str, ...]
    constants: Mapping[str, object]
    facts: Mapping[str, FactShape]
    actions: Mapping[str, ActionShape]
    messages: Mapping[str, TextShape] = field(default_factory=dict)
    settings_at: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """The compiled flows and all faults. `retired` are the faults of published menus that do not exist any more."""

    folder: Path
    flows: Flows
    material: Material
    faults: list[Fault]
    retired: list[Fault]

    @property
    def every(self) -> list[Fault]:
        """All faults in the order of their files and lines, each once."""
        return sorted({*self.faults, *self.retired})


def check(subject: Subject) -> Checked:
    """Check everything; a fault does not stop the check."""
    flows, faults = compile_folder(subject.folder, subject.facts, subject.actions)
    catalogues: dict[str, Sentences] = {}
    for language in subject.languages:
        read = read_sentences(subject.locales_dir, language, subject.domain)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            catalogues[language] = read
    for sentences in catalogues.values():
        faults.extend(sentence_faults(sentences, subject.banned))
    faults.extend(pairing_faults(list(catalogues.values())))
    faults.extend(copy_faults(list(catalogues.values())))
    faults.extend(_banned_values(subject))
    names = known_names(flows, subject.facts, subject.actions)
    texts = Texts(
        {language: sentences.translations for language, sentences in catalogues.items()},
        ZoneInfo(subject.time_zone),
        subject.decimals,
    )
    material = Material(flows, subject.facts, names, catalogues, texts, subject.constants, subject.messages)
    faults.extend(way_faults(flows, subject.facts, subject.actions, names))
    faults.extend(dialled_faults(flows, subject.actions))
    faults.extend(asked_faults(flows, subject.actions))
    faults.extend(language_faults(flows, subject.actions, subject.languages, _where_listed(subject)))
    faults.extend(screen_faults(material))
    faults.extend(message_faults(material, subject.messages))
    published, unread = read_published(subject.folder)
    faults.extend([*unread, *renumbered(flows, published)])
    return Checked(subject.folder, flows, material, faults, list(gone(subject.folder, flows, published)))


def _where_listed(subject: Subject) -> list[Fault]:
    """A fault without text for each of the programme's languages, at the line that lists it."""
    file, at = on_disk(subject.folder / SETTINGS), subject.settings_at
    return [Fault(file, at.get(f"languages.{n}", 1), "") for n in range(len(subject.languages))]


def _banned_values(subject: Subject) -> list[Fault]:
    """Banned stems in the programme's own values, since screens show these, too."""
    return [
        Fault(
            on_disk(subject.folder / SETTINGS),
            _line_of(subject, name),
            f"`{name}` has the banned stem `{stem}`",
        )
        for name, value in subject.constants.items()
        for stem in banned_in(str(value), subject.banned)
    ]


def _line_of(subject: Subject, name: str) -> int:
    """The line of a value in programme.yaml; 1 when its name does not say where it is."""
    paths = (name, f"emergency.{name}.number", f"lines.{name.removesuffix('_line')}.number")
    return next((subject.settings_at[path] for path in paths if path in subject.settings_at), 1)
