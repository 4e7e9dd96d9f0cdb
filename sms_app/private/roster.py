"""The roster: which public keys a programme's requests are sealed to, signed offline by the holder of the roster key.

A server accepts a roster only when the pinned roster key signed it, its version is not below the pinned one, it has not
expired, and its recovery key is the pinned one. So who writes the database can remove a caseworker, but not add one. A
key is withdrawn by its fingerprint, which needs no signature."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from sms_app.private import sealing
from sms_app.private.sealing import CASEWORKER_SLOTS, RECOVERY_SLOT, SealError

SIGNED_AS = b"sms-app support roster 1\0"
MAX_VALIDITY = timedelta(days=184)
"""A roster expires within six months of its signature."""
HALF = 32


class RosterError(Exception):
    """A roster can't be used; the text says why."""


@dataclass(frozen=True)
class Pins:
    """What the configuration pins: the programme's roster key and recovery key (65 bytes each, whole keys, so that
    something can be sealed to the recovery key whatever the database says), and the least version of a roster."""

    roster_key: bytes
    recovery_key: bytes
    least_version: int = 1


@dataclass(frozen=True)
class Roster:
    """A roster. `keys` are the caseworkers' public keys (65 bytes) by their code, in the order of their slots."""

    programme: str
    version: int
    expires: date
    keys: Mapping[str, bytes]
    recovery: bytes

    def recipients(self, withdrawn: Collection[bytes] = ()) -> dict[int, bytes]:
        """The public keys by their slot, without those whose fingerprint is withdrawn; the recovery key is the last."""
        active = {
            slot: key
            for slot, key in enumerate(self.keys.values())
            if sealing.fingerprint(key) not in withdrawn
        }
        return {**active, RECOVERY_SLOT: self.recovery}

    def caseworkers(self, withdrawn: Collection[bytes] = ()) -> frozenset[str]:
        """The codes of the caseworkers whose keys are not withdrawn."""
        return frozenset(code for code, key in self.keys.items() if sealing.fingerprint(key) not in withdrawn)

    def check_day(self, today: date) -> None:
        """Raise RosterError when the roster does not count on `today`."""
        if self.expires <= today:
            raise RosterError(f"the roster expired on {self.expires:%d/%m/%Y}")
        if self.expires > today + MAX_VALIDITY:
            raise RosterError("the roster is valid for more than six months")

    def document(self) -> str:
        """The text that is signed: JSON with sorted names and no spaces."""
        keys = [{"caseworker": code, "key": sealing.to_text(key)} for code, key in self.keys.items()]
        values = {
            "programme": self.programme,
            "version": self.version,
            "expires": self.expires.isoformat(),
            "keys": keys,
            "recovery": sealing.to_text(self.recovery),
        }
        return json.dumps(values, sort_keys=True, separators=(",", ":"))


def sign(roster: Roster, key: EllipticCurvePrivateKey, today: date) -> str:
    """The signed file: JSON with the document, the signer's public key and the signature (r and s, 32 bytes each, over
    SIGNED_AS and the document). Raises RosterError for a roster that no server would accept."""
    if not today < roster.expires <= today + MAX_VALIDITY:
        raise RosterError("a roster expires after today and within six months")
    document = roster.document()
    _parsed(document)
    r, s = decode_dss_signature(key.sign(SIGNED_AS + document.encode(), ECDSA(SHA256())))
    signed = {
        "roster": document,
        "signer": sealing.to_text(sealing.public_bytes(key.public_key())),
        "signature": sealing.to_text(r.to_bytes(HALF, "big") + s.to_bytes(HALF, "big")),
    }
    return json.dumps(signed, sort_keys=True) + "\n"


def accepted(signed: str, programme: str, pins: Pins, today: date) -> Roster:
    """The roster of a signed file, if the pins accept it on `today`. Raises RosterError with the first reason."""
    roster = verified(signed, programme, pins)
    roster.check_day(today)
    return roster


def verified(signed: str, programme: str, pins: Pins) -> Roster:
    """The roster of a signed file, if the pins accept it on some day: it may have expired. Raises RosterError with the
    first reason."""
    try:
        values = json.loads(signed)
        document, signature = values["roster"], sealing.from_text(values["signature"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RosterError("the file is no signed roster") from None
    if not _is_signed(document, signature, pins.roster_key):
        raise RosterError("the roster is not signed by the pinned roster key")
    roster = _parsed(document)
    if roster.programme != programme:
        raise RosterError(f"the roster is for the programme {roster.programme}")
    if roster.version < pins.least_version:
        raise RosterError(f"the roster's version is {roster.version}, the least is {pins.least_version}")
    if roster.recovery != pins.recovery_key:
        raise RosterError("the roster's recovery key is not the pinned one")
    return roster


def _is_signed(document: object, signature: bytes, key: bytes) -> bool:
    if not isinstance(document, str) or len(signature) != 2 * HALF:
        return False
    r, s = int.from_bytes(signature[:HALF], "big"), int.from_bytes(signature[HALF:], "big")
    try:
        sealing.public_key(key).verify(
            encode_dss_signature(r, s), SIGNED_AS + document.encode(), ECDSA(SHA256())
        )
    except (InvalidSignature, SealError, UnicodeEncodeError):
        return False
    return True


def _parsed(document: str) -> Roster:
    """Read a document. Raises RosterError when it is none, has too many keys, a key twice or one of another curve."""
    try:
        values = json.loads(document)
        keys = {entry["caseworker"]: sealing.from_text(entry["key"]) for entry in values["keys"]}
        roster = Roster(
            str(values["programme"]),
            int(values["version"]),
            date.fromisoformat(values["expires"]),
            keys,
            sealing.from_text(values["recovery"]),
        )
        for key in (*keys.values(), roster.recovery):
            sealing.public_key(key)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise RosterError("the roster can't be read") from None
    except SealError:
        raise RosterError("a key of the roster is no key on the curve P-256") from None
    everyone = (*keys.values(), roster.recovery)
    if not 0 < len(keys) <= CASEWORKER_SLOTS or len(values["keys"]) != len(keys):
        raise RosterError(f"a roster has 1 to {CASEWORKER_SLOTS} caseworkers, none twice")
    if len(set(everyone)) < len(everyone):
        raise RosterError("a key is in the roster twice")
    return roster
