"""Files for the office that appear only when what they tell is stored: whole, readable by their owner only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType


class CannotWrite(Exception):
    """The file can't be written there; the message says why."""


class WholeFiles:
    """Writes files beside their places, and puts all of them in place when the block ends without an error. After an
    error nothing is left of them, and a file that was there before stays as it was.

    The block encloses the transaction: so no file tells of something, such as a study id, that was not committed."""

    def __init__(self) -> None:
        self._written: list[tuple[Path, Path]] = []

    def write(self, path: Path, fill: Callable[[Path], object]) -> None:
        """Write a file with `fill(place)`, mode 0600. Raises CannotWrite."""
        if path.is_dir():
            raise CannotWrite(f"{path.name} is a folder: give a file.")
        try:
            descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
            os.close(descriptor)
            self._written.append((Path(beside), path))
            fill(Path(beside))
        except OSError as error:
            raise CannotWrite(f"{path.name} can't be written there: {error.strerror}.") from None

    def __enter__(self) -> WholeFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                for beside, path in self._written:
                    beside.chmod(0o600)
                    beside.replace(path)
        except OSError as failure:
            raise CannotWrite(f"{path.name} can't be written there: {failure.strerror}.") from None
        finally:
            for beside, _ in self._written:
                beside.unlink(missing_ok=True)
