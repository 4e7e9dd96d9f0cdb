"""How a command comes to a programme that speaks: the staff's desk with its settings, sentences and keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sms_app.cli.database import Desk, config, desk, fail
from sms_app.messaging import speakers
from sms_app.messaging.say import Speaker


@contextmanager
def speaking(slug: str) -> Iterator[tuple[Desk, Speaker]]:
    """The staff's desk (one transaction) and the programme's Speaker. Stops when the folders don't have it."""
    settings = config("staff")
    found = speakers.read(settings.flows, settings.locales)
    with desk(slug) as at:
        for speaker in speakers.speakers(at.conn, at.vault, found):
            if speaker.programme_id == at.programme_id:
                yield at, speaker
                return
        fail("The flows folder does not have this programme: see SMS_APP_FLOWS.")
