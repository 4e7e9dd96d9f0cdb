"""Wraps a caseworker's private key under a generated passphrase, as the opening page does (page/wrapping.js).

The page makes the keys of real caseworkers; this twin is for the demo and the tests. The salt and the rounds are fixed
here and in the page, so that a server can't weaken them. The sectors in which she has kin are inside."""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from sms_app.private import sealing

ROUNDS = 600_000
SALT_BEGINS = "sms-app caseworker key 1"
IV_BYTES, KEY_BYTES = 12, 32
WORD_RULE = Path(__file__).parent / "page" / "words.json"


@dataclass(frozen=True)
class _WordRule:
    """The first and second syllables of a word, and how many words a passphrase has."""

    first: list[str]
    second: list[str]
    words: int


class WrongPassphrase(Exception):
    """The passphrase does not open the wrapped key, or the wrapped key was altered."""


def wrap(
    private_key: EllipticCurvePrivateKey,
    kin: Sequence[str],
    passphrase: str,
    programme: str,
    caseworker: str,
) -> dict[str, str]:
    """The wrapped key, as a download carries it: `iv` and `data` in base64url. `kin` has names of sectors."""
    pkcs8 = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    inside = json.dumps({"pkcs8": sealing.to_text(pkcs8), "kin": list(kin)}).encode()
    iv = os.urandom(IV_BYTES)
    public_key = sealing.public_bytes(private_key.public_key())
    data = AESGCM(_key(passphrase, programme, caseworker)).encrypt(iv, inside, public_key)
    return {"iv": sealing.to_text(iv), "data": sealing.to_text(data)}


def unwrap(
    wrapped: Mapping[str, str], public_key: bytes, passphrase: str, programme: str, caseworker: str
) -> tuple[EllipticCurvePrivateKey, tuple[str, ...]]:
    """The private key and the sectors of kin. Raises WrongPassphrase."""
    try:
        iv, data = sealing.from_text(wrapped["iv"]), sealing.from_text(wrapped["data"])
        inside = json.loads(AESGCM(_key(passphrase, programme, caseworker)).decrypt(iv, data, public_key))
        key = load_der_private_key(sealing.from_text(inside["pkcs8"]), None)
    except (InvalidTag, ValueError, KeyError, TypeError, AttributeError):
        raise WrongPassphrase from None
    assert isinstance(key, EllipticCurvePrivateKey)
    return key, tuple(inside["kin"])


def new_passphrase() -> str:
    """Seven random words, 77 bits, with a space between."""
    every = words()
    return " ".join(secrets.choice(every) for _ in range(_rule().words))


@cache
def words() -> tuple[str, ...]:
    """All 2048 words, in the order of their numbers."""
    rule = _rule()
    return tuple(first + second for first in rule.first for second in rule.second)


def normalised(passphrase: str) -> str:
    """A passphrase as it counts: NFKC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).lower().split())


@cache
def _rule() -> _WordRule:
    values = json.loads(WORD_RULE.read_text(encoding="utf-8"))
    return _WordRule(_syllables(values["first"]), _syllables(values["second"]), values["words"])


def _syllables(part: Mapping[str, str]) -> list[str]:
    return [consonant + vowel for consonant in part["consonants"] for vowel in part["vowels"]]


def _key(passphrase: str, programme: str, caseworker: str) -> bytes:
    salt = "\0".join((SALT_BEGINS, programme, caseworker)).encode()
    return PBKDF2HMAC(SHA256(), KEY_BYTES, salt, ROUNDS).derive(normalised(passphrase).encode())
