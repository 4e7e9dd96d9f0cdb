"""A simulated week through the real path: all totals agree, a planted difference is found, a year is never half.

The first run has differences planted behind the driver's back. The second one begins the same folder anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

from sms_app import folder
from sms_app.cli import year
from sms_app.cli.main import app
from sms_app.simulator.year import changes, everyday, living, mark, office
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Tally

UNTIL = "2026-03-09"
"""A Monday: the year is whole weeks."""
PLANTED = (
    # a contribution that nobody made
    """insert into contribution select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).*
    from contribution c where c.source = 'member' and c.reverses is null and c.amount > 0 order by c.id limit 1""",
    # a message that the provider did not take
    """insert into message select (jsonb_populate_record(m, jsonb_build_object(
      'id', gen_random_uuid(), 'occasion', 'planted', 'provider_id', 'planted'))).*
    from message m where m.kind = 'gathering' and m.status = 'delivered' order by m.id limit 1""",
    # a coach's word that she did not say
    """update attendance a set status = 'late' where (a.training_session_id, a.participant_id, a.source) = (
      select b.training_session_id, b.participant_id, b.source from attendance b
      where b.source = 'coach' and b.status = 'absent' order by 1, 2 limit 1)""",
)


@dataclass(frozen=True)
class Run:
    """How `simulate` ended: its exit code, what it printed, and the totals that it wrote."""

    code: int
    said: str
    totals: dict[str, int]


def plant(engine: Engine) -> None:
    with engine.begin() as conn:
        for statement in PLANTED:
            assert conn.exec_driver_sql(statement).rowcount == 1


def simulate(data: Path, seed: int = 1, *more: str) -> Result:
    return CliRunner().invoke(
        app, ["simulate", "--weeks", "1", "--seed", str(seed), "--data", str(data), "--until", UNTIL, *more]
    )


def run(data: Path, seed: int = 1) -> Run:
    totals = data.parent / "totals.json"
    done = simulate(data, seed, "--totals", str(totals))
    assert totals.exists(), done.output
    return Run(done.exit_code, done.output, json.loads(totals.read_text()))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated") / "year"


@pytest.fixture(scope="module")
def planted(data: Path) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(year, "make", partial(year.make, meddle=plant))
        return run(data)


@pytest.fixture(scope="module")
def clean(data: Path, planted: Run) -> Run:
    """The same seed in the same folder, whose first year differed and was not finished."""
    assert planted.code == 1
    return run(data)


def test_planted_differences_are_found_and_told_without_whose_they_are(planted: Run) -> None:
    assert planted.code == 1
    _, _, told = planted.said.partition("These totals differ:")
    lines = {line.partition(":")[0] for line in told.splitlines() if line}
    assert lines >= {
        "savings reported by week",
        "ledger entries of reports",
        "messages by outcome",
        "messages taken by number",
        "attendance",
        "exposure, late",
        "exposure, absent",
        "exposure, savings",
    }
    assert "+250" not in planted.said


def test_a_year_that_was_not_finished_is_begun_anew_and_all_totals_agree(data: Path, clean: Run) -> None:
    assert clean.code == 0, clean.said
    assert "All totals agree." in clean.said
    assert mark.read_mark(data) == mark.Mark(seed=1, weeks=1, is_finished=True)


def test_the_same_seed_gives_the_same_totals(planted: Run, clean: Run) -> None:
    # the planted message is one of those that the database counts
    kind = "messages planned: gathering"
    assert clean.totals == planted.totals | {kind: planted.totals[kind] - 1}


def test_faults_of_the_provider_and_the_network_happened(clean: Run) -> None:
    for name in (
        "provider faults: too_many",
        "provider: answers lost",
        "messages taken: failed",
        "messages taken: sent",
        "hops delivered twice",
        "dialogues dropped",
        "stops",
        "sessions moved",
        "new numbers by the office",
    ):
        assert clean.totals[name] > 0, name


def test_a_second_year_is_refused_over_the_first(data: Path, clean: Run) -> None:
    done = simulate(data, seed=2)
    assert done.exit_code == 1
    assert "This data folder has a simulated year already (seed 1, 1 weeks)" in done.output


def test_another_seed_in_a_week_without_sessions_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean: Run
) -> None:
    def cancel_all(stage: Stage, diary: Diary, *_: object) -> None:
        for session in stage.world.sessions:
            diary.at(
                stage.travel.now(), "a cancelled session", partial(office.cancel_session, stage, session)
            )

    monkeypatch.setattr(changes, "plan", cancel_all)
    monkeypatch.setattr(living, "HOURS", (10, 18))
    monkeypatch.setattr(everyday, "SAVES", 0.03)
    other = run(tmp_path / "year", seed=2)
    assert other.code == 0, other.said
    assert other.totals["sessions that began"] == 0
    assert other.totals["sessions cancelled"] > 0
    assert other.totals["savings reported, amount"] != clean.totals["savings reported, amount"]


@pytest.fixture
def other_servers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SMS_APP_DATABASE_URL", "postgresql://owner@db.invalid/production")
        patch.setenv("SMS_APP_REDIS_URL", "redis://redis.invalid")
        yield


@pytest.mark.usefixtures("other_servers")
def test_servers_of_others_are_refused_and_nothing_is_made(tmp_path: Path) -> None:
    """Production's servers are named by these two variables."""
    done = simulate(tmp_path / "year")
    assert done.exit_code == 1
    assert "A simulated year has servers of its own" in done.output
    assert mark.read_mark(tmp_path / "year") is None


def test_a_folder_with_other_data_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "up"
    with folder.own(data):
        (data / "postgres" / "data").mkdir(parents=True)
    done = simulate(data)
    assert done.exit_code == 1
    assert "This data folder has other data than a simulated year" in done.output
    assert mark.read_mark(data) is None


def test_a_phone_alone_does_not_replace_what_a_coach_wrote(tmp_path: Path) -> None:
    """The tally's own rule, since it is compared with the ledger."""
    tally, key = Tally(), ("person", "week")
    tally.total(*key, 500, helped=True)  # type: ignore[arg-type]
    tally.total(*key, 300, helped=False)  # type: ignore[arg-type]
    tally.more(*key, 200)  # type: ignore[arg-type]
    week = tally.weeks[key]  # type: ignore[index]
    assert (week.helped, week.own, tally.entries) == ([500], [300, 200], 3)
    assert tally.reports == {"helped": 1, "own": 2}
    tally.total(*key, 100, helped=True)  # type: ignore[arg-type]
    # three are reversed and one is new
    assert (week.helped, week.own, tally.entries) == ([100], [], 7)
