"""Simulated days through the real path: all totals agree, a planted difference is found, a year is never half.

Three days, with PROVE a week. The first run of a folder is stopped by a second clock. The next one has differences
planted behind the driver's back.
The third one begins the same folder anew, and `up` shows it."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
import typer
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

from sms_app import embedded, folder
from sms_app.cli import simulate as commands
from sms_app.cli import year
from sms_app.cli.main import app
from sms_app.engine.answers import MAX_TEXT_LENGTH
from sms_app.messaging import reports
from sms_app.simulator.provider.book import Taken
from sms_app.simulator.year import changes, everyday, living, mark, office
from sms_app.simulator.year import post as posts
from sms_app.simulator.year.diary import Diary
from sms_app.simulator.year.fates import Fate, YearFaults
from sms_app.simulator.year.meetings import MAX_ANSWER_LENGTH, portions
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.tally import Tally
from sms_app.simulator.year.travel import Travel
from sms_app.simulator.year.web_process import Answered, Series
from tests.world import year_exports as exports
from tests.world.up import BARE, COMMAND, Up
from tests.world.waiting import PATIENCE_S, PROVES
from worker import clock

PLAN = changes.plan

MAKE = year.make
UNTIL = "2026-03-09"
"""A Monday: the year is a whole week."""
LIVED_DAYS = 7 if PROVES else 3
"""The days that are lived; what is compared is compared for all of the week."""
MONTH_LATER_S = 35 * 86_400
EXPORTS = exports.every("2026-03-02", "2026-03-08", ["2026Q1"])
PLANTED = (
    # a contribution that nobody made
    """insert into contribution select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).*
    from contribution c where c.source = 'member' and not c.assisted and c.reverses is null and c.amount > 0
    order by c.id limit 1""",
    # a message that the provider did not take, to a number that is only one person's
    """insert into message select (jsonb_populate_record(m, jsonb_build_object(
      'id', gen_random_uuid(), 'occasion', 'planted', 'provider_id', 'planted'))).*
    from message m where m.kind = 'gathering' and m.status = 'delivered' and (
      select count(*) from participant_phone l
      where l.phone_number_id = m.phone_number_id or l.participant_id = any(m.people)) = 1
    order by m.id limit 1""",
    # a reminder that nobody had to miss
    """insert into message select (jsonb_populate_record(m, jsonb_build_object(
      'id', gen_random_uuid(), 'occasion', 'planted too', 'status', 'expired', 'provider_id', null))).*
    from message m where m.kind = 'gathering' and m.status = 'delivered' order by m.id limit 1""",
    # a coach's word that she did not say
    """update attendance a set status = 'late' where (a.training_session_id, a.participant_id, a.source) = (
      select b.training_session_id, b.participant_id, b.source from attendance b
      where b.source = 'coach' and b.status = 'absent' order by 1, 2 limit 1)""",
)


@dataclass(frozen=True)
class Run:
    """How `simulate` ended: its exit code, what it printed, the totals that it wrote, and the exports by name: those of
    the end, and one that was made while the week went on."""

    code: int
    said: str
    totals: dict[str, int]
    exports: dict[str, str] = field(default_factory=dict)


@dataclass
class Meddler:
    """Makes exports at the end and while the week goes on, and lets somebody change groups twice. `plants` says whether
    it then plants differences."""

    data: Path
    plants: bool
    exports: dict[str, str] = field(default_factory=dict)
    mover: str = ""

    def plan(self, stage: Stage, diary: Diary, week: int, monday: date, post: Post) -> None:
        """In place of `changes.plan`: a week's changes, and these."""
        PLAN(stage, diary, week, monday, post)
        person = next(p for p in stage.world.group(2) if p.number and not p.office and not p.is_fixed)
        self.mover = person.member
        for days, group in ((0, 5), (1, 8)):
            evening = datetime.combine(monday + timedelta(days=days), time(19, 45), stage.travel.zone)
            diary.at(evening, "a move", partial(office.move_person, stage, person, group))
        noon = datetime.combine(monday + timedelta(days=1), time(12, 40), stage.travel.zone)
        diary.at(noon, "an export while the week goes on", partial(self._export_now, stage))

    def meddle(self, engine: Engine) -> None:
        url = engine.url.render_as_string(hide_password=False)
        for name in EXPORTS:
            self.exports[name] = self._export(name, url)
        if self.plants:
            with engine.begin() as conn:
                for statement in PLANTED:
                    assert conn.exec_driver_sql(statement).rowcount == 1

    def _export_now(self, stage: Stage) -> None:
        # what is on its way at noon differs from run to run
        stage.web_process.wait()
        with stage.office() as desk:
            url = desk.conn.engine.url.render_as_string(hide_password=False)
        self.exports["now"] = self._export("exposure.csv", url, 0)

    def _export(self, name: str, url: str, offset_s: int = MONTH_LATER_S) -> str:
        return exports.text_of(self.data, url.replace("+psycopg", ""), name, EXPORTS[name], offset_s)


