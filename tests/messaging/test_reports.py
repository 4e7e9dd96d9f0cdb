"""Delivery reports: whatever their order, each message ends as what was said of it, and of no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, pool

from sms_app.channel.africastalking.inbound import NAME, delivery
from sms_app.config import sqlalchemy_url
from sms_app.messaging import reports
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import COAST, HILLS, add_programme
from tests.world.records import Records
from tests.world.times import NOW
from tests.world.waiting import PROVES

FIRST, SECOND = "+250788000001", "+250788000002"
MINUTE = timedelta(minutes=1)
ANSWERS = """
update message m set status = 'sent', provider_id = r.answer, open = false, cost = 12
from unnest(%(ids)s::uuid[], %(answers)s::text[]) as r(id, answer) where m.id = r.id
"""
STATE = """
select status, reason, open, provider_id, sent_at is not null as sent, settled_at is not null as settled
from message where id = %(id)s
"""


@dataclass
class Outbox:
    """Messages as workers leave them, and reports about them."""

    records: Records
    conn: Connection
    phones: dict[str, UUID] = field(default_factory=dict)

    def phone(self, number: str) -> UUID:
        if number not in self.phones:
            self.phones[number] = self.records.number(number)
        return self.phones[number]

    def message(self, number: str = FIRST, status: str = "sending", **values: Any) -> UUID:
        """A message that a worker has claimed at NOW."""
        return self.records.message(
            self.phone(number),
            kind="broadcast",
            **{
                "status": status,
                "expires_at": NOW + 60 * MINUTE,
                "claim": uuid4(),
                "claimed_at": NOW,
                "open": status in {"sending", "unknown"},
                "sent_at": None if status == "sending" else NOW,
                "provider": NAME,
                **values,
            },
        )

    def report(
        self,
        provider_id: str,
        status: str = "Success",
        number: str = FIRST,
        reason: str = "",
        now: datetime = NOW + MINUTE,
    ) -> bool:
        told = delivery(provider_id, status, number, "63510", reason)
        return reports.store(self.conn, self.records.vault, told, now)

    def answer(self, message: UUID, provider_id: str, now: datetime = NOW + MINUTE) -> None:
        """What the worker records of the provider's answer."""
        self.conn.exec_driver_sql(
            "update message set status = 'sent', reason = null, provider_id = %(provider_id)s, open = false, cost = 12,"
            " sent_at = %(now)s where id = %(id)s",
            {"id": message, "provider_id": provider_id, "now": now},
        )
        reports.settle(self.conn, [message])

    def stuck(self, message: UUID, now: datetime = NOW + 5 * MINUTE) -> None:
        """The worker that had it is gone."""
        self.conn.exec_driver_sql(
            "update message set status = 'unknown', reason = 'worker_ended', sent_at = claimed_at"
            " where id = %(id)s and status = 'sending'",
            {"id": message},
        )
        reports.settle(self.conn, [message])

    def state(self, message: UUID) -> tuple[object, ...]:
        """Status, reason, open, provider's id, whether it was sent, whether it is settled."""
        return tuple(self.conn.exec_driver_sql(STATE, {"id": message}).one())

    def one(self, query: str, **values: object) -> Any:
        return self.conn.exec_driver_sql(query, values).scalar_one()


@pytest.fixture
def outbox(records: Records, conn: Connection) -> Outbox:
    return Outbox(records, conn)


DELIVERED = ("delivered", None, False, "a", True, True)
SENT = ("sent", None, False, "a", True, False)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([("Success", "")], DELIVERED),
        ([("Failed", "DeliveryFailure")], ("failed", "delivery_failure", False, "a", True, True)),
        ([("Rejected", "")], ("failed", "rejected", False, "a", True, True)),
        ([("Expired", "")], ("failed", "expired", False, "a", True, True)),
        ([("Failed", "NotNetworkSubcriber")], ("failed", "not_network_subcriber", False, "a", True, True)),
        ([("Sent", ""), ("Submitted", ""), ("Buffered", ""), ("AbsentSubscriber", "")], SENT),
        ([("Teleported", "to / the moon!")], SENT),
        ([("Success", ""), ("AbsentSubscriber", "")], DELIVERED),
        ([("Success", ""), ("Failed", "DeliveryFailure")], DELIVERED),
        ([("Failed", "DeliveryFailure"), ("Success", "")], DELIVERED),
        ([("AbsentSubscriber", ""), ("success", "")], DELIVERED),
    ],
)
def test_what_each_word_makes_of_a_message(
    outbox: Outbox, told: Sequence[tuple[str, str]], state: tuple[object, ...]
) -> None:
    message = outbox.message(status="sent", provider_id="a", cost=12)
    for status, reason in told:
        assert outbox.report("a", status, reason=reason)
    assert outbox.state(message) == state
    kept = outbox.one("select count(*) from delivery_report where message_id = %(id)s", id=message)
    assert kept == len(told)


