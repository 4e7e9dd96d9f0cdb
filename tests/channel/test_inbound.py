"""The provider's forms: what is read, and that a malformed one is told by its field alone."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.channel.inbound import Malformed, UssdEvent, UssdHop, parse_ussd, parse_ussd_event

HOP = {
    "sessionId": "ATUid_1", "phoneNumber": "+250788000001", "serviceCode": "*801#", "networkCode": "63510",
    "text": "2*1*2000",
}  # fmt: skip
EVENT = {
    "date": "2026-03-11 09:00:00", "sessionId": "ATUid_1", "phoneNumber": "+250788000001", "serviceCode": "*801#",
    "networkCode": "63510", "status": "Success", "cost": "RWF 5.00", "durationInMillis": "12000", "hopsCount": "4",
    "input": "2*1*2000", "lastAppResponse": "END Murakoze.", "errorMessage": "",
}  # fmt: skip
BAD_NUMBERS = [
    "", "0788000001", "250788000001", " 250788000001", "+0788000001", "+25078800000a", "+250", "+2507880000011234",
    "+250 788 000 001", "+250788000001\n", "+٢٥٠٧٨٨٠٠٠٠٠١", "tel:+250788000001",
]  # fmt: skip


def test_a_hop():
    assert parse_ussd(HOP) == UssdHop("ATUid_1", "+250788000001", "*801#", "63510", "2*1*2000")


def test_the_first_hop_has_an_empty_text():
    assert parse_ussd({**HOP, "text": ""}).text == ""


def test_a_foreign_number_is_a_number():
    assert parse_ussd({**HOP, "phoneNumber": "+255712345678"}).number == "+255712345678"


@pytest.mark.parametrize("field", ["sessionId", "phoneNumber", "serviceCode", "text"])
def test_a_missing_field(field: str):
    with pytest.raises(Malformed, match=f"^{field}$"):
        parse_ussd({key: value for key, value in HOP.items() if key != field})


@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_a_malformed_number(number: str):
    for parse, form in ((parse_ussd, HOP), (parse_ussd_event, EVENT)):
        with pytest.raises(Malformed, match=r"^phoneNumber$"):
            parse({**form, "phoneNumber": number})


@pytest.mark.parametrize("session", ["", " ", "a b", "a\n", "é", "x" * 129])
def test_a_malformed_session(session: str):
    with pytest.raises(Malformed, match=r"^sessionId$"):
        parse_ussd({**HOP, "sessionId": session})


@pytest.mark.parametrize("code", ["", "801x", "*801# ", "*" * 33])
def test_a_malformed_service_code(code: str):
    with pytest.raises(Malformed, match=r"^serviceCode$"):
        parse_ussd({**HOP, "serviceCode": code})


def test_a_text_too_long():
    assert parse_ussd({**HOP, "text": "1" * 2000}).text == "1" * 2000
    with pytest.raises(Malformed, match=r"^text$"):
        parse_ussd({**HOP, "text": "1" * 2001})


def test_an_event_without_what_was_typed_or_read():
    event = parse_ussd_event(EVENT)
    assert event == UssdEvent("ATUid_1", "+250788000001", "*801#", "63510", "Success", Decimal("5.00"), "RWF")


def test_a_status_that_nobody_heard_of_is_kept():
    assert parse_ussd_event({**EVENT, "status": "Teleported"}).status == "Teleported"


@pytest.mark.parametrize("cost", ["", "5.00", "RWF", "RWF -5.00", "RWF 5,00", "rwf 5", "RWF 1e9", "RWF 1234567890",
                                  "RWF 5.12345", "RWF ٥", "RWF NaN"])  # fmt: skip
def test_a_malformed_cost(cost: str):
    with pytest.raises(Malformed, match=r"^cost$"):
        parse_ussd_event({**EVENT, "cost": cost})


@given(st.dictionaries(st.sampled_from([*EVENT, "text"]), st.text(max_size=40)))
def test_whatever_comes_is_read_or_malformed(form: dict[str, str]):
    for parse in (parse_ussd, parse_ussd_event):
        with suppress(Malformed):
            parse(form)
