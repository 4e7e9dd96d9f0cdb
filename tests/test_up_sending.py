"""`sms-app up` while a broadcast goes out: PostgreSQL killed, then all of it stopped and started again. Nothing is
lost, and nobody gets it twice."""

import json
import os
import re
import signal
import urllib.request
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from sms_app.cli.main import app
from sms_app.folder import read_env
from sms_app.programme.settings import load_programme
from tests.world.programme import RWANDA
from tests.world.up import Up
from tests.world.waiting import wait_for

WORDS = "Muraho! Murakoze cyane."


def working_hour() -> datetime:
    """Ten in the morning of the next day on which everything may be sent."""
    calendar = load_programme(RWANDA).calendar
    days = (datetime.now(UTC).date() + timedelta(days=n) for n in range(1, 30))
    day = next(day for day in days if calendar.is_open(day) and not calendar.is_community_work(day))
    return datetime.combine(day, time(10), calendar.zone)


@pytest.fixture
def up(tmp_path: Path):
    offset = int((working_hour() - datetime.now(UTC)).total_seconds())
    found = Up(tmp_path / "data", {"SMS_APP_TIME_OFFSET_S": str(offset), "SMS_APP_RECIPIENTS_A_CALL": "5"})
    found.start()
    yield found
    found.stop()


def command(up: Up, *arguments: str) -> str:
    """What a command prints, in this process: one of its own takes two seconds of a processor to start."""
    done = CliRunner().invoke(app, list(arguments), env=up.env | read_env(up.place))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def ticks(up: Up) -> bool:
    """A clock's tick beside the service's own clock."""
    return command(up, "clock", "--once") == ""


def control(up: Up, what: str, given: Any = None) -> Any:
    env = read_env(up.place)
    request = urllib.request.Request(
        f"{env['PROVIDER_URL']}/control/{what}",
        None if given is None else json.dumps(given).encode(),
        {"Authorization": f"Bearer {env['CALLBACK_SECRET']}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def took(up: Up) -> Counter[str]:
    """How often each number was sent the broadcast."""
    found = control(up, "messages?last=9999")
    messages = found if isinstance(found, list) else found["messages"]
    return Counter(one["number"] for one in messages if one["text"] == WORDS)


def statuses(up: Up) -> dict[str, int]:
    with psycopg.connect(read_env(up.place)["DATABASE_URL"]) as conn:
        query = "select status, count(*) from message where kind = 'broadcast' group by 1"
        return dict(conn.execute(query).fetchall())


def went(up: Up) -> int:
    found = statuses(up)
    return found.get("sent", 0) + found.get("delivered", 0)


def test_a_broadcast_outlives_postgresql_and_a_restart(up: Up):
    control(up, "faults", {"slow_s": 0.5, "reports": False})
    new = ["broadcast", "new", "--role", "woman", "--text", f"rw={WORDS}", "--text", f"en={WORDS}"]
    preview = command(up, *new, "--dry-run")
    (count,) = re.findall(r"numbers +(\d+) to get it", preview)
    # the daily cap holds back some numbers on some days of the week: the preview says how many
    held = sum(int(number) for number in re.findall(r"held back +(\d+) until", preview))
    on_time = int(count) - held
    command(up, *new, "--yes", count)
    wait_for(lambda: ticks(up) and len(took(up)) > 5, up)

    os.kill(int((up.place / "postgres/data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    wait_for(lambda: "PostgreSQL ended unexpectedly" in up.said and up.get("/readyz")[0] == 200, up)
    before = len(took(up))
    # on a busy machine all may have gone before that
    wait_for(
        lambda: ticks(up) and (len(took(up)) > before or not statuses(up).get("queued")),
        up,
    )

    up.stop()
    up.start()
    control(up, "faults", {"reports": False})
    wait_for(lambda: ticks(up) and not statuses(up).get("queued"), up)
    wait_for(lambda: went(up) + statuses(up).get("sending", 0) >= on_time, lambda: statuses(up))
    seen = took(up)
    assert set(seen.values()) == {1}
    # what was being sent when PostgreSQL went is in doubt, until the clock calls it unknown
    assert went(up) <= len(seen) <= went(up) + statuses(up).get("sending", 0)
    assert went(up) > on_time / 2
    assert statuses(up).get("planned", 0) == held
