"""Decides for each taken message whether it goes now: it must still be true, the hour allowed, the number eligible and
the words fit.

Everything is read in the transaction of the claim, a moment before the provider is called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging import eligibility, safety
from sms_app.messaging.content import Content, Due, Skip
from sms_app.messaging.daily_cap import held_until
from sms_app.messaging.hours import next_allowed_send_time
from sms_app.messaging.kinds import COMPOSERS
from sms_app.messaging.outbox import NotSent, Prepared, Taken
from sms_app.messaging.wording import Renderer
from sms_app.programme.loaded import LoadedProgramme
from sms_app.texts import segments
from sms_app.vault import VaultError

HELD_BY_CAP = frozenset({"broadcast"})
"""What waits for the next day when its number has had enough; other texts would be late by then."""

ONE_COPY = frozenset({"gathering", "correction", "check_in", "month"})
ONE_TIME = timedelta(hours=12)
COPIES = """
select distinct r.id from json_to_recordset(%(rows)s) as r(id uuid, phone uuid, subject uuid, rule text,
  text_index text)
join message m on m.phone_number_id = r.phone and m.sent_at > %(since)s and m.sent_at < %(now)s
  and (m.subject_id, m.rule) <> (r.subject, r.rule) and m.text_index = decode(r.text_index, 'hex')
  and m.status in ('sent', 'delivered', 'unknown')
"""


class Words:
    """Renders the texts of one batch. Each text is rendered, measured and checked once, however many get it."""

    def __init__(self, programme: LoadedProgramme) -> None:
        self._programme, self._renderer = programme, Renderer(programme)
        self._counted: dict[str, tuple[int, bytes]] = {}
        self._is_banned: dict[tuple[str, ...], bool] = {}

    def worded(self, taken: Taken, content: Content) -> Prepared | NotSent:
        """The message ready to be sent, or why these words are not sent."""
        languages = self._programme.settings.languages
        language = taken.language if taken.language in languages else languages[0]
        try:
            text = self._renderer.render(language, content)
        except KeyError:
            return NotSent("cancelled", "no_sentence")
        # as typed, too: folding makes `?` of letters that a reader may take for the ones they resemble
        if self._banned((text, *content.words.values())):
            return NotSent("cancelled", "banned_stem")
        vault = self._programme.vault
        if text not in self._counted:
            self._counted[text] = segments(text), vault.index(text, "text")
        body = vault.seal(text, "message", "body_sealed", taken.due.id)
        try:
            number = vault.open(
                taken.number_sealed, "phone_number", "number_sealed", taken.due.phone_number_id
            )
        except VaultError:
            # a number that our keys don't open keeps nobody else waiting
            return NotSent("cancelled", "no_number")
        segment_count, text_index = self._counted[text]
        return Prepared(content, text, language, segment_count, body, text_index, number)

    def _banned(self, words: tuple[str, ...]) -> bool:
        if words not in self._is_banned:
            stems = self._programme.settings.banned_stems
            self._is_banned[words] = any(safety.banned(stems, text) for text in words)
        return self._is_banned[words]


ENDED = {"held_quiet": "quiet_hours", "held_cap": "daily_cap"}
"""Why a message that can't be held any longer is not sent."""


@dataclass(frozen=True)
class Ready:
    """The taken messages that go, and those that don't."""

    go: Mapping[UUID, Prepared]
    stay: Mapping[UUID, NotSent]


def prepare(conn: Connection, programme: LoadedProgramme, taken: Sequence[Taken], now: datetime) -> Ready:
    """Decide for each taken message whether it goes, and what it says; a few statements for all of them."""
    answers = _answers(conn, programme, [message.due for message in taken], now)
    calendar = programme.calendar
    midnight = calendar.at(calendar.day(now))
    most = programme.settings.messages.most_a_day
    refused = eligibility.refusals(conn, [message.due.id for message in taken], now, midnight, most)
    words = Words(programme)
    go: dict[UUID, Prepared] = {}
    stay: dict[UUID, NotSent] = {}
    for message in taken:
        id_ = message.due.id
        decision = _decide(programme, words, message, answers[id_], refused.get(id_), now)
        if isinstance(decision, Prepared):
            go[id_] = decision
        else:
            stay[id_] = decision
    copies = _copies(conn, taken, go, now)
    return Ready(
        {id_: prepared for id_, prepared in go.items() if id_ not in copies},
        {**stay, **{id_: NotSent("cancelled", "same_text", told=go[id_].content.told) for id_ in copies}},
    )


def _copies(
    conn: Connection, taken: Sequence[Taken], go: Mapping[UUID, Prepared], now: datetime
) -> set[UUID]:
    """Which of those that go say to a number what it was just told about something else or by another rule, as when a
    man's and a woman's group meet at one time: one number gets one copy of one text at one time."""
    rows = [
        {
            "id": message.due.id,
            "phone": message.due.phone_number_id,
            "subject": message.due.subject_id,
            "rule": message.due.rule,
            "text_index": go[message.due.id].text_index.hex(),
        }
        for message in taken
        if message.due.id in go and message.due.kind in ONE_COPY
    ]
    if not rows:
        return set()
    values = {"rows": json.dumps(rows, default=str), "since": now - ONE_TIME, "now": now + ONE_TIME}
    return set(conn.exec_driver_sql(COPIES, values).scalars())


def _answers(
    conn: Connection, programme: LoadedProgramme, dues: Sequence[Due], now: datetime
) -> dict[UUID, Content | Skip]:
    """What each message would say, asked of its kind once for all of that kind."""
    answers: dict[UUID, Content | Skip] = {}
    for kind in {due.kind for due in dues}:
        of_kind = [due for due in dues if due.kind == kind]
        composer = COMPOSERS.get(kind)
        composed = composer(conn, programme, of_kind, now) if composer else {}
        answers |= {due.id: composed.get(due.id, Skip("no_longer_true")) for due in of_kind}
    return answers


def _decide(
    programme: LoadedProgramme,
    words: Words,
    message: Taken,
    answer: Content | Skip,
    refused: str | None,
    now: datetime,
) -> Prepared | NotSent:
    if isinstance(answer, Skip):
        return NotSent("cancelled", answer.reason)
    if refused == "daily_cap" and message.due.kind in HELD_BY_CAP:
        return _held(message.due, "held_cap", held_until(programme.calendar, now, message.due.due_at))
    if refused:
        return NotSent("cancelled", refused)
    cancelled = answer.told.starts_at if answer.told.cancelled else None
    hour = next_allowed_send_time(programme.settings, now, cancelled)
    if hour > now:
        return _held(message.due, "held_quiet", hour)
    return words.worded(message, answer)


def _held(due: Due, reason: str, later: datetime) -> NotSent:
    """Plan the message again for a later hour, or cancel it when that is too late."""
    return (
        NotSent("planned", reason, later) if later < due.expires_at else NotSent("cancelled", ENDED[reason])
    )
