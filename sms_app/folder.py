"""The data folder of `sms-app up`: it is private, used by one run at a time, and has a version and `DIR/env`."""

from __future__ import annotations

import fcntl
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

VERSION = 1
VERSION_HALF = "version.half"


class FolderError(Exception):
    """A data folder cannot be used; the message says what to do."""


@contextmanager
def own(folder: Path) -> Iterator[None]:
    """Make the private folder if needed, and hold its lock until the block ends. Raises FolderError."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileNotFoundError:
        raise FolderError(f"The folder {folder.parent} does not exist: make it, or choose another.") from None
    except FileExistsError:
        raise FolderError(f"{folder} is a file: choose a folder with --data.") from None
    _refuse_foreign(folder)
    folder.chmod(0o700)
    with open(folder / "lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderError(
                f"The data folder {folder} is in use: stop the run that uses it, or choose another with --data."
            ) from None
        # renamed when complete: a half-written file would look like a newer version's
        (folder / VERSION_HALF).write_text(f"{VERSION}\n")
        (folder / VERSION_HALF).rename(folder / "version")
        yield


def _refuse_foreign(folder: Path) -> None:
    try:
        version = int((folder / "version").read_text())
    except FileNotFoundError:
        if any(path.name not in {"lock", VERSION_HALF} for path in folder.iterdir()):
            raise FolderError(f"{folder} contains other files: choose a new folder with --data.") from None
        return
    except ValueError:
        version = VERSION + 1
    if version > VERSION:
        raise FolderError(
            f"A newer version of sms-app made the data folder {folder}: use that version, or another folder."
        )


def read_env(folder: Path) -> dict[str, str]:
    """The variables in `DIR/env`; none before the first start. Raises FolderError when the file is gone, and with it
    the keys of the data."""
    path = folder / "env"
    if not path.exists():
        if (folder / "postgres" / "data").exists():
            raise FolderError(
                f"{path} is gone, and with it the keys of the data in {folder}: restore it, or choose a new folder."
            )
        return {}
    pairs = (shlex.split(line) for line in path.read_text().splitlines())
    return dict(pair[0].split("=", 1) for pair in pairs if pair)


def write_env(folder: Path, values: Mapping[str, str]) -> None:
    """Replace `DIR/env` by renaming a complete file. Its format is for a shell; only its owner can read it."""
    half = folder / "env.half"
    text = "".join(f"{key}={shlex.quote(value)}\n" for key, value in sorted(values.items()))
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.rename(folder / "env")
