"""The caseworker's key: the file with which the opening page makes it, and the file that the page gives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sms_app.private import sealing
from sms_app.private.console.accounts import Caseworker
from sms_app.private.console.settings import ConsoleProgramme
from sms_app.private.console.words import Fault
from sms_app.private.sealing import SealError

FORMAT = 1
NONCE_BYTES = 12
LEAST_WRAPPED, MAX_WRAPPED = 64, 4_096
"""Bytes of a wrapped key."""
GROUP = 4


class FileError(Fault):
    """A file from the opening page can't be used; it says why, to the caseworker."""


@dataclass(frozen=True)
class NewKey:
    """A key as the page gave it: the wrapped private key as JSON, and the public key's 65 bytes."""

    wrapped: str
    public: bytes


def setup_file(caseworker: Caseworker, programme: ConsoleProgramme) -> str:
    """The file with which the page makes a key for this caseworker."""
    values = {
        "format": FORMAT,
        "setup": True,
        "programme": programme.slug,
        "caseworker": caseworker.code,
        "sectors": programme.sectors,
        "time_zone": programme.time_zone,
    }
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def read(text: str, caseworker: Caseworker) -> NewKey:
    """Read the key file of this caseworker. Raises FileError."""
    values = document(text)
    if "wrapped_key" not in values or "public_key" not in values:
        raise FileError("no_key_file")
    if values.get("caseworker") != caseworker.code:
        raise FileError("key_of_other", code=caseworker.code)
    try:
        public = sealing.from_text(values["public_key"])
        sealing.public_key(public)
        wrapped = values["wrapped_key"]
        nonce, data = (sealing.from_text(wrapped[name]) for name in ("iv", "data"))
    except (SealError, ValueError, TypeError, KeyError, AttributeError):
        raise FileError("key_damaged") from None
    if len(nonce) != NONCE_BYTES or not LEAST_WRAPPED <= len(data) <= MAX_WRAPPED:
        raise FileError("key_damaged")
    kept = {"iv": sealing.to_text(nonce), "data": sealing.to_text(data)}
    return NewKey(json.dumps(kept), public)


def document(text: str) -> dict[str, Any]:
    """The object in a file of ours. Raises FileError."""
    try:
        values = json.loads(text)
    except ValueError:
        raise FileError("file_not_read") from None
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise FileError("file_version")
    return values


def shown(public: bytes) -> str:
    """A public key's fingerprint in groups, to be read aloud, as the opening page shows it: `9f86 d081 …`."""
    digits = sealing.fingerprint(public).hex()
    return " ".join(digits[n : n + GROUP] for n in range(0, len(digits), GROUP))
