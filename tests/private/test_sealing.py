"""An envelope opens for its recipients only, has one size, and tells nothing else."""

from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from sms_app.private import sealing
from sms_app.private.sealing import RECOVERY_SLOT, SLOT_BYTES, SealError
from sms_app.private.support_request import CALL, CONTENT_BYTES, ContentError, SupportRequest

AT = datetime(2027, 3, 9, 14, 0, 7, tzinfo=UTC)
REQUEST = SupportRequest(
    CALL,
    AT,
    "+250780001001",
    "+250780001002",
    "other_phone",
    "08:00-11:00",
    date(2027, 3, 12),
    ("Kigabiro",),
    "woman",
)
NOTHING = SupportRequest("nothing", AT)
ROW = bytes(range(16))


def keys(count):
    private = [sealing.new_key() for _ in range(count)]
    return private, {n: sealing.public_bytes(key.public_key()) for n, key in enumerate(private)}


def test_each_recipient_opens_its_own_slot_and_no_other():
    (first, second, recovery), public = keys(3)
    recipients = {0: public[0], 1: public[1], RECOVERY_SLOT: public[2]}
    envelope = sealing.seal(REQUEST, ROW, "rwanda", recipients)
    for slot, key in ((0, first), (1, second), (RECOVERY_SLOT, recovery)):
        assert sealing.open_slot(envelope, slot, ROW, "rwanda", key) == REQUEST
    for slot, key in ((1, first), (0, second), (2, first), (0, recovery)):
        with pytest.raises(SealError):
            sealing.open_slot(envelope, slot, ROW, "rwanda", key)


def test_a_slot_is_bound_to_its_row_its_programme_and_its_key():
    (key,), public = keys(1)
    envelope = sealing.seal(REQUEST, ROW, "rwanda", public)
    for row, programme in ((bytes(16), "rwanda"), (ROW, "tanzania")):
        with pytest.raises(SealError):
            sealing.open_slot(envelope, 0, row, programme, key)


@pytest.mark.parametrize("place", [0, 1, 2, 40, 66, 200, SLOT_BYTES - 1, SLOT_BYTES])
def test_an_envelope_with_one_bit_altered_does_not_open(place):
    (key,), public = keys(1)
    envelope = bytearray(sealing.seal(REQUEST, ROW, "rwanda", public))
    envelope[place] ^= 1
    with pytest.raises(SealError):
        sealing.open_slot(bytes(envelope), 0, ROW, "rwanda", key)


def test_a_row_id_and_an_envelope_have_their_length():
    (key,), public = keys(1)
    assert len(sealing.new_row()) == 16 == sealing.ROW_BYTES
    envelope = sealing.seal(REQUEST, ROW, "rwanda", public)
    with pytest.raises(SealError):
        sealing.open_slot(envelope + b"\0", 0, ROW, "rwanda", key)


def test_envelopes_have_one_size_whatever_is_inside_and_whoever_receives():
    _, public = keys(4)
    sizes = {
        len(sealing.seal(request, ROW, "rwanda", recipients))
        for request in (REQUEST, NOTHING)
        for recipients in ({}, {0: public[0]}, public)
    }
    assert sizes == {sealing.ENVELOPE_BYTES}


def test_every_slot_begins_with_a_point_of_the_curve_also_without_a_recipient():
    envelope = sealing.seal(NOTHING, ROW, "rwanda", {})
    for slot in range(sealing.SLOTS):
        start = 1 + slot * SLOT_BYTES
        assert sealing.public_key(envelope[start : start + sealing.POINT_BYTES])


def test_a_key_of_another_curve_or_with_wrong_bytes_is_refused():
    other = sealing.public_bytes(generate_private_key(SECP384R1()).public_key())
    for raw in (other, bytes(65), b"\4" + b"\1" * 64, b""):
        with pytest.raises(SealError):
            sealing.public_key(raw)
    with pytest.raises(SealError):
        sealing.seal(REQUEST, ROW, "rwanda", {0: other})


def test_content_keeps_its_length_and_comes_back_the_same():
    for request in (REQUEST, NOTHING):
        content = request.encode()
        assert len(content) == CONTENT_BYTES
        assert SupportRequest.decode(content) == request


def test_sectors_that_do_not_fit_are_left_out_and_nothing_else_is():
    many = tuple(f"Umurenge wa {n:07}" for n in range(12))
    crowded = SupportRequest(
        CALL, AT, REQUEST.dialled_from, REQUEST.number, "alone", "08:00-11:00", REQUEST.until, many, "woman"
    )
    opened = SupportRequest.decode(crowded.encode())
    assert opened.sectors == ()
    assert (opened.number, opened.band, opened.role) == (crowded.number, crowded.band, crowded.role)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff" * 4, b'{"kind":"call"}'])
def test_other_content_is_refused(content):
    with pytest.raises(ContentError):
        SupportRequest.decode(content)


@pytest.mark.parametrize("text", ["AAAA=", "AA==", "A", "+AAA", "/AAA", "A AA", "AAA!A", "AB", "é" * 4])
def test_only_one_text_is_read_as_the_same_bytes(text):
    """AB has bits over that say nothing: AA is the text of its bytes."""
    with pytest.raises(ValueError, match=r"ASCII|padding|multiple of 4"):
        sealing.from_text(text)
    assert [sealing.from_text(sealing.to_text(bytes(n))) for n in range(4)] == [bytes(n) for n in range(4)]
