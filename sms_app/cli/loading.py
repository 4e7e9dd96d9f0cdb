"""How a command comes to a programme that speaks: the staff's desk with its settings, sentences and keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sms_app.cli.database import Desk, config, desk, fail
from sms_app.programme.loaded import LoadedProgramme, load, read_files


@contextmanager
def loaded_programme(slug: str) -> Iterator[tuple[Desk, LoadedProgramme]]:
    """The staff's desk (one transaction) and the programme's LoadedProgramme. Stops when the folders don't have it."""
    settings = config("staff")
    found = read_files(settings.flows, settings.locales)
    with desk(slug) as at:
        for loaded in load(at.conn, at.vault, found):
            if loaded.id == at.programme_id:
                yield at, loaded
                return
        fail("The flows folder does not have this programme: see SMS_APP_FLOWS.")
