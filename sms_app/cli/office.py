"""How an office command changes people, coaches and groups: one transaction, and a sentence for a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sms_app.cli.database import fail, operator_name
from sms_app.cli.hints import with_hints
from sms_app.cli.loading import loaded_programme
from sms_app.programme.desk import OfficeTransaction, Refused
from sms_app.programme.loaded import LoadedProgramme


@contextmanager
def office_transaction(programme: str, by: str = "") -> Iterator[tuple[OfficeTransaction, LoadedProgramme]]:
    """A transaction of the office and the loaded programme. When a change is refused, it prints why and exits; nothing
    is stored."""
    try:
        with loaded_programme(programme) as (staff, loaded):
            who, country = by or operator_name(), loaded.settings.country
            office = OfficeTransaction(
                staff.conn, staff.vault, staff.programme_id, who, staff.now, staff.today, country
            )
            yield office, loaded
    except Refused as refused:
        fail(with_hints(refused))


def others(count: int) -> str:
    """A sentence about the other people who are reached on a number; empty when there are none."""
    if not count:
        return ""
    return f" {count} other{'' if count == 1 else 's'} {'is' if count == 1 else 'are'} reached on this number too."