def test_a_repeated_report_changes_nothing(outbox: Outbox) -> None:
    message = outbox.message(status="sent", provider_id="a", cost=12)
    assert outbox.report("a")
    row = "select m::text from message m"
    before = outbox.one(row)
    assert not outbox.report("a", now=NOW + 60 * MINUTE)
    assert outbox.one(row) == before
    assert outbox.state(message) == DELIVERED
    assert outbox.one("select count(*) from delivery_report") == 1


def test_what_the_worker_recorded_stays_when_a_report_says_no_more(outbox: Outbox) -> None:
    message = outbox.message(status="failed", provider_id="a", reason="blacklisted", settled_at=NOW)
    outbox.report("a", "Sent")
    assert outbox.state(message) == ("failed", "blacklisted", False, "a", True, True)
    assert outbox.one("select sent_at from message") == NOW


def test_a_report_before_the_answer_waits_for_it(outbox: Outbox) -> None:
    message = outbox.message()
    outbox.report("a")
    assert outbox.state(message) == ("sending", None, True, None, False, False)
    outbox.answer(message, "a")
    assert outbox.state(message) == DELIVERED


def test_a_report_before_the_worker_was_given_up_settles_it_then(outbox: Outbox) -> None:
    message = outbox.message()
    outbox.report("a")
    outbox.stuck(message)
    assert outbox.state(message) == DELIVERED


@pytest.mark.parametrize(("status", "state"), [("Success", DELIVERED), ("Sent", SENT), ("Teleported", SENT)])
def test_a_report_settles_its_numbers_only_unknown_message(
    outbox: Outbox, status: str, state: tuple[object, ...]
) -> None:
    message, other = outbox.message(status="unknown"), outbox.message(SECOND, "unknown")
    outbox.report("a", status)
    assert outbox.state(message) == state
    assert outbox.state(other) == ("unknown", None, True, None, True, False)
    outbox.report("a", "Success" if status != "Success" else "Sent")
    assert outbox.state(message) == DELIVERED


def test_a_report_from_before_the_claim_is_not_its(outbox: Outbox) -> None:
    message = outbox.message(status="unknown")
    outbox.report("a", now=NOW - MINUTE)
    reports.settle(outbox.conn, [message])
    assert outbox.state(message)[0] == "unknown"


def test_a_report_that_could_mean_two_messages_settles_neither(outbox: Outbox) -> None:
    earlier = outbox.message(status="unknown", open=False)
    message = outbox.message(status="unknown", claimed_at=NOW + 20 * MINUTE, sent_at=NOW + 20 * MINUTE)
    outbox.report("a", now=NOW + 30 * MINUTE)
    reports.settle(outbox.conn, [message])
    assert [outbox.state(one)[0] for one in (earlier, message)] == ["unknown", "unknown"]
    # days later nothing is said of the earlier one any more
    later = NOW + timedelta(days=4)
    outbox.conn.exec_driver_sql("update message set claimed_at = %(later)s where open", {"later": later})
    outbox.report("b", now=later + MINUTE)
    assert outbox.state(message) == ("delivered", None, False, "b", True, True)


def second_programme(outbox: Outbox) -> Outbox:
    """The same phones in another programme."""
    other = Records(outbox.conn, outbox.records.vault, add_programme(outbox.conn, COAST), uuid4())
    return Outbox(other, outbox.conn)


def test_a_number_in_two_programmes_may_mean_either(outbox: Outbox) -> None:
    other = second_programme(outbox)
    message, sending = outbox.message(status="unknown"), other.message()
    outbox.report("a")
    assert outbox.state(message)[0] == "unknown"
    # its answer tells whose the report is, and then only one is left
    other.answer(sending, "b")
    assert outbox.state(message) == DELIVERED
    assert other.state(sending) == ("sent", None, False, "b", True, False)


