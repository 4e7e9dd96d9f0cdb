"""Broadcasts for people who read a terminal. Numbers of people, never who they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sms_app.messaging.broadcasts.audience import Audience
from sms_app.messaging.broadcasts.drafts import Draft, Part
from sms_app.messaging.broadcasts.making import Broadcast
from sms_app.messaging.broadcasts.reasons import NO_PHONE, WAITS
from sms_app.programme.settings import Programme
from sms_app.texts import PARTS

WAITING = frozenset({"planned", "queued", "sending"})
GONE = frozenset({"sent", "delivered", "unknown"})
REASONS = {
    "number_stopped": "the number wants no texts",
    "not_on_number": "nobody of the audience is reached on the number any more",
    "no_consent": "nobody of the audience on the number agrees to messages",
    "arm": "someone of another arm uses the number",
    "banned_stem": "the words have something in them that no text may have",
    "no_sentence": "there are no words in the number's language",
    "broadcast_cancelled": "the broadcast was cancelled",
    "not_in_audience": "the number is no coach's any more",
    "expired": "its time was over",
    "held_quiet": "nothing is sent at that hour",
    "held_cap": "the number had its texts of the day",
    "worker_ended": "it may have gone: the worker ended before it knew",
}
GROUPS_SHOWN = 20
HEAD = f"{'id':<10}{'state':<11}{'goes at':<18}{'numbers':>9}{'gone':>9}{'delivered':>11}{'waiting':>9}  by"
Counts = Mapping[tuple[str, str], int]


def draft_lines(programme: Programme, draft: Draft, every: bool = False) -> Iterator[str]:
    """All of a draft, its faults last. Of those left out, the first groups of each reason unless `every`."""
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
        yield "note      Reminders of that day are not planned yet: what they take of the daily cap is not known."
    for part in draft.parts:
        yield from _part(programme, part)
    yield f"cost      {_money(programme, draft.estimate)}, at {programme.messages.segment_price} a segment"
    yield from (f"note      {note}" for note in draft.notes)
    yield from (f"fault     {fault}" for fault in draft.faults)


def _capped(programme: Programme, draft: Draft, every: bool) -> Iterator[str]:
    """What the daily cap does to a draft: nothing is said when it does nothing."""
    held = sum(draft.waiting.values())
    if not held and not draft.given_up:
        return
    yield f"on time   {draft.recipients - held:,}"
    for at, count in draft.waiting.items():
        yield f"held back {count:,} until {_local(programme, at)}: they have their texts of the days before"
    if draft.given_up:
        yield f"given up  {draft.given_up:,} daily_cap: they have their texts of each day until it is given up"
        yield from _left_out(draft, WAITS, every)


def _left_out(draft: Draft, reason: str, every: bool) -> Iterator[str]:
    """The people left out for a reason, a line a group, by their numbers on the group's list."""
    found = [one for one in draft.left_out if one.reason == reason]
    shown = found if every else found[:GROUPS_SHOWN]
    for one in shown:
        group = "no group" if one.group is None else f"group {one.group}"
        numbers = f", list {', '.join(map(str, one.numbers))}" if one.numbers else ""
        yield f"          {group}{numbers}" + (
            f", {one.unlisted} without a list number" if one.unlisted else ""
        )
    if len(found) > len(shown):
        yield f"          and {len(found) - len(shown):,} groups more: --all lists them"


def _audience(audience: Audience, guard: Sequence[str]) -> Iterator[str]:
    parts = [
        ("role", audience.roles),
        ("group", audience.groups),
        ("sector", audience.sectors),
        ("arm", audience.arms),
    ]
    named = [f"{name} {', '.join(map(str, found))}" for name, found in parts if found]
    yield f"to        {'; '.join(named)}"
    if guard:
        yield f"only arm  {', '.join(guard)}: a number that someone of another arm uses, too, is left out"


def _part(programme: Programme, part: Part) -> Iterator[str]:
    size = part.written.size
    yield (
        f"{part.written.language:<10}{_numbers(part.recipients)}, {size.segments} x {size.encoding}"
        f" ({size.units} of {PARTS[size.encoding][0]}), {_money(programme, part.cost)}"
    )
    yield from _quoted(part.written.shown)


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


def pending(counts: Counts) -> int:
    """How many numbers it may still go to."""
    return sum(count for (status, _), count in counts.items() if status in WAITING)


def state(one: Broadcast, counts: Counts, now: datetime) -> str:
    """How a broadcast is, in a word."""
    if one.cancelled_at:
        return "cancelled"
    if not pending(counts):
        return "over"
    if one.paused_at:
        return "paused"
    return "planned" if now < one.send_at else "going"


def listed(programme: Programme, one: Broadcast, counts: Counts, now: datetime) -> str:
    """One broadcast in a line under HEAD."""
    gone = sum(count for (status, _), count in counts.items() if status in GONE)
    delivered = sum(count for (status, _), count in counts.items() if status == "delivered")
    return (
        f"{str(one.id)[:8]:<10}{state(one, counts, now):<11}{_local(programme, one.send_at):<18}{one.recipients:>9,}"
        f"{gone:>9,}{delivered:>11,}{pending(counts):>9,}  {one.made_by}"
    )


def shown(programme: Programme, one: Broadcast, counts: Counts, now: datetime) -> Iterator[str]:
    """One broadcast and what became of it."""
    yield f"broadcast {one.id}"
    yield f"state     {state(one, counts, now)}"
    yield f"made      {_local(programme, one.made_at)} by {one.made_by}"
    yield from _audience(one.audience, one.arms)
    yield _when(programme, one.send_at, one.expires_at)
    yield f"reckoned  {_money(programme, one.estimate)} for {_numbers(one.recipients)}"
    for language, text in one.texts.items():
        yield f"{language:<10}"[:10].rstrip()
        yield from _quoted(text)
    for (status, reason), count in counts.items():
        yield f"{status:<10}{count:,}" + (
            f" {reason}: {REASONS[reason]}" if reason in REASONS else f" {reason}".rstrip()
        )
