"""The canary of the wall: every way through help, with numbers and choices that stand out, and failures forced on the
yes. None is found again outside the wall, and four visits leave the same. A leak that is planted is found."""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import structlog
from prometheus_client import CollectorRegistry, Counter
from typer.testing import CliRunner

from sms_app import clock
from sms_app import database as connections
from sms_app.channel.inbound import UssdHop
from sms_app.cli.people import app as people
from sms_app.config import Config
from sms_app.conversation import help, support_board
from sms_app.conversation.hop import dialogue_name
from sms_app.migrations.superuser import SCRIPT as SUPERUSER_SCRIPT
from sms_app.vault import Vault
from sms_app.web import metrics as web_metrics
from tests.world.app import CODE, application, totals
from tests.world.console import console_world
from tests.world.databases import TEMPLATE, Database, build_once, copied, servers, url_of
from tests.world.service import offset_to
from tests.world.times import NOW
from tests.world.wall import Wall
from tests.world.wall_search import (
    ANSWERS,
    DATA,
    DUMP,
    EXPORT,
    LOG,
    METRICS,
    REDIS,
    SEQUENCES,
    SERVER_LOG,
    STATISTICS,
    STEM,
    TRANSACTIONS,
    VIEWS,
    WAL,
    WALLED,
    Canaries,
    Traces,
    notations,
    search,
)
from tests.world.wall_stack import (
    BANDS,
    COACH,
    LATER,
    REGISTERED,
    Left,
    Stack,
    Time,
    collect,
    left,
    next_transaction,
    note,
    pins,
    populate,
    switch_on,
    transaction_ids,
    walled_files,
)
from worker.queue import WakeQueue, connect, queue, wake

OTHERS, DIALLER, TYPED, AGAIN, STOPPED, ROOT, LINES, DROPPED, FAILED = (f"{STEM}{n}" for n in range(51, 60))
ASK = ("3", "3", "1", "1", "1", "1")
DO_NOT_CALL = ("3", "3", "4", "1")
TYPED_AT_HOME = f"0{TYPED[4:7]} {TYPED[7:10]} {TYPED[10:]}"
DIALOGUES = (
    (REGISTERED, (*ASK, "0")),
    (COACH, (*ASK, "0")),
    (OTHERS, ("3", "3", "1", "2", "2", "1", "0")),
    (DIALLER, ("3", "3", "1", "3", TYPED[4:9], TYPED_AT_HOME, "3", "1", "0")),
    (AGAIN, ("3", "3", "1", "3", TYPED, "2", "2", "1", "1", "3", "1")),
    (STOPPED, DO_NOT_CALL),
    (ROOT, ("0",)),
    (LINES, ("3", "4", "0")),
    *((DROPPED, ASK[:n]) for n in range(1, len(ASK))),
    (DROPPED, ("3", "3", "1", "3", TYPED[1:])),
    (DROPPED, DO_NOT_CALL[:-1]),
    (DROPPED, ("3", "1", "1", "0")),
    (DROPPED, ("3", "3", "2", "0")),
    (DROPPED, ("3", "3", "3", "1", "0")),
    # the code with the answers behind it, dialled directly
    (DROPPED, ("3*3*1*1*1*1",)),
    (DROPPED, ("3*3*4*1",)),
)
"""Every way through help, and a way out at the root."""
STORED = {
    ("call", REGISTERED, REGISTERED, "alone", BANDS[0]),
    ("call", COACH, COACH, "alone", BANDS[0]),
    ("call", OTHERS, OTHERS, "others", BANDS[1]),
    ("call", DIALLER, TYPED, "other_phone", BANDS[2]),
    ("call", AGAIN, AGAIN, "alone", BANDS[2]),
    ("do_not_call", STOPPED, "", "", ""),
}
CHOICES = (
    *BANDS,
    "3*3*1",
    "3*3*4",
    "do_not_call",
    "other_phone",
    '"answers":',
    "Twahamagara",
    "Ntituzahamagara",
    "ATUid_c4n4ry",
)
FILLERS = 20
LOGGED = {"event", "error", "sqlstate", "id", "level", "timestamp", "location"}
SQLSTATES = {"23514", "55P03"}
"""A constraint that is violated, a lock that is not given."""
KILL = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"


