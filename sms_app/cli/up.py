"""`sms-app up`: the whole service in one terminal, with servers of its own and a demo programme."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from sms_app import clock, embedded, folder
from sms_app.children import Child, ChildEnded, has_arguments, processes
from sms_app.cli import environment
from sms_app.cli.database import fail, someone
from sms_app.cli.db import kind_of_older, make_roles, migrate, note, owner, store
from sms_app.cli.serve import insist_free
from sms_app.config import Config
from sms_app.conversation.checked import sound_programmes
from sms_app.messaging import sending_switch
from sms_app.programme import installation
from sms_app.simulator import demo
from sms_app.simulator.demo import callers
from sms_app.vault import Vault

HERE = "127.0.0.1"
SIGNS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CALLERS = "phone-page.json"
COMMAND = [sys.executable, "-m", "sms_app.cli.main"]
READY_WITHIN_S, EARLIER_ENDS_WITHIN_S, WATCH_EVERY_S = 60, 15, 0.5
MAX_CRASHES, CRASHES_WITHIN_S = 5, 60
REAL = (
    "This is a production database, and `up` is for a demo: it would send what is due to a stand-in. Nothing was"
    " changed. Unset SMS_APP_DATABASE_URL, or give an empty database. docs/operations.md says how production is run."
)
Data = Annotated[Path, typer.Option(help="The data folder; made if it is not there.")]
Bare = Annotated[
    bool,
    typer.Option("--bare", help="Start with the programme and nobody in it, instead of the demo's people."),
]
HAS_DEMO = "This data folder has the demo's people: give another one, as in `sms-app up --bare --data DIR`."
Port = Annotated[int, typer.Option(help="The web port; a free one if left out.", min=0, max=65535)]


class Stopped(BaseException):
    """Somebody asked us to stop."""


def up(data: Data = Path("data"), port: Port = 0, bare: Bare = False) -> None:
    """Start everything, with a demo programme. Ctrl-C stops all of it and loses nothing."""
    os.umask(0o077)
    for sign in SIGNS:
        # under nohup a terminal that closes is no reason to stop
        if sign != signal.SIGHUP or signal.getsignal(sign) != signal.SIG_IGN:
            signal.signal(sign, _stop)
    try:
        with ExitStack() as stack:
            _up(stack, data.resolve(), port, bare)
    except Stopped:
        print("stopped", flush=True)


def _stop(_sign: int, _frame: object) -> None:
    # once: a second Ctrl-C must not interrupt the good end of the servers
    for sign in SIGNS:
        signal.signal(sign, signal.SIG_IGN)
    raise Stopped


def _up(stack: ExitStack, place: Path, port: int, bare: bool) -> None:
    """Everything in order; `stack` stops what was started. Returns only by an exception."""
    if port:
        _let_earlier_end(port)
        insist_free(HERE, port)
    port = port or _free_port()
    stack.enter_context(folder.own(place))
    earlier = folder.read_env(place)
    kept = environment.with_secrets(earlier, os.environ)
    # before there is anything that only these keys open
    folder.write_env(place, kept)
    servers, owner_url, redis = _servers(stack, place)
    external = environment.external_provider(os.environ, earlier)
    provider_port = 0 if external else _free_port(port)
    phone_port = _free_port(port, provider_port)
    provider = environment.at_provider(external or f"http://{HERE}:{provider_port}", not external)
    urls = (f"http://{HERE}:{port}", f"http://{HERE}:{phone_port}")
    env = environment.complete(kept, os.environ, owner_url, redis, *urls, provider)
    settings = Config.from_env(env, "web")
    kind = _kind(settings, servers is not None, bare)
    if kind != installation.DEMO:
        env |= environment.NO_DEMO
        phone_port = 0
    env |= _prepare(settings, place, kind)
    folder.write_env(place, env)
    children = _processes(env, port, provider_port, phone_port, place)
    for child in children.values():
        # each after what it needs, so that the last to start is the first to stop
        stack.callback(child.stop)
        child.start()
    _wait_ready(children["web"], lambda: _is_ready(port), f"http://{HERE}:{port}/readyz says why.")
    if provider_port:
        _wait_ready(
            children["provider"], lambda: _listens(provider_port), "The provider's stand-in does not listen."
        )
    if phone_port:
        _wait_ready(children["phone"], lambda: _listens(phone_port), "The phone page does not listen.")
    print(f"ready http://{HERE}:{port}", flush=True)
    _watch(servers, list(children.values()))


def _let_earlier_end(port: int) -> None:
    """After `kill -9` of a run on this port its web process holds the port for a moment."""
    its_web = [*COMMAND[1:], "web", "--port", str(port)]
    until = time.monotonic() + EARLIER_ENDS_WITHIN_S
    while time.monotonic() < until and any(has_arguments(one, its_web) for one in processes().values()):
        time.sleep(0.1)


def _servers(stack: ExitStack, place: Path) -> tuple[embedded.Servers | None, str, Mapping[str, str]]:
    """The embedded servers, the owner's URL and Redis's by user; no servers when the user has their own."""
    external = environment.external_servers(os.environ, place)
    if external:
        return None, external[0], environment.redis_of(external[1], os.environ)
    servers = stack.enter_context(embedded.servers(place))
    return servers, servers.owner_url, servers.redis_urls


def _kind(settings: Config, own: bool, bare: bool) -> str:
    """What kind of installation this is or becomes; stops, with nothing changed, at a production database, and with
    `bare` at a demo. `own` when the database is in the data folder."""
    with owner(settings).connect() as conn:
        kind = installation.kind(conn)
        if kind is None and installation.has_tables(conn):
            kind = kind_of_older(conn, Vault.parse(settings.keys))
            if own and not installation.has_people(conn):
                # an earlier version's first start was interrupted before there was anybody
                kind = installation.DEMO
    if kind == installation.PRODUCTION:
        fail(REAL)
    if bare and kind == installation.DEMO:
        fail(HAS_DEMO)
    return kind or (installation.BARE if bare else installation.DEMO)


def _prepare(settings: Config, place: Path, kind: str) -> environment.Values:
    """Roles, tables, keys, programmes and, on a demo's first start, its people. Gives the demo's variables."""
    programmes = [programme for programme, _ in sound_programmes(settings.flows, settings.locales)]
    who = someone()
    make_roles(settings, who)
    migrate(settings, who, kind=kind)
    vault, now = Vault.parse(settings.keys), clock.now(settings.time_offset_s)
    with owner(settings).begin() as conn:
        ids = store(conn, settings, programmes, who)
        if not ids:
            callers.write(place / CALLERS, [], [])
            return {}
        first, id_ = programmes[0], ids[0]
        if kind == installation.DEMO and demo.load(
            conn, vault, first, id_, now.astimezone(ZoneInfo(first.time_zone)).date()
        ):
            note(conn, settings, id_, who, "load_demo", "programme", id_)
            # nobody is there but invented people; with others a person decides
            sending_switch.start(conn, who, now)
        # real people's numbers are written nowhere
        rows = demo.phones(conn, vault, id_) if kind == installation.DEMO else []
        people = callers.callers(conn, vault, first, id_) if kind == installation.DEMO else []
    demo.write_phones(place / "demo-phones.csv", rows)
    callers.write(place / CALLERS, programmes, people)
    return {"SERVICE_CODE": first.service_code, **demo.env(rows)}


def _processes(
    env: environment.Values, port: int, provider_port: int, phone_port: int, place: Path
) -> dict[str, Child]:
    """What is started, in this order, each with the variables that are its business only. No stand-in for the provider
    and no phone page with port 0."""
    options = {
        "provider": [
            "--port",
            str(provider_port),
            "--web",
            env["WEB_URL"],
            "--file",
            str(place / "provider.jsonl"),
        ],
        "phone": ["--port", str(phone_port), "--web", env["WEB_URL"], "--people", str(place / CALLERS)],
        "web": ["--port", str(port)],
        "clock": [],
        "worker": [],
    }
    if not provider_port:
        del options["provider"]
    if not phone_port:
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
        # it said itself what is wrong
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
    """Start again what crashes; what crashes over and over ends the whole."""
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
        crashes = [at for at in crashes if now - at < CRASHES_WITHIN_S] + [now] * len(names)
        if len(crashes) > MAX_CRASHES:
            fail(f"{names[-1] if names else 'A process'} keeps ending: its last lines above say why.")


def _free_port(*but: int) -> int:
    with socket.socket() as probe:
        probe.bind((HERE, 0))
        found = int(probe.getsockname()[1])
        # asked while this one is held, another is found
        return found if found not in but else _free_port(*but)
