"""The real service, killed between two hops of a dialogue: web process, Redis, PostgreSQL. Dialogues go on, or start
again when PostgreSQL itself was killed; what was stored is stored once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from sms_app.folder import read_env
from sms_app.simulator.phone.network import Call, Network, NetworkError, new_call
from tests.world.up import Up
from tests.world.waiting import wait_for

READ_BACK, ROOT, DONE = "{amount:,} Frw. Icyumweru cya", "Murakaza neza", "Murakoze."


class Service:
    """`sms-app up`, and the telephone network before it. Each dialogue has an amount of its own to be found by."""

    def __init__(self, place: Path) -> None:
        self.up = Up(place).start()
        self.env = read_env(place)
        self.network = Network(self.env["WEB_URL"], self.env["CALLBACK_SECRET"])

    def press(self, call: Call, key: str) -> tuple[Call, str]:
        call, reply = self.network.hop(call.typed(key))
        return call, reply.screen

    def half_a_saving(self, phone: str, amount: int) -> Call:
        """A dialogue that waits for the amount to be confirmed."""
        call, _ = self.network.hop(new_call(self.env[f"DEMO_PHONE_{phone}"], self.env["SERVICE_CODE"]))
        screen = ""
        for key in ("2", "1", str(amount)):
            call, screen = self.press(call, key)
        assert screen.startswith(READ_BACK.format(amount=amount))
        return call

    def stored(self, amount: int) -> int:
        with psycopg.connect(self.env["DATABASE_URL"]) as conn:
            rows = conn.execute("select source from contribution where amount = %s", (amount,)).fetchall()
        assert set(rows) <= {("member",)}
        return len(rows)

    def is_(self, status: str) -> bool:
        code, body = self.up.get("/readyz")
        return code == 200 and f'"status":"{status}"' in body

    def webs(self) -> list[int]:
        """The web process's supervisor, then its server."""
        return sorted(pid for pid, command in self.up.processes().items() if " web --port" in command)

    def pid(self, file: str) -> int:
        return int((self.up.place / file).read_text().split()[0])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("kills") / "data")
    yield found
    found.up.stop()


@pytest.mark.parametrize("which", [0, 1], ids=["supervisor", "server"])
def test_after_the_web_process_is_killed_a_dialogue_goes_on(service: Service, which: int):
    amount = 7_310_001 + which
    call = service.half_a_saving(f"WOMAN_{1 + which}", amount)
    kill_a_web_process(service, which)
    assert service.stored(amount) == 0
    assert service.press(call, "1")[1] == DONE
    assert service.stored(amount) == 1


def test_a_hop_that_is_under_way_when_the_web_process_is_killed_happens_once(service: Service):
    amount = 7_310_003
    call = service.half_a_saving("WOMAN_3", amount)

    def confirm() -> None:
        with suppress(NetworkError):
            service.press(call, "1")

    with ThreadPoolExecutor(1) as phone:
        phone.submit(confirm)
        kill_a_web_process(service, which=1)
    assert service.press(call, "1")[1] == DONE
    assert service.stored(amount) == 1


def kill_a_web_process(service: Service, which: int) -> None:
    wait_for(lambda: len(service.webs()) == 2, service.up)
    killed = service.webs()[which]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: killed not in service.webs() and len(service.webs()) == 2, service.up)
    wait_for(lambda: service.is_("ready"), service.up)


def test_while_redis_hangs_and_after_it_is_killed_dialogues_go_on(service: Service):
    pid = service.pid("redis.pid")
    hanging = service.half_a_saving("WOMAN_1", 7_310_011)
    os.kill(pid, signal.SIGSTOP)
    try:
        assert service.is_("degraded")
        assert service.press(hanging, "1")[1] == DONE
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: service.is_("ready"), service.up)
    killed = service.half_a_saving("WOMAN_1", 7_310_012)
    os.kill(pid, signal.SIGKILL)
    assert service.press(killed, "1")[1] == DONE
    wait_for(lambda: "Redis ended unexpectedly" in service.up.said and service.is_("ready"), service.up)
    assert [service.stored(amount) for amount in (7_310_011, 7_310_012)] == [1, 1]


def test_after_postgresql_is_killed_a_dialogue_starts_again_and_what_was_stored_is_stored_once(
    service: Service,
):
    half = service.half_a_saving("MAN_2", 7_310_021)
    whole, screen = service.press(service.half_a_saving("MAN_3", 7_310_022), "1")
    assert screen == DONE
    os.kill(service.pid("postgres/data/postmaster.pid"), signal.SIGKILL)
    # words, come what may
    service.network.hop(new_call(service.env["DEMO_PHONE_WOMAN_1"], service.env["SERVICE_CODE"]))
    wait_for(lambda: "PostgreSQL ended unexpectedly" in service.up.said and service.is_("ready"), service.up)
    assert service.stored(7_310_022) == 1

    half, screen = service.press(half, "1")
    assert screen.startswith(ROOT)
    for key in ("2", "1", "7310021"):
        half, screen = service.press(half, key)
    assert screen.startswith(READ_BACK.format(amount=7_310_021))
    half, screen = service.press(half, "1")
    assert screen == DONE
    # the last hop of either arrives once more
    assert service.network.hop(half)[1].screen == DONE
    assert service.network.hop(whole)[1].screen.startswith(ROOT)
    assert [service.stored(amount) for amount in (7_310_021, 7_310_022)] == [1, 1]


def test_a_postgresql_that_was_stopped_in_order_is_started_again_and_that_is_said(service: Service):
    os.kill(service.pid("postgres/data/postmaster.pid"), signal.SIGTERM)
    wait_for(lambda: "PostgreSQL was stopped from outside" in service.up.said, service.up)
    wait_for(lambda: service.is_("ready"), service.up)
    assert service.press(service.half_a_saving("WOMAN_1", 7_310_023), "1")[1] == DONE


def test_a_redis_that_was_stopped_stays_away_and_dialogues_go_on(service: Service):
    call = service.half_a_saving("WOMAN_1", 7_310_013)
    os.kill(service.pid("redis.pid"), signal.SIGTERM)
    wait_for(lambda: service.is_("degraded"), service.up)
    assert service.press(call, "1")[1] == DONE
    assert service.stored(7_310_013) == 1


def test_no_dialogue_is_in_a_log(service: Service):
    numbers = {number[4:] for name, number in service.env.items() if name.startswith("DEMO_PHONE_")}
    logs = [service.up.said, *(path.read_text(errors="replace") for path in service.up.place.glob("*.log"))]
    assert len(logs) == 3
    canaries = (*numbers, service.env["CALLBACK_SECRET"], "ATUid", "73100", "7,310,0", "Frw", DONE)
    for text in logs:
        assert not [canary for canary in canaries if canary in text]
