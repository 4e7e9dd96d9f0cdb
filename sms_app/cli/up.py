"""`sms-app up`: runs the whole service in one terminal, with embedded servers and a demo programme."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection

from sms_app import clock, embedded, folder
from sms_app.children import Child, ChildEnded, has_arguments, processes
from sms_app.cli import demo_console, demo_support, environment, simulate
from sms_app.cli.console import secret
from sms_app.cli.database import fail, operator_name
from sms_app.cli.db import kind_of_older, make_roles, migrate, note, owner, store
from sms_app.cli.serve import insist_free
from sms_app.config import Config
from sms_app.conversation.checked import sound_programmes
from sms_app.messaging import sending_switch
from sms_app.programme import installation
from sms_app.programme.settings import Programme
from sms_app.simulator import demo
from sms_app.simulator.demo import callers
from sms_app.vault import Vault

HERE = "127.0.0.1"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CALLERS = "phone-page.json"
COMMAND = [sys.executable, "-m", "sms_app.cli.main"]
READY_WITHIN_S, EARLIER_ENDS_WITHIN_S, WATCH_EVERY_S = 120, 15, 0.5
MAX_CRASHES, CRASHES_WITHIN_S = 5, 60
IS_PRODUCTION = (
    "This is a production database, and `up` is for a demo: it would send due messages to a stand-in. Nothing was"
    " changed. Unset SMS_APP_DATABASE_URL, or give an empty database. docs/operations.md says how to run production."
)
Data = Annotated[Path, typer.Option(help="The data folder; made if it does not exist.")]
Bare = Annotated[
    bool,
    typer.Option("--bare", help="Start with the programme and nobody in it, instead of the demo's people."),
]
Year = Annotated[
    bool,
    typer.Option(
        "--year", help="Show a simulated year: made first if the folder has none, which takes minutes."
    ),
]
Weeks = Annotated[int, typer.Option(help="With --year: how many weeks are made.", min=1, max=104)]
BARE_YEAR = "--bare has nobody in it, and --year has the demo's people: give one of them."
HAS_DEMO = (
    "This data folder has the demo's people: give --bare another one, such as `sms-app up --bare --data DIR`."
)
Port = Annotated[int, typer.Option(help="The web port; a free one if left out.", min=0, max=65535)]


@dataclass(frozen=True)
class Ports:
    """The port of each process that listens; the provider's stand-in and the phone page are not started with 0."""

    web: int
    provider: int
    phone: int
    support: int
    console: int


class Stopped(BaseException):
    """Raised when a signal asks us to stop."""


def up(
    data: Data = Path("data"),
    port: Port = 0,
    bare: Bare = False,
    year: Year = False,
    weeks: Weeks = simulate.A_YEAR,
) -> None:
    """Start everything, with a demo programme. Ctrl-C stops all of it and loses nothing."""
    if bare and year:
        fail(BARE_YEAR)
    os.umask(0o077)
    for number in SIGNALS:
        # nohup ignores SIGHUP: leave that so
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        with ExitStack() as stack:
            _up(stack, data.resolve(), port, bare, weeks if year else 0)
    except Stopped:
        print("stopped", flush=True)


def _stop(_signal: int, _frame: object) -> None:
    # a second Ctrl-C must not interrupt the orderly stop of the servers
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def _up(stack: ExitStack, data: Path, port: int, bare: bool, weeks: int) -> None:
    """Start everything in order, then watch it. `stack` stops what was started. A year of `weeks` is made before, if
    there is none; 0 makes none. Leaves only by an exception."""
    if port:
        _let_earlier_end(port)
        insist_free(HERE, port)
    stack.enter_context(folder.own(data))
    if weeks:
        simulate.make_if_none(data, weeks)
    simulate.insist_whole(data)
    earlier = folder.read_env(data)
    kept = environment.with_secrets(earlier, os.environ)
    # before anything is sealed with these keys
    folder.write_env(data, kept)
    servers, owner_url, redis = _servers(stack, data)
    external = environment.external_provider(os.environ, earlier)
    ports = _ports(port, not external)
    provider = environment.at_provider(external or _url(ports.provider), not external)
    env = environment.complete(
        kept, os.environ, owner_url, redis, _url(ports.web), _url(ports.phone), provider
    )
    settings = Config.from_env(env, "web")
    kind = _kind(settings, servers is not None, bare)
    if kind != installation.DEMO:
        env |= environment.NO_DEMO
        ports = replace(ports, phone=0)
    env |= _prepare(settings, data, kind, earlier)
    env |= {"SUPPORT_URL": _url(ports.support), "CONSOLE_URL": _url(ports.console)}
    if servers:
        embedded.run_superuser_script(servers.superuser_url)
    folder.write_env(data, env)
    children = _start(stack, env, ports, data)
    print(f"console {_url(ports.console)}{_demo_login(env)}", flush=True)
    print(f"ready {_url(ports.web)}", flush=True)
    _watch(servers, children)


