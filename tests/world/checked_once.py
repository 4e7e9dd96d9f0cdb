"""The files of programmes are read and checked once in a process: not again for each test that stores a programme,
starts an application, or changes one file of a copy. Nothing changes the project's own files during a run."""

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
from sms_app.engine.flow import Fault
from sms_app.engine.yaml_file import read_yaml
from sms_app.programme import yaml_node
from sms_app.programme.yaml_node import Faults, Node
from tests.world.programme import FLOWS, LOCALES


@contextmanager
def checked_once() -> Iterator[None]:
    """A check is made the first time only: of the project's files, and of other folders until one of their files
    changes. A file that says the same as one before it is not parsed again."""
    with pytest.MonkeyPatch.context() as patch:
        _check_once(patch)
        _parse_once(patch)
        yield


def _check_once(patch: pytest.MonkeyPatch) -> None:
    check_programmes, is_stale = checked.check_programmes, texts.is_stale
    check_ours, ours_is_stale = cache(check_programmes), cache(is_stale)

    @cache
    def check_once(
        flows: Path, locales: Path, slug: str, _files: frozenset[tuple[Path, bytes]]
    ) -> checked.Checks:
        return check_programmes(flows, locales, slug)

    def check(flows: Path, locales: Path, slug: str = "") -> checked.Checks:
        if (flows.resolve(), locales.resolve()) == (FLOWS, LOCALES):
            return check_ours(flows, locales, slug)
        files = (path for path in (*flows.glob("*/*"), *locales.glob("*/*/*")) if path.is_file())
        return check_once(flows, locales, slug, frozenset((path, path.read_bytes()) for path in files))

    def stale(source: Path) -> bool:
        return (ours_is_stale if source.resolve().is_relative_to(LOCALES) else is_stale)(source)

    patch.setattr(checked, "check_programmes", check)
    patch.setattr(texts, "is_stale", stale)


def _parse_once(patch: pytest.MonkeyPatch) -> None:
    load = yaml_node.load
    values: dict[bytes, Any] = {}
    settings: dict[bytes, Node] = {}

    def read(path: Path) -> Any:
        if not path.is_file():
            return read_yaml(path)
        content = path.read_bytes()
        if content in values:
            return values[content]
        value = read_yaml(path)
        if not isinstance(value, Fault):
            values[content] = value
        return value

    def load_settings(path: Path) -> tuple[Node, Faults]:
        if not path.is_file():
            return load(path)
        content = path.read_bytes()
        if content not in settings:
            node, faults = load(path)
            if faults:
                return node, faults
            settings[content] = node
        faults = []  # what a reader notes of the value, each time anew
        return Node(settings[content].value, settings[content].line, faults), faults

    patch.setattr(yaml_node, "load", load_settings)
    for module in (compiler, published):
        patch.setattr(module, "read_yaml", read)
