"""`sms-app services`: writes systemd units for production from the Procfile, and each process's variables."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from sms_app.cli import processes
from sms_app.cli.database import fail
from sms_app.cli.processes import CONSOLE, DOCTOR, RELEASE, RUNNING, STAFF, SUPPORT, WEB, Process
from sms_app.config import WALLED

Folder = Annotated[Path, typer.Argument(help="The folder to write into; made if it does not exist.")]
User = Annotated[
    str, typer.Option(help="The prefix of the system users: one for each process, such as `sms-web`.")
]
Root = Annotated[Path, typer.Option(help="The folder of the code and its .venv on the server.")]
Env = Annotated[Path, typer.Option("--env", help="The folder of the processes' variables on the server.")]
Host = Annotated[str, typer.Option(help="The address that web and the consoles listen on.")]
Port = Annotated[
    int,
    typer.Option(
        help="The first web process's port; each further process has the next port.", min=1, max=65535
    ),
]
SupportPort = Annotated[int, typer.Option(help="The support console's port.", min=1, max=65535)]
ConsolePort = Annotated[int, typer.Option(help="The staff's console's port.", min=1, max=65535)]
Webs = Annotated[
    int,
    typer.Option(
        "--web", help="How many web processes; two or more, so that one answers during a restart.", min=1
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only", help="Only these processes on this server: web, worker, clock, support, console, release."
    ),
]
NAME = re.compile(r"[a-z][a-z0-9-]{0,20}")
# our processes need none of what these settings forbid
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
    support_port: SupportPort = 8090,
    console_port: ConsolePort = 8095,
    web: Webs = 2,
    only: Only = None,
) -> None:
    """Write systemd units, a file of system users, and each process's variables with the values set here."""
    chosen = _chosen(only or [])
    if not NAME.fullmatch(user):
        fail("--user must be a short name in small letters, like sms.")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (FileExistsError, NotADirectoryError):
        fail(f"{folder} is a file, or is below a file: give a folder.")
    except OSError as error:
        fail(f"{folder} cannot be made: {error.strerror}.")
    ports = {SUPPORT.name: support_port, CONSOLE.name: console_port}
    files = dict(_units(chosen, user, root, env, host, port, ports, web))
    files["sms-app.sysusers.conf"] = "".join(
        f'u {user}-{p.name} - "sms-app {p.name}" -\n' for p in (*chosen, *_doctor(chosen))
    )
    for name, text in files.items():
        (folder / name).write_text(text)
    for process in (*chosen, *_doctor(chosen), *([STAFF] if RELEASE in chosen else [])):
        _write_variables(folder / f"{process.name}.env", process)
    for path in sorted(folder.iterdir()):
        typer.echo(path)


def _chosen(only: list[str]) -> tuple[Process, ...]:
    every = (*RUNNING, RELEASE)
    unknown = set(only) - {process.name for process in every}
    if unknown:
        fail(f"There is no process {min(unknown)}: it is web, worker, clock, support, console or release.")
    return tuple(process for process in every if not only or process.name in only)


def _doctor(chosen: tuple[Process, ...]) -> tuple[Process, ...]:
    """The doctor, unless nothing on this server may be checked by it."""
    return () if all(process.name in WALLED for process in chosen) else (DOCTOR,)


def _units(
    chosen: tuple[Process, ...],
    user: str,
    root: Path,
    env: Path,
    host: str,
    port: int,
    ports: Mapping[str, int],
    web: int,
) -> Iterator[tuple[str, str]]:
    commands = processes.commands()
    wanted = []
    for process in chosen:
        command = commands[process.name]
        if process == WEB:
            command = re.sub(r" --host \S+", "", command) + f" --host {host} --port %i"
        if process.name in ports:
            command = re.sub(r" --host \S+", "", command) + f" --host {host} --port {ports[process.name]}"
        name = f"sms-app-{process.name}@.service" if process == WEB else f"sms-app-{process.name}.service"
        yield name, unit(process, command, user, root, env)
        if process in RUNNING:
            wanted += [name.replace("@", f"@{port + n}") for n in range(web)] if process == WEB else [name]
    target = "[Unit]\nDescription=sms-app\n" + "".join(f"Wants={name}\n" for name in wanted)
    yield "sms-app.target", target + "\n[Install]\nWantedBy=multi-user.target\n"
    if not _doctor(chosen):
        return
    may_check = [process for process in chosen if process in RUNNING and process.name not in WALLED]
    checked = "".join(f" --only {process.name}" for process in may_check)
    yield "sms-app-doctor.service", unit(DOCTOR, f"sms-app doctor{checked}", user, root, env)
    timer = "[Timer]\nOnCalendar=*:0/10\nRandomizedDelaySec=60\n\n[Install]\nWantedBy=timers.target\n"
    yield "sms-app-doctor.timer", "[Unit]\nDescription=sms-app: readiness checks\n\n" + timer


def unit(process: Process, command: str, user: str, root: Path, env: Path) -> str:
    """A unit. A command with `&&` becomes several commands that run in turn."""
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
    """Write the variables that a process uses, with their values here; only the owner can read the file."""
    text = "".join(
        f"{name}={_quoted(process.source(name), os.environ)}\n"
        for name in process.variables
        if _is_written(name, process)
    )
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)


def _is_written(name: str, process: Process) -> bool:
    """Whether to write a variable: always if the process needs it (empty if unset), else only if it is set."""
    return name in process.needed or bool(os.environ.get(process.source(name)))


def _quoted(name: str, env: Mapping[str, str]) -> str:
    value = env.get(name, "")
    if "'" in value or "\n" in value or "\\" in value:
        fail(f"{name} has a quote, a backslash or a line break in it: choose a value without these.")
    return f"'{value}'"