@pytest.fixture(scope="module")
def wall() -> Wall:
    return Wall()


@pytest.fixture(scope="module")
def server_urls() -> Iterator[dict[str, str]]:
    """Servers of the module's own, as `sms-app up` runs them, so that WAL and log are those of these tests."""
    with servers(unsafe=False) as urls:
        with psycopg.connect(urls["superuser"], autocommit=True) as conn:
            # it takes transaction ids by chance
            conn.execute("alter system set autovacuum = off")
            conn.execute("select pg_reload_conf()")
        yield urls


@pytest.fixture(scope="module")
def template(server_urls: dict[str, str], vault: Vault, wall: Wall) -> str:
    """A database with one woman, in which help is switched on."""
    build_once(server_urls, TEMPLATE, lambda url: populate(url, vault, wall))
    return TEMPLATE


@pytest.fixture(autouse=True)
def no_fillers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fillers come by chance; the tests say when."""
    monkeypatch.setattr(support_board, "draw", lambda: 1.0)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(clock, "now", time)
    return time


@contextmanager
def opened(
    database: Database,
    environment: Mapping[str, str],
    superuser: str,
    redis_url: str,
    wall: Wall,
    time: Time,
    kind: str,
) -> Iterator[Stack]:
    """The service on a database, with the settings of production or of the demo."""
    env = {**environment, "SMS_APP_SUPPORT_PINS": pins(wall)}
    with psycopg.connect(database.owner) as conn:
        conn.execute("update installation set kind = %s", (kind,))
    env |= {"SMS_APP_DEMO": "1"} if kind == "demo" else {}
    web = Config.from_env(env | {"SMS_APP_REDIS_URL": env["SMS_APP_WEB_REDIS_URL"]}, "web")
    ticking = Config.from_env(env | {"SMS_APP_REDIS_URL": env["SMS_APP_CLOCK_REDIS_URL"]}, "clock")
    # before the first connection of web
    with psycopg.connect(url_of(superuser, database.name), autocommit=True) as conn:
        conn.execute(SUPERUSER_SCRIPT.encode())
    with application(web) as app:
        switch_on(app, kind == "production")
        yield Stack(app, app.test_client(), database, superuser, redis_url, ticking, wall, time)


def on(environment: Mapping[str, str], database: Database) -> dict[str, str]:
    """The environment, on another database."""
    return dict(environment) | {
        "SMS_APP_DATABASE_URL": database.owner,
        "SMS_APP_WEB_DATABASE_URL": database.web,
        "SMS_APP_WORKER_DATABASE_URL": database.worker,
        "SMS_APP_SUPPORT_DATABASE_URL": database.support,
        "SMS_APP_STAFF_DATABASE_URL": database.staff,
    }


Open = Callable[[str], Stack]


@pytest.fixture
def open_stack(
    database: Database,
    environment: dict[str, str],
    server_urls: dict[str, str],
    redis_url: str,
    wall: Wall,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Open]:
    """Open the service of a kind, once."""
    # a hop that waits for a lock gives up soon
    soon = connections.WEB_TIMEOUTS.replace("lock_timeout=4s", "lock_timeout=100ms")
    assert soon != connections.WEB_TIMEOUTS
    monkeypatch.setattr(connections, "WEB_TIMEOUTS", soon)
    managers = []

    def open_(kind: str) -> Stack:
        managers.append(opened(database, environment, server_urls["superuser"], redis_url, wall, time, kind))
        return managers[-1].__enter__()

    yield open_
    for manager in managers:
        manager.__exit__(None, None, None)


def dial_all(stack: Stack) -> None:
    """Every way through help, with what the provider tells afterwards; then hops that store a filler."""
    for number, keys in DIALOGUES:
        stack.dial(number, keys)
        session, _ = stack.dialogues[-1]
        # the provider delivers it again
        stack.hop(number, "*".join(keys), session)
        assert stack.ended(number, keys, session) == 200
    assert {(r.kind, r.dialled_from, r.number, r.who_answers, r.band) for r in stack.requests()} == STORED


def fill(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(support_board, "draw", lambda: 0.0)
        stack.dial(ROOT, ["9"] * FILLERS)


@contextmanager
def refused(stack: Stack) -> Iterator[None]:
    """The inbox takes no row."""
    stack.do("alter table private.inbox add constraint canary check (false) not valid")
    yield
    stack.do("alter table private.inbox drop constraint canary")


@contextmanager
def locked(stack: Stack) -> Iterator[None]:
    """Somebody holds the inbox for longer than a hop waits."""
    with stack.as_superuser() as conn, conn.transaction():
        conn.execute("lock table private.inbox in access exclusive mode")
        yield


@contextmanager
def away(stack: Stack) -> Iterator[None]:
    """The database takes no connections, and ends those that are there. Every page is asked for meanwhile."""
    with psycopg.connect(stack.superuser, autocommit=True) as conn:
        conn.execute(f"alter database {stack.database.name} with allow_connections false")
        conn.execute(KILL, (stack.database.name,))
        yield
        session, number = stack.dialogues[-1]
        assert stack.ended(number, ASK, session) == 500
        for path in ("/readyz", "/healthz", "/nothing", f"/{number}"):
            stack.answers.append(stack.client.get(path).get_data(as_text=True))
        conn.execute(f"alter database {stack.database.name} with allow_connections true")


@contextmanager
def dumped(stack: Stack) -> Iterator[None]:
    """A dump holds the tables, and the rewrite gives up."""
    with stack.as_superuser() as conn, conn.transaction():
        conn.execute("lock table private.inbox, private.request in access share mode")
        stack.tick()
        yield


@contextmanager
def killed(stack: Stack, after: bool) -> Iterator[None]:
    """The connection of the yes is lost once, before or after the insert."""
    store, left = help.door.store, [True]

    def kill(at: bool) -> None:
        if at == after and left:
            left.pop()
            with psycopg.connect(stack.superuser, autocommit=True) as conn:
                conn.execute(KILL, (stack.database.name,))

    def stored(*args: Any) -> None:
        kill(False)
        store(*args)
        kill(True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(help.door, "store", stored)
        yield
    assert not left


FAILS = (refused, locked, away)
SURVIVES = (dumped, partial(killed, after=False), partial(killed, after=True))


def fail(stack: Stack) -> None:
    """Failures of the yes and of the rewrite. What could not be stored is stored when the hop comes again."""
    before = len(stack.requests())
    for keys in (ASK, DO_NOT_CALL):
        told = stack.dial(FAILED, keys)[-1]
        for failure in FAILS:
            stack.dial(FAILED, keys[:-1])
            yes = FAILED, "*".join(keys), stack.dialogues[-1][0]
            with failure(stack):
                answer = stack.hop(*yes)
            assert answer.startswith("END ")
            assert answer != told
            stack.answers.append(answer)
            assert stack.hop(*yes) == told
        for failure in SURVIVES:
            with failure(stack):
                assert stack.dial(FAILED, keys)[-1] == told
    # in the middle of the rewrite
    stack.do("alter table private.request add constraint canary check (false) not valid")
    stack.tick()
    stack.do("alter table private.request drop constraint canary")
    assert len(stack.requests()) == before + 2 * (1 + len(FAILS) + len(SURVIVES))
    assert stack.rows("select from private.request") == [], "no rewrite went through"


def ask_the_console(stack: Stack, programme: int, canaries: Canaries) -> list[str]:
    """What the support console answers to who guesses addresses."""
    pages = ["/", "/requests", "/download", "/home", "/outcomes", "/inbox", "/private", f"/{REGISTERED}"]
    pages += [f"/requests/{row.hex()}" for row in canaries.rows[:2]]
    with console_world(stack.database, programme) as console:
        client = console.app.test_client()
        replies = [client.get(page) for page in pages] + [client.post(page) for page in pages]
        return [f"{reply.headers}{reply.get_data(as_text=True)}" for reply in replies]


def export(stack: Stack, environment: Mapping[str, str], place: Path) -> Iterator[bytes]:
    """The files that an office exports, and what the command says."""
    env = {**environment, "USER": "office", "SMS_APP_TIME_OFFSET_S": str(offset_to(stack.time.now))}
    said = CliRunner().invoke(people, ["export", str(place), "--arms"], env=env)
    assert said.exit_code == 0, said.output
    yield said.output.encode()
    yield from (path.read_bytes() for path in place.iterdir())


def canaries_of(stack: Stack, vault: Vault, *, rows: Iterable[bytes] = ()) -> Canaries:
    """What must not be found again of the dialogues of a stack."""
    numbers = tuple(f"{STEM}{n}" for n in range(49, 60))
    keyed = [id_ for number in numbers[2:] for id_ in vault.indexes(number, "number")]
    for session, number in stack.dialogues:
        name = dialogue_name(UssdHop(session, number, CODE, "", ""))
        keyed += [*vault.dialogue_ids(name), *vault.dialogue_ids(session)]
    return Canaries(numbers, CHOICES, tuple(dict.fromkeys(keyed)), tuple(rows))


@pytest.mark.parametrize("kind", ["production", "demo"])
def test_nothing_of_help_is_found_again_outside_the_wall(
    open_stack: Open,
    kind: str,
    vault: Vault,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    for library in (None, "sqlalchemy"):
        caplog.set_level(logging.INFO, library)
    stack = open_stack(kind)
    before = note(stack)
    dial_all(stack)
    fill(stack, monkeypatch)
    fail(stack)
    rows = [bytes(row) for (row,) in stack.rows("select id from private.inbox")]
    with stack.as_superuser() as conn:
        earlier = transaction_ids(conn, "private.inbox")
    assert len(earlier) == len(rows) > FILLERS
    canaries = canaries_of(stack, vault, rows=rows)

    stack.tick(LATER)
    wake(queue(connect(stack.clock.redis_url)), 1, 1)
    after = stack.rows("select id, xmin::text from private.request order by ctid")
    assert stack.rows("select from private.inbox") == []
    assert sorted(bytes(row) for row, _ in after) == sorted(rows)
    assert len({xmin for _, xmin in after}) == 1
    # of so many orders the same twice
    assert [bytes(row) for row, _ in after] != rows

    traces = collect(stack, before, earlier)
    ((programme,),) = stack.rows("select id from programme")
    for page in ask_the_console(stack, programme, canaries):
        traces.say(ANSWERS, page)
    out, err = capfd.readouterr()
    for text in (out, err, caplog.text):
        traces.say(LOG, text)
    assert search(traces, canaries, walled_files(stack)) == {}

    exported = Traces()
    for text in export(stack, environment, tmp_path / "export"):
        exported.say(EXPORT, text)
    # the office has these numbers by right
    others = tuple(number for number in canaries.numbers if number not in {REGISTERED, COACH})
    assert search(exported, replace(canaries, numbers=others)) == {}
    assert EXPORT in search(exported, Canaries((REGISTERED,)))

    # each place that was searched has something of what happened
    assert err == ""
    lines = [json.loads(line) for line in out.splitlines()]
    assert {line["event"] for line in lines} >= {"hop failed", "a table could not be locked"}
    assert all(set(line) <= LOGGED for line in lines)
    # the place in the code would tell the menu
    assert not [line for line in lines if "location" in line and not line["location"].startswith("worker.")]
    assert {line["sqlstate"] for line in lines if "sqlstate" in line} == SQLSTATES
    server = traces.texts[SERVER_LOG][0].decode()
    # that of the rewrite, which the clock runs whether or not there is a request
    assert 'new row for relation "request" violates check constraint "canary"' in server
    assert "FATAL" in server
    assert {place for place, _ in traces.files} == {DATA, WAL, REDIS}
    assert b"messages" in b"".join(traces.texts[REDIS])
    wal = b"".join(path.read_bytes() for place, path in traces.files if place == WAL)
    assert rows[0] in wal, "this is where a row that is logged is found"


@pytest.mark.parametrize("failure", [refused, locked])
def test_an_ordinary_hop_is_answered_without_a_filler_that_fails_and_noted_like_a_failed_request(
    open_stack: Open,
    failure: Callable[[Stack], Any],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
):
    def noted() -> tuple[list[dict[str, object]], dict[str, float]]:
        """The lines of the log but for their ids and times, and how hops went since the last time."""
        nonlocal before
        figures = {name: value for name, value in totals(stack.client).items() if "hops" in name}
        since, before = {name: value - before.get(name, 0) for name, value in figures.items()}, figures
        lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
        return [
            {name: line[name] for name in line if name not in {"id", "timestamp"}} for line in lines
        ], since

    stack = open_stack("demo")
    before: dict[str, float] = {}
    keys = ["4", "0"] * 3
    told = stack.dial(ROOT, keys)
    stack.dial(ROOT, ASK[:-1])
    yes = ROOT, "*".join(ASK), stack.dialogues[-1][0]
    stack.dial(ROOT, (), "ATUid_filled")
    noted()
    with failure(stack):
        assert stack.hop(*yes).startswith("END ")
        of_a_request = noted()
        with monkeypatch.context() as patch:
            patch.setattr(support_board, "draw", lambda: 0.0)
            answers = [stack.hop(ROOT, "*".join(keys[:n]), "ATUid_filled") for n in range(1, len(keys) + 1)]
        of_fillers = noted()
    assert answers == told[1:]
    assert len(of_a_request[0]) == 1
    assert of_fillers == (
        of_a_request[0] * len(keys),
        {name: value * len(keys) for name, value in of_a_request[1].items()},
    )
    assert stack.requests() == []


@dataclass
class Planting:
    """Where a leak is planted: the service after a request of `number`, and the registry of its metrics."""

    stack: Stack
    number: str
    registry: CollectorRegistry
    stay: ExitStack

    @property
    def clock_queue(self) -> WakeQueue:
        return queue(connect(self.stack.clock.redis_url))


def log_line(at: Planting) -> None:
    structlog.get_logger("sms_app.web").error("hop failed", number=at.number)


def library_log_line(at: Planting) -> None:
    logging.getLogger("sqlalchemy.engine").info("insert into private.inbox")


def log_line_with_a_choice(at: Planting) -> None:
    structlog.get_logger("sms_app.web").info("dialogue over", text="3*3*1*1*1*1")


def redis_job(at: Planting) -> None:
    # packed, as every job is
    at.clock_queue.enqueue("worker.jobs.send", at.number, description="send")


def redis_value(at: Planting) -> None:
    with redis.Redis.from_url(at.stack.redis_url) as client:
        client.hset("seen", b64encode(at.number.encode()), "1")


def table_row(at: Planting) -> None:
    at.stack.do(f"create table leak (number text); insert into leak values ('{at.number[1:]}')")


def deleted_row(at: Planting) -> None:
    at.stack.do("create table leak (number bigint)")
    at.stack.do(f"insert into leak values ({at.number[1:]})")
    at.stack.do("delete from leak")


def hash_in_a_row(at: Planting) -> None:
    at.stack.do(f"create table leak as select sha256('{at.number}') as number")


def readable_row_behind_the_wall(at: Planting) -> None:
    at.stack.do(f"create table private.leak as select '{at.number[4:]}' as number")


def dialogue_that_is_kept(at: Planting) -> None:
    at.stack.do("create table leak as select id from ussd_dialogue")


def id_of_a_request(at: Planting) -> None:
    at.stack.do("create table leak as select id from private.inbox")


def server_log_line(at: Planting) -> None:
    at.stack.do(f"do $$ begin raise log 'number %', '{at.number}'; end $$")


def server_log_of_a_refused_row(at: Planting) -> None:
    """As without the superuser's script."""
    ((web,),) = at.stack.rows(
        "select r.rolname from pg_db_role_setting s join pg_roles r on r.oid = s.setrole"
        " join pg_database d on d.oid = s.setdatabase where d.datname = current_database()"
    )
    at.stack.do(f"alter role {web} in database {at.stack.database.name} reset all")
    at.stack.close_connections()
    with refused(at.stack):
        at.stack.dial(at.number, ASK)