def simulate(
    data: Path, seed: int = 1, *more: str, meddle: Callable[[Engine], None] = lambda _: None
) -> Result:
    """`sms-app simulate` of a week, of which `LIVED_DAYS` are lived."""

    def begun(*given: Any) -> living.Year:
        week = living.Year(*given)
        return replace(week, last=week.first + timedelta(days=LIVED_DAYS - 1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(year, "make", partial(MAKE, meddle=meddle))
        patch.setattr(year, "Year", begun)
        return CliRunner().invoke(
            app,
            ["simulate", "--weeks", "1", "--seed", str(seed), "--data", str(data), "--until", UNTIL, *more],
        )


def up(*options: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`sms-app up` that refuses."""
    command = [COMMAND, "up", *options]
    environment = {**BARE, **(env or {})}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


def run(data: Path, seed: int = 1, meddle: Callable[[Engine], None] = lambda _: None) -> Run:
    totals = data.parent / "totals.json"
    totals.unlink(missing_ok=True)
    done = simulate(data, seed, "--totals", str(totals), meddle=meddle)
    assert totals.exists(), (done.output, done.exception)
    return Run(done.exit_code, done.output, json.loads(totals.read_text()))


def meddled(data: Path, plants: bool) -> Run:
    meddler = Meddler(data, plants)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "plan", meddler.plan)
        done = run(data, meddle=meddler.meddle)
    return replace(done, exports=meddler.exports)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated") / "year"


@pytest.fixture(scope="module")
def stopped(data: Path) -> Result:
    """A year in whose second day another clock ticks on the same database."""

    def second_clock(stage: Stage, diary: Diary, day: date, last: date) -> None:
        if day.weekday() == 1:
            leader = psycopg.connect(owner_url(data))
            stack.callback(leader.close)
            leader.execute(clock.LEAD)

    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(everyday, "plan", second_clock)
        return simulate(data)


def owner_url(data: Path) -> str:
    """The owner's database of a data folder whose servers run."""
    password = (data / "owner-password").read_text()
    return f"postgresql://{embedded.OWNER}:{password}@/{embedded.DATABASE}?host={data / 'postgres'}"


@pytest.fixture(scope="module")
def production(data: Path, stopped: Result) -> Result:
    """What is said when the database of a year that was not finished is marked as production."""

    def mark_as(kind: str) -> None:
        with folder.own(data), embedded.servers(data, unsafe=True), psycopg.connect(owner_url(data)) as conn:
            assert conn.execute("update installation set kind = %s", (kind,)).rowcount == 1

    mark_as("production")
    said = simulate(data)
    mark_as("demo")
    return said


@pytest.fixture(scope="module")
def planted(data: Path, production: Result) -> Run:
    return meddled(data, plants=True)


@pytest.fixture(scope="module")
def clean(data: Path, planted: Run) -> Run:
    """The same seed in the same folder, whose first year differed and was not finished."""
    assert planted.code == 1
    return meddled(data, plants=False)


def test_two_clocks_in_a_day_stop_the_year_which_is_not_shown(data: Path, stopped: Result) -> None:
    assert stopped.exit_code == 1
    assert "Another clock is ticking on this database" in stopped.output
    assert mark.read_mark(data) == mark.Mark(seed=1, weeks=1, is_finished=False)
    said = up("--data", str(data))
    assert (said.returncode, "a simulated year that was not finished" in said.stderr) == (1, True)


def test_a_production_database_is_refused_and_left_alone(production: Result) -> None:
    assert production.exit_code == 1
    assert "This is a production database" in production.output


def test_planted_differences_are_found_and_told_without_whose_they_are(planted: Run) -> None:
    assert planted.code == 1
    _, _, told = planted.said.partition("These totals differ:")
    lines = {line.partition(":")[0] for line in told.splitlines() if line}
    assert lines >= {
        "savings reported by week",
        "ledger entries of reports",
        "messages by outcome",
        "messages taken by number",
        "texts that expired unsent",
        "texts that expired unsent, by session",
        "attendance",
        "exposure, late",
        "exposure, absent",
        "exposure, savings",
        "texts taken by person and week",
        "texts delivered by person and week",
        "donor's 2026 Q1, savings reported",
    }
    assert "+250" not in planted.said


def test_a_year_that_was_not_finished_is_begun_anew_and_all_totals_agree(data: Path, clean: Run) -> None:
    assert clean.code == 0, clean.said
    assert "All totals agree." in clean.said
    assert mark.read_mark(data) == mark.Mark(seed=1, weeks=1, is_finished=True)


def test_the_same_seed_gives_the_same_totals(planted: Run, clean: Run) -> None:
    # the planted messages are among those that the database counts
    kind = "messages planned: gathering"
    assert clean.totals == planted.totals | {kind: planted.totals[kind] - 2}


def test_the_same_seed_gives_the_same_exports(planted: Run, clean: Run) -> None:
    """To the byte, with the member number in the place of the study id, which is random."""
    assert set(clean.exports) == {*EXPORTS, "now"}
    for name, text in clean.exports.items():
        assert planted.exports[name] == text, name
    for name in ("exposure.csv", "contamination.csv", "households.csv"):
        assert len(clean.exports[name].splitlines()) > 300, name


def test_an_export_while_the_week_goes_on_is_of_one_moment(clean: Run) -> None:
    """Every session that was planned became something, and all totals agree all the same."""
    rows = list(csv.DictReader(sorted(clean.exports["now"].splitlines(), reverse=True)))
    at_end = list(csv.DictReader(sorted(clean.exports["exposure.csv"].splitlines(), reverse=True)))
    for table in (rows, at_end):
        for row in table:
            parts = ("cancelled", "held", "not_held", "no_roll")
            assert int(row["sessions_planned"]) == sum(int(row[f"sessions_{part}"]) for part in parts)
    held, held_at_end = (sum(int(row["sessions_held"]) for row in table) for table in (rows, at_end))
    assert 0 < held < held_at_end


def test_a_person_who_changed_groups_twice_is_one_person(clean: Run) -> None:
    rows = csv.DictReader(sorted(clean.exports["exposure.csv"].splitlines(), reverse=True))
    (twice,) = [row for row in rows if row["group_changes"] == "2"]
    assert twice["group_number"] == "8"


def test_faults_of_the_provider_and_the_network_happened(clean: Run) -> None:
    for name in (
        "provider faults: too_many",
        "provider: answers lost",
        "messages taken: failed",
        "messages taken: sent",
        "messages that expired unsent",
        "hops delivered twice",
        "dialogues dropped",
        "stops",
        "sessions moved",
        *(("new numbers by the office",) if PROVES else ()),
    ):
        assert clean.totals[name] > 0, name


def test_up_with_year_makes_a_year_only_when_there_is_none(
    data: Path, clean: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, int]] = []

    def make(data: Path, weeks: int, seed: int) -> year.Result:
        made.append((data, weeks))
        return year.Result({}, ["a total differs"])

    monkeypatch.setattr(commands, "make", make)
    commands.make_if_none(data, 3)
    assert made == []
    with pytest.raises(typer.Exit):
        commands.make_if_none(tmp_path, 3)
    assert made == [(tmp_path, 3)]


def test_up_with_year_makes_it_before_anything_starts(tmp_path: Path) -> None:
    """Shown by what only the making refuses."""
    env = {
        "SMS_APP_DATABASE_URL": "postgresql://owner@db.invalid/x",
        "SMS_APP_REDIS_URL": "redis://redis.invalid",
    }
    said = up("--year", "--weeks", "1", "--data", str(tmp_path / "year"), env=env)
    assert (said.returncode, "A simulated year has servers of its own" in said.stderr) == (1, True)
    said = up("--year", "--bare", "--data", str(tmp_path / "year"))
    assert (said.returncode, "give one of them" in said.stderr) == (1, True)


def test_up_shows_the_year(data: Path, clean: Run) -> None:
    service = Up(data).start("--year")
    try:
        assert service.get("/readyz")[0] == 200
        with psycopg.connect(owner_url(data)) as conn:
            sent = conn.execute("select count(*) from message where status = 'delivered'").fetchone()
        assert sent == (clean.totals["messages taken: delivered"],)
    finally:
        service.stop()


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
    monkeypatch.setattr(living, "HOURS", (12, 16))
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


def test_a_report_by_number_is_ambiguous_after_a_second_lost_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service must make of it (docs/messages.md): a whole year had such a number."""
    number, start = "+250780000001", datetime(2026, 3, 2, 10, tzinfo=UTC)
    fates = iter((Fate(()), Fate(("Success",)), Fate(("Success",))))
    monkeypatch.setattr(posts, "fate", lambda *_: next(fates))
    monkeypatch.setattr(Post, "report", lambda *_: None)
    faults = YearFaults(seed=1)
    faults.lost[number] = [True, True, True]
    provider = SimpleNamespace(messages=[])
    post = Post(provider, faults)  # type: ignore[arg-type]
    for days in (0, 2, 6):
        now = start + timedelta(days=days)
        provider.messages.append(Taken(f"id-{days}", number, "text", "", now))
        post.collect(SimpleNamespace(travel=SimpleNamespace(now=lambda now=now: now)))  # type: ignore[arg-type]
    assert list(post.outcomes.values()) == ["unknown", "unknown", "delivered"]
    assert posts.IN_DOUBT == reports.REPORTS_COME_WITHIN


class Recorder:
    """In place of the second web process: it answers everything with 200, when it is waited for."""

    def __init__(self) -> None:
        self.begun: list[tuple[datetime, Sequence[Series], Answered]] = []

    def begin(self, moment: datetime, series: Sequence[Series], answered: Answered) -> None:
        self.begun.append((moment, series, answered))

    def wait(self) -> None:
        for _, series, answered in self.begun:
            answered([[200] * len(forms) for forms in series])
        self.begun.clear()


def test_a_report_comes_at_its_moment_while_the_day_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service stores must not depend on how fast the machine is."""
    start, number = datetime(2026, 3, 2, 10, tzinfo=UTC), "+250780000001"
    travel, process = Travel(start, ZoneInfo("Africa/Kigali")), Recorder()
    monkeypatch.setattr(posts, "fate", lambda *_: Fate(("Sent", "Success")))
    faults = YearFaults(seed=1)
    faults.lost[number] = [False]
    provider = SimpleNamespace(messages=[Taken("id", number, "text", "", "")])
    stage = SimpleNamespace(travel=travel, web_process=process, tally=Tally())
    post = Post(provider, faults)  # type: ignore[arg-type]
    post.collect(stage)  # type: ignore[arg-type]
    travel.on(3600)
    ((moment, (series,), _),) = process.begun
    assert (moment, [form["status"] for _, form in series]) == (start, ["Sent", "Success"])
    process.wait()
    assert post.reported == [(start, "id", "Sent"), (start, "id", "Success")]
    assert post.reports == {"Sent": 1, "Success": 1}


def test_what_the_last_tick_sends_is_reported_before_the_year_is_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also a report that comes days late: a year that ended on a Saturday had three of them."""
    start, number, settled = datetime(2026, 3, 7, 20, tzinfo=UTC), "+250780000001", list[str]()
    monkeypatch.setattr(posts, "fate", lambda *_: Fate(("Success",), 2))
    faults = YearFaults(seed=1)
    faults.lost[number] = [False]
    provider = SimpleNamespace(messages=list[Taken](), settle=settled.append)
    stage = SimpleNamespace(
        travel=Travel(start, ZoneInfo("Africa/Kigali")),
        web_process=Recorder(),
        tally=Tally(),
    )
    post = Post(provider, faults)  # type: ignore[arg-type]
    machinery = living.Machinery(
        lambda _: True,
        lambda _: None,
        lambda: provider.messages.append(Taken("id", number, "text", "", "")),
        lambda: None,
    )
    no_days = (start.date(), start.date() - timedelta(days=1))
    assert list(living.Year(stage, post, machinery, 1, *no_days).weeks()) == []  # type: ignore[arg-type]
    assert (post.reports, settled) == ({"Success": 1}, ["id"])


@pytest.mark.parametrize(
    ("due", "ticks"),
    [((), (time(8),)), ((time(6), time(12, 30), time(21)), (time(6), time(8), time(12, 30)))],
)
def test_the_clock_ticks_when_something_is_due(
    due: tuple[time, ...], ticks: tuple[time, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And once a day in any case; never at night."""
    zone, came = ZoneInfo("Africa/Kigali"), list[time]()
    travel, day = Travel(datetime(2026, 3, 2, 4, tzinfo=zone), zone), date(2026, 3, 2)
    monkeypatch.setattr(changes, "plan", lambda *_: None)
    monkeypatch.setattr(everyday, "plan", lambda *_: None)
    stage = SimpleNamespace(
        travel=travel, world=SimpleNamespace(sessions=[]), web_process=Recorder(), tally=Tally()
    )
    post = SimpleNamespace(collect=lambda _: None, finish=lambda _: None)
    machinery = living.Machinery(
        lambda now: now.astimezone(zone).time() in due,
        lambda now: came.append(now.astimezone(zone).time()),
        lambda: None,
        lambda: None,
    )
    list(living.Year(stage, post, machinery, 1, day, day).weeks())  # type: ignore[arg-type]
    *in_the_day, _ = came
    assert tuple(in_the_day) == ticks


def test_a_long_list_of_amounts_is_typed_in_portions() -> None:
    """An answer has at most 160 characters: a year had two meetings at which nearly everyone paid."""
    pairs = [f"{n}*{1000 + n}" for n in range(1, 26)]
    typed = portions(pairs)
    assert len("*".join(pairs)) > MAX_TEXT_LENGTH
    assert "*".join(typed) == "*".join(pairs)
    assert [len(some) <= MAX_TEXT_LENGTH for some in typed] == [True, True]
    assert portions([]) == []
    assert MAX_ANSWER_LENGTH == MAX_TEXT_LENGTH
    assert portions(["x" * 79, "y" * 80]) == ["x" * 79 + "*" + "y" * 80]
    assert len(portions(["x" * 80, "y" * 80])) == 2
