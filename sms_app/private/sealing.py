"""Seals requests for support to caseworkers and to the recovery key (HPKE, RFC 9180: DHKEM(P-256, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM).

An envelope has a version byte and a fixed number of slots, each the same content sealed to one key. A slot without a
recipient is sealed to a key that nobody keeps, so all envelopes look alike. Sealing hides the content and does not
authenticate it: whoever writes the database can make envelopes of his own."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sms_app.private.support_request import CONTENT_BYTES, SupportRequest

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
VERSION = 1
CASEWORKER_SLOTS = 5
RECOVERY_SLOT = CASEWORKER_SLOTS
SLOTS = CASEWORKER_SLOTS + 1
POINT_BYTES, TAG_BYTES, ROW_BYTES = 65, 16, 16
SLOT_BYTES = POINT_BYTES + CONTENT_BYTES + TAG_BYTES
ENVELOPE_BYTES = 1 + SLOTS * SLOT_BYTES


class SealError(Exception):
    """A key is no point of P-256, or an envelope can't be opened."""


def new_row() -> bytes:
    """A random row id, 16 bytes: it comes from nothing that a dialogue has."""
    return os.urandom(ROW_BYTES)


def info(programme: str, row: bytes, key: bytes) -> bytes:
    """What a slot is bound to, HPKE's `info`: version, programme, row id, fingerprint of the recipient's key."""
    head = f"sms-app support request {VERSION}\0{programme}\0".encode()
    return head + row + fingerprint(key)


def fingerprint(key: bytes) -> bytes:
    """The SHA-256 of a public key's 65 bytes."""
    return sha256(key).digest()


def seal(request: SupportRequest, row: bytes, programme: str, recipients: Mapping[int, bytes]) -> bytes:
    """Seal a request for the row with the id `row`: ENVELOPE_BYTES bytes. `recipients` has public keys by their slot.
    Raises SealError for a key that is no point of P-256."""
    content = request.encode()
    slots = [
        _sealed(content, row, programme, recipients.get(slot) or _discarded_key()) for slot in range(SLOTS)
    ]
    return bytes((VERSION,)) + b"".join(slots)


def open_slot(
    envelope: bytes, slot: int, row: bytes, programme: str, key: EllipticCurvePrivateKey
) -> SupportRequest:
    """Open a slot with its private key. Raises SealError, or ContentError when there is no request inside."""
    if len(envelope) != ENVELOPE_BYTES or envelope[0] != VERSION:
        raise SealError
    start = 1 + slot * SLOT_BYTES
    bound = info(programme, row, public_bytes(key.public_key()))
    try:
        content = SUITE.decrypt(envelope[start : start + SLOT_BYTES], key, bound)
    except (InvalidTag, ValueError):
        raise SealError from None
    return SupportRequest.decode(content)


def new_key() -> EllipticCurvePrivateKey:
    """A fresh private key on P-256."""
    return generate_private_key(SECP256R1())


def public_bytes(key: EllipticCurvePublicKey) -> bytes:
    """A public key as its uncompressed point, 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def public_key(raw: bytes) -> EllipticCurvePublicKey:
    """A public key from its 65 bytes. Raises SealError when they are no point of P-256."""
    if len(raw) != POINT_BYTES or raw[0] != 4:
        raise SealError
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
    except ValueError:
        raise SealError from None


def to_text(raw: bytes) -> str:
    """Bytes as base64url without padding, as files carry them."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """The inverse of to_text: no other text gives the same bytes. Raises ValueError."""
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_text(raw) != text:
        raise ValueError("not base64url without padding")
    return raw


def _discarded_key() -> bytes:
    return public_bytes(new_key().public_key())


def _sealed(content: bytes, row: bytes, programme: str, key: bytes) -> bytes:
    return SUITE.encrypt(content, public_key(key), info(programme, row, key))
