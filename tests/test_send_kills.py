"""Workers killed while they send: nobody gets a message twice, and nothing is called sent that never went.

`make prove` kills twenty times over 2,000 messages; `make test` a few times over fewer."""

import os
import random
import signal
from contextlib import suppress

import pytest

from sms_app.messaging import outbox
from tests.world.service import Service
from tests.world.waiting import LONG, PROVES, wait_for

IN_HAND = 25
MESSAGES, KILLS = (2000, 20) if PROVES else (300, 4)


@LONG
@pytest.mark.parametrize("seed", [1])
def test_workers_killed_at_random_send_nothing_twice(running: Service, seed: int) -> None:
    chance = random.Random(seed)
    # a worker has no more than half a second's worth in hand
    running.env |= {"SMS_APP_RECIPIENTS_A_CALL": "5", "SMS_APP_SMS_PER_SECOND": str(2 * IN_HAND)}
    running.provider.faults.slow_s = 0.05
    running.broadcast(MESSAGES)
    for _ in range(2):
        running.run("worker")
    for n in range(KILLS):
        running.tick()
        goal = MESSAGES * (n + chance.random()) / (KILLS + 1)
        wait_for(lambda goal=goal: len(running.provider.messages) >= goal or running.tick(), running.statuses)
        victim, command = chance.choice(list(running.workers().items()))
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
        if " worker" in command:
            # a supervisor: whoever runs the service starts it again
            running.run("worker")
    wait_for(lambda: not running.statuses().get("queued") or running.tick(), running.statuses)
    # what the killed ones left is found by the clock, later
    wait_for(
        lambda: not running.statuses().get("sending") or running.tick(outbox.STUCK_AFTER), running.statuses
    )
    running.assert_once()
    statuses = running.statuses()
    assert set(statuses) <= {"sent", "unknown"}
    assert statuses["sent"] > MESSAGES / 2
    # each kill leaves open no more than what one worker had in hand
    assert statuses.get("unknown", 0) <= KILLS * IN_HAND
