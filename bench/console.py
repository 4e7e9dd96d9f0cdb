"""The pages of the staff's console among 100,000 people and 2,000,000 texts: each page's median time, its statements,
its bytes on the wire, and the memory of the console's process.

The people and texts are made inside the database. The console runs as in production, in a process of its own; each role
signs in and opens every page that links lead it to. Statements are counted in a second copy of the application here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from statistics import median

import pyotp
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, Engine, create_engine, pool
from werkzeug.exceptions import HTTPException

from bench.world import BOTH, CHECKOUT, SECRET, World, free_port, kept_world, world
from sms_app import sql
from sms_app.accounts.secret import Secret
from sms_app.cli.console import make_console
from sms_app.config import Config, sqlalchemy_url
from sms_app.console.access import ACCESS, ROLES
from sms_app.console.accounts import store
from sms_app.console.accounts.store import Credentials
from sms_app.console.app import create_app
from sms_app.console.settings import NAME
from tests.world.databases import use_memory
from tests.world.staff_console import counted_on

SQL = sql.beside(__file__)
GROUPS, ROUNDS = 4000, 9
WEEKS_WITH_ROLLS = timedelta(weeks=8)
STEPS = (
    *(
        "groups",
        "people",
        "memberships",
        "phones",
        "links",
        "consents",
        "coaches",
        "group_coaches",
        "sessions",
    ),
    *(
        "messages",
        "lists",
        "rolls",
        "sessions_with_rolls",
        "attendance",
        "self_check_ins",
        "mismatched",
        "questions",
        "follow_ups",
        "replies",
        "trail",
    ),
)
ANALYZED_AFTER = {"people", "sessions", "lists"}
LINK = re.compile(r'(?:href|action)="(/[^"#]*)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MEMBER = "2100101"
NO_PAGE = {"style", "sign_in.start", "bootstrap.static"}


@dataclass(frozen=True)
class Page:
    """A page of a role: what it costs. `cpu_ms` is the mean processor time of the console and PostgreSQL, `statements`
    those that it runs."""

    name: str
    role: str
    address: str
    median_ms: float = 0
    slowest_ms: float = 0
    cpu_ms: float = 0
    statements: int = 0
    wire_bytes: int = 0
    plain_bytes: int = 0


@dataclass(frozen=True)
class Form:
    """What an officer sends in the form of a page."""

    name: str
    path: str
    fields: Mapping[str, str]


FURTHER = {
    "inbox.open_matters of one matter": "/inbox?matter=mismatches",
    "calendar.week of a sector": "/calendar?sector=Rwamagana",
    "training.overview of a year": "/training?span=year",
}
"""More addresses of these pages."""
FORMS = (
    Form("people.results by a member number", "/people", {"looked_for": MEMBER}),
    Form("people.results by a phone number", "/people", {"looked_for": "0780000199"}),
    Form("people.results by a rare name", "/people", {"looked_for": "uwera mukamana 4321"}),
    Form("people.results by everybody's name", "/people", {"looked_for": "uwera"}),
    Form("changes.move, what follows", f"/people/{MEMBER}/move", {"group": "1500"}),
    Form("changes.leave, what follows", f"/people/{MEMBER}/leave", {"reason": "moved"}),
)


@dataclass(frozen=True)
class Measured:
    """All pages, those that no link led to, and the memory of the process in MB at the start and at the end."""

    pages: list[Page]
    not_reached: list[str]
    memory_mb: tuple[int, int]


def contest(only: str = "", folder: Path | None = None) -> Measured:
    """Make the people and texts, open each page of each role, and measure. `only` is a pattern of pages' names; with
    a folder the database stays there, and a later run uses it again."""
    use_memory()
    with kept_world(folder, BOTH) if folder else world(BOTH) as place:
        if place.is_new:
            began = time.monotonic()
            fill(place)
            print(f"the rows were made in {time.monotonic() - began:.0f} s", file=sys.stderr)
        env = _env(place)
        console = make_console(Config.from_env(env, "console"), secure=False)
        app = create_app(console)
        with console.engine.begin() as conn:
            given = {role: _account(conn, place, role) for role in ROLES}
        with _process(env) as (url, pid):
            before = _memory_mb(pid)
            spent = partial(_cpu_s, pid, _postmaster(place))
            pages = []
            for role in ROLES:
                browser = _signed_in(url, given[role])
                counter = app.test_client()
                _sign_in_here(counter, given[role])
                further = FURTHER if role == "officer" else {}
                for endpoint, address in (_reached(app, browser, url) | further).items():
                    if not re.search(only, endpoint):
                        continue
                    page = _measure(browser, url, Page(endpoint, role, address), spent)
                    pages.append(replace(page, statements=_statements(console.engine, counter, address)))
                if role == "officer":
                    forms = [form for form in FORMS if re.search(only, form.name)]
                    pages += [_post(browser, url, form, counter, console.engine, spent) for form in forms]
            memory = before, _memory_mb(pid)
        console.engine.dispose()
    reached = {page.name for page in pages}
    wanted = {name for (name, method), roles in ACCESS.items() if method == "GET" and roles} - NO_PAGE
    return Measured(_slowest_of_roles(pages), sorted(wanted - reached), memory)


def fill(place: World, groups: int = GROUPS) -> None:
    """Groups of 25, and 20 texts for each of their people: 100,000 people and 2,000,000 texts."""
    now = datetime.now(UTC)
    values = {
        "programme": place.programme_id,
        "groups": groups,
        "now": now,
        "today": now.date(),
        "monday": now.date() - timedelta(days=now.weekday()),
        "enrolled": now.date() - timedelta(days=300),
        "since": now - WEEKS_WITH_ROLLS,
    }
    url = sqlalchemy_url(place.superuser_url)
    with create_engine(url, poolclass=pool.NullPool).begin() as conn:
        # neither triggers nor foreign keys look at each row, and indexes are made once
        conn.exec_driver_sql("set local session_replication_role = replica")
        indexes = conn.exec_driver_sql(SQL["indexes"]).all()
        for index in indexes:
            conn.exec_driver_sql(f"drop index {index.name}")
        for name in STEPS:
            conn.exec_driver_sql(SQL[name], values)
            if name in ANALYZED_AFTER:
                conn.exec_driver_sql("analyze")
        for index in indexes:
            conn.exec_driver_sql(index.definition)
    _seal_names(place)
    with place.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("vacuum analyze")


def _seal_names(place: World) -> None:
    """The names and numbers of all that were made; a name is sealed for its row, so not by the database."""
    with place.owner.begin() as conn:
        people = conn.exec_driver_sql(
            "select id from participant where name_sealed = '' order by id"
        ).scalars()
        sealed = [
            (id_, place.vault.seal(f"Uwera Mukamana {n}", "participant", "name_sealed", id_))
            for n, id_ in enumerate(people.all())
        ]
        cursor = conn.connection.cursor()
        cursor.execute("create temporary table name (id uuid, sealed bytea) on commit drop")
        with cursor.copy("copy name from stdin") as copy:
            for row in sealed:
                copy.write_row(row)
        cursor.execute("update participant p set name_sealed = n.sealed from name n where n.id = p.id")
        coaches = conn.exec_driver_sql("select id from coach where name_sealed = ''").scalars().all()
        for id_ in coaches:
            name = place.vault.seal("Mukamana Claudine", "coach", "name_sealed", id_)
            cursor.execute("update coach set name_sealed = %s where id = %s", (name, id_))


def _account(conn: Connection, place: World, role: str) -> Credentials:
    now = datetime.now(UTC)
    values = (
        place.programme_id,
        f"{role}-{token_hex(4)}@bench.example",
        role,
        "en",
        "bench",
        now,
        now.date(),
        "a long password",
    )
    return store.add(conn, Secret(SECRET, NAME), *values)


def _env(place: World) -> dict[str, str]:
    return {
        "SMS_APP_CONSOLE_DATABASE_URL": place.web_url.replace("sms_app_web:", "sms_app_console:"),
        "SMS_APP_CONSOLE_SECRET": SECRET,
        "SMS_APP_KEYS": place.key,
        "SMS_APP_DEMO": "1",
    }


@contextmanager
def _process(env: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """`sms-app console` in a process of its own: its address and its id."""
    port = free_port()
    command = [str(Path(sys.executable).parent / "sms-app"), "console", "--port", str(port)]
    process = subprocess.Popen(command, env={**os.environ, **env}, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with suppress(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/", timeout=5)
                break
            if process.poll() is not None:
                raise SystemExit("the console does not start")
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def _signed_in(url: str, given: Credentials) -> requests.Session:
    browser = requests.Session()
    for page, fields in (
        ("/", {"email": given.email, "password": given.password}),
        ("/?step=code", {"code": pyotp.TOTP(given.totp_secret).now()}),
    ):
        token = _token(browser.get(url + page).text)
        reply = browser.post(url, data={"csrf_token": token, **fields})
    assert "/sign-out" in reply.text
    return browser


def _sign_in_here(client, given: Credentials) -> None:
    """The second copy of the application takes a recovery code: the telephone's was used."""
    for page, fields in (
        ("/", {"email": given.email, "password": given.password}),
        ("/?step=code", {"code": given.recovery_codes[0]}),
    ):
        client.post("/", data={"csrf_token": _token(client.get(page).text), **fields})


