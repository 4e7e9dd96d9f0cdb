"""Decides for each taken message whether it is sent now: it must still be true, its hour allowed, the number eligible,
and the text without a banned stem.

Everything is read in the transaction of the claim, just before the provider is called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from sms_app.messaging import eligibility
from sms_app.messaging.content import Content, Due, Skip
from sms_app.messaging.daily_cap import held_until
from sms_app.messaging.hours import next_allowed_send_time
from sms_app.messaging.kinds import COMPOSERS
from sms_app.messaging.outbox import NotSent, Prepared, Taken
from sms_app.messaging.wording import Renderer
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import VaultError

HELD_BY_CAP = frozenset({"broadcast"})
"""Kinds that wait for the next day when the cap is reached; others would be too late."""

ONE_COPY = frozenset({"gathering", "correction", "check_in", "month"})
ONE_TIME = timedelta(hours=12)
COPIES = """
select distinct r.id from json_to_recordset(%(rows)s) as r(id uuid, phone uuid, subject uuid, rule text,
  text_index text)
join message m on m.phone_number_id = r.phone and m.sent_at > %(since)s and m.sent_at < %(now)s
  and (m.subject_id, m.rule) <> (r.subject, r.rule) and m.text_index = decode(r.text_index, 'hex')
  and m.status in ('sent', 'delivered', 'unknown')
"""

ENDED = {"held_quiet": "quiet_hours", "held_cap": "daily_cap"}
"""The reason of a message that cannot be held any longer."""


@dataclass(frozen=True)
class Ready:
    """The taken messages that are sent, and those that are not."""

    to_send: Mapping[UUID, Prepared]
    not_sent: Mapping[UUID, NotSent]


def prepare(conn: Connection, programme: LoadedProgramme, taken: Sequence[Taken], now: datetime) -> Ready:
    """Decide for each taken message whether it is sent, and with what text; a few statements for all of them."""
    answers = _answers(conn, programme, [message.due for message in taken], now)
    calendar = programme.calendar
    midnight = calendar.at(calendar.day(now))
    most = programme.settings.messages.most_a_day
    refused = eligibility.refusals(conn, [message.due.id for message in taken], now, midnight, most)
    renderer = Renderer(programme)
    to_send: dict[UUID, Prepared] = {}
    not_sent: dict[UUID, NotSent] = {}
    for message in taken:
        id_ = message.due.id
        decision = _decide(programme, renderer, message, answers[id_], refused.get(id_), now)
        if isinstance(decision, Prepared):
            to_send[id_] = decision
        else:
            not_sent[id_] = decision
    copies = _copies(conn, taken, to_send, now)
    same_text = {id_: NotSent("cancelled", "same_text", told=to_send[id_].content.told) for id_ in copies}
    return Ready(
        {id_: prepared for id_, prepared in to_send.items() if id_ not in copies}, {**not_sent, **same_text}
    )


def _copies(
    conn: Connection, taken: Sequence[Taken], to_send: Mapping[UUID, Prepared], now: datetime
) -> set[UUID]:
    """Which of the messages to be sent have a text that another message just told the number, as when a man's and a
    woman's group meet at the same time: a number gets one copy of the same text at one time."""
    rows = [
        {
            "id": message.due.id,
            "phone": message.due.phone_number_id,
            "subject": message.due.subject_id,
            "rule": message.due.rule,
            "text_index": to_send[message.due.id].text_index.hex(),
        }
        for message in taken
        if message.due.id in to_send and message.due.kind in ONE_COPY
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
    renderer: Renderer,
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
    return _prepare_text(programme, renderer, message, answer)


def _prepare_text(
    programme: LoadedProgramme, renderer: Renderer, taken: Taken, content: Content
) -> Prepared | NotSent:
    """The message ready to be sent, or why its text is not sent."""
    languages = programme.settings.languages
    language = taken.language if taken.language in languages else languages[0]
    try:
        rendered = renderer.render(language, content)
    except KeyError:
        return NotSent("cancelled", "no_sentence")
    if rendered.is_banned:
        return NotSent("cancelled", "banned_stem")
    vault = programme.vault
    body = vault.seal(rendered.text, "message", "body_sealed", taken.due.id)
    try:
        number = vault.open(taken.number_sealed, "phone_number", "number_sealed", taken.due.phone_number_id)
    except VaultError:
        # A number that our keys do not open must not block the batch.
        return NotSent("cancelled", "no_number")
    return Prepared(content, rendered.text, language, rendered.segments, body, rendered.index, number)


def _held(due: Due, reason: str, later: datetime) -> NotSent:
    """Plan the message again for a later hour, or cancel it when that is too late."""
    return (
        NotSent("planned", reason, later) if later < due.expires_at else NotSent("cancelled", ENDED[reason])
    )