def open_connection(at: Planting) -> None:
    conn = at.stay.enter_context(at.stack.as_superuser())
    conn.execute(f"select '{at.number}'".encode())


def sequence_step(at: Planting) -> None:
    at.stack.do("select nextval('audit_entry_id_seq')")


def metric_label(at: Planting) -> None:
    Counter("calls", "Calls", ["number"], registry=at.registry).labels(at.number).inc()


def error_page(at: Planting) -> None:
    at.stack.answers.append(f"nothing at /{at.number}")


def statistics_row(at: Planting) -> None:
    at.stack.do("alter table private.inbox alter id set statistics 100; analyze private.inbox")


def shared_transaction_of_a_hop(at: Planting) -> None:
    """A table that counts, in the transaction of each yes."""
    at.stack.do(
        "create table leak (n integer);"
        " create function leak() returns trigger language plpgsql security definer as"
        " $$ begin insert into public.leak values (1); return new; end $$;"
        " create trigger leak after insert on private.inbox for each row execute function leak()"
    )
    at.stack.dial(at.number, ASK)


def shared_transaction_of_a_rewrite(at: Planting) -> None:
    """A table that counts, in the transaction of each rewrite."""
    at.stack.do(
        "create table leak (n integer);"
        " alter function rewrite_requests rename to rewrite_alone;"
        " create function rewrite_requests() returns void language plpgsql security definer as"
        " $$ begin perform public.rewrite_alone(); insert into public.leak values (1); end $$"
    )


