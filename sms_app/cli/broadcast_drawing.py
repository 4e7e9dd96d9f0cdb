"""Formats broadcasts for the terminal: counts and list numbers, never names or phone numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.drafts import Draft, Part
from sms_app.messaging.broadcasts.reasons import NO_PHONE, WAITS
from sms_app.messaging.broadcasts.records import Broadcast, Counts, gone, pending, state
from sms_app.programme.settings import Programme
from sms_app.texts import PARTS

REASONS = {
    "number_stopped": "the number stopped texts",
    "not_on_number": "nobody of the audience has the number any more",
    "no_consent": "nobody of the audience on the number consents to messages",
    "arm": "someone of another arm uses the number",
    "banned_stem": "the text has a banned word in it",
    "no_sentence": "there is no text in the number's language",
    "broadcast_cancelled": "the broadcast was cancelled",
    "not_in_audience": "the number is no coach's number any more",
    "expired": "it was not sent in time",
    "held_quiet": "nothing is sent at that hour",
    "held_cap": "the number has had its texts of the day",
    "worker_ended": "it may have been sent: the worker ended before the answer came",
}
GROUPS_SHOWN = 20
HEAD = f"{'id':<10}{'state':<11}{'send at':<18}{'numbers':>9}{'sent':>9}{'delivered':>11}{'waiting':>9}  by"


def draft_lines(programme: Programme, draft: Draft, every: bool = False) -> Iterator[str]:
    """A draft, with its faults last. Lists the first groups that are left out for each reason, or all with `every`."""
    yield from _audience(draft.audience, draft.arms)
    yield _when(programme, draft.send_at, draft.expires_at)
    yield f"people    {draft.people:,}, {draft.without_number:,} of them without a number"
    yield f"numbers   {draft.recipients:,} to get it"
    yield from _capped(programme, draft, every)
    for reason, count in draft.excluded.items():
        yield f"left out  {count:,} {reason}: {REASONS[reason]}"
        yield from _left_out(draft, reason, every)
    if draft.without_number:
        yield f"left out  {draft.without_number:,} {NO_PHONE}: people without a number"
        yield from _left_out(draft, NO_PHONE, every)
    if draft.beyond_reminders:
        yield "note      Reminders of that day are not planned yet: they may use up the daily cap of some numbers."
    for part in draft.parts:
        yield from _part(programme, part)
    yield f"cost      {_money(programme, draft.estimate)}, at {programme.messages.segment_price} a segment"
    yield from (f"note      {note}" for note in draft.notes)
    yield from (f"fault     {fault}" for fault in draft.faults)


def _capped(programme: Programme, draft: Draft, every: bool) -> Iterator[str]:
    """What the daily cap changes in a draft; no line when it changes nothing."""
    held = sum(draft.waiting.values())
    if not held and not draft.given_up:
        return
    yield f"on time   {draft.recipients - held:,}"
    for at, count in draft.waiting.items():
        yield f"held back {count:,} until {_local(programme, at)}: they have had their texts of the days before"
    if draft.given_up:
        yield f"given up  {draft.given_up:,} daily_cap: they have had their texts of each day until then"
        yield from _left_out(draft, WAITS, every)


def _left_out(draft: Draft, reason: str, every: bool) -> Iterator[str]:
    """The people left out for a reason: a line for each group, with their numbers on the group's list."""
    groups = [left_out for left_out in draft.left_out if left_out.reason == reason]
    listed_groups = groups if every else groups[:GROUPS_SHOWN]
    for left_out in listed_groups:
        group = "no group" if left_out.group is None else f"group {left_out.group}"
        numbers = f", list {', '.join(map(str, left_out.numbers))}" if left_out.numbers else ""
        yield f"          {group}{numbers}" + (
            f", {left_out.unlisted} without a list number" if left_out.unlisted else ""
        )
    if len(groups) > len(listed_groups):
        yield f"          and {len(groups) - len(listed_groups):,} groups more: --all lists them"


def _audience(audience: Audience, guard: Sequence[str]) -> Iterator[str]:
    parts = [
        ("role", audience.roles),
        ("group", audience.groups),
        ("sector", audience.sectors),
        ("arm", audience.arms),
        ("language", audience.languages),
        ("contact", audience.contacts),
    ]
    named = [f"{name} {', '.join(map(str, values))}" for name, values in parts if values]
    yield f"to        {'; '.join(named)}"
    if guard:
        yield f"only arm  {', '.join(guard)}: a number that someone of another arm also uses is left out"


def _part(programme: Programme, part: Part) -> Iterator[str]:
    size = part.text.size
    yield (
        f"{part.text.language:<10}{_numbers(part.recipients)}, {size.segments} x {size.encoding}"
        f" ({size.units} of {PARTS[size.encoding][0]}), {_money(programme, part.cost)}"
    )
    yield from _quoted(part.text.shown)


def _quoted(text: str) -> list[str]:
    return [f"        | {line}" for line in text.splitlines()]


def _numbers(count: int) -> str:
    return "1 number" if count == 1 else f"{count:,} numbers"


def _money(programme: Programme, amount: Decimal) -> str:
    return f"{amount:,.2f} {programme.currency.code}"


def _local(programme: Programme, moment: datetime) -> str:
    return f"{moment.astimezone(programme.calendar.zone):%Y-%m-%d %H:%M}"


def _when(programme: Programme, send_at: datetime, expires_at: datetime) -> str:
    return f"when      {_local(programme, send_at)}; given up at {_local(programme, expires_at)}"


def listed(programme: Programme, broadcast: Broadcast, counts: Counts, now: datetime) -> str:
    """A broadcast as a line under HEAD."""
    delivered = sum(count for (status, _), count in counts.items() if status == "delivered")
    return (
        f"{str(broadcast.id)[:8]:<10}{state(broadcast, counts, now):<11}"
        f"{_local(programme, broadcast.send_at):<18}{broadcast.recipients:>9,}"
        f"{gone(counts):>9,}{delivered:>11,}{pending(counts):>9,}  {broadcast.made_by}"
    )


def shown(programme: Programme, broadcast: Broadcast, counts: Counts, now: datetime) -> Iterator[str]:
    """A broadcast, and the statuses of its messages."""
    yield f"broadcast {broadcast.id}"
    yield f"state     {state(broadcast, counts, now)}"
    yield f"created   {_local(programme, broadcast.made_at)} by {broadcast.made_by}"
    yield from _audience(broadcast.audience, broadcast.arms)
    yield _when(programme, broadcast.send_at, broadcast.expires_at)
    yield f"estimate  {_money(programme, broadcast.estimate)} for {_numbers(broadcast.recipients)}"
    for language, text in broadcast.texts.items():
        yield f"{language:<10}"[:10].rstrip()
        yield from _quoted(text)
    for (status, reason), count in counts.items():
        yield f"{status:<10}{count:,}" + (
            f" {reason}: {REASONS[reason]}" if reason in REASONS else f" {reason}".rstrip()
        )
