"""Files that appear when their block has ended, all or none of them."""

import stat
from pathlib import Path

import pytest

from sms_app.programme.workbook.whole_files import CannotWrite, WholeFiles


def test_files_appear_when_the_block_has_ended(tmp_path: Path) -> None:
    place = tmp_path / "a.csv"
    place.write_text("before")
    with WholeFiles() as files:
        files.write(place, lambda to: to.write_text("after"))
        assert place.read_text() == "before"
    assert place.read_text() == "after"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [place]


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    def write_then_fail() -> None:
        with WholeFiles() as files:
            files.write(tmp_path / "a.csv", lambda to: to.write_text("after"))
            raise KeyError

    with pytest.raises(KeyError):
        write_then_fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["missing/a.csv", "folder"])
def test_what_cannot_be_written_is_said_before_the_block_ends(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    with WholeFiles() as files, pytest.raises(CannotWrite, match=r"written there|folder"):
        files.write(tmp_path / place, lambda to: to.write_text("after"))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    def full(to: Path) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(CannotWrite, match="No space left on device"), WholeFiles() as files:
        files.write(tmp_path / "a.csv", full)
    assert list(tmp_path.iterdir()) == []
