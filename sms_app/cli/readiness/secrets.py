"""Readiness of the secrets: none is weak, used twice, or in a process that does not need it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from sms_app.cli.readiness.finding import Finding, Inputs
from sms_app.config import PREFIX

PASSWORD_SHORTEST = 16
PROCESS = re.compile(r"sms[-_]app\S*\0(web|worker|clock)\0")
ANOTHER = "make another with `sms-app vault new-key`: 43 random characters, good enough for each of them"


def check_secrets(inputs: Inputs) -> Iterator[Finding]:
    """Weak secrets and secrets used twice, by their variables. `check_environment` reports secrets that are too weak to
    start with."""
    secrets = dict(_each_secret(inputs.env))
    weak = sorted(
        name for name, value in secrets.items() if len(value) < PASSWORD_SHORTEST or len(set(value)) < 10
    )
    shared = [f"{a} and {b}" for (a, x), (b, y) in combinations(sorted(secrets.items()), 2) if x == y]
    yield Finding("weak secrets", "bad" if weak else "ok", ", ".join(weak) or "none", ANOTHER if weak else "")
    yield Finding(
        "secrets used twice",
        "bad" if shared else "ok",
        ", ".join(shared) or "none",
        ANOTHER if shared else "",
    )


def _each_secret(env: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("CALLBACK_SECRET", "METRICS_TOKEN", "PROVIDER_API_KEY"):
        values = [value for value in env.get(f"{PREFIX}{name}", "").split(",") if value]
        yield from ((f"{PREFIX}{name}" + (f" ({n})" if n > 1 else ""), v) for n, v in enumerate(values, 1))
    for part in env.get(f"{PREFIX}KEYS", "").split(","):
        id_, _, key = part.partition(":")
        if key:
            yield f"{PREFIX}KEYS ({id_.strip()})", key
    for name in ("WEB", "WORKER", "SUPPORT", "STAFF"):
        url = env.get(f"{PREFIX}{name}_DATABASE_URL", "")
        if url:
            yield f"{PREFIX}{name}_DATABASE_URL", str(conninfo_to_dict(url).get("password") or "")
    for name in ("", "WEB_", "CLOCK_"):
        password = urlsplit(env.get(f"{PREFIX}{name}REDIS_URL", "")).password
        if password:
            yield f"{PREFIX}{name}REDIS_URL", password


def check_owners_url(proc: Path = Path("/proc")) -> Iterator[Finding]:
    """Our running processes that have the owner's URL in their environment, among those that we may read."""
    holders = sum(_holds(path) for path in proc.glob("[0-9]*"))
    do = "give each process its own variables only (`sms-app services` writes such files)"
    yield Finding(
        "owner's URL",
        "bad" if holders else "ok",
        f"in {holders} running processes" if holders else "in no running process that we may read",
        do if holders else "",
    )


def _holds(path: Path) -> bool:
    try:
        command = (path / "cmdline").read_bytes().decode(errors="replace")
        if path.name == str(os.getpid()) or not PROCESS.search(command):
            return False
        return f"\0{PREFIX}DATABASE_URL=" in "\0" + (path / "environ").read_bytes().decode(errors="replace")
    except OSError:
        return False
