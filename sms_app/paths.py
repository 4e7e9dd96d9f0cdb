"""How faults name a file: by a path that an editor can open."""

from __future__ import annotations

from pathlib import Path


def on_disk(path: Path) -> str:
    """A path relative to the current directory when it is below it, else absolute."""
    absolute = path.absolute()
    try:
        return str(absolute.relative_to(Path.cwd()))
    except ValueError:
        return str(absolute)
