"""Python's HPKE and the page's agree with the vectors of RFC 9180, and with each other.

The page seals one message for one key, so only the first nonce of each vector counts for it."""

from __future__ import annotations

import json
from hashlib import shake_128
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sms_app.private import sealing
from tests.world.support import PROGRAMME, call, in_library

AES_128, AES_256 = json.loads((Path(__file__).parent / "hpke_vectors.json").read_text())
AEADS = {1: AEAD.AES_128_GCM, 2: AEAD.AES_256_GCM}
BYTES = "const raw = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));"
IMPORT = (
    "const imported = (pkcs8) => crypto.subtle.importKey('pkcs8', raw(pkcs8), CURVE, false, ['deriveBits']);"
)


def pkcs8(number):
    key = derive_private_key(int(number, 16), SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex()


def schedule_in_page(library, vector):
    script = f"""async (v) => {{ {BYTES} {IMPORT}
        const schedule = await receiverSchedule(
            raw(v.pkEm), await imported(v.pkcs8), raw(v.pkRm), raw(v.info), v.key_bytes);
        return [toHex(schedule.key), toHex(schedule.nonce)]; }}"""
    return tuple(in_library(library, script, {**vector, "pkcs8": pkcs8(vector["skRm"])}))


def accumulated(key, base_nonce):
    """The hash of a thousand ciphertexts of drawn plaintexts, as the file of vectors makes it."""
    drawn, used = shake_128().digest(1000 * 2 * 256), 0
    ciphertexts = b""
    for number in range(1000):
        pair = []
        for _ in range(2):
            length = drawn[used]
            pair.append(drawn[used + 1 : used + 1 + length])
            used += 1 + length
        nonce = int.from_bytes(base_nonce, "big") ^ number
        ciphertexts += AESGCM(key).encrypt(nonce.to_bytes(12, "big"), pair[1], pair[0])
    return shake_128(ciphertexts).digest(16).hex()


def test_the_page_derives_key_and_nonce_of_the_vector(library):
    assert schedule_in_page(library, AES_128) == (AES_128["key"], AES_128["base_nonce"])


def test_the_page_derives_key_and_nonce_of_the_vector_with_aes_256(library):
    key, nonce = map(bytes.fromhex, schedule_in_page(library, AES_256))
    assert accumulated(key, nonce) == AES_256["encryptions_accumulated"]


def test_the_page_opens_the_vector(library):
    script = f"""async (v) => {{ {BYTES} {IMPORT}
        const opened = await hpkeOpen(
            raw(v.pkEm + v.ct), await imported(v.pkcs8), raw(v.pkRm), raw(v.info), raw(v.aad), v.key_bytes);
        return toHex(opened); }}"""
    assert in_library(library, script, {**AES_128, "pkcs8": pkcs8(AES_128["skRm"])}) == AES_128["pt"]


def test_the_page_seals_the_vector(library):
    script = f"""async (v) => {{ {BYTES} {IMPORT}
        const pair = {{ privateKey: await imported(v.pkcs8), publicKey: await importPoint(raw(v.pkEm)) }};
        return toHex(await hpkeSeal(raw(v.pt), raw(v.pkRm), raw(v.info), raw(v.aad), v.key_bytes, pair)); }}"""
    sealed = in_library(library, script, {**AES_128, "pkcs8": pkcs8(AES_128["skEm"])})
    assert sealed == AES_128["pkEm"] + AES_128["ct"]


@pytest.mark.parametrize("vector", [AES_128, AES_256], ids=["AES-128", "AES-256"])
def test_python_opens_what_the_vectors_key_sealed(library, vector):
    """Python's HPKE takes no AAD and shows no key, so the vector's key and nonce seal a message without AAD."""
    key, nonce = map(bytes.fromhex, schedule_in_page(library, vector))
    sealed = bytes.fromhex(vector["pkEm"]) + AESGCM(key).encrypt(nonce, b"a message", b"")
    suite = Suite(KEM.P256, KDF.HKDF_SHA256, AEADS[vector["aead_id"]])
    private = derive_private_key(int(vector["skRm"], 16), SECP256R1())
    assert suite.decrypt(sealed, private, bytes.fromhex(vector["info"])) == b"a message"


OPEN = f"""async (v) => {{ {BYTES} {IMPORT}
    const holder = {{ privateKey: await imported(v.pkcs8), publicKey: raw(v.publicKey) }};
    const result = await openEnvelope(raw(v.envelope), raw(v.row), v.programme, holder, v.first);
    return [toHex(result.content), result.slot]; }}"""


def open_in_page(library, envelope, row, key, first=0, programme=PROGRAMME):
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex()
    public = sealing.public_bytes(key.public_key()).hex()
    values = {"pkcs8": der, "publicKey": public, "envelope": envelope.hex(), "row": row.hex()}
    return in_library(library, OPEN, {**values, "first": first, "programme": programme})


@pytest.mark.parametrize("slot", [0, 3, 5])
def test_the_page_opens_an_envelope_of_python(library, slot):
    key, row = sealing.new_key(), sealing.new_row()
    envelope = sealing.seal(call(), row, PROGRAMME, {slot: sealing.public_bytes(key.public_key())})
    for first in (0, slot):
        content, opened = open_in_page(library, envelope, row, key, first)
        assert (bytes.fromhex(content), opened) == (call().encode(), slot)


def test_an_envelope_altered_or_for_another_row_or_programme_does_not_open_in_the_page(library):
    key, row = sealing.new_key(), sealing.new_row()
    envelope = sealing.seal(call(), row, PROGRAMME, {1: sealing.public_bytes(key.public_key())})
    altered = bytearray(envelope)
    altered[sealing.SLOT_BYTES + 200] ^= 1
    for wrong in (
        (bytes(altered), row, PROGRAMME),
        (envelope, bytes(16), PROGRAMME),
        (envelope, row, "tanzania"),
        (envelope[:-1], row, PROGRAMME),
        (b"\2" + envelope[1:], row, PROGRAMME),
    ):
        with pytest.raises(Exception, match=r"envelope|other keys"):
            open_in_page(library, wrong[0], wrong[1], key, programme=wrong[2])


def test_python_opens_an_envelope_of_the_page(library):
    key, row = sealing.new_key(), sealing.new_row()
    script = f"""async (v) => {{ {BYTES}
        const recipients = new Map([[2, raw(v.key)]]);
        return toHex(await sealEnvelope(raw(v.content), raw(v.row), v.programme, recipients)); }}"""
    public = sealing.public_bytes(key.public_key()).hex()
    values = {"key": public, "content": call().encode().hex(), "row": row.hex(), "programme": PROGRAMME}
    envelope = bytes.fromhex(in_library(library, script, values))
    assert sealing.open_slot(envelope, 2, row, PROGRAMME, key) == call()
    with pytest.raises(sealing.SealError):
        sealing.open_slot(envelope, 0, row, PROGRAMME, key)