def _reached(app: Flask, browser: requests.Session, url: str) -> dict[str, str]:
    """An address of each page that links lead to from the first page, by endpoint."""
    routes = app.url_map.bind("")
    reached: dict[str, str] = {}
    waiting = ["/today"]
    while waiting:
        address = waiting.pop(0)
        path, _, query = address.partition("?")
        try:
            endpoint, _ = routes.match(path, "GET", query_args=query)
        except HTTPException:
            continue
        if endpoint in reached or endpoint in NO_PAGE:
            continue
        reply = browser.get(url + address, allow_redirects=False)
        if reply.status_code == 200:
            reached[endpoint] = address
            waiting += [link.replace("&amp;", "&") for link in LINK.findall(reply.text)]
            # a result of the search leads to a person's page
            if endpoint == "people.search":
                waiting.append(f"/people/{MEMBER}")
    return reached


def _measure(browser: requests.Session, url: str, page: Page, spent: Callable[[], float]) -> Page:
    browser.get(url + page.address)
    took, reply, cpu = [], b"", spent()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with browser.get(url + page.address, headers={"Accept-Encoding": "gzip"}, stream=True) as answer:
            reply = answer.raw.read(decode_content=False)
            took.append((time.perf_counter() - began) * 1000)
    cpu = (spent() - cpu) * 1000 / ROUNDS
    plain = len(browser.get(url + page.address).content)
    sizes = {"wire_bytes": len(reply), "plain_bytes": plain}
    return replace(page, median_ms=median(took), slowest_ms=max(took), cpu_ms=cpu, **sizes)


