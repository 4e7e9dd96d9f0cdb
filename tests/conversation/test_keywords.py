"""Incoming texts: what a keyword does, once; that nothing else does anything; that help leaves what nonsense leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, create_engine, event

from sms_app import models
from sms_app.channel.inbound import OptOut, Sms
from sms_app.config import sqlalchemy_url
from sms_app.conversation import keywords
from sms_app.conversation.service import Conversation
from sms_app.programme import numbers
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import load_programme
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import RWANDA, TINY, start_from
from tests.world.records import Records

HER, SHARED, NOBODY, UNKNOWN, SAILOR = (f"+25078000000{n}" for n in range(5))
NOW = datetime(2026, 3, 11, 22, 30, tzinfo=UTC)
TODAY_THERE, TODAY_AT_SEA = date(2026, 3, 12), date(2026, 3, 11)


@dataclass
class Inbox:
    """Two programmes in one database, as the web process meets them, and what texts make of them."""

    conversation: Conversation
    owner: Connection
    people: dict[str, UUID]
    sessions: dict[str, UUID]
    statements: list[tuple[str, Any]] = field(default_factory=list)
    ids: int = 0

    def text(
        self,
        text: str,
        number: str = HER,
        id_: str | None = None,
        now: datetime = NOW,
        sent_at: datetime | None = None,
    ) -> None:
        self.ids += 1
        self.statements.clear()
        id_ = f"in_{self.ids}" if id_ is None else id_
        keywords.receive(self.conversation, Sms(id_, number, text, sent_at), now)

    def resume(self, at: datetime) -> None:
        """Her PIN lets texts reach HER again, in her own programme."""
        programme = self.conversation.programmes["*801#"]
        find = "select id from phone_number where programme_id = %(programme)s and number_index = %(index)s"
        index = self.conversation.vault.index(HER, "number")
        phone = self.owner.exec_driver_sql(find, {"programme": programme.id, "index": index}).scalar_one()
        numbers.resume(self.owner, numbers.Number(programme.id, HER, phone), self.people["her"], at)
        self.owner.commit()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        found = [tuple(row) for row in self.owner.exec_driver_sql(query)]
        self.owner.rollback()
        return found

    def do(self, statement: str, **values: object) -> None:
        self.owner.exec_driver_sql(statement, values)
        self.owner.commit()

    def replies(self) -> list[tuple[object, ...]]:
        return self.rows("select participant_id, training_session_id, coming, replied_on from session_reply")

    def stopped(self) -> list[tuple[object, ...]]:
        """Each programme of a stopped number, with the day there."""
        return self.rows(
            "select p.slug, n.stopped_on from phone_number n join programme p on p.id = n.programme_id"
            " where n.stopped_on is not null order by 1"
        )

    def everything(self) -> list[tuple[object, ...]]:
        """Every row of every table, but for ids of texts that were seen."""
        tables = [str(name) for name in models.Base.metadata.tables if name != "inbound_message_seen"]
        found = [
            row
            for table in tables
            for row in self.rows(f"select '{table}', t::text from {table} t order by 2")
        ]
        return found + self.rows(
            "select count(*), max(octet_length(id)), min(octet_length(id)) from inbound_message_seen"
        )


@pytest.fixture
def inbox(database: Database, conn: Connection, vault: Vault) -> Iterator[Inbox]:
    """One woman on HER, two on SHARED, nobody on NOBODY; a sailor of the second programme on SAILOR; a session in each
    tomorrow."""
    ids, people, sessions, programmes = {}, {}, {}, {}
    for path in (RWANDA, TINY):
        settings = load_programme(path)
        records = start_from(conn, vault, path)
        ids[settings.slug] = records.programme
        programmes[settings.service_code] = LoadedProgramme(ids[settings.slug], settings, None, vault)
        sessions[settings.slug] = records.session(datetime(2026, 3, 13, 9, tzinfo=UTC))
        known = {"rwanda": {"her": HER, "one": SHARED, "two": SHARED, "": NOBODY}, "tiny": {"sailor": SAILOR}}
        phones: dict[str, UUID] = {}
        for n, (name, number) in enumerate(known[settings.slug].items(), 1):
            if number not in phones:
                phones[number] = records.number(number)
            if name:
                people[name] = records.participant(n)
                records.link(people[name], phones[number])
    conn.commit()
    engine = create_engine(sqlalchemy_url(database.web), isolation_level="AUTOCOMMIT")
    found = Inbox(Conversation(engine, vault, programmes), conn, people, sessions)
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, values, *_: found.statements.append((statement, values)),
    )
    yield found
    engine.dispose()


YES = (
    "yego",
    "Yego",
    " YEGO! ",
    "ego",
    "yee.",
    "Yes",
    "y",
    "1",
    "«Yego»",
    "YEGO\u00a0\n",
    "ｙｅｓ",
    "yes\u200b",
)
NO = ("oya", "Hoya", "no", "N", "2", "2.", "'No'")


def test_yes_and_no_are_her_word_on_the_next_session(inbox: Inbox) -> None:
    for text, coming in [*((text, True) for text in YES), *((text, False) for text in NO)]:
        inbox.text(text)
        word = (inbox.people["her"], inbox.sessions["rwanda"], coming, TODAY_THERE)
        assert inbox.replies() == [word], text
        inbox.do("delete from session_reply")


def test_her_latest_word_counts_and_a_repeated_text_does_not(inbox: Inbox) -> None:
    inbox.text("yego", id_="in_first")
    inbox.text("oya")
    inbox.text("yego", id_="in_first")
    assert [coming for _, _, coming, _ in inbox.replies()] == [False]
    assert inbox.rows("select count(*) from inbound_message_seen") == [(2,)]


def test_a_repeated_text_is_known_while_keys_are_replaced(inbox: Inbox, vault: Vault) -> None:
    inbox.owner.exec_driver_sql(
        "insert into inbound_message_seen (id, seen_at) values (%(id)s, %(now)s)",
        {"id": vault.indexes("in_old", "inbound")[1], "now": NOW},
    )
    inbox.owner.commit()
    inbox.text("yego", id_="in_old")
    assert inbox.replies() == []


@pytest.mark.parametrize("number", [SHARED, NOBODY, UNKNOWN])
def test_a_number_that_speaks_for_no_one_says_nothing(inbox: Inbox, number: str) -> None:
    before = inbox.rows("select count(*) from phone_number")
    inbox.text("yego", number)
    assert inbox.replies() == []
    assert inbox.rows("select count(*) from phone_number") == before


def test_without_a_session_to_come_nothing_is_said(inbox: Inbox) -> None:
    inbox.text("yego", now=NOW + timedelta(days=30))
    assert inbox.replies() == []


def test_each_programme_has_its_own_words(inbox: Inbox) -> None:
    for word in ("yego", "oya", "1"):
        inbox.text(word, SAILOR)
    inbox.text("aye")
    assert inbox.replies() == []
    inbox.text("Nay!", SAILOR)
    assert inbox.replies() == [(inbox.people["sailor"], inbox.sessions["tiny"], False, TODAY_AT_SEA)]


def test_one_number_in_two_programmes_speaks_for_neither(inbox: Inbox, vault: Vault) -> None:
    records = Records(inbox.owner, vault, inbox.conversation.programmes["*384*96#"].id, uuid4())
    phone = records.number(HER)
    records.link(inbox.people["sailor"], phone)
    inbox.owner.commit()
    inbox.text("yes")
    assert inbox.replies() == []


BOTH = [("rwanda", TODAY_THERE), ("tiny", TODAY_AT_SEA)]


def test_stop_stops_a_number_everywhere_known_or_not(inbox: Inbox) -> None:
    numbers = (HER, SHARED, NOBODY, UNKNOWN, SAILOR)
    for number, text in zip(numbers, ("stop", "STOP.", " Hagarika ", "guhagarika", "No  more!"), strict=True):
        for _ in range(2):
            inbox.text(text, number)
            assert inbox.stopped() == BOTH, text
        inbox.do("update phone_number set stopped_on = null")
    assert inbox.replies() == []


def test_a_repeated_stop_does_not_undo_what_was_chosen_since(inbox: Inbox) -> None:
    inbox.text("stop", id_="in_stop")
    inbox.do("update phone_number set stopped_on = null")
    inbox.text("stop", id_="in_stop")
    assert inbox.stopped() == []


SECOND = timedelta(seconds=1)
# the resume is at NOW, what comes later the same day; what follows is when the stop was sent
ORDER = [
    (NOW - timedelta(days=400), False),
    (NOW - timedelta(days=1), False),
    (NOW - timedelta(hours=1), False),
    (NOW - SECOND, False),
    (NOW, True),
    (NOW + SECOND, True),
    (NOW + timedelta(days=400), True),
    (None, True),
]


@pytest.mark.parametrize("by", ["keyword", "opt-out"])
@pytest.mark.parametrize(("sent_at", "stops"), ORDER)
def test_a_stop_that_was_sent_before_she_resumed_changes_nothing_there(
    inbox: Inbox, by: str, sent_at: datetime | None, stops: bool
) -> None:
    inbox.text("stop", now=NOW - timedelta(hours=2))
    inbox.resume(NOW + timedelta(microseconds=999_999))
    assert [slug for slug, _ in inbox.stopped()] == ["tiny"]
    inbox.do("update phone_number set stopped_on = null where stopped_on is not null")
    for _ in range(2):
        if by == "keyword":
            inbox.text("stop", now=NOW + timedelta(minutes=5), sent_at=sent_at)
        else:
            asked = OptOut(HER, "Programme", sent_at)
            keywords.opt_out(inbox.conversation, asked, NOW + timedelta(minutes=5))
        # in the other programme nobody resumed
        assert inbox.stopped() == (BOTH if stops else BOTH[1:])


def test_a_stop_after_a_stop_holds_though_it_was_sent_earlier(inbox: Inbox) -> None:
    inbox.resume(NOW - timedelta(hours=1))
    inbox.text("stop", sent_at=NOW)
    inbox.text("stop", sent_at=NOW - timedelta(hours=2))
    assert inbox.stopped() == BOTH


def test_the_day_of_a_stop_is_ours_whenever_it_was_sent(inbox: Inbox) -> None:
    for sent_at in (datetime(2026, 3, 9, 8, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC), None):
        inbox.text("stop", sent_at=sent_at)
        assert inbox.stopped() == BOTH
        inbox.do("update phone_number set stopped_on = null")


def test_texts_without_an_id_are_each_read(inbox: Inbox) -> None:
    inbox.text("stop", id_="")
    inbox.do("update phone_number set stopped_on = null")
    inbox.text("stop", id_="")
    assert inbox.stopped() == BOTH
    assert inbox.rows("select count(*) from inbound_message_seen") == [(0,)]


def test_an_opt_out_stops_a_number_everywhere_known_or_not(inbox: Inbox) -> None:
    for _ in range(2):
        keywords.opt_out(inbox.conversation, OptOut(UNKNOWN, "Programme"), NOW)
        assert inbox.stopped() == BOTH
    assert inbox.rows("select count(*) from inbound_message_seen") == [(0,)]


def test_a_number_under_an_older_key_is_stopped_and_not_made_again(inbox: Inbox, vault: Vault) -> None:
    inbox.owner.exec_driver_sql(
        "update phone_number set number_index = %(older)s where number_index = %(index)s",
        {"older": vault.indexes(HER, "number")[1], "index": vault.index(HER, "number")},
    )
    inbox.owner.commit()
    before = inbox.rows("select count(*) from phone_number")
    inbox.text("stop")
    assert inbox.stopped() == BOTH
    assert inbox.rows("select count(*) - 1 from phone_number") == before


HELP = ("help", "HELP!", "ubufasha", "Mfasha.", "mayday")
NOTHING = (
    "",
    " ",
    "...",
    "yego yego",
    "yes please",
    "stop it",
    "muraho",
    "12",
    "3",
    "\x00",
    "st op",
    "x" * 2000,
    "'; drop table phone_number; --",
    "\U0001f600",
)


@pytest.mark.parametrize("number", [HER, UNKNOWN])
def test_help_leaves_what_nonsense_leaves_by_the_same_statements(inbox: Inbox, number: str) -> None:
    left = []
    for text in (*HELP, *NOTHING):
        inbox.text(text, number)
        left.append((inbox.everything(), [statement for statement, _ in inbox.statements]))
        assert text not in str(inbox.statements) or len(text) < 3, "the text never reaches the database"
        inbox.do("delete from inbound_message_seen")
    assert all(one == left[0] for one in left)
    assert len(left[0][1]) == 1


def test_a_text_that_fails_halfway_is_taken_as_a_whole_later(inbox: Inbox) -> None:
    inbox.do("alter table session_reply rename to elsewhere")
    with pytest.raises(Exception, match="session_reply"):
        inbox.text("yego", id_="in_again")
    inbox.do("alter table elsewhere rename to session_reply")
    inbox.text("yego", id_="in_again")
    assert len(inbox.replies()) == 1


def test_no_word_of_help_means_anything_to_the_code(inbox: Inbox) -> None:
    for programme in inbox.conversation.programmes.values():
        assert set(programme.settings.keywords.values()) == {"yes", "no", "stop"}
        assert not set(programme.settings.keywords) & {"help", "ubufasha", "mfasha", "mayday"}
