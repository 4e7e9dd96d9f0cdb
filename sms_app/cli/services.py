"""`sms-app services`: systemd units for production, out of the Procfile, and each process's variables beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import processes
from sms_app.cli.database import fail
from sms_app.cli.processes import DOCTOR, RELEASE, RUNNING, STAFF, WEB, Process

Folder = Annotated[Path, typer.Argument(help="The folder to write into; made if it is not there.")]
User = Annotated[
    str, typer.Option(help="How the system users begin: one for each process, `sms-web` and so on.")
]
Root = Annotated[Path, typer.Option(help="Where the code and its .venv are on the server.")]
Env = Annotated[Path, typer.Option("--env", help="Where each process's variables are on the server.")]
Host = Annotated[str, typer.Option(help="The address that web listens on.")]
Port = Annotated[
    int, typer.Option(help="The first web process's port; each further one has the next.", min=1, max=65535)
]
Webs = Annotated[
    int, typer.Option("--web", help="How many web processes: two or more, so that one always answers.", min=1)
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", help="Only these processes on this server: web, worker, clock, release."),
]
NAME = re.compile(r"[a-z][a-z0-9-]{0,20}")
# what no process of ours needs is taken from it
HARDENED = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
LimitCORE=0
"""


def services(
    folder: Folder,
    user: User = "sms",
    root: Root = Path("/opt/sms-app"),
    env: Env = Path("/etc/sms-app"),
    host: Host = "127.0.0.1",
    port: Port = 8001,
    web: Webs = 2,
    only: Only = None,
) -> None:
    """Write systemd units, a file of users and each process's variables, as far as they are set here, into a folder."""
    chosen = _chosen(only or [])
    if not NAME.fullmatch(user):
        fail("--user is a short name in small letters, like sms.")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (FileExistsError, NotADirectoryError):
        fail(f"{folder} is a file, or lies below one: give a folder.")
    except OSError as error:
        fail(f"{folder} can't be made: {error.strerror}.")
    files = dict(_units(chosen, user, root, env, host, port, web))
    files["sms-app.sysusers.conf"] = "".join(
        f'u {user}-{p.name} - "sms-app {p.name}" -\n' for p in (*chosen, DOCTOR)
    )
    for name, text in files.items():
        (folder / name).write_text(text)
    for process in (*chosen, DOCTOR, *([STAFF] if RELEASE in chosen else [])):
        _write_variables(folder / f"{process.name}.env", process)
    for path in sorted(folder.iterdir()):
        typer.echo(path)


def _chosen(only: list[str]) -> tuple[Process, ...]:
    every = (*RUNNING, RELEASE)
    unknown = set(only) - {process.name for process in every}
    if unknown:
        fail(f"There is no process {min(unknown)}: say web, worker, clock or release.")
    return tuple(process for process in every if not only or process.name in only)


def _units(
    chosen: tuple[Process, ...], user: str, root: Path, env: Path, host: str, port: int, web: int
) -> Iterator[tuple[str, str]]:
    commands = processes.commands()
    wanted = []
    for process in chosen:
        command = commands[process.name]
        if process == WEB:
            command = re.sub(r" --host \S+", "", command) + f" --host {host} --port %i"
        name = f"sms-app-{process.name}@.service" if process == WEB else f"sms-app-{process.name}.service"
        yield name, unit(process, command, user, root, env)
        if process in RUNNING:
            wanted += [name.replace("@", f"@{port + n}") for n in range(web)] if process == WEB else [name]
    target = "[Unit]\nDescription=sms-app\n" + "".join(f"Wants={name}\n" for name in wanted)
    yield "sms-app.target", target + "\n[Install]\nWantedBy=multi-user.target\n"
    looked_at = "".join(f" --only {process.name}" for process in chosen if process in RUNNING)
    yield "sms-app-doctor.service", unit(DOCTOR, f"sms-app doctor{looked_at}", user, root, env)
    timer = "[Timer]\nOnCalendar=*:0/10\nRandomizedDelaySec=60\n\n[Install]\nWantedBy=timers.target\n"
    yield "sms-app-doctor.timer", "[Unit]\nDescription=sms-app: a look at everything\n\n" + timer


def unit(process: Process, command: str, user: str, root: Path, env: Path) -> str:
    """One unit. A command with `&&` is several, one after the other."""
    lines = [f"ExecStart={root}/.venv/bin/{part.strip()}" for part in command.split("&&")]
    runs = process in RUNNING
    kind = (
        ["Type=exec", "Restart=always", "RestartSec=2", "KillMode=mixed", "TimeoutStopSec=75"]
        if runs
        else ["Type=oneshot"]
    )
    before = "PartOf=sms-app.target\nStartLimitIntervalSec=0\n" if runs else ""
    return (
        f"[Unit]\nDescription=sms-app: {process.name}\n"
        f"Wants=network-online.target\nAfter=network-online.target postgresql.service redis-server.service\n{before}"
        "\n[Service]\n"
        + "\n".join([*kind, *lines])
        + f"\nWorkingDirectory={root}\nUser={user}-{process.name}\n"
        f"EnvironmentFile={env}/{process.name}.env\nEnvironment=PYTHONUNBUFFERED=1\n{HARDENED}"
    )


def _write_variables(path: Path, process: Process) -> None:
    """The variables that are a process's business, with their values here; readable by the owner only."""
    text = "".join(
        f"{name}={_quoted(process.source(name), os.environ)}\n"
        for name in process.variables
        if _fits(name, process)
    )
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)


def _fits(name: str, process: Process) -> bool:
    """What a process needs is always written, empty if it is not known; what it may have only if it is set."""
    return name in process.needed or bool(os.environ.get(process.source(name)))


def _quoted(name: str, env: Mapping[str, str]) -> str:
    value = env.get(name, "")
    if "'" in value or "\n" in value or "\\" in value:
        fail(f"{name} has a quote, a backslash or a line's end in it: choose a value without.")
    return f"'{value}'"