def test_an_answer_that_comes_late_corrects_a_guess(outbox: Outbox) -> None:
    message = outbox.message(status="unknown")
    outbox.report("foreign")
    assert outbox.state(message)[3] == "foreign"
    outbox.answer(message, "a")
    assert outbox.state(message) == SENT
    assert outbox.one("select message_id from delivery_report") is None
    outbox.report("a", "Failed", reason="DeliveryFailure")
    assert outbox.state(message) == ("failed", "delivery_failure", False, "a", True, True)


def test_an_id_belongs_to_the_message_whose_answer_had_it(outbox: Outbox) -> None:
    other = second_programme(outbox)
    guessed = outbox.message(status="unknown")
    outbox.report("a")
    answered = other.message()
    other.answer(answered, "a")
    assert other.state(answered) == DELIVERED
    assert outbox.state(guessed) == ("unknown", None, False, None, True, False)


def test_reports_of_a_number_or_a_message_that_is_not_ours_are_kept_and_match_nothing(outbox: Outbox) -> None:
    message = outbox.message(status="sent", provider_id="a", cost=12)
    assert outbox.report("z")
    assert outbox.report("y", number="+250788999999")
    assert outbox.state(message) == SENT
    assert outbox.one("select count(*) from delivery_report where message_id is null") == 2


def test_a_known_id_settles_its_message_whatever_number_is_told(outbox: Outbox) -> None:
    message = outbox.message(status="sent", provider_id="a", cost=12)
    outbox.report("a", number=SECOND)
    assert outbox.state(message) == DELIVERED


def test_a_blacklisted_number_is_stopped_in_every_programme(outbox: Outbox) -> None:
    other = second_programme(outbox)
    for each in (outbox, other):
        each.phone(FIRST), each.phone(SECOND)
    outbox.message(status="sent", provider_id="a", cost=12)
    outbox.report("a", "Failed", reason="UserInBlackList")
    stopped = "select count(*) from phone_number where stopped_on = '2026-03-11' and id = any(%(ids)s)"
    assert outbox.one(stopped, ids=[outbox.phone(FIRST), other.phone(FIRST)]) == 2
    assert outbox.one("select count(*) from phone_number where stopped_on is not null") == 2


def test_a_number_under_an_older_key_is_found(outbox: Outbox, vault: Vault) -> None:
    older = vault.indexes(FIRST, "number")[1]
    outbox.conn.exec_driver_sql(
        "update phone_number set number_index = %(index)s where id = %(id)s",
        {"index": older, "id": outbox.phone(FIRST)},
    )
    first = outbox.message()
    outbox.report("a")
    outbox.stuck(first)
    assert outbox.state(first) == DELIVERED
    second = outbox.message(status="unknown")
    outbox.report("b")
    assert outbox.state(second)[3] == "b"


@pytest.mark.parametrize("statement", ["delete from delivery_report", "select body_sealed from message"])
def test_a_report_is_stored_by_the_web_role_and_needs_no_more(
    database: Database, outbox: Outbox, vault: Vault, statement: str
) -> None:
    message = outbox.message(status="unknown")
    outbox.conn.commit()
    web = create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool)
    with web.begin() as conn:
        reports.store(conn, vault, delivery("a", "Failed", FIRST, "", "UserInBlackList"), NOW + MINUTE)
    assert outbox.state(message) == ("failed", "opted_out", False, "a", True, True)
    with psycopg.connect(database.web) as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(statement)


# Each message with the id and the words that its reports have. The second stands on the first one's number, in another
# programme; the third has a number of its own.
WORDS = (("Submitted", "Success"), ("Sent", "Failed", "AbsentSubscriber"), ("Buffered", "Expired", "Success"))
ENDS = (
    ("delivered", None, False, "m0", True, True),
    ("failed", "failed", False, "m1", True, True),
    ("delivered", None, False, "m2", True, True),
)
EVERY_REPORT = [("report", n, word) for n, words in enumerate(WORDS) for word in words]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, int, str]]]:
    """How each message's worker ends, and all events in some order, some of them twice."""
    ends = [draw(st.sampled_from(["answer", "stuck", "both"])) for _ in WORDS]
    events = [*EVERY_REPORT, *draw(st.lists(st.sampled_from(EVERY_REPORT), max_size=4))]
    for n, end in enumerate(ends):
        events += [(what, n, "") for what in ("stuck", "answer") if end in {what, "both"}]
    return ends, draw(st.permutations(events))


