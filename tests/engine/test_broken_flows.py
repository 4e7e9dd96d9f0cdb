"""Small flows, each broken in one way, each with exactly the faults that the checker must find."""

from __future__ import annotations

from pathlib import Path

import pytest

from sms_app.engine.checker.check import check
from tests.world.broken_flows import BROKEN, programme, read_case

CASES = sorted(BROKEN.glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_each_broken_flow_has_exactly_its_faults(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # faults name files from the current directory
    case = read_case(path)
    found = [str(fault) for fault in check(programme(tmp_path, case)).every]
    assert found == case["faults"]


def test_only_what_is_sound_has_no_fault() -> None:
    sound = [path.stem for path in CASES if not read_case(path)["faults"]]
    assert sound == ["renumbered_and_said", "sound"]