LEAKS: Mapping[Callable[[Planting], None], set[str]] = {
    log_line: {LOG},
    library_log_line: {LOG},
    log_line_with_a_choice: {LOG},
    redis_job: {REDIS},
    redis_value: {REDIS},
    table_row: {DUMP, DATA, WAL},
    deleted_row: {DATA, WAL},
    hash_in_a_row: {DUMP},
    readable_row_behind_the_wall: {WALLED, DATA, WAL},
    dialogue_that_is_kept: {DUMP, DATA, WAL},
    id_of_a_request: {DUMP, DATA},
    server_log_line: {SERVER_LOG},
    server_log_of_a_refused_row: {SERVER_LOG},
    open_connection: {VIEWS},
    sequence_step: {SEQUENCES},
    metric_label: {METRICS},
    error_page: {ANSWERS},
    statistics_row: {STATISTICS, VIEWS, DATA},
    shared_transaction_of_a_hop: {TRANSACTIONS},
    shared_transaction_of_a_rewrite: {TRANSACTIONS},
}


@pytest.mark.parametrize("plant", LEAKS, ids=lambda plant: plant.__name__)
def test_a_planted_leak_is_found(
    open_stack: Open,
    plant: Callable[[Planting], None],
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.INFO, "sqlalchemy")
    registry = CollectorRegistry()
    monkeypatch.setattr(web_metrics, "CollectorRegistry", lambda: registry)
    stack = open_stack("demo")
    before = note(stack)
    # another one for each leak: the log and the WAL keep the earlier ones
    number = f"{STEM}{60 + list(LEAKS).index(plant)}"
    session = f"ATUid_planted_{plant.__name__}"
    for n in range(2):
        stack.dial(number, ASK, f"{session}_{n}")
    with ExitStack() as stay:
        plant(Planting(stack, number, registry, stay))
        with stack.as_superuser() as conn:
            earlier = transaction_ids(conn, "private.inbox")
        rows = [bytes(row) for (row,) in stack.rows("select id from private.inbox")]
        keyed = vault.dialogue_ids(dialogue_name(UssdHop(f"{session}_0", number, CODE, "", "")))
        canaries = Canaries((number,), ("3*3*1",), tuple(keyed), tuple(rows))
        stack.tick(LATER)
        traces = collect(stack, before, earlier)
        traces.say(LOG, capfd.readouterr().out)
        traces.say(LOG, caplog.text)
        assert set(search(traces, canaries, walled_files(stack))) == LEAKS[plant]


