"""How a command of the office changes people, coaches and groups: one transaction, one sentence for what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from sms_app.cli.database import fail, someone
from sms_app.cli.loading import loaded_programme
from sms_app.programme import schedule
from sms_app.programme.desk import Desk, Refused
from sms_app.programme.loaded import LoadedProgramme

By = Annotated[str, typer.Option(help="Who does it, for the audit trail; your login name if left out.")]
Programme = Annotated[str, typer.Option(help="The programme's short name; needed when there are several.")]


@contextmanager
def desk(programme: str, by: str = "") -> Iterator[tuple[Desk, LoadedProgramme]]:
    """The desk and the loaded programme; what is refused is said, and nothing of it is stored."""
    try:
        with loaded_programme(programme) as (at, loaded):
            who, country = by or someone(), loaded.settings.country
            yield Desk(at.conn, at.vault, at.programme_id, who, at.now, at.today, country), loaded
    except (Refused, schedule.Refused) as refused:
        fail(str(refused))


def others(count: int) -> str:
    """What to say of a number on which others are reached, too; empty when nobody is."""
    if not count:
        return ""
    return f" {count} other{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} reached on this number too."
