"""Sending what is due: claim, look, commit; call the provider; record. Any number of workers may do it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Protocol
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from sms_app.channel.gateway import Outcome
from sms_app.messaging import outbox, reports, switch
from sms_app.messaging.outbox import Claimed, NotSent, Prepared, Recorded
from sms_app.messaging.preparing import prepare
from sms_app.messaging.say import Speaker
from sms_app.vault import Vault

LEAST, MOST = 100, 1000
"""How many messages are claimed at once: few while each has words of its own, more when many say the same."""
CALLS = 100
"""Calls in flight at once in one worker."""
CLAIM_TRIES = 5
LONGEST_WAIT_S = 2.0
"""How long what was claimed may wait for room in the rate; a worker that finds none leaves the field to the others."""
LOOK_AGAIN_AFTER_S = 0.2
LONGEST_BACKOFF = timedelta(minutes=30)
# the network says that its owner wants no texts
OPTED_OUT = "UserInBlacklist"
STOP_NUMBERS = """
update phone_number n set stopped_on = %(today)s from message m
where m.id = any(%(ids)s) and n.id = m.phone_number_id and n.stopped_on is null
"""


class Calls(Protocol):
    """What sends: `channel.gateway.Gateway`, one call a time for each thread."""

    recipients_a_call: int

    def send(self, numbers: Sequence[str], text: str, sender: str = "") -> list[Outcome]: ...


class Turn(Protocol):
    """The rate that all workers share: `channel.rate.Rate`."""

    def take(self, n: int, longest_wait_s: float = ...) -> bool: ...


@dataclass(frozen=True)
class Round:
    """What one round did: how many were claimed, how many texts went in how many calls; whether sending is stopped, the
    provider could not be reached, or the rate had no room."""

    claimed: int = 0
    texts: int = 0
    calls: int = 0
    halted: bool = False
    unreachable: bool = False
    crowded: bool = False


class Sender:
    """Sends one programme's messages. `now` gives the time; every round claims what it then sends at once."""

    def __init__(
        self,
        engine: Engine,
        speaker: Speaker,
        gateway: Calls,
        rate: Turn,
        now: Callable[[], datetime],
        per_second: int = MOST,
    ) -> None:
        self._engine, self._speaker, self._gateway, self._rate, self._now = (
            engine,
            speaker,
            gateway,
            rate,
            now,
        )
        self._pool = ThreadPoolExecutor(CALLS, thread_name_prefix="send")
        # half a second's worth, so that workers which take turns don't wait long with what they claimed
        self._most = max(1, min(MOST, per_second // 2))
        self._size = min(LEAST, self._most)

    def close(self) -> None:
        """Wait for the calls in flight."""
        self._pool.shutdown()

    def drain(self, go_on: Callable[[], bool]) -> bool:
        """Send round after round while `go_on()`; True when something that is due is left for another time."""
        while True:
            done = self.round()
            if done.halted or done.unreachable or done.crowded or not done.claimed:
                return False
            if not go_on():
                return True

    def round(self) -> Round:
        """Claim, send and record once. Nothing is claimed while sending is stopped."""
        with self._engine.begin() as conn:
            if switch.is_stopped(conn) is not None:
                return Round(halted=True)
        claim, claimed, ready = self._claim()
        if not ready:
            return Round(len(claimed))
        ready = self._take_turn(claim, claimed, ready)
        if ready is None:
            return Round(len(claimed), crowded=True)
        calls = _calls(self._speaker.vault, claimed, ready, self._gateway.recipients_a_call)
        outcomes = self._send(calls)
        self._record(claim, claimed, outcomes)
        # many that share their words: take more at once
        self._size = max(1, min(self._most, max(LEAST, CALLS // 2 * (len(ready) // max(1, len(calls))))))
        kinds = {outcome.kind for outcome in outcomes.values()}
        return Round(len(claimed), len(ready), len(calls), "halt" in kinds, kinds == {"retry"})

    def _take_turn(
        self, claim: UUID, claimed: Sequence[Claimed], ready: Mapping[UUID, Prepared]
    ) -> Mapping[UUID, Prepared] | None:
        """Wait for room in the rate. Whoever had to wait looks again: what was true may not be any more. None when
        there is no room, or sending was stopped: all is let go."""
        began = monotonic()
        has_room = self._rate.take(len(ready), LONGEST_WAIT_S)
        waited = monotonic() - began
        with self._engine.begin() as conn:
            now = self._now()
            if not has_room or switch.is_stopped(conn) is not None:
                outbox.put_back(conn, claim, dict.fromkeys(ready, NotSent("queued", None)), now)
                return None
            if waited < LOOK_AGAIN_AFTER_S:
                return ready
            found = prepare(conn, self._speaker, [one for one in claimed if one.due.id in ready], now)
            outbox.put_back(conn, claim, found.stay, now)
            outbox.keep_prepared(conn, found.go)
            return found.go

    def _claim(self) -> tuple[UUID, list[Claimed], Mapping[UUID, Prepared]]:
        """Claim and look, in one transaction: what was read is true when the claim is."""
        for left in reversed(range(CLAIM_TRIES)):
            try:
                with self._engine.begin() as conn:
                    now = self._now()
                    claim, claimed = outbox.claim(conn, self._speaker.programme_id, now, self._size)
                    found = prepare(conn, self._speaker, claimed, now)
                    outbox.put_back(conn, claim, found.stay, now)
                    outbox.keep_prepared(conn, found.go)
                return claim, claimed, found.go
            except IntegrityError:
                # another worker claimed a message to one of these numbers in the same instant
                if not left:
                    raise
        raise AssertionError

    def _send(self, calls: Sequence[Call]) -> dict[UUID, Outcome]:
        sender = self._speaker.programme.messages.sender
        found: dict[UUID, Outcome] = {}
        waiting = [
            (call, self._pool.submit(self._gateway.send, call.numbers, call.text, sender)) for call in calls
        ]
        for call, answer in waiting:
            outcomes = answer.result()
            found |= dict(zip(call.ids, outcomes, strict=True))
        return found

    def _record(self, claim: UUID, claimed: Sequence[Claimed], outcomes: Mapping[UUID, Outcome]) -> None:
        now = self._now()
        attempts = {one.due.id: one.attempts for one in claimed}
        with self._engine.begin() as conn:
            halts = {outcome.reason for outcome in outcomes.values() if outcome.kind == "halt"}
            if halts:
                switch.stop(conn, min(halts), "provider", now)
            rows = {id_: _recorded(outcome, attempts[id_], now) for id_, outcome in outcomes.items()}
            outbox.record(conn, claim, rows, now)
            out = [id_ for id_, outcome in outcomes.items() if outcome.reason == OPTED_OUT]
            if out:
                conn.exec_driver_sql(STOP_NUMBERS, {"ids": out, "today": self._today(now)})
            reports.settle_after_answers(conn, list(rows), now)

    def _today(self, now: datetime) -> object:
        return now.astimezone(self._speaker.programme.calendar.zone).date()


@dataclass(frozen=True)
class Call:
    """One call of the provider: messages that say the same to different numbers."""

    text: str
    ids: tuple[UUID, ...]
    numbers: tuple[str, ...]


def _calls(vault: Vault, claimed: Sequence[Claimed], ready: Mapping[UUID, Prepared], most: int) -> list[Call]:
    """The messages that go, those with the same words together, at most `most` a call."""
    same: dict[str, list[tuple[UUID, str]]] = {}
    for one in claimed:
        prepared = ready.get(one.due.id)
        if prepared is not None:
            number = vault.open(one.number_sealed, "phone_number", "number_sealed", one.due.phone_number_id)
            same.setdefault(prepared.text, []).append((one.due.id, number))
    return [
        Call(text, *zip(*found[start : start + most], strict=True))
        for text, found in same.items()
        for start in range(0, len(found), most)
    ]


def _recorded(outcome: Outcome, attempts: int, now: datetime) -> Recorded:
    """The row's new state. Another try waits twice as long as the one before; a halt waits for the switch."""
    known = {"provider_id": outcome.provider_id, "cost": outcome.cost, "currency": outcome.currency}
    if outcome.kind == "sent":
        return Recorded("sent", **known)  # type: ignore[arg-type]
    if outcome.kind == "refused":
        return Recorded("failed", outcome.reason, **known)  # type: ignore[arg-type]
    if outcome.kind == "unknown":
        return Recorded("unknown", outcome.reason)
    wait = (
        timedelta()
        if outcome.kind == "halt"
        else min(LONGEST_BACKOFF, timedelta(minutes=2 ** min(attempts, 10) / 2))
    )
    return Recorded("planned", outcome.reason, due_at=now + wait)
