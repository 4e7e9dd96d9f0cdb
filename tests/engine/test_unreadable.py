"""Files that no editor can be trusted to have written well: each is one fault with its line, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from sms_app.engine.checker.check import check
from tests.world.broken_flows import BROKEN, programme, read_case


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults name files from the current directory."""
    monkeypatch.chdir(tmp_path)


def faults_with(folder: Path, name: str, content: bytes) -> list[str]:
    """The sound flows with one file more, or one that is replaced."""
    subject = programme(folder, read_case(BROKEN / "sound.yaml"))
    (subject.folder / name).write_bytes(content)
    return [str(fault) for fault in check(subject).every]


def test_a_flow_that_is_not_utf_8_is_a_fault(tmp_path: Path) -> None:
    assert faults_with(tmp_path, "item.yaml", b"flow: item\nstart: caf\xe9\n") == [
        "tiny/item.yaml:2: not UTF-8"
    ]


def test_published_digits_that_are_not_utf_8_are_a_fault(tmp_path: Path) -> None:
    assert faults_with(tmp_path, "published.yaml", b"\xff\xfe") == ["tiny/published.yaml:1: not UTF-8"]


def test_an_empty_root_is_a_fault(tmp_path: Path) -> None:
    assert faults_with(tmp_path, "root.yaml", b"") == [
        "tiny/root.yaml:1: a flow file has `flow`, `start` and `blocks`",
        "tiny/root.yaml:1: there must be a flow named `root`",
    ]


def test_a_folder_named_like_a_flow_is_a_fault(tmp_path: Path) -> None:
    subject = programme(tmp_path, read_case(BROKEN / "sound.yaml"))
    (subject.folder / "item.yaml").mkdir()
    assert [str(fault) for fault in check(subject).every] == ["tiny/item.yaml:1: the file can't be read"]
