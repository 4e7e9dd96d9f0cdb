"""Makes a simulated year in a data folder: with servers of its own, and every part of the service in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from sms_app import clock, embedded, folder
from sms_app.cli import environment
from sms_app.cli.database import fail
from sms_app.cli.db import make_roles, migrate, note, owner, store
from sms_app.config import PREFIX, Config
from sms_app.conversation.checked import sound_programmes
from sms_app.database import worker_engine
from sms_app.messaging import sending_switch
from sms_app.programme import installation
from sms_app.programme.loaded import load
from sms_app.programme.settings import Programme
from sms_app.simulator import demo
from sms_app.simulator.provider.running import Provider
from sms_app.simulator.year import people
from sms_app.simulator.year.fates import YearFaults, refused_numbers
from sms_app.simulator.year.living import Machinery, Year
from sms_app.simulator.year.mark import Mark, read_mark, write_mark
from sms_app.simulator.year.office import WHO
from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage
from sms_app.simulator.year.staging import make_stage
from sms_app.simulator.year.totals import check_all
from sms_app.simulator.year.travel import Travel
from sms_app.simulator.year.web_process import WebProcess, application
from sms_app.simulator.year.webhooks import Webhooks
from sms_app.vault import Vault
from worker import clock as worker_clock
from worker import programmes
from worker.queue import connect, queue
from worker.run import here

PROVIDER_FILE = "provider.jsonl"
FAST = f"{PREFIX}SMS_PER_SECOND"
A_SECOND = "100000"
"""The limit of texts a second: the year does not wait for real seconds."""
COUNTED = (
    "message",
    "delivery_report",
    "training_session",
    "session_list",
    "attendance",
    "roll",
    "session_reply",
    "contribution",
    "participant",
    "participant_phone",
    "phone_number",
    "consent",
)
"""The tables whose rows the database counts anew each week of the year; never those of dialogues."""
IS_DUE = "select exists (select from message where status in ('planned', 'queued') and due_at <= %(now)s)"
OWN_SERVERS = (
    "A simulated year has servers of its own, so that it never meets real people: unset SMS_APP_DATABASE_URL and"
    " SMS_APP_REDIS_URL."
)
IS_PRODUCTION = (
    "This is a production database, and a simulated year would delete everything in it. Nothing was changed."
)
OTHER_DATA = "This data folder has other data than a simulated year: choose a new folder with --data."


@dataclass(frozen=True)
class Result:
    """What a year came to: the totals by name, and the differences as sentences."""

    totals: Mapping[str, int]
    differences: list[str]


def make(
    data: Path,
    weeks: int,
    seed: int,
    until: date | None,
    now: datetime,
    on_week: Callable[[int], None],
    meddle: Callable[[Engine], None] = lambda _: None,
) -> Result:
    """Make a year that ends before the day `until` (the programme's today if None) in a folder that the caller holds.

    A year that was not finished is begun anew. `meddle` gets the owner's engine before the check: tests plant a
    difference with it. Exits with a sentence when the folder has a year or other data."""
    mark = read_mark(data)
    if mark is not None and mark.is_finished:
        fail(f"This data folder has a simulated year already ({mark}): choose another one with --data.")
    if mark is None and (data / "postgres" / "data").exists():
        fail(OTHER_DATA)
    if environment.external_servers(os.environ, data) is not None:
        fail(OWN_SERVERS)
    write_mark(data, Mark(seed, weeks, is_finished=False))
    with ExitStack() as stack:
        making = _Making(stack, data, weeks, seed, mark is not None)
        result = making.run(until, now, on_week, meddle)
    if not result.differences:
        os.sync()
        write_mark(data, Mark(seed, weeks, is_finished=True))
    return result


class _Making:
    """A year under way. `stack` closes what was opened."""

    def __init__(self, stack: ExitStack, data: Path, weeks: int, seed: int, anew: bool) -> None:
        self.stack, self.data, self.weeks, self.seed = stack, data, weeks, seed
        kept = environment.with_secrets(folder.read_env(data), os.environ)
        folder.write_env(data, kept)
        servers = stack.enter_context(embedded.servers(data, True))
        if anew:
            _insist_not_production(servers.owner_url)
            embedded.start_anew(servers)
            (data / PROVIDER_FILE).unlink(missing_ok=True)
        self.faults = YearFaults(seed=seed)
        self.kept, self.servers = kept, servers

    def run(
        self,
        until: date | None,
        now: datetime,
        on_week: Callable[[int], None],
        meddle: Callable[[Engine], None],
    ) -> Result:
        """Live the year and check it."""
        vault = Vault.parse(self.kept[f"{PREFIX}KEYS"])
        end = datetime.combine(until, time(), UTC) if until else now
        start = end - timedelta(weeks=self.weeks + 1)
        provider = self._provider(lambda: self._now())
        env = self._env(provider.url)
        settings = Config.from_env(env, "web")
        self._now: Callable[[], datetime] = lambda: start
        self.stack.enter_context(clock.simulated_time(lambda: self._now()))
        programme, id_ = self._programme(settings)
        zone = ZoneInfo(programme.time_zone)
        last = (until or now.astimezone(zone).date()) - timedelta(days=1)
        first = last + timedelta(days=1)
        first = first - timedelta(days=first.weekday(), weeks=self.weeks)
        travel = Travel(datetime.combine(first, time(4), zone), zone)
        self._now = travel.now
        world = self._people(settings, vault, programme, id_, last + timedelta(days=1), first)
        self.faults.refused = refused_numbers(
            self.seed, [p.number for p in world.persons if p.number and not p.is_fixed]
        )
        stage, machinery = self._stage(env, vault, world, travel, id_), self._machinery(env)
        post = Post(provider, self.faults)
        for week in Year(stage, post, machinery, self.seed, first, last).weeks():
            on_week(week)
        engine = owner(settings)
        meddle(engine)
        with engine.connect() as conn:
            return Result(*check_all(conn, vault, stage, post, id_, first, last))

    def _provider(self, now: Callable[[], datetime]) -> Provider:
        provider = Provider(
            self.kept[f"{PREFIX}PROVIDER_USERNAME"],
            self.kept[f"{PREFIX}PROVIDER_API_KEY"],
            self.kept[f"{PREFIX}CALLBACK_SECRET"].split(",")[0],
            file=self.data / PROVIDER_FILE,
            now=now,
            faults=self.faults,
        )
        self.stack.callback(provider.close)
        return provider.start()

    def _env(self, provider_url: str) -> environment.Values:
        provider = environment.at_provider(provider_url, True)
        here = "http://127.0.0.1:1"
        env = environment.complete(
            self.kept, os.environ, self.servers.owner_url, self.servers.redis_urls, here, here, provider
        )
        return env | {FAST: A_SECOND, f"{PREFIX}TIME_OFFSET_S": "0"}

    def _programme(self, settings: Config) -> tuple[Programme, int]:
        make_roles(settings, WHO)
        migrate(settings, WHO, kind=installation.DEMO)
        sound = [programme for programme, _ in sound_programmes(settings.flows, settings.locales)]
        with owner(settings).begin() as conn:
            ids = store(conn, settings, sound, WHO)
        return sound[0], ids[0]

    def _people(
        self,
        settings: Config,
        vault: Vault,
        programme: Programme,
        id_: int,
        today: date,
        first: date,
    ) -> people.World:
        zone = ZoneInfo(programme.time_zone)
        span = tuple(datetime.combine(day, time(), zone) for day in (first, today))
        with owner(settings).begin() as conn:
            demo.load(conn, vault, programme, id_, today, past=demo.Past(self.weeks, is_lived=False))
            note(conn, settings, id_, WHO, "load_demo", "programme", id_)
            sending_switch.start(conn, WHO, clock.now())
            entries = demo.phones(conn, vault, id_)
            fixed = set(demo.env(entries).values())
            return people.read(conn, vault, id_, list(entries), fixed, zone, (span[0], span[1]))

    def _stage(
        self, env: environment.Values, vault: Vault, world: people.World, travel: Travel, id_: int
    ) -> Stage:
        web = Config.from_env(environment.only(env, {}, "web"), "web")
        app = application(web)
        self.stack.callback(app.extensions["engine"].dispose)
        webhooks = Webhooks(app.wsgi_app, web.callback_secrets[0], web.metrics_token)
        web_process = WebProcess(environment.only(env, {}, "web"))
        self.stack.callback(web_process.close)
        staff = self._engine(Config.from_env(env, "staff").staff_database_url)
        with staff.connect() as conn:
            loaded = next(
                p for p in load(conn, vault, programmes.read(web.flows, web.locales)) if p.id == id_
            )
        return make_stage(
            world,
            loaded,
            travel,
            webhooks,
            web_process,
            self.seed,
            staff,
            vault,
            lambda: _stop_sending(staff, travel),
            lambda: _start_sending(staff, travel),
        )

    def _machinery(self, env: environment.Values) -> Machinery:
        clocks = Config.from_env(environment.only(env, {}, "clock"), "clock")
        worker = Config.from_env(environment.only(env, {}, "worker"), "worker")
        engine, ticks = self._engine(clocks.worker_database_url), connect(clocks.redis_url)
        self.stack.callback(ticks.close)
        waiting, owners = queue(ticks), owner(Config.from_env(env, "owner"))

        def is_due(now: datetime) -> bool:
            with engine.begin() as conn:
                return bool(conn.exec_driver_sql(IS_DUE, {"now": now}).scalar_one())

        def tick(now: datetime) -> None:
            if not worker_clock.tick(engine, waiting, clocks, now):
                fail("Another clock is ticking on this database: stop it, and begin anew.")

        def analyse() -> None:
            with owners.begin() as conn:
                conn.exec_driver_sql(f"analyze {', '.join(COUNTED)}")

        return Machinery(is_due, tick, self.stack.enter_context(here(worker)), analyse)

    def _engine(self, url: str) -> Engine:
        engine = worker_engine(url)
        self.stack.callback(engine.dispose)
        return engine


def _insist_not_production(url: str) -> None:
    engine = worker_engine(url)
    with engine.connect() as conn:
        kind = installation.kind(conn)
    engine.dispose()
    if kind == installation.PRODUCTION:
        fail(IS_PRODUCTION)


def _stop_sending(engine: Engine, travel: Travel) -> None:
    with engine.begin() as conn:
        sending_switch.stop(conn, "office", WHO, travel.now())


def _start_sending(engine: Engine, travel: Travel) -> None:
    with engine.begin() as conn:
        sending_switch.start(conn, WHO, travel.now())