def test_the_search_knows_each_notation_of_a_number():
    number, other = f"{STEM}99", f"{STEM}98"
    canaries = Canaries((other, number))
    for name, pattern in notations(number).items():
        assert list(canaries.seen(b"a row: " + pattern + b".")), name
    for text in (number, f"tel:{number}", f"0{number[4:]}", f"0{number[4:7]} {number[7:10]} {number[10:]}"):
        for coded in (text.encode(), b64encode(text.encode()), text.encode().hex().encode()):
            assert list(canaries.seen(coded)), text
    assert list(canaries.seen_in_text(hashlib.sha256(number.encode()).hexdigest().encode()))
    assert not list(canaries.seen_in_text(b"+250780009199 0780 009 299 780 009 39"))


VISITS = {
    "as they are": ((*ASK, "0"), ("0",), ("3", "4", "0"), ("3", "3", "1", "1")),
    # to item 4 and back to the root first
    "of as many hops": (
        (*ASK, "0"),
        ("4", "0", "4", "0", "4", "0", "0"),
        ("4", "0", "4", "0", "3", "4", "0"),
        ("4", "0", "3", "3", "1", "1", "1"),
    ),
}
WRITES = ("n_tup_ins", "n_tup_del", "n_live_tup")


@dataclass(frozen=True)
class Visit:
    """What a visit of so many hops left eleven minutes later, in a service that had no other."""

    hops: int
    left: Left
    figures: Mapping[str, float]
    printed: tuple[str, str]

    def apart_from(self, other: Visit) -> set[str]:
        """What tells two visits apart. How many hops they had may be told."""
        names = ("rows", "bytes_", "sequences")
        apart = {name for name in names if getattr(self.left, name) != getattr(other.left, name)}
        same = {
            "log": self.printed == other.printed,
            "writes": self.left.counts(*WRITES) == other.left.counts(*WRITES),
            # each hop uses one, whatever it stores
            "transactions": self.left.used - self.hops == other.left.used - other.hops,
        }
        if self.hops == other.hops:
            same |= {
                "counters": self.left.counted == other.left.counted,
                "transaction ids": self.left.written == other.left.written,
                "figures": self.figures == other.figures,
            }
        return apart | {name for name, is_same in same.items() if not is_same}


