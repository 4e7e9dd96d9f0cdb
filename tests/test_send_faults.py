"""What goes wrong around sending: Redis emptied, the provider away, clocks stopped, doubled or wrong. Nothing is lost,
and nothing is sent twice."""

import signal
import threading
from collections import Counter
from datetime import timedelta

import pytest

from sms_app.channel.rate import pace
from sms_app.messaging import outbox, sending_switch
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.provider import provider
from tests.world.service import Service, offset_to, service
from tests.world.times import NOON
from tests.world.waiting import wait_for
from worker.queue import connect, queue, wake


def test_the_commands_send_what_is_due_and_end(running: Service) -> None:
    running.broadcast(7)
    running.do("clock", "--once")
    assert running.statuses() == {"queued": 7}
    running.do("worker", "--burst")
    assert running.statuses() == {"sent": 7}
    running.send_due()
    running.assert_once()
    assert len(running.provider.messages) == 7


def test_a_redis_that_was_emptied_loses_no_message(running: Service, redis_url: str) -> None:
    running.broadcast(20)
    running.tick()
    redis = connect(redis_url)
    assert queue(redis).count == 1
    redis.flushdb()
    redis.close()
    running.run("worker")
    wait_for(lambda: not running.statuses().get("queued") or running.tick(), running.statuses)
    running.wait("sending")
    assert running.statuses() == {"sent": 20}
    running.assert_once()


def test_a_worker_that_finds_no_redis_does_nothing_wrong_and_goes_on_when_it_is_back(
    running: Service,
) -> None:
    running.broadcast(3)
    good = running.env["SMS_APP_CLOCK_REDIS_URL"]
    running.env["SMS_APP_CLOCK_REDIS_URL"] = "redis://127.0.0.1:9/0"
    running.tick()
    assert running.statuses() == {"queued": 3}, "planned all the same, and nobody could be woken"
    running.env["SMS_APP_CLOCK_REDIS_URL"] = good
    running.burst()
    assert running.statuses() == {"sent": 3}


def test_what_is_in_redis_names_nobody(running: Service) -> None:
    running.broadcast(3, words="Muraho Kanyarwanda.")
    running.tick()
    redis = connect(running.env["SMS_APP_REDIS_URL"])
    (job,) = queue(redis).jobs
    assert (job.func_name, job.args, job.kwargs) == ("worker.jobs.send", [running.programme.id], {})
    assert job.description == f"send for programme {running.programme.id}"
    redis.close()


def test_a_job_that_fails_keeps_no_text_of_its_error(running: Service) -> None:
    running.broadcast(1)
    running.tick()
    redis = connect(running.env["SMS_APP_REDIS_URL"])
    (job,) = queue(redis).jobs
    with running.owner.begin() as conn:
        conn.exec_driver_sql("alter table message rename column told_place to told_place_no_more")
    running.run("worker")
    wait_for(lambda: queue(redis).failed_job_registry.count, "no job failed")
    kept = job.latest_result().exc_string
    assert kept.strip().endswith("worker.jobs.JobFailed")
    assert "told_place" not in kept
    assert 0 < redis.ttl(job.key) <= 86_400
    redis.close()


def test_a_waiting_job_of_one_programme_keeps_no_other_asleep(redis_url: str) -> None:
    redis = connect(redis_url)
    for programme_id, due in ((1, 1), (2, 1200), (1, 1), (2, 1200)):
        wake(queue(redis), programme_id, due)
    assert [job.args for job in queue(redis).jobs] == [[1], [2], [2], [2]]
    redis.close()


def test_a_later_week_goes_out_beside_workers_and_clocks_of_today(
    database: Database, environment: dict[str, str], vault: Vault
) -> None:
    """As in a demo: the service runs as of now, and by hand a clock and a worker as of a week from now."""
    with provider() as found, service(database, environment, found, vault) as running:
        found.faults.reports = False
        running.run("worker")
        wait_for(lambda: len(running.workers()) > 1, "no worker")
        running.broadcast(12, now=NOON + timedelta(days=7))
        later = {"SMS_APP_TIME_OFFSET_S": str(offset_to(NOON + timedelta(days=7, minutes=1)))}
        running.do("clock", "--once", **later)
        assert running.statuses() == {"queued": 12}
        running.tick()
        running.do("worker", "--burst", **later)
        running.tick()
        assert running.statuses() == {"sent": 12}
        running.assert_once()


def test_a_worker_whose_keeper_is_killed_at_its_birth_does_not_live_on(running: Service) -> None:
    keeper = running.run("worker")
    wait_for(lambda: len(running.workers()) > 1, "no worker")
    keeper.kill()
    keeper.wait()
    wait_for(lambda: not running.workers(), running.workers())


def test_a_provider_that_is_down_for_an_hour_delays_and_loses_nothing(
    database: Database, environment: dict[str, str], vault: Vault
) -> None:
    with provider() as found:
        found.faults.reports = False
        port = found.port
        with service(database, environment, found, vault) as running:
            running.broadcast(25)
            found.close()
            for minute in (0, 2, 5, 10, 20, 40, 59):
                running.send_due(timedelta(minutes=minute))
            assert set(running.statuses()) <= {"planned", "queued"}
            with provider(port=port) as back:
                back.faults.reports = False
                running.provider = back
                running.send_due(timedelta(minutes=65))
                running.send_due(timedelta(minutes=95))
                assert running.statuses() == {"sent": 25}
                running.assert_once()
        # closing twice does no harm to the first one's thread
        found.start = lambda: found  # type: ignore[method-assign]


