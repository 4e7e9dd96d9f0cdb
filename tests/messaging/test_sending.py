"""Sending: what is due is claimed once, looked at once more, sent once, and recorded, whatever the provider says."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app.channel.outcome import SendOutcome
from sms_app.messaging import outbox, preparing, sending, sending_switch
from sms_app.messaging.content import Content, Due, Skip, ToldSnapshot
from sms_app.messaging.sending import Sender
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world import crowd
from tests.world.programme import stored_rwanda
from tests.world.provider import Always, Full, Held, Post
from tests.world.records import Records
from tests.world.times import NOON
from tests.world.waiting import wait_for


@pytest.fixture
def programme(conn: Connection, vault: Vault) -> LoadedProgramme:
    found = stored_rwanda(conn, vault)
    sending_switch.start(conn, "office", NOON)
    conn.commit()
    return found


@pytest.fixture
def now() -> list[datetime]:
    """The time, to be moved by the test."""
    return [NOON]


@pytest.fixture
def sender(engine: Engine, programme: LoadedProgramme, now: list[datetime]):
    made = []

    def make(post: Post, rate: Any = None, engine: Engine = engine) -> Sender:
        made.append(Sender(engine, programme, post, rate or Always(), lambda: now[0]))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _rows(conn: Connection, columns: str = "status, reason") -> list[tuple[Any, ...]]:
    conn.rollback()
    found = conn.execute(text(f"select {columns} from message order by 1, 2"))
    return [tuple(row) for row in found]


def _claim(conn: Connection, programme: LoadedProgramme, most: int) -> tuple[UUID, list[outbox.Taken]]:
    """Take and claim as a worker does."""
    claim, taken = uuid4(), outbox.take(conn, programme.id, NOON, most)
    found = preparing.prepare(conn, programme, taken, NOON)
    outbox.claim(conn, claim, "theirs", found.to_send, found.not_sent, NOON)
    return claim, taken


def _crowd(conn: Connection, programme: LoadedProgramme, count: int, **more: Any) -> list[tuple[UUID, UUID]]:
    people = crowd.people(conn, programme, count)
    crowd.broadcast(conn, programme, people, **more)
    conn.commit()
    return people


def test_the_same_words_go_in_few_calls_and_each_message_once(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 250)
    post, rate = Post(), Always()
    assert sender(post, rate).drain(lambda: True) is False
    assert post.numbers == [crowd.number(n) for n in range(250)]
    # one to see whether anybody answers, then a hundred of which all are alike, then all that is left
    assert sorted(len(numbers) for numbers, _, _ in post.calls) == [1, 49, 100, 100]
    assert sum(rate.taken) == 250
    assert {words for _, words, _ in post.calls} == {"Muraho! Murakoze."}
    columns = "status, provider_id, cost, currency, language, segments, attempts, open, body_sealed is null"
    found = _rows(conn, columns)
    assert len(found) == 250
    assert found[0] == ("sent", f"ATXid_{crowd.number(0)}", Decimal("12"), "RWF", "rw", 1, 1, False, False)


def test_a_kept_body_opens_with_its_row_only(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1)
    sender(Post()).round()
    ((id_, body),) = _rows(conn, "id, body_sealed")
    assert b"Muraho" not in bytes(body)
    assert programme.vault.open(bytes(body), "message", "body_sealed", id_) == "Muraho! Murakoze."


def test_nothing_is_claimed_while_sending_is_stopped_or_the_rate_is_full(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 3)

    assert sender(post := Post(), Full()).round() == sending.Round(claimed=1, calls=1, rate_exhausted=True)
    assert _rows(conn, "status, attempts, claim, body_sealed") == [("queued", 0, None, None)] * 3
    sending_switch.stop(conn, "rest", "office", NOON)
    conn.commit()
    assert sender(post).round().halted
    assert post.calls == []
    assert _rows(conn) == [("queued", None)] * 3


def test_who_waited_for_room_looks_again(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = _crowd(conn, programme, 2)
    monkeypatch.setattr(sending, "LOOK_AGAIN_AFTER_S", 0)

    class Slow(Always):
        def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
            stop = "update phone_number set stopped_on = :day where id = :id"
            conn.execute(text(stop), {"day": NOON.date(), "id": people[0][1]})
            conn.commit()
            return Held()

    sender(post := Post(), Slow()).drain(lambda: True)
    assert post.numbers == [crowd.number(1)]
    assert _rows(conn) == [("cancelled", "number_stopped"), ("sent", None)]


def test_sending_that_is_stopped_while_a_worker_waits_sends_nothing_more(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _crowd(conn, programme, 2)
    monkeypatch.setattr(sending, "LOOK_AGAIN_AFTER_S", 0)

    class Slow(Always):
        def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
            sending_switch.stop(conn, "rest", "office", NOON)
            conn.commit()
            return Held()

    one = sender(post := Post(), Slow())
    one.drain(lambda: True)
    assert one.drain(lambda: True) is False
    assert post.calls == []
    assert _rows(conn) == [("queued", None)] * 2


def test_what_found_no_room_in_the_rate_is_another_jobs_and_not_the_next_ticks(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 3)

    assert sender(Post(), Full()).drain(lambda: True) is True


def test_a_call_that_sets_out_too_late_for_its_permit_takes_another_or_does_not_go(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 3)

    class Late(Always):
        """The first permit is late when its call sets out; then there is `room` or not."""

        room = False

        def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
            self.taken.append(n)
            return Held(late=True) if len(self.taken) == 1 else Held() if self.room else None

    full, free = Late(), Late()
    free.room = True
    sender(post := Post(), full).round()
    assert (post.calls, full.taken) == ([], [1, 1])
    assert _rows(conn, "status, attempts, claim, body_sealed") == [("queued", 0, None, None)] * 3
    sender(post, free).round()
    assert (len(post.numbers), free.taken) == (1, [1, 1])


def test_while_nobody_answers_one_message_a_job_is_in_doubt(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 5)
    post = Post(lambda number: SendOutcome(number, "unknown", "no_answer"))
    assert sender(post).drain(lambda: True) is False
    assert sender(post).drain(lambda: True) is False
    assert sorted(_rows(conn)) == [("queued", None)] * 3 + [("unknown", "no_answer")] * 2


def test_no_more_is_claimed_than_half_a_second_of_the_rate(
    conn: Connection, programme: LoadedProgramme, engine: Engine
) -> None:
    _crowd(conn, programme, 30)
    one = Sender(engine, programme, post := Post(), Always(8), lambda: NOON)
    rounds = [one.round().claimed for _ in range(9)]
    one.close()
    assert rounds == [1] + [4] * 7 + [1]
    assert len(post.calls) == 30, "and a call is no more than a twentieth of a second's worth"


class Provider(Post):
    """Takes calls of up to so many recipients, and says of larger ones that they are too many."""

    def __init__(self, most: int) -> None:
        super().__init__(lambda number: SendOutcome(number, "retry", "slow_down"))
        self.most, self.took = most, Post()

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        taker = self.took if len(numbers) <= self.most else super()
        return taker.send(numbers, text, sender)


def test_a_provider_to_which_a_call_is_too_large_teaches_and_nothing_waits_for_a_minute(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 120)
    rate = Always(1000)
    assert sender(post := Provider(15), rate).drain(lambda: True) is False
    # calls of a twentieth: 50, 25, 12
    assert post.took.numbers == [crowd.number(n) for n in range(120)]
    assert rate.allowed < 320
    assert _rows(conn, "status, reason, attempts") == [("sent", None, 1)] * 120


def test_what_the_provider_had_no_room_for_is_queued_at_once_and_counts_as_no_try(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 2)
    found = sender(Provider(0)).round()
    assert (found.claimed, found.texts, found.unreachable) == (1, 0, False)
    assert sorted(_rows(conn, "status, reason, attempts, open, body_sealed, due_at"), key=str) == sorted(
        [("queued", reason, 0, False, None, NOON) for reason in (None, "slow_down")], key=str
    )


def test_a_provider_that_takes_nothing_even_one_by_one_is_left_alone_until_the_next_tick(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 3)
    assert sender(post := Provider(0), Always(16)).drain(lambda: True) is False
    # 16, 8, 4, 2, 1
    assert len(post.calls) <= 3 * 5
    assert [status for status, _ in _rows(conn)] == ["queued"] * 3


def test_after_a_429_the_rest_of_the_round_waits_for_a_slower_one(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "MAX_PARALLEL_CALLS", 1)
    people = crowd.people(conn, programme, 10)
    for n, one in enumerate(people):
        crowd.broadcast(conn, programme, [one], f"Muraho {n}.")
    conn.commit()
    first = sender(post := Post(), Always(20))
    first.round()
    post._answer = lambda number: SendOutcome(number, "retry", "slow_down")
    first.round()
    # one call at a time: what came of the first is known before the third
    assert len(post.calls) <= 3
    assert Counter(status for status, _ in _rows(conn)) == {"sent": 1, "queued": 9}


@pytest.mark.parametrize(
    ("outcome", "row"),
    [
        (("refused", "invalid_phone_number"), ("failed", "invalid_phone_number", False, NOON)),
        (("unknown", "read_timeout"), ("unknown", "read_timeout", True, NOON)),
        (("retry", "http_429"), ("planned", "http_429", False, NOON + timedelta(minutes=1))),
        (("halt", "no_balance"), ("planned", "no_balance", False, NOON)),
    ],
)
def test_every_outcome_has_its_row(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender], outcome: Any, row: Any
) -> None:
    _crowd(conn, programme, 1)
    post = Post(lambda number: SendOutcome(number, *outcome))
    sender(post).drain(lambda: True)
    assert _rows(conn, "status, reason, open, due_at") == [row]
    assert (sending_switch.why_stopped(conn) == "no_balance") is (outcome[0] == "halt")
    assert len(post.calls) == 1


def test_another_try_waits_longer_each_time_and_ends_with_the_expiry(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender], now: list[datetime]
) -> None:
    _crowd(conn, programme, 1, lasts=timedelta(hours=2))
    post = Post(lambda number: SendOutcome(number, "retry", "connection_refused"))
    one = sender(post)
    waits = []
    while True:
        one.drain(lambda: True)
        ((due,),) = conn.execute(text("select due_at from message")).all()
        waits.append((due - now[0]) // timedelta(minutes=1))
        now[0] = due
        outbox.expire(conn, now[0])
        if not outbox.release(conn, programme.id, now[0]):
            break
        conn.commit()
    conn.commit()
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert _rows(conn) == [("expired", "expired")]


def test_who_opted_out_at_the_network_is_stopped_here(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1)
    sender(Post(lambda number: SendOutcome(number, "refused", "opted_out"))).round()
    assert _rows(conn) == [("failed", "opted_out")]
    assert conn.execute(text("select stopped_on from phone_number")).scalars().all() == [date(2026, 3, 10)]


def test_a_number_that_stopped_a_moment_before_gets_nothing(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    people = _crowd(conn, programme, 3)
    conn.execute(
        text("update phone_number set stopped_on = :day where id = :id"),
        {"day": NOON.date(), "id": people[0][1]},
    )
    Records(conn, programme.vault, programme.id, uuid4()).consent(people[1][0], given=False, on=NOON.date())
    conn.commit()
    post = Post()
    sender(post).drain(lambda: True)
    assert post.numbers == [crowd.number(2)]
    assert _rows(conn) == [("cancelled", "no_consent"), ("cancelled", "number_stopped"), ("sent", None)]


@pytest.mark.parametrize(
    ("when", "row"),
    [
        # Tuesday evening; a morning of community work; the mourning week, which outlasts the broadcast
        ("2026-03-10T18:00:00+02:00", ("planned", "held_quiet", "2026-03-11T08:00:00+02:00")),
        ("2026-03-28T09:00:00+02:00", ("planned", "held_quiet", "2026-03-28T12:00:00+02:00")),
        ("2026-04-07T10:00:00+02:00", ("cancelled", "quiet_hours", "2026-04-07T10:00:00+02:00")),
    ],
)
def test_in_quiet_hours_a_message_waits_or_goes_no_more(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    now: list[datetime],
    when: str,
    row: Any,
) -> None:
    now[0] = datetime.fromisoformat(when)
    _crowd(conn, programme, 1, now=now[0])
    sender(post := Post()).round()
    assert post.calls == []
    status, reason, due = row
    assert _rows(conn, "status, reason, due_at") == [(status, reason, datetime.fromisoformat(due))]


def test_a_number_that_had_enough_hears_the_rest_tomorrow(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    people = crowd.people(conn, programme, 1)
    for n in range(4):
        crowd.broadcast(conn, programme, people, f"Muraho {n}.", lasts=timedelta(days=2))
    conn.commit()
    sender(post := Post()).drain(lambda: True)
    # two of the three that a number gets a day: the last place is a reminder's
    assert len({words for _, words, _ in post.calls}) == len(post.calls) == 2
    held = _rows(conn, "status, reason, due_at")
    assert held[0] == ("planned", "held_cap", datetime.fromisoformat("2026-03-11T08:00:00+02:00"))


def test_a_banned_word_goes_nowhere(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1, words="Muraho! I-s-a-n-g-e.")
    sender(post := Post()).round()
    assert post.calls == []
    assert _rows(conn) == [("cancelled", "banned_stem")]


def test_a_kind_that_nobody_speaks_for_is_dropped(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1)
    conn.execute(text("update message set kind = 'gossip'"))
    conn.commit()
    sender(post := Post()).round()
    assert post.calls == []
    assert _rows(conn) == [("cancelled", "no_longer_true")]


def test_one_number_has_one_message_whose_outcome_is_open(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender], now: list[datetime]
) -> None:
    people = crowd.people(conn, programme, 1)
    for n in range(2):
        crowd.broadcast(conn, programme, people, f"Muraho {n}.")
    conn.commit()
    sender(post := Post(lambda number: SendOutcome(number, "unknown", "read_timeout"))).drain(lambda: True)
    assert len(post.calls) == 1, "the second waits while the first may still be reported"
    now[0] += outbox.OPEN_LASTS
    outbox.sweep_claims(conn, now[0])
    conn.commit()
    sender(post).drain(lambda: True)
    assert len({words for _, words, _ in post.calls}) == 2
    assert [status for status, _ in _rows(conn)] == ["unknown", "unknown"]


def test_what_a_worker_left_behind_is_unknown_and_never_sent_again(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender], engine: Engine
) -> None:
    _crowd(conn, programme, 2)
    with engine.begin() as dead:
        _claim(dead, programme, 1)
    assert outbox.sweep_claims(conn, NOON + outbox.STUCK_AFTER - timedelta(seconds=1)) == []
    (left,) = outbox.sweep_claims(conn, NOON + outbox.STUCK_AFTER)
    conn.commit()
    sender(post := Post()).drain(lambda: True)
    assert len(post.numbers) == 1
    assert _rows(conn) == [("sent", None), ("unknown", "worker_ended")]
    assert conn.execute(text("select id from message where status = 'unknown'")).scalar_one() == left


def test_a_worker_that_was_only_slow_records_its_outcome_after_the_sweep(
    conn: Connection, programme: LoadedProgramme, engine: Engine
) -> None:
    _crowd(conn, programme, 1)
    with engine.begin() as slow:
        claim, (one,) = _claim(slow, programme, 1)
    later = NOON + timedelta(hours=1)
    outbox.sweep_claims(conn, later)
    conn.commit()
    with engine.begin() as slow:
        outbox.record(slow, uuid4(), {one.due.id: outbox.Recorded("failed", "not mine")}, later)
        outbox.record(slow, claim, {one.due.id: outbox.Recorded("sent", provider_id="ATXid_1")}, later)
    assert _rows(conn) == [("sent", None)]


def test_two_claims_at_once_never_take_two_messages_to_one_number(
    conn: Connection, programme: LoadedProgramme, engine: Engine
) -> None:
    people = crowd.people(conn, programme, 30)
    for n in range(2):
        crowd.broadcast(conn, programme, people, f"Muraho {n}.")
    conn.commit()
    with engine.begin() as one, engine.begin() as other:
        _, first = _claim(one, programme, 20)
        _, second = _claim(other, programme, 60)
    numbers = [claimed.due.phone_number_id for claimed in (*first, *second)]
    assert len(numbers) == len(set(numbers))
    assert first
    assert second


def test_a_message_that_is_no_longer_true_is_dropped_and_told_truth_is_kept(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = _crowd(conn, programme, 2)
    first = people[0][0]

    def say(
        _: Connection, __: LoadedProgramme, rows: Sequence[Due], now: datetime
    ) -> dict[UUID, Content | Skip]:
        return {
            row.id: Skip("undone") if row.people == (first,) else Content(words={"rw": "Yego."})
            for row in rows
        }

    monkeypatch.setattr(preparing, "COMPOSERS", {"broadcast": say})
    sender(post := Post()).drain(lambda: True)
    assert [words for _, words, _ in post.calls] == ["Yego."]
    assert _rows(conn) == [("cancelled", "undone"), ("sent", None)]


def test_bodies_and_reports_are_forgotten_after_thirty_days(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1)
    sender(Post()).round()
    conn.execute(
        text(
            "insert into delivery_report (id, provider, provider_id, result, status, number_index, network_code,"
            " failure_reason, received_at) values (:id, 'theirs', '9', 'delivered', 'Success', '', '', '', :at)"
        ),
        {"id": uuid4(), "at": NOON},
    )
    outbox.forget(conn, NOON + timedelta(days=29))
    kept = (
        "select (select count(*) from message where body_sealed is not null), count(*) from delivery_report"
    )
    assert tuple(conn.execute(text(kept)).one()) == (1, 1)
    outbox.forget(conn, NOON + timedelta(days=30))
    assert tuple(conn.execute(text(kept)).one()) == (0, 0)


def test_a_number_that_our_keys_dont_open_keeps_nobody_waiting(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    people = _crowd(conn, programme, 3)
    conn.execute(
        text("update phone_number set number_sealed = '\\x0102' where id = :id"), {"id": people[0][1]}
    )
    conn.commit()
    sender(post := Post()).drain(lambda: True)
    assert len(post.numbers) == 2
    assert _rows(conn) == [("cancelled", "no_number"), ("sent", None), ("sent", None)]


def test_a_try_that_was_in_the_providers_hands_was_the_only_one(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1)
    sender(Post(lambda number: SendOutcome(number, "retry", "rejected_by_gateway", "ATXid_1"))).drain(
        lambda: True
    )
    assert _rows(conn) == [("failed", "rejected_by_gateway")]


def test_a_cancellation_that_was_held_in_the_evening_goes_early_on_its_day(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    now: list[datetime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now[0] = datetime.fromisoformat("2026-03-10T18:00:00+02:00")
    _crowd(conn, programme, 1, now=now[0], lasts=timedelta(hours=14, minutes=30))
    told = ToldSnapshot(datetime.fromisoformat("2026-03-11T08:30:00+02:00"), "Kigabiro", True)

    def say(
        _: Connection, __: LoadedProgramme, rows: Sequence[Due], ___: datetime
    ) -> dict[UUID, Content | Skip]:
        return {row.id: Content(words={"rw": "Byahagaritswe."}, told=told) for row in rows}

    monkeypatch.setattr(preparing, "COMPOSERS", {"broadcast": say})
    sender(Post()).round()
    held = datetime.fromisoformat("2026-03-11T06:00:00+02:00")
    assert _rows(conn, "status, reason, due_at") == [("planned", "held_quiet", held)]


class Slow(Post):
    """Each call takes until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]:
        found = super().send(numbers, text, sender)
        self.go_on.wait(30)
        return found