@settings(max_examples=40 if PROVES else 20)
@given(history=histories())
def test_any_order_ends_in_the_same_right_state(
    outbox: Outbox, history: tuple[list[str], list[tuple[str, int, str]]]
) -> None:
    ends, events = history
    outbox.conn.rollback()
    fresh = Records(outbox.conn, outbox.records.vault, add_programme(outbox.conn, HILLS), uuid4())
    first = Outbox(fresh, outbox.conn)
    other = second_programme(first)
    places = [(first, FIRST), (other, FIRST), (first, SECOND)]
    messages = [place.message(number) for place, number in places]
    for step, (what, n, word) in enumerate(events):
        place, number = places[n]
        now = NOW + step * MINUTE
        if what == "report":
            place.report(f"m{n}", word, number, now=now)
        elif what == "answer":
            place.answer(messages[n], f"m{n}", now)
        else:
            place.stuck(messages[n], now)
        for m, message in enumerate(messages):
            assert first.state(message)[3] in {None, f"m{m}"}, "never another one's"
    told = [first.state(message) for message in messages]
    for n, end in enumerate(ends):
        # of two on one number that nobody answered for, a report that names only the number settles neither
        lost = ends[:2] == ["stuck", "stuck"] and n < 2
        assert told[n] == (("unknown", "worker_ended", True, None, True, False) if lost else ENDS[n]), end


NUMBERS = [f"+2507880001{n:02d}" for n in range(24)]


def test_a_report_and_an_answer_at_one_time_see_each_other(
    outbox: Outbox, engine: Engine, database: Database, vault: Vault
) -> None:
    """Two threads store reports while two record answers, some of them for messages that were given up already."""
    messages = [
        outbox.message(number, "unknown" if n % 3 == 0 else "sending") for n, number in enumerate(NUMBERS)
    ]
    outbox.conn.commit()
    web = create_engine(sqlalchemy_url(database.web), poolclass=pool.NullPool)
    ready, failed = threading.Barrier(4), []

    def tell(part: int) -> None:
        for n in range(part, len(NUMBERS), 2):
            with web.begin() as conn:
                reports.store(conn, vault, delivery(f"m{n}", "Success", NUMBERS[n]), NOW + MINUTE)

    def answer(part: int) -> None:
        for start in range(part * 4, len(NUMBERS), 8):
            rows = {"ids": messages[start : start + 4], "answers": [f"m{n}" for n in range(start, start + 4)]}
            with engine.begin() as conn:
                conn.exec_driver_sql(ANSWERS, rows)
                reports.settle(conn, rows["ids"])

    def run(work: Callable[[int], None], part: int) -> None:
        try:
            ready.wait()
            work(part)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work, part)) for part in (0, 1) for work in (tell, answer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    # what crossed another's way is found by the clock
    with engine.begin() as conn:
        reports.settle_late(conn, NOW + 2 * MINUTE)
    assert [outbox.state(message)[0] for message in messages] == ["delivered"] * len(NUMBERS)
    outbox.conn.rollback()


def test_of_several_reports_that_waited_the_first_names_the_message(outbox: Outbox) -> None:
    message = outbox.message()
    outbox.report("z", "Failed", now=NOW + MINUTE)
    outbox.report("a", "Success", now=NOW + 2 * MINUTE)
    outbox.stuck(message)
    assert outbox.state(message) == ("failed", "failed", False, "z", True, True)


@pytest.mark.parametrize("words", [("Failed", "Expired"), ("Success", "SUCCESS")])
def test_a_message_is_settled_at_the_first_report_of_its_end(outbox: Outbox, words: tuple[str, str]) -> None:
    outbox.message(status="sent", provider_id="a", cost=12)
    for n, word in enumerate(words, 1):
        assert outbox.report("a", word, now=NOW + n * MINUTE)
    assert outbox.one("select settled_at from message") == NOW + MINUTE


def test_an_id_that_was_answered_is_taken_back_from_nobody_who_was_answered(outbox: Outbox) -> None:
    """Whatever the provider means by giving one id twice."""
    first, second = outbox.message(), outbox.message(SECOND)
    outbox.answer(first, "a")
    outbox.answer(second, "a")
    assert outbox.state(first) == outbox.state(second) == SENT


def test_an_answer_without_a_cost_is_no_guess(outbox: Outbox) -> None:
    message = outbox.message()
    outbox.report("a")
    outbox.conn.exec_driver_sql(
        "update message set status = 'sent', provider_id = 'a', open = false, sent_at = %(now)s", {"now": NOW}
    )
    reports.settle(outbox.conn, [message])
    assert outbox.state(message) == DELIVERED
