"""One incoming text is one atomic step: read, done and forgotten. Nothing is ever answered by SMS.

What a keyword does, USSD does too. The text is not kept, and all texts without an effect, those for help among them,
run the same statement and leave the same row: a keyed hash of the provider's id, so that a repeated one is known."""

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
    """Do what an incoming text says, once however often it is delivered with its id. `now` is aware UTC.

    `stop` stops its number in every programme; `yes` or `no` is the word on the next training session of the one
    participant who is reached on it. In each programme the programme's own keywords count."""
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
    """Stop a number in every programme, as often as one likes."""

    def work(conn: Connection, first_try: bool) -> None:
        with driver(conn).transaction():
            _stop(conversation, conn, asked, now)

    conversation.retried(work)


def _first(conversation: Conversation, conn: Connection, provider_id: str, now: datetime) -> bool:
    """Whether this text was not read before."""
    ids = conversation.vault.indexes(provider_id, "inbound")
    return conn.exec_driver_sql(SEE, {"id": ids[0], "ids": ids, "now": now}).first() is not None


def _stop(conversation: Conversation, conn: Connection, asked: Sms | OptOut, now: datetime) -> None:
    """Whoever asks for no more texts means all; a programme that meets the number later has to know."""
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
    """Keep a yes or no, if the number speaks for one participant, and her programme knows the word."""
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
