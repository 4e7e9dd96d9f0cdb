"""Sends due messages: claim, check, commit; call the provider; record. Any number of workers may do it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

from sms_app.channel.outcome import OPTED_OUT, SLOW_DOWN, SendOutcome
from sms_app.messaging import outbox, reports, sending_switch
from sms_app.messaging.outbox import NotSent, Prepared, Recorded, Taken
from sms_app.messaging.preparing import prepare
from sms_app.programme import numbers
from sms_app.programme.loaded import LoadedProgramme

MIN_CLAIM, MAX_CLAIM = 100, 2000
"""How many messages are claimed at once: few while each has a text of its own, more when many have the same text."""
MAX_PARALLEL_CALLS = 100
"""Calls in flight at once in one worker."""
CLAIM_TRIES = 5
MAX_WAIT_S = 2.0
"""A worker that gets no permit within this time ends its round."""
LOOK_AGAIN_AFTER_S = 0.5
RECORD_WITHIN_S, RECORD_AGAIN_S = 150, 1.0
"""How long outcomes wait for a database that is away, as while it is restarted, and between two tries. Less than the
time after which a claim counts as abandoned (`outbox.STUCK_AFTER`), and than a job may take."""
REQUEUE = NotSent("queued", None)
REQUEUE_SLOWER = NotSent("queued", "slow_down")
"""The provider said that we are too fast: nothing is wrong with the message, and it goes as soon as there is room."""
MAX_BACKOFF = timedelta(minutes=30)
log = structlog.get_logger("messaging.sending")


class SmsGateway(Protocol):
    """Sends texts through a provider. Each thread makes one call at a time. `provider` is its name."""

    provider: str
    recipients_a_call: int

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[SendOutcome]: ...


class Permit(Protocol):
    """Leave to send now: `channel.rate.Permit`."""

    def holds(self) -> bool: ...


class SharedRate(Protocol):
    """The rate that all workers share: `channel.rate.Rate`."""

    def take(self, n: int, longest_wait_s: float = ...) -> Permit | None: ...

    def per_second(self) -> int: ...

    def slow_down(self) -> None: ...


@dataclass(frozen=True)
class Round:
    """What one round did: how many messages were claimed, and for how many texts the provider was called in how many
    calls. `halted`: sending is stopped. `unreachable`: the provider could not be reached, or accepts nothing even one
    by one. `rate_exhausted`: the rate had no room."""

    claimed: int = 0
    texts: int = 0
    calls: int = 0
    halted: bool = False
    unreachable: bool = False
    rate_exhausted: bool = False


@dataclass(frozen=True)
class Call:
    """One call to the provider: messages with the same text to different numbers (by message, E.164)."""

    text: str
    taken: tuple[Taken, ...]
    numbers: Mapping[UUID, str]


@dataclass(frozen=True)
class Done:
    """What became of a round's messages: the provider's outcomes, and those that it was not asked to send."""

    outcomes: dict[UUID, SendOutcome]
    not_sent: dict[UUID, NotSent]


class Sender:
    """Sends one programme's messages. `now` gives the time; every round claims what it then sends at once. `sleep` and
    `monotonic` (seconds) are the tests' to replace."""

    def __init__(
        self,
        engine: Engine,
        programme: LoadedProgramme,
        gateway: SmsGateway,
        rate: SharedRate,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self._engine, self._programme, self._gateway, self._rate = engine, programme, gateway, rate
        self._now, self._sleep, self._monotonic = now, sleep, monotonic
        self._pool = ThreadPoolExecutor(MAX_PARALLEL_CALLS, thread_name_prefix="send")
        # Start with one message: if the provider does not answer, only that message becomes unknown.
        self._size = 1

    def close(self) -> None:
        """Wait for the calls in flight; calls that were not begun are dropped."""
        self._pool.shutdown(cancel_futures=True)

    def drain(self, go_on: Callable[[], bool]) -> bool:
        """Send round after round while `go_on()` and the rate has room; True when due messages are left that another
        job may send at once."""
        while True:
            done = self.round()
            if done.halted or done.unreachable or not done.claimed:
                return False
            if done.rate_exhausted or not go_on():
                return True

    def round(self) -> Round:
        """Claim, send and record once. Nothing is claimed while sending is stopped."""
        with self._engine.begin() as conn:
            if sending_switch.why_stopped(conn) is not None:
                return Round(halted=True)
        per_second = self._rate.per_second()
        # Half a second's worth, so that workers that take turns do not hold their claims for long.
        most = max(1, min(MAX_CLAIM, per_second // 2))
        claim, taken, ready = self._claim(min(self._size, most))
        # Calls that start together have at most a twentieth of a second's recipients, to spread them over the second.
        at_once = max(1, per_second // 20)
        calls = _calls(taken, ready, min(self._gateway.recipients_a_call, at_once))
        done = Done({}, {})
        try:
            self._send(calls, done, min(MIN_CLAIM, at_once))
        finally:
            # Also when this is interrupted: record the calls that were made, release the other claims.
            known = done.outcomes.keys() | done.not_sent.keys()
            never = {id_: REQUEUE for call in calls for id_ in call.numbers if id_ not in known}
            self._record(claim, taken, done.outcomes, {**done.not_sent, **never})
        # Many messages with the same text: claim more at once.
        self._size = min(
            MAX_CLAIM, max(MIN_CLAIM, MAX_PARALLEL_CALLS // 2 * (len(ready) // max(1, len(calls))))
        )
        kinds = {outcome.kind for outcome in done.outcomes.values()}
        slower = REQUEUE_SLOWER in done.not_sent.values()
        return Round(
            len(taken),
            len(done.outcomes),
            len(calls),
            "halt" in kinds,
            unreachable=kinds <= {"retry", "unknown"} and (bool(kinds) or (slower and per_second == 1)),
            rate_exhausted=REQUEUE in done.not_sent.values() and not slower,
        )

    def _send(self, calls: Sequence[Call], done: Done, most: int) -> None:
        """Make each call when there is a free thread and the rate has room for it, `most` recipients at once. Put the
        outcomes into `done`, and the messages that are not sent, or not now. After LOOK_AGAIN_AFTER_S the remaining
        messages are checked again. When the provider says that we are too fast, the rest waits for a slower round."""
        looked = self._monotonic()
        left = list(calls)
        under_way: dict[Future[list[SendOutcome] | None], list[UUID]] = {}
        try:
            while left:
                batch = _next_calls(left, most)
                # A submitted call starts at once: there is a free thread.
                _finish(under_way, done, MAX_PARALLEL_CALLS - len(batch))
                recipients = sum(len(call.numbers) for call in batch)
                permit = None
                if REQUEUE_SLOWER not in done.not_sent.values():
                    permit = self._rate.take(recipients, MAX_WAIT_S)
                if permit is None:
                    done.not_sent.update((id_, REQUEUE) for call in left for id_ in call.numbers)
                    return
                if self._monotonic() - looked >= LOOK_AGAIN_AFTER_S:
                    done.not_sent.update(self._look_again(left))
                    looked = self._monotonic()
                for call in batch:
                    going = [id_ for id_ in call.numbers if id_ not in done.not_sent]
                    if going:
                        under_way[self._pool.submit(self._call, call, going, permit)] = going
                del left[: len(batch)]
        finally:
            _finish(under_way, done, 0)

    def _call(self, call: Call, going: Sequence[UUID], permit: Permit) -> list[SendOutcome] | None:
        """Ask the provider. None when the call came too late for its permit and the rate has no room for another."""
        if not permit.holds() and self._rate.take(len(going), LOOK_AGAIN_AFTER_S) is None:
            return None
        numbers = [call.numbers[id_] for id_ in going]
        outcomes = self._gateway.send(numbers, call.text, self._programme.settings.messages.sender)
        if any(outcome.reason == SLOW_DOWN for outcome in outcomes):
            # Now, for all workers, and not only when this round reads its outcomes.
            self._rate.slow_down()
        return outcomes

    def _look_again(self, calls: Sequence[Call]) -> dict[UUID, NotSent]:
        """Which messages of these calls should not be sent any more, or have another text by now."""
        taken = [message for call in calls for message in call.taken]
        with self._engine.begin() as conn:
            if sending_switch.why_stopped(conn) is not None:
                return dict.fromkeys((message.due.id for message in taken), REQUEUE)
            ready = prepare(conn, self._programme, taken, self._now())
        meant = {id_: call.text for call in calls for id_ in call.numbers}
        changed = [id_ for id_, prepared in ready.to_send.items() if prepared.text != meant[id_]]
        return {**ready.not_sent, **dict.fromkeys(changed, REQUEUE)}

    def _claim(self, most: int) -> tuple[UUID, list[Taken], Mapping[UUID, Prepared]]:
        """Take, check and claim in one transaction, so that the claim rests on the data that was checked."""
        for left in reversed(range(CLAIM_TRIES)):
            claim = uuid4()
            try:
                with self._engine.begin() as conn:
                    now = self._now()
                    taken = outbox.take(conn, self._programme.id, now, most)
                    ready = prepare(conn, self._programme, taken, now)
                    outbox.claim(conn, claim, self._gateway.provider, ready.to_send, ready.not_sent, now)
                return claim, taken, ready.to_send
            except IntegrityError:
                # Another worker claimed a message to one of these numbers between our check and our lock.
                if not left:
                    raise
        raise AssertionError

    def _record(
        self,
        claim: UUID,
        taken: Sequence[Taken],
        outcomes: Mapping[UUID, SendOutcome],
        not_sent: Mapping[UUID, NotSent],
    ) -> None:
        """Record a round; try again while the database is away. The outcomes are in this process's memory only: if the
        database stays away for longer, the messages become `unknown`.

        A try whose result was not seen may be repeated: each statement changes only rows of this claim."""
        now, until = self._now(), self._monotonic() + RECORD_WITHIN_S
        while True:
            try:
                self._record_once(claim, taken, outcomes, not_sent, now)
                return
            except (InterfaceError, OperationalError) as error:
                if self._monotonic() >= until:
                    raise
                log.warning(
                    "outcomes wait for the database", error=type(error).__name__, messages=len(outcomes)
                )
                self._sleep(RECORD_AGAIN_S)

    def _record_once(
        self,
        claim: UUID,
        taken: Sequence[Taken],
        outcomes: Mapping[UUID, SendOutcome],
        not_sent: Mapping[UUID, NotSent],
        now: datetime,
    ) -> None:
        attempts = {message.due.id: message.attempts for message in taken}
        with self._engine.begin() as conn:
            halts = {outcome.reason for outcome in outcomes.values() if outcome.kind == "halt"}
            if halts:
                sending_switch.stop(conn, min(halts), sending_switch.PROVIDER, now)
            rows = {id_: _recorded(outcome, attempts[id_], now) for id_, outcome in outcomes.items()}
            outbox.record(conn, claim, rows, now)
            outbox.let_go(conn, claim, not_sent, now)
            opted_out = [
                message.due.phone_number_id
                for message in taken
                if message.due.id in outcomes and outcomes[message.due.id].reason == OPTED_OUT
            ]
            numbers.stop_everywhere(conn, opted_out, now)
            reports.settle(conn, list(rows))


def _calls(taken: Sequence[Taken], ready: Mapping[UUID, Prepared], most: int) -> list[Call]:
    """The messages that are sent, those with the same text together, at most `most` a call."""
    same: dict[str, list[Taken]] = {}
    for message in taken:
        if message.due.id in ready:
            same.setdefault(ready[message.due.id].text, []).append(message)
    return [
        Call(text, tuple(part), {message.due.id: ready[message.due.id].number for message in part})
        for text, messages in same.items()
        for part in (messages[start : start + most] for start in range(0, len(messages), most))
    ]


def _finish(under_way: dict[Future[list[SendOutcome] | None], list[UUID]], done: Done, most: int) -> None:
    """Wait until no more than `most` calls are under way, and put the outcomes of those that ended into `done`."""
    while under_way:
        ended = [call for call in under_way if call.done()]
        if not ended and len(under_way) <= most:
            return
        for call in ended or wait(under_way, return_when=FIRST_COMPLETED).done:
            going, outcomes = under_way.pop(call), call.result()
            if outcomes is None:
                done.not_sent.update(dict.fromkeys(going, REQUEUE))
                continue
            for id_, outcome in zip(going, outcomes, strict=True):
                if outcome.reason == SLOW_DOWN:
                    done.not_sent[id_] = REQUEUE_SLOWER
                else:
                    done.outcomes[id_] = outcome


def _next_calls(calls: Sequence[Call], most: int) -> list[Call]:
    """The first calls, together to no more than `most` numbers; at least one call."""
    count = len(calls[0].taken)
    for n, call in enumerate(calls[1:], 1):
        count += len(call.taken)
        if count > most:
            return list(calls[:n])
    return list(calls)


def _recorded(outcome: SendOutcome, attempts: int, now: datetime) -> Recorded:
    """The row's new state. Another try waits twice as long as the one before; a halt waits for the switch."""
    known = {"provider_id": outcome.provider_id, "cost": outcome.cost, "currency": outcome.currency}
    if outcome.kind == "sent":
        return Recorded("sent", **known)  # type: ignore[arg-type]
    # The provider gave an id, so it may have accepted the message and a report may still come: do not try again.
    if outcome.kind == "refused" or (outcome.kind == "retry" and outcome.provider_id):
        return Recorded("failed", outcome.reason, **known)  # type: ignore[arg-type]
    if outcome.kind == "unknown":
        return Recorded("unknown", outcome.reason)
    wait = (
        timedelta()
        if outcome.kind == "halt"
        else min(MAX_BACKOFF, timedelta(minutes=2 ** min(attempts, 10) / 2))
    )
    return Recorded("planned", outcome.reason, due_at=now + wait)
