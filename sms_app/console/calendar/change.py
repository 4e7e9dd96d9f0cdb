"""A change of a session or meeting: what it would be, whom it would tell what and when, and making it.

It calls the functions of `sms-app sessions`. A change is made when the preview that was confirmed is still the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sms_app.console.calendar.forms import ChangeForm
from sms_app.console.request import Desk
from sms_app.messaging import rule_days, wording
from sms_app.messaging.coaches import gatherings as coach_gatherings
from sms_app.messaging.coaches.planning import AFTER_CORRECTIONS
from sms_app.messaging.reminders.change_preview import ChangePreview, preview_change
from sms_app.messaging.reminders.corrections import GatheringFacts
from sms_app.messaging.rule_days import RuleTime
from sms_app.programme import schedule
from sms_app.programme.schedule import Gathering, PlannedChange, ScheduleRefused
from sms_app.programme.timetable import OneGathering
from sms_app.texts import segments


@dataclass(frozen=True)
class ShownText:
    """A text as phones will show it in a language, and its segments."""

    language: str
    words: str
    segments: int


@dataclass(frozen=True)
class Preview:
    """What a change would do. `texts` has, for each different correction, how many numbers get it and its words in
    each language of the programme. `first_at` is None when the first go at once. `coaches` would be told about
    `coaches_at`. `reminders` are the rules' texts for the time that the gathering has then."""

    planned: PlannedChange
    numbers: ChangePreview
    texts: Sequence[tuple[int, Sequence[ShownText]]]
    first_at: datetime | None
    coaches: int
    coaches_at: datetime
    reminders: Sequence[RuleTime]
    seen: str


def planned_change(at: Desk, shown: OneGathering, form: ChangeForm) -> PlannedChange | None:
    """The change that a form asks for; None when nothing would change. Raises Refused. Locks the schedule."""
    office, id_ = at.office, str(shown.id)
    what = form.what.data
    if what == "cancel":
        return schedule.plan_cancel(office, id_)
    if what == "restore":
        return schedule.plan_restore(office, id_)
    if what == "place":
        return schedule.plan_place(
            office, id_, form.place.data or "", at.programme.loaded.settings.banned_stems
        )
    if what == "back":
        if not shown.was:
            raise ScheduleRefused("not_moved", "It was not moved.")
        return schedule.plan_move(office, id_, shown.was[-1])
    calendar = at.programme.loaded.calendar
    starts_at = calendar.at(form.day.data, form.hour.data)
    schedule.check_start(calendar, starts_at, bool(form.anyway.data))
    return schedule.plan_move(office, id_, starts_at)


def preview(at: Desk, shown: OneGathering, planned: PlannedChange) -> Preview:
    """Who would be told what, when; six statements."""
    loaded, calendar = at.programme.loaded, at.programme.loaded.calendar
    was, then = _facts(planned.was), _facts(planned.then)
    numbers = preview_change(at.conn, loaded, planned.was.id, was, then, at.now)
    texts = [
        (
            count,
            [
                ShownText(language, words, segments(words))
                for language in loaded.settings.languages
                for words in (wording.render(loaded, language, content),)
            ],
        )
        for content, count in numbers.texts
    ]
    coaches = 0
    if planned.is_session:
        told = (then.starts_at, then.place, then.cancelled)
        coaches = coach_gatherings.to_tell(at.conn, planned.was.id, *told)
    first_at = None if numbers.first_at is None or numbers.first_at <= at.now else numbers.first_at
    reminders = [] if then.cancelled else rule_days.of_gathering(loaded, shown, then.starts_at)
    coming = [time for time in reminders if time.at > at.now]
    seen = _digest(planned, numbers, first_at, coaches)
    coaches_at = calendar.next_send(at.now + AFTER_CORRECTIONS)
    return Preview(planned, numbers, texts, first_at, coaches, coaches_at, coming, seen)


def _facts(gathering: Gathering) -> GatheringFacts:
    return GatheringFacts(gathering.starts_at, gathering.place, gathering.cancelled)


def _digest(planned: PlannedChange, numbers: ChangePreview, first_at: datetime | None, coaches: int) -> str:
    """The same for previews that show the same: the hour is left out when texts go at once."""
    shown = (
        planned.what,
        planned.was,
        planned.then,
        numbers.to_tell,
        sorted(numbers.left_out.items()),
        numbers.texts,
        numbers.knowing,
        numbers.waiting,
        first_at,
        coaches,
    )
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]
