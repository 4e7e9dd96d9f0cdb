"""When a text may go: the programme's sending hours, and the one exception to them."""

from __future__ import annotations

from datetime import datetime

from sms_app.programme.settings import Programme


def next_allowed_send_time(
    programme: Programme, now: datetime, cancelled: datetime | None = None
) -> datetime:
    """The first moment from `now` on at which a text may go; both aware.

    A cancellation may go before the sending hours on the session's own day, so that nobody travels in vain. `cancelled`
    is the start of the cancelled session."""
    calendar = programme.calendar
    if cancelled is not None:
        early = calendar.next_send(now, programme.messages.corrections_from)
        if calendar.day(early) == calendar.day(cancelled):
            return early
    return calendar.next_send(now)
