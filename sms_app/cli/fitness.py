"""What people must still do before real people are spoken to: the settings, the secrets, the programmes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from sms_app.cli.checks import Patient, connected, tried
from sms_app.config import PREFIX, Config
from sms_app.engine.checker.catalogue import SOURCE_LANGUAGE, Sentences, is_reviewed, read_sentences
from sms_app.engine.flow import Fault
from sms_app.messaging import golive
from sms_app.messaging.health import Finding
from sms_app.vault import Vault

PASSWORD_SHORTEST = 16
REAL_PROVIDER = "africastalking.com"
PROCESS = re.compile(r"sms[-_]app\S*\0(web|worker|clock)\0")
ANOTHER = "make another with `sms-app vault new-key`: 43 random characters, good for each of them"


def go_live(patient: Patient) -> list[Finding]:
    """What people must still do before the service speaks to real people."""
    every: list[tuple[str, Callable[[], Iterable[Finding]]]] = [
        ("programmes", lambda: _programmes(patient)),
        ("the database's content", lambda: _content(patient)),
        ("settings for real people", lambda: _for_real(patient)),
        ("secrets", lambda: _secrets(patient)),
        ("owner's URL", owners_url),
    ]
    return [line for name, check in every for line in tried(name, check)]


def _programmes(patient: Patient) -> Iterator[Finding]:
    for settings, _ in patient.programmes().programmes:
        unreviewed = {
            language: _unreviewed(read_sentences(patient.settings.locales, language, settings.slug))
            for language in settings.languages
            if language != SOURCE_LANGUAGE
        }
        yield from golive.of_programme(settings, unreviewed, settings.calendar.day(patient.now))


def _unreviewed(sentences: Sentences | Fault) -> tuple[int, int] | None:
    """How many sentences of a catalogue no native loaded has passed as they are now, of how many; None when it can't
    be read."""
    if isinstance(sentences, Fault):
        return None
    every = sentences.by_key.values()
    return sum(not is_reviewed(sentence) for sentence in every), len(every)


def _content(patient: Patient) -> Iterator[Finding]:
    if not (patient.settings.worker_database_url and patient.settings.keys):
        yield Finding(
            "the database's content", "bad", "not looked at", "set the worker's URL and SMS_APP_KEYS"
        )
        return
    with connected(patient.settings.worker_database_url) as conn:
        for settings, _ in patient.programmes().programmes:
            yield from golive.of_sectors(conn, settings, patient.now)
        yield from golive.of_database(conn, Vault.parse(patient.settings.keys))


def _for_real(patient: Patient) -> Iterator[Finding]:
    settings = patient.settings
    for name, on in (("DEMO", settings.demo), ("PHONE_URL", bool(settings.phone_url))):
        yield Finding(
            f"{PREFIX}{name}", "bad" if on else "ok", "on" if on else "off", "unset it" if on else ""
        )
    shift = settings.time_offset_s
    if shift:
        yield Finding("time", "bad", f"shifted by {shift} s", f"unset {PREFIX}TIME_OFFSET_S")
    else:
        yield Finding("time", "ok", "the real one")
    if is_real_provider(settings):
        yield Finding("provider for real", "ok", "its own address, a live account")
    else:
        do = f"unset {PREFIX}PROVIDER_URL, and set the live account's username and key"
        yield Finding("provider for real", "bad", "a stand-in or the sandbox", do)


def is_real_provider(settings: Config) -> bool:
    """Whether what is sent reaches real phones."""
    host = urlsplit(settings.provider_url).hostname or REAL_PROVIDER
    its_own = host == REAL_PROVIDER or host.endswith(f".{REAL_PROVIDER}")
    return its_own and "sandbox" not in host and settings.provider_username != "sandbox"


def _secrets(patient: Patient) -> Iterator[Finding]:
    """Weak ones and ones used twice, by their variables. What is too weak to start with is told by `_environment`."""
    found = dict(_each_secret(patient.env))
    weak = sorted(
        name for name, value in found.items() if len(value) < PASSWORD_SHORTEST or len(set(value)) < 10
    )
    shared = [f"{a} and {b}" for (a, x), (b, y) in combinations(sorted(found.items()), 2) if x == y]
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


def owners_url(proc: Path = Path("/proc")) -> Iterator[Finding]:
    """Running processes of ours whose environment holds the owner's URL, as far as we may look."""
    holders = sum(_holds(path) for path in proc.glob("[0-9]*"))
    do = "give each process its own variables only (`sms-app services` writes them so)"
    yield Finding(
        "owner's URL",
        "bad" if holders else "ok",
        f"in {holders} running processes" if holders else "in no running process that we may look at",
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
