"""Builds the page: one HTML file with its style, scripts and sentences, and with the programme's keys inside.

The same inputs give the same bytes, so that its SHA-256 can be compared with a printed sheet. Its policy allows nothing
but this script and this style, by their hashes: no network, no form, no frame, no evaluated code."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from sms_app.private import sealing

HERE = Path(__file__).parent
LIBRARY = (
    "bytes.js",
    "hpke.js",
    "words.js",
    "wrapping.js",
    "envelope.js",
    "download.js",
    "roster.js",
    "outcome.js",
    "rules.js",
)
"""The scripts without the page's elements, in their order."""
INTERFACE = ("view.js", "setup.js", "opening.js", "reseal.js", "app.js")
LANGUAGES = tuple(sorted(path.stem for path in HERE.glob("??.json")))


def page(programme: str, time_zone: str, roster_key: bytes, recovery_key: bytes) -> str:
    """The page for a programme. It pins the time zone, in which bands are read, and the keys, which are public keys (65
    bytes). Raises SealError for a key that is no point of P-256."""
    for key in (roster_key, recovery_key):
        sealing.public_key(key)
    pins = {
        "programme": programme,
        "time_zone": time_zone,
        "roster_key": sealing.to_text(roster_key),
        "recovery_key": sealing.to_text(recovery_key),
    }
    program = [_constant("PINS", pins), texts(), library(), *map(_read, INTERFACE)]
    script = '\n(() => {\n"use strict";\n' + "\n".join(program) + "})();\n"
    style = "\n" + _read("page.css")
    parts = {"%POLICY%": _policy(script, style), "%STYLE%": style, "%SCRIPT%": script}
    html = _read("page.html")
    for mark, part in parts.items():
        before, after = html.split(mark)
        html = before + part + after
    return html


def library() -> str:
    """The scripts that need no page: the tests run them by themselves."""
    return "\n".join((_constant("WORD_RULE", json.loads(_read("words.json"))), *map(_read, LIBRARY)))


def texts() -> str:
    """The sentences in each language, as a constant of the script."""
    return _constant("TEXTS", {language: json.loads(_read(f"{language}.json")) for language in LANGUAGES})


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "form-action 'none'; base-uri 'none'"
    )


def _source(inline: str) -> str:
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


def _constant(name: str, value: object) -> str:
    """A constant that can't end the script element, whatever it says."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True).replace("<", "\\u003c")
    return f"const {name} = {text};\n"


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