VisitBy = Callable[[str, tuple[str, ...]], Visit]


@pytest.fixture
def visit(
    template: str,
    environment: dict[str, str],
    server_urls: dict[str, str],
    redis_url: str,
    wall: Wall,
    time: Time,
    capfd: pytest.CaptureFixture[str],
) -> VisitBy:
    """Dial in a service of its own, and look eleven minutes later."""

    def visit(number: str, keys: tuple[str, ...]) -> Visit:
        time.now = NOW
        url = server_urls["superuser"]
        with (
            copied(server_urls, template) as database,
            opened(database, on(environment, database), url, redis_url, wall, time, "demo") as stack,
        ):
            first = next_transaction(stack)
            stack.dial(number, keys, "ATUid_1")
            assert stack.ended(number, keys, "ATUid_1") == 200
            stack.tick(LATER)
            figures, printed = totals(stack.client), capfd.readouterr()
            assert len(stack.requests()) == (keys[: len(ASK)] == ASK)
            return Visit(len(keys) + 1, left(stack, first), figures, tuple(printed))

    return visit


@pytest.mark.parametrize("number", [REGISTERED, OTHERS], ids=["hers", "a stranger's"])
@pytest.mark.parametrize("visits", VISITS)
def test_four_numbers_tell_nothing_apart(visit: VisitBy, visits: str, number: str):
    asked, *others = [visit(number, keys) for keys in VISITS[visits]]
    assert len(asked.left.rows["public.ussd_cost"]) == 1
    assert asked.left.rows["public.ussd_dialogue"] == []
    assert asked.left.counted["ussd_dialogue"]["n_tup_upd"] == len(ASK) + 1
    assert [other.apart_from(asked) for other in others] == [set()] * 3


def reads(raw: psycopg.Connection[Any]) -> None:
    raw.execute("select from phone_number")


def takes_another_transaction_id(raw: psycopg.Connection[Any]) -> None:
    with raw.transaction():
        raw.execute("update ussd_dialogue set touched_at = touched_at")


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (reads, {"counters"}),
        (takes_another_transaction_id, {"counters", "transactions", "transaction ids"}),
    ],
)
def test_a_yes_that_does_more_is_told_apart(
    visit: VisitBy, monkeypatch: pytest.MonkeyPatch, does: Callable[..., None], told: set[str]
):
    asked, other = VISITS["of as many hops"][:2]
    plain = visit(REGISTERED, other)
    store = help.door.store

    def stored(raw: psycopg.Connection[Any], *args: Any) -> None:
        does(raw)
        store(raw, *args)

    monkeypatch.setattr(help.door, "store", stored)
    assert visit(REGISTERED, asked).apart_from(plain) == told