def _ports(web: int, own_provider: bool) -> Ports:
    """The given port of web, or a free one, and free ones for the others."""
    chosen = [web or _free_port()]
    for _ in range(4):
        chosen.append(_free_port(*chosen))
    ports = Ports(*chosen)
    return ports if own_provider else replace(ports, provider=0)


def _url(port: int) -> str:
    return f"http://{HERE}:{port}"


def _start(stack: ExitStack, env: environment.Values, ports: Ports, data: Path) -> list[Child]:
    """Start the processes, and wait until they answer."""
    children = _processes(env, ports, data)
    for child in children.values():
        # each starts after the processes that it needs, and so stops before them
        stack.callback(child.stop)
        child.start()
    _wait_ready(children["web"], lambda: _is_ready(ports.web), f"{_url(ports.web)}/readyz says why.")
    for name, what, port in (
        ("provider", "The provider's stand-in", ports.provider),
        ("phone", "The phone page", ports.phone),
        ("support", "The support console", ports.support),
        ("console", "The console", ports.console),
    ):
        if port:
            _wait_ready(children[name], partial(_listens, port), f"{what} does not listen.")
    return list(children.values())


def _let_earlier_end(port: int) -> None:
    """Wait for the web process of an earlier run: after `kill -9` of that run it holds the port for a moment."""
    its_web = [*COMMAND[1:], "web", "--port", str(port)]
    until = time.monotonic() + EARLIER_ENDS_WITHIN_S
    while time.monotonic() < until and any(
        has_arguments(arguments, its_web) for arguments in processes().values()
    ):
        time.sleep(0.1)


def _servers(stack: ExitStack, data: Path) -> tuple[embedded.Servers | None, str, Mapping[str, str]]:
    """The embedded servers, the owner's database URL, and Redis's URLs by user. No embedded servers when the
    environment names others."""
    external = environment.external_servers(os.environ, data)
    if external:
        return None, external[0], environment.redis_of(external[1], os.environ)
    servers = stack.enter_context(embedded.servers(data))
    return servers, servers.owner_url, servers.redis_urls


def _kind(settings: Config, own: bool, bare: bool) -> str:
    """The kind of installation that this is or becomes. Exits, with nothing changed, when it is production, and with
    `bare` when it is a demo.

    `own`: the database is in the data folder.
    """
    with owner(settings).connect() as conn:
        kind = installation.kind(conn)
        if kind is None and installation.has_tables(conn):
            kind = kind_of_older(conn, Vault.parse(settings.keys))
            if own and not installation.has_people(conn):
                # an earlier version's first start was interrupted before it loaded people
                kind = installation.DEMO
    if kind == installation.PRODUCTION:
        fail(IS_PRODUCTION)
    if bare and kind == installation.DEMO:
        fail(HAS_DEMO)
    return kind or (installation.BARE if bare else installation.DEMO)