def _post(
    browser: requests.Session,
    url: str,
    form: Form,
    counter: FlaskClient,
    engine: Engine,
    spent: Callable[[], float],
) -> Page:
    """The answer to a form, which the check page of a change is."""
    took, reply, data = [], b"", {"csrf_token": _token(browser.get(url + form.path).text), **form.fields}
    browser.post(url + form.path, data=data)
    cpu = spent()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with browser.post(url + form.path, data=data, stream=True) as answer:
            reply = answer.raw.read(decode_content=False)
        took.append((time.perf_counter() - began) * 1000)
    cpu = (spent() - cpu) * 1000 / ROUNDS
    here = {"csrf_token": _token(counter.get(form.path).text), **form.fields}
    counter.post(form.path, data=here)
    with counted_on(engine) as statements:
        counter.post(form.path, data=here)
    return Page(form.name, "officer", "", median(took), max(took), cpu, len(statements), len(reply))


def _token(page: str) -> str:
    token = TOKEN.search(page)
    assert token
    return token[1]


def _statements(engine: Engine, client: FlaskClient, address: str) -> int:
    client.get(address)
    with counted_on(engine) as statements:
        client.get(address)
    return len(statements)


def _slowest_of_roles(pages: list[Page]) -> list[Page]:
    """Each page once: as the role for which it takes longest sees it."""
    slowest: dict[str, Page] = {}
    for page in pages:
        if page.name not in slowest or page.median_ms > slowest[page.name].median_ms:
            slowest[page.name] = page
    return list(slowest.values())


def _postmaster(place: World) -> int:
    """The process of which PostgreSQL's others are children."""
    with place.owner.connect() as conn:
        backend = conn.exec_driver_sql("select pg_backend_pid()").scalar_one()
        return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def _cpu_s(*pids: int) -> float:
    """Seconds of processor time that processes and their children have used, also children that ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            id_, fields = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
            if id_ in pids:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) in pids:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> int:
    """The memory of a process and its children that is its own (PSS), in MB."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            id_, parent = int(status.parent.name), int(status.read_text().rpartition(")")[2].split()[1])
            if pid in (id_, parent):
                rollup = (status.parent / "smaps_rollup").read_text()
                total += int(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0])
    return total // 1024