def test_a_provider_that_takes_and_does_not_answer_is_never_asked_again(running: Service) -> None:
    running.broadcast(3)
    running.provider.faults.error_after = 1
    for minute in range(4):
        running.send_due(timedelta(minutes=minute))
    assert running.statuses() == {"unknown": 3}
    running.assert_once()
    assert len(running.provider.messages) == 3


def test_a_clock_that_was_stopped_for_a_day_sends_nothing_late(running: Service) -> None:
    running.broadcast(3, lasts=timedelta(hours=20))
    running.send_due(timedelta(days=1))
    assert running.statuses() == {"expired": 3}
    assert running.provider.messages == []


def test_two_clocks_at_once_plan_and_queue_once(running: Service) -> None:
    running.broadcast(40)
    ticks = [threading.Thread(target=running.tick) for _ in range(4)]
    for one in ticks:
        one.start()
    for one in ticks:
        one.join()
    running.burst()
    assert running.statuses() == {"sent": 40}
    running.assert_once()


def test_two_workers_and_two_clocks_share_the_work_and_any_may_stop(
    database: Database, environment: dict[str, str], vault: Vault
) -> None:
    # the first full minute comes soon after the start
    at = NOON - timedelta(seconds=12)
    with provider() as found, service(database, environment, found, vault, at) as running:
        found.faults.reports = False
        found.faults.slow_s = 0.1
        running.env["SMS_APP_RECIPIENTS_A_CALL"] = "2"
        clocks = [running.run("clock") for _ in range(2)]
        workers = [running.run("worker") for _ in range(2)]
        wait_for(lambda: running.rows("select 1 from heartbeat where name = 'clock'"), "no clock ticks")
        running.broadcast(150)
        wait_for(lambda: len(found.messages) > 10, "nothing is sent")
        clocks[0].send_signal(signal.SIGTERM)
        workers[0].send_signal(signal.SIGTERM)
        wait_for(lambda: running.statuses() == {"sent": 150} or running.tick(), running.statuses)
        assert clocks[0].wait(30) == 0
        assert workers[0].wait(60) == 0
        running.assert_once()


@pytest.mark.parametrize("skew", [timedelta(minutes=-20), timedelta(minutes=20)])
def test_a_worker_whose_clock_is_wrong_sends_nothing_twice(running: Service, skew: timedelta) -> None:
    running.broadcast(30, now=NOON - timedelta(hours=1))
    running.tick()
    running.provider.faults.slow_s = 0.2
    worker = running.run("worker", SMS_APP_TIME_OFFSET_S=str(offset_to(NOON + skew)))
    wait_for(lambda: running.provider.messages, "nothing is sent")
    # to this clock the claims of a worker that is behind are long stuck
    running.tick()
    wait_for(lambda: not running.statuses().get("queued") or running.tick(), running.statuses)
    wait_for(
        lambda: not running.statuses().get("sending") or running.tick(outbox.STUCK_AFTER), running.statuses
    )
    assert worker.poll() is None
    running.assert_once()
    assert set(running.statuses()) <= {"sent", "unknown"}


def test_sending_that_is_stopped_goes_on_when_it_is_started(running: Service) -> None:
    running.broadcast(4)
    running.do("sending", "stop", "rest", "--by", "office")
    running.tick()
    running.burst()
    assert running.statuses() == {"queued": 4}
    assert running.provider.messages == []
    running.do("sending", "start", "--by", "office", SMS_APP_DEMO="1")
    running.burst()
    assert running.statuses() == {"sent": 4}


@pytest.mark.parametrize(("fault", "reason"), [("no_balance", "no_balance"), ("bad_key", "bad_key")])
def test_no_balance_or_a_bad_key_stops_everything_and_says_so(
    running: Service, fault: str, reason: str
) -> None:
    running.broadcast(12)
    setattr(running.provider.faults, fault, 1)
    running.tick()
    running.burst()
    assert running.rows("select stopped, reason, changed_by from sending_switch") == [
        (True, reason, "provider")
    ]
    assert set(running.statuses()) <= {"planned", "queued"}
    setattr(running.provider.faults, fault, 0)
    with running.owner.begin() as conn:
        sending_switch.start(conn, "office", NOON)
    running.tick()
    running.burst()
    assert running.statuses() == {"sent": 12}
    running.assert_once()


def test_a_provider_that_takes_less_than_a_batch_a_second_gets_all_of_them_all_the_same(
    running: Service,
) -> None:
    """Twenty-five a batch, where fifteen a second are taken: one run of a worker sends all."""
    running.env |= {"SMS_APP_SMS_PER_SECOND": "50", "SMS_APP_RECIPIENTS_A_CALL": "25"}
    running.provider.faults.per_second = 15
    running.broadcast(60)
    running.tick()
    running.burst()
    assert running.statuses() == {"sent": 60}
    running.assert_once()
    redis = connect(running.env["SMS_APP_REDIS_URL"])
    assert pace(redis).refused > 0
    redis.close()


def test_many_faults_at_once_send_nothing_twice(running: Service) -> None:
    running.broadcast(120)
    running.env["SMS_APP_RECIPIENTS_A_CALL"] = "3"
    faults = running.provider.faults
    faults.seed = 5
    for name in (
        "too_many",
        "error_before",
        "cut_before",
        "error_after",
        "cut_after",
        "truncated",
        "missing",
        "shuffled",
    ):
        setattr(faults, name, 0.08)
    for minute in (0, 1, 3, 7, 15, 31, 62, 93, 124, 155):
        running.send_due(timedelta(minutes=minute))
    running.assert_once()
    # how many come through depends on which calls meet the faults; none is lost, and none ends otherwise
    assert Counter(running.statuses()).keys() <= {"sent", "unknown", "planned"}
    assert sum(running.statuses().values()) == 120
