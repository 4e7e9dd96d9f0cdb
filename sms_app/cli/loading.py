"""Loads a programme for a staff command: its settings, sentences and keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sms_app.cli.database import StaffContext, config, fail, staff_context
from sms_app.programme.loaded import LoadedProgramme, load, read_files


@contextmanager
def loaded_programme(slug: str, snapshot: bool = False) -> Iterator[tuple[StaffContext, LoadedProgramme]]:
    """The staff context and the loaded programme; with `snapshot` all statements see what was stored when the first
    one began. Exits when the flows folder does not have the programme."""
    settings = config("staff")
    files = read_files(settings.flows, settings.locales)
    with staff_context(slug, snapshot) as staff:
        for loaded in load(staff.conn, staff.vault, files):
            if loaded.id == staff.programme_id:
                yield staff, loaded
                return
        fail("The flows folder does not have this programme: see SMS_APP_FLOWS.")
