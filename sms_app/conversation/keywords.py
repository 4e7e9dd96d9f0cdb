"""An incoming text is one atomic step: it is read, takes effect and is forgotten. No text is answered by SMS.

USSD can do everything that a keyword does. The text is not stored. All texts without an effect, those for help among
them, run the same statement and leave the same row: a keyed hash of the provider's id, by which a repetition is
known."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app.channel.inbound import OptOut, Sms
from sms_app.conversation.service import Conversation
from sms_app.database import driver
from sms_app.programme import numbers, training
from sms_app.programme.keywords import fold
from sms_app.programme.loaded import LoadedProgramme

SEE = """
insert into inbound_message_seen (id, seen_at) select %(id)s, %(now)s
where not exists (select from inbound_message_seen s where s.id = any(%(ids)s)) on conflict do nothing returning id
"""
REACHED = """
select p.id, p.programme_id from phone_number n
join participant_phone l on l.phone_number_id = n.id and l.to_on is null
join participant p on p.id = l.participant_id and p.left_on is null
where n.programme_id = any(%(programmes)s) and n.number_index = any(%(indexes)s)
and n.sharing <> 'marked_shared' limit 2
"""


def receive(conversation: Conversation, sms: Sms, now: datetime) -> None:
    """Do what an incoming text says. A text that is delivered again with its id takes effect once. `now` is aware UTC.

    `stop` stops the number in every programme. `yes` or `no` is the reply to the next training session, if only one
    participant is reached on the number. Each programme has its own keywords."""
    word = fold(sms.text)
    programmes = {programme.id: programme for programme in conversation.programmes.values()}
    meanings = {id_: programme.settings.keywords.get(word) for id_, programme in programmes.items()}

    def work(conn: Connection, first_try: bool) -> None:
        with driver(conn).transaction():
            if sms.provider_id and not _first(conversation, conn, sms.provider_id, now):
                return
            if "stop" in meanings.values():
                _stop(conversation, conn, sms, now)
            elif any(meanings.values()):
                _reply(conversation, conn, sms.number, programmes, meanings, now)

    conversation.retried(work)


def opt_out(conversation: Conversation, asked: OptOut, now: datetime) -> None:
    """Stop a number in every programme. May be repeated."""

    def work(conn: Connection, first_try: bool) -> None:
        with driver(conn).transaction():
            _stop(conversation, conn, asked, now)

    conversation.retried(work)


def _first(conversation: Conversation, conn: Connection, provider_id: str, now: datetime) -> bool:
    """Store that this text was read; False when it was read before."""
    ids = conversation.vault.indexes(provider_id, "inbound")
    return conn.exec_driver_sql(SEE, {"id": ids[0], "ids": ids, "now": now}).first() is not None


def _stop(conversation: Conversation, conn: Connection, asked: Sms | OptOut, now: datetime) -> None:
    """Stop a number in all programmes, also in those that do not know it yet, since whoever asks means all texts."""
    programmes = [programme.id for programme in conversation.programmes.values()]
    numbers.stop(conn, conversation.vault, asked.number, programmes, now, asked.sent_at)


def _reply(
    conversation: Conversation,
    conn: Connection,
    number: str,
    programmes: dict[int, LoadedProgramme],
    meanings: dict[int, str | None],
    now: datetime,
) -> None:
    """Store a yes or no, if only one participant is reached on the number and her programme knows the word."""
    reached = conn.exec_driver_sql(REACHED, _of(conversation, number)).all()
    if len(reached) != 1:
        return
    person, programme = reached[0]
    session = training.next_session(conn, person, now)
    if session is not None and meanings[programme] is not None:
        training.reply(
            conn, session, person, meanings[programme] == "yes", _today(programmes[programme], now)
        )


def _of(conversation: Conversation, number: str) -> dict[str, object]:
    return {
        "programmes": [programme.id for programme in conversation.programmes.values()],
        "indexes": conversation.vault.indexes(number, "number"),
    }


def _today(programme: LoadedProgramme, now: datetime) -> date:
    return now.astimezone(ZoneInfo(programme.settings.time_zone)).date()