def _prepare(settings: Config, data: Path, kind: str, kept: Mapping[str, str]) -> environment.Values:
    """Make roles, tables, keys, programmes and, on a demo's first start, its people. Returns the demo's variables;
    `kept` are those of the last run."""
    programmes = [programme for programme, _ in sound_programmes(settings.flows, settings.locales)]
    who = operator_name()
    make_roles(settings, who)
    migrate(settings, who, kind=kind)
    vault, now = Vault.parse(settings.keys), clock.now(settings.time_offset_s)
    with owner(settings).begin() as conn:
        ids = store(conn, settings, programmes, who)
        if not ids:
            callers.write(data / CALLERS, [], [])
            return {}
        first, id_ = programmes[0], ids[0]
        if kind == installation.DEMO and demo.load(
            conn, vault, first, id_, now.astimezone(ZoneInfo(first.time_zone)).date()
        ):
            note(conn, settings, id_, who, "load_demo", "programme", id_)
            # only invented people are there; for real ones a person turns sending on
            sending_switch.start(conn, who, now)
        # real people's numbers are written nowhere
        rows = demo.phones(conn, vault, id_) if kind == installation.DEMO else []
        lists = demo.lists(conn, vault, id_) if kind == installation.DEMO else []
        people = callers.callers(conn, vault, first, id_) if kind == installation.DEMO else []
        demo_env = _demo_accounts(conn, settings, first, id_, data, kept) if kind == installation.DEMO else {}
    demo.write_phones(data / "demo-phones.csv", rows)
    demo.write_lists(data / "demo-lists.csv", lists)
    callers.write(data / CALLERS, programmes, people)
    return {"SERVICE_CODE": first.service_code, **demo.env(rows), **demo_env}


def _demo_login(env: Mapping[str, str]) -> str:
    """How to sign in to the demo's console, for the line with its address; nothing without a demo."""
    login = env.get("DEMO_LOGIN_OFFICER")
    return f"  e-mail, password and second factor's secret: {login}" if login else ""


def _demo_accounts(
    conn: Connection, settings: Config, programme: Programme, id_: int, data: Path, kept: Mapping[str, str]
) -> Mapping[str, str]:
    """The demo's accounts of both consoles; gives their variables."""
    now = clock.now(settings.time_offset_s)
    today = now.astimezone(ZoneInfo(programme.time_zone)).date()
    logins = demo_console.prepare(conn, secret(settings), id_, kept, operator_name(), now, today)
    return {**demo_support.prepare(conn, settings, programme, id_, data, now), **logins}


def _processes(env: environment.Values, ports: Ports, data: Path) -> dict[str, Child]:
    """The processes in the order of their start, each with only the variables that it needs. Port 0 leaves out the
    provider's stand-in or the phone page."""
    options = {
        "provider": [
            "--port",
            str(ports.provider),
            "--web",
            env["WEB_URL"],
            "--file",
            str(data / "provider.jsonl"),
        ],
        "phone": ["--port", str(ports.phone), "--web", env["WEB_URL"], "--people", str(data / CALLERS)],
        "web": ["--port", str(ports.web)],
        "support": ["--port", str(ports.support)],
        "console": ["--port", str(ports.console)],
        "clock": [],
        "worker": [],
    }
    if not ports.provider:
        del options["provider"]
    if not ports.phone:
        del options["phone"]
    return {
        name: Child(name, [*COMMAND, name, *given], env=environment.only(env, os.environ, name))
        for name, given in options.items()
    }


def _wait_ready(child: Child, ready: Callable[[], bool], why: str) -> None:
    try:
        if not child.wait_until(ready, READY_WITHIN_S):
            fail(f"The service does not get ready: {why}")
    except ChildEnded:
        # the process itself printed what is wrong
        raise typer.Exit(1) from None


def _is_ready(port: int) -> bool:
    connection = HTTPConnection(HERE, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HERE, port)) == 0


def _watch(servers: embedded.Servers | None, children: list[Child]) -> None:
    """Restart processes that crash. Exit when there are too many crashes."""
    crashes: list[float] = []
    while True:
        time.sleep(WATCH_EVERY_S)
        happened = servers.revive() if servers else {}
        for child in children:
            if child.crashed:
                child.start()
                happened[child.name] = embedded.CRASHED
        names = list(happened)
        for name in names:
            print(f"{name} {happened[name]}", file=sys.stderr, flush=True)
        now = time.monotonic()
        crashes = [time_ for time_ in crashes if now - time_ < CRASHES_WITHIN_S] + [now] * len(names)
        if len(crashes) > MAX_CRASHES:
            fail(f"{names[-1] if names else 'A process'} keeps ending: its last lines above say why.")


def _free_port(*but: int) -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        port = int(probe.getsockname()[1])
        # this port is still bound, so that the next call gets another
        return port if port not in but else _free_port(*but)