def test_no_call_waits_behind_others_where_a_stop_would_not_reach_it(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "MAX_PARALLEL_CALLS", 4)
    monkeypatch.setattr(sending, "LOOK_AGAIN_AFTER_S", 0)
    people = crowd.people(conn, programme, 40)
    for n, one in enumerate(people):
        crowd.broadcast(conn, programme, [one], f"Muraho {n}.")
    conn.commit()
    post = Slow()
    post.go_on.set()
    one = sender(post, Always(20))
    one.round()
    post.go_on.clear()
    work = threading.Thread(target=one.round)
    work.start()
    wait_for(lambda: len(post.calls) == 5, post.calls)
    sending_switch.stop(conn, "rest", "office", NOON)
    conn.commit()
    post.go_on.set()
    work.join(30)
    assert len(post.calls) <= 9, "those under way, and at most a turn that had looked already"
    assert Counter(status for status, _ in _rows(conn)) == {
        "sent": len(post.calls),
        "queued": 40 - len(post.calls),
    }


def test_a_round_that_is_interrupted_records_what_went_and_lets_go_of_the_rest(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    people = crowd.people(conn, programme, 6)
    for n, one in enumerate(people):
        crowd.broadcast(conn, programme, [one], f"Muraho {n}.")
    conn.commit()

    class Interrupted(Always):
        def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
            if len(self.taken) == 3:
                raise TimeoutError
            return super().take(n)

    one = sender(post := Post(), Interrupted(20))
    with pytest.raises(TimeoutError):
        one.drain(lambda: True)
    assert len(post.calls) == 3
    assert Counter(status for status, _ in _rows(conn)) == {"sent": 3, "queued": 3}


def test_a_claim_of_a_clock_that_ran_ahead_is_swept(
    conn: Connection, programme: LoadedProgramme, engine: Engine
) -> None:
    _crowd(conn, programme, 1)
    with engine.begin() as ahead:
        _claim(ahead, programme, 1)
    assert len(outbox.sweep_claims(conn, NOON - timedelta(days=1))) == 1
    conn.commit()
    assert _rows(conn, "status, open") == [("unknown", False)]


def test_a_paused_broadcast_waits(
    conn: Connection, programme: LoadedProgramme, sender: Callable[..., Sender]
) -> None:
    _crowd(conn, programme, 1, status="planned")
    conn.execute(text("update broadcast set paused_at = :now"), {"now": NOON})
    assert outbox.release(conn, programme.id, NOON) == 0
    conn.execute(text("update message set status = 'queued'"))
    conn.commit()
    sender(post := Post()).round()
    assert post.calls == []


def test_only_whose_claim_it_is_records_or_lets_go(
    conn: Connection, programme: LoadedProgramme, engine: Engine
) -> None:
    _crowd(conn, programme, 1)
    with engine.begin() as worker:
        claim, (one,) = _claim(worker, programme, 1)
    id_ = one.due.id
    with engine.begin() as other:
        outbox.record(other, uuid4(), {id_: outbox.Recorded("failed", "not mine")}, NOON)
        outbox.record(other, uuid4(), {id_: outbox.Recorded("sent", provider_id="ATXid_9")}, NOON)
        outbox.let_go(other, uuid4(), {id_: outbox.NotSent("queued", "not mine")}, NOON)
    assert _rows(conn, "status, reason, provider_id, claim") == [("sending", None, None, claim)]
    with engine.begin() as worker:
        outbox.let_go(worker, claim, {id_: outbox.NotSent("queued", "mine")}, NOON)
    assert _rows(conn, "status, reason, claim, attempts") == [("queued", "mine", None, 0)]


@pytest.mark.parametrize("status", ["planned", "queued"])
def test_what_is_past_its_time_goes_no_more(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    now: list[datetime],
    status: str,
) -> None:
    _crowd(conn, programme, 1, status=status, lasts=timedelta(hours=1))
    now[0] += timedelta(hours=1)
    assert outbox.release(conn, programme.id, now[0]) == 0
    conn.commit()
    assert outbox.count_due(conn, programme.id, now[0], 9) == 0
    assert sender(post := Post()).round().claimed == 0
    assert post.calls == []
    assert outbox.expire(conn, now[0] - timedelta(seconds=1)) == 0
    assert outbox.expire(conn, now[0]) == 1
    conn.commit()
    assert _rows(conn) == [("expired", "expired")]


def test_words_that_changed_while_it_waited_are_not_sent_as_they_were(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _crowd(conn, programme, 1)
    monkeypatch.setattr(sending, "LOOK_AGAIN_AFTER_S", 0)
    words = ["Kera."]

    def say(
        _: Connection, __: LoadedProgramme, rows: Sequence[Due], ___: datetime
    ) -> dict[UUID, Content | Skip]:
        return {row.id: Content(words={"rw": words[0]}) for row in rows}

    class Slow(Always):
        def take(self, n: int, longest_wait_s: float = 0) -> Held | None:
            words[0] = "Ubu."
            return Held()

    monkeypatch.setattr(preparing, "COMPOSERS", {"broadcast": say})
    one = sender(post := Post(), Slow())
    one.round()
    assert post.calls == []
    assert _rows(conn, "status, attempts") == [("queued", 0)]
    one.round()
    assert [said for _, said, _ in post.calls] == ["Ubu."]


@pytest.mark.parametrize(
    "say",
    [
        # as typed; folding leaves question marks of these letters
        Content(words={"rw": "Muraho! \u0406\u0455\u0430nge."}),
        # only the whole text has it: a place put into a sentence
        Content("session_changed", {"start": NOON, "place": "Isange"}),
    ],
    ids=["before folding", "after folding"],
)
def test_a_banned_stem_is_seen_as_typed_and_as_sent(
    conn: Connection,
    programme: LoadedProgramme,
    sender: Callable[..., Sender],
    monkeypatch: pytest.MonkeyPatch,
    say: Content,
) -> None:
    _crowd(conn, programme, 1)
    monkeypatch.setattr(
        preparing, "COMPOSERS", {"broadcast": lambda *given: {row.id: say for row in given[2]}}
    )
    sender(post := Post()).round()
    assert post.calls == []
    assert _rows(conn) == [("cancelled", "banned_stem")]
