"""PostgreSQL ends between the provider's answer and its recording: what was taken is recorded when it is back."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from sms_app import embedded, folder
from sms_app.channel.africastalking.connection import CONNECT_S, READ_S
from sms_app.channel.africastalking.inbound import delivery
from sms_app.channel.outcome import SendOutcome
from sms_app.config import sqlalchemy_url
from sms_app.messaging import outbox, reports, sending_switch
from sms_app.messaging.sending import MAX_WAIT_S, RECORD_WITHIN_S, Sender
from sms_app.migrations import run
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world import crowd
from tests.world.programme import stored_rwanda
from tests.world.provider import Always, Post
from tests.world.times import NOON
from worker.jobs import BUDGET_S
from worker.queue import MAX_JOB_S


@dataclass
class Database:
    """A PostgreSQL of the test's own, as the outcomes meet it: `stop` ends it, `sleep` is the sender's wait."""

    servers: embedded.Servers
    engine: Engine
    programme: LoadedProgramme
    vault: Vault
    tries: int = 0
    elapsed_s: float = 0
    back_after: int = 3
    when_back: Callable[[], None] = field(default=lambda: None)

    def stop(self, sign: signal.Signals) -> None:
        server = self.servers.children[0][0].process
        assert server is not None
        os.kill(server.pid, sign)
        server.wait()

    def sleep(self, seconds: float) -> None:
        self.tries, self.elapsed_s = self.tries + 1, self.elapsed_s + seconds
        if self.tries == self.back_after:
            self.back()
            self.when_back()

    def back(self) -> None:
        assert list(self.servers.revive()) == ["PostgreSQL"]

    def sender(self, post: Post) -> Sender:
        return Sender(
            self.engine, self.programme, post, Always(), lambda: NOON, self.sleep, lambda: self.elapsed_s
        )

    def rows(self, columns: str = "status, reason, open") -> list[tuple[object, ...]]:
        with self.engine.connect() as conn:
            return [tuple(row) for row in conn.execute(text(f"select {columns} from message order by 1, 2"))]

    def broadcast(self, count: int, words: str = "Muraho! Murakoze.") -> None:
        with self.engine.begin() as conn:
            found = conn.execute(text("select participant_id, phone_number_id from participant_phone")).all()
            people = [(row[0], row[1]) for row in found] or crowd.people(conn, self.programme, count)
            crowd.broadcast(conn, self.programme, people, words)


@pytest.fixture
def away(tmp_path: Path, vault: Vault) -> Iterator[Database]:
    place = tmp_path / "data"
    with folder.own(place), embedded.servers(place) as servers:
        run.upgrade(sqlalchemy_url(servers.owner_url))
        engine = create_engine(sqlalchemy_url(servers.owner_url))
        with engine.begin() as conn:
            programme = stored_rwanda(conn, vault)
            sending_switch.start(conn, "office", NOON)
        yield Database(servers, engine, programme, vault)
        engine.dispose()


class Ends(Post):
    """Takes a call, and then the database ends before it is recorded; once."""

    provider = "africastalking"

    def __init__(self, database: Database, sign: signal.Signals) -> None:
        super().__init__()
        self._end: Callable[[], None] | None = lambda: database.stop(sign)

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        found = super().send(numbers, text, sender)
        if self._end is not None:
            end, self._end = self._end, None
            end()
        return found

    def once(self) -> bool:
        return set(Counter(self.numbers).values()) <= {1}


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_what_was_taken_is_recorded_when_it_is_back_and_blocks_no_number(
    away: Database, sign: signal.Signals
) -> None:
    away.broadcast(5)
    one = away.sender(post := Ends(away, sign))
    one.drain(lambda: True)
    assert away.tries == away.back_after
    assert post.once()
    assert away.rows() == [("sent", None, False)] * 5
    # its number is free at once
    away.broadcast(5, "Ejo muraho.")
    one.drain(lambda: True)
    one.close()
    assert away.rows() == [("sent", None, False)] * 10
    assert len(post.numbers) == 10


def test_a_report_that_comes_meanwhile_settles_it(away: Database, vault: Vault) -> None:
    away.broadcast(1)

    def report() -> None:
        with away.engine.begin() as conn:
            number = crowd.number(0)
            reports.store(conn, vault, delivery(f"ATXid_{number}", "Success", number, "63510", ""), NOON)

    away.when_back = report
    one = away.sender(Ends(away, signal.SIGKILL))
    one.round()
    one.close()
    assert away.rows("status, provider_id, cost, open") == [
        ("delivered", f"ATXid_{crowd.number(0)}", Decimal(12), False)
    ]


def test_a_database_that_stays_away_leaves_an_unknown_and_nothing_is_sent_twice(away: Database) -> None:
    away.broadcast(3)
    away.back_after = 0
    one = away.sender(post := Ends(away, signal.SIGKILL))
    with pytest.raises(OperationalError):
        one.drain(lambda: True)
    assert RECORD_WITHIN_S <= away.elapsed_s <= RECORD_WITHIN_S + 2
    away.back()
    assert [status for status, *_ in away.rows()] == ["queued", "queued", "sending"]
    with away.engine.begin() as conn:
        outbox.sweep_claims(conn, NOON + outbox.STUCK_AFTER)
    one.drain(lambda: True)
    one.close()
    assert away.rows() == [("sent", None, False)] * 2 + [("unknown", "worker_ended", True)]
    assert post.once()


def test_a_record_whose_end_was_not_seen_is_repeated_without_harm(
    away: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database ends after the commit, before it could say so."""
    away.broadcast(4)
    one = away.sender(post := Ends(away, signal.SIGKILL))
    post._end = None
    record, ends = one._record_once, [True]

    def unseen(*given: object) -> None:
        record(*given)  # type: ignore[arg-type]
        if ends.pop() if ends else False:
            away.stop(signal.SIGKILL)
            raise OperationalError("commit", {}, Exception())

    monkeypatch.setattr(one, "_record_once", unseen)
    one.drain(lambda: True)
    one.close()
    assert away.rows("status, attempts, open") == [("sent", 1, False)] * 4
    assert post.once()


def test_tries_end_before_the_claim_is_taken_for_one_that_was_left_and_before_the_job_is_ended() -> None:
    longest = MAX_WAIT_S + CONNECT_S + READ_S + RECORD_WITHIN_S
    assert longest < outbox.STUCK_AFTER.total_seconds()
    assert BUDGET_S + longest < MAX_JOB_S
