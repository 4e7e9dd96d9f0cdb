"""The provider's forms: what is read, and that a malformed one is told by its field alone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.channel.africastalking.inbound import (
    delivery,
    parse_delivery,
    parse_opt_out,
    parse_sms,
    parse_ussd,
    parse_ussd_event,
)
from sms_app.channel.inbound import Delivery, Malformed, OptOut, Sms, UssdEvent, UssdHop

HOP = {
    "sessionId": "ATUid_1",
    "phoneNumber": "+250788000001",
    "serviceCode": "*801#",
    "networkCode": "63510",
    "text": "2*1*2000",
}
EVENT = {
    "date": "2026-03-11 09:00:00",
    "sessionId": "ATUid_1",
    "phoneNumber": "+250788000001",
    "serviceCode": "*801#",
    "networkCode": "63510",
    "status": "Success",
    "cost": "RWF 5.00",
    "durationInMillis": "12000",
    "hopsCount": "4",
    "input": "2*1*2000",
    "lastAppResponse": "END Murakoze.",
    "errorMessage": "",
}
DELIVERY = {
    "id": "ATXid_1",
    "status": "Failed",
    "phoneNumber": "+250788000001",
    "networkCode": "63510",
    "failureReason": "UserInBlackList",
    "retryCount": "1",
}
SMS = {
    "date": "2017-05-03T06:04:45Z",
    "from": "+250788000001",
    "id": "in_1",
    "linkId": "link_1",
    "text": "Yego",
    "to": "801",
    "cost": "0",
    "networkCode": "63510",
}
BAD_NUMBERS = [
    "",
    "0788000001",
    "250788000001",
    " 250788000001",
    "+0788000001",
    "+25078800000a",
    "+250",
    "+2507880000011234",
    "+250 788 000 001",
    "+250788000001\n",
    "+٢٥٠٧٨٨٠٠٠٠٠١",
    "tel:+250788000001",
]


def test_a_hop_is_read():
    assert parse_ussd(HOP) == UssdHop("ATUid_1", "+250788000001", "*801#", "63510", "2*1*2000")


def test_the_first_hop_has_an_empty_text():
    assert parse_ussd({**HOP, "text": ""}).text == ""


def test_a_foreign_number_is_a_number():
    assert parse_ussd({**HOP, "phoneNumber": "+255712345678"}).number == "+255712345678"


@pytest.mark.parametrize("field", ["sessionId", "phoneNumber", "serviceCode", "text"])
def test_a_hop_without_a_field_is_malformed(field: str):
    with pytest.raises(Malformed, match=f"^{field}$"):
        parse_ussd({key: value for key, value in HOP.items() if key != field})


@pytest.mark.parametrize("number", BAD_NUMBERS)
def test_a_hop_with_a_malformed_number_is_malformed(number: str):
    for parse, form in ((parse_ussd, HOP), (parse_ussd_event, EVENT)):
        with pytest.raises(Malformed, match=r"^phoneNumber$"):
            parse({**form, "phoneNumber": number})


@pytest.mark.parametrize("session", ["", " ", "a b", "a\n", "é", "x" * 129])
def test_a_hop_with_a_malformed_session_id_is_malformed(session: str):
    with pytest.raises(Malformed, match=r"^sessionId$"):
        parse_ussd({**HOP, "sessionId": session})


@pytest.mark.parametrize("code", ["", "801x", "*801# ", "*" * 33])
def test_a_hop_with_a_malformed_service_code_is_malformed(code: str):
    with pytest.raises(Malformed, match=r"^serviceCode$"):
        parse_ussd({**HOP, "serviceCode": code})


def test_a_hop_with_a_text_that_is_too_long_is_malformed():
    assert parse_ussd({**HOP, "text": "1" * 2000}).text == "1" * 2000
    with pytest.raises(Malformed, match=r"^text$"):
        parse_ussd({**HOP, "text": "1" * 2001})


def test_an_event_is_read_without_what_was_typed_and_shown():
    event = parse_ussd_event(EVENT)
    assert event == UssdEvent("ATUid_1", "+250788000001", "*801#", "63510", "Success", Decimal("5.00"), "RWF")


def test_an_unknown_status_of_an_event_is_kept():
    assert parse_ussd_event({**EVENT, "status": "Teleported"}).status == "Teleported"


@pytest.mark.parametrize(
    "cost",
    [
        "",
        "5.00",
        "RWF",
        "RWF -5.00",
        "RWF 5,00",
        "rwf 5",
        "RWF 1e9",
        "RWF 1234567890",
        "RWF 5.12345",
        "RWF ٥",
        "RWF NaN",
    ],
)
def test_an_event_with_a_malformed_cost_is_malformed(cost: str):
    with pytest.raises(Malformed, match=r"^cost$"):
        parse_ussd_event({**EVENT, "cost": cost})


@given(st.dictionaries(st.sampled_from([*EVENT, "text"]), st.text(max_size=40)))
def test_whatever_comes_is_read_or_malformed(form: dict[str, str]):
    for parse in (parse_ussd, parse_ussd_event, parse_delivery, parse_sms, parse_opt_out):
        with suppress(Malformed):
            parse(form)


def test_a_delivery_report_is_read():
    expected = Delivery(
        "africastalking", "ATXid_1", "+250788000001", "not_delivered", "Failed", "opted_out", True, "63510"
    )
    assert parse_delivery(DELIVERY) == expected
    assert parse_delivery({**DELIVERY, "retryCount": "often", "newField": "\x00"}) == expected
    bare = {key: DELIVERY[key] for key in ("id", "status", "phoneNumber")}
    assert parse_delivery(bare) == delivery("ATXid_1", "Failed", "+250788000001")


@pytest.mark.parametrize(
    ("status", "kept"),
    [
        ("Teleported", "Teleported"),
        (" Sent\n", "Sent"),
        ("x" * 500, "x" * 64),
        ("\x00Succ\u00e9ess\x1b", "Success"),
    ],
)
def test_a_report_may_have_any_status(status: str, kept: str):
    assert parse_delivery({**DELIVERY, "status": status}).status == kept


@pytest.mark.parametrize("field", ["id", "status", "phoneNumber"])
def test_a_report_without_id_status_or_number_is_malformed(field: str):
    for form in ({key: value for key, value in DELIVERY.items() if key != field}, {**DELIVERY, field: " "}):
        with pytest.raises(Malformed, match=f"^{field}$"):
            parse_delivery(form)


@pytest.mark.parametrize("id_", ["None", "none", "a b", "é", "x" * 129, "a\n"])
def test_a_report_with_a_malformed_id_is_malformed(id_: str):
    with pytest.raises(Malformed, match=r"^id$"):
        parse_delivery({**DELIVERY, "id": id_})


@pytest.mark.parametrize(
    "written", ["2017-05-03T06:04:45Z", "2017-05-03 06:04:45", "2017-05-03T08:04:45+02:00", ""]
)
def test_an_incoming_text_is_read(written: str):
    moment = datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC) if written else None
    expected = Sms("in_1", "+250788000001", "Yego", moment, "801", "link_1")
    assert parse_sms({**SMS, "date": written}) == expected


UNREADABLE = [
    "yesterday",
    "2017-13-03 06:04:45",
    "0001-01-01T00:00:00+14:00",
    "1970-01-01T00:00:00Z",
    "2017-05-03",
    "20170503",
    "2017-05-03T06:04",
    "2017-W18-3",
    "03/05/2017 06:04:45",
    "1493791485",
    "\x00",
    "٢٠١٧-05-03 06:04:45",
    "2017-05-03T06:04:45+25:00",
    "2017-05-03 06:04:60",
]


@pytest.mark.parametrize("written", UNREADABLE)
def test_a_date_that_cannot_be_read_is_as_if_there_were_none(written: str):
    assert parse_sms({**SMS, "date": written}) == Sms("in_1", "+250788000001", "Yego", None, "801", "link_1")
    asked = {"senderId": "Programme", "phoneNumber": "+250788000001", "date": written}
    assert parse_opt_out(asked) == OptOut("+250788000001", "Programme", None)


def test_a_fraction_of_a_second_is_left_out():
    moment = datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)
    assert parse_sms({**SMS, "date": "2017-05-03T06:04:45.987Z"}).sent_at == moment


@pytest.mark.parametrize(
    ("id_", "kept"),
    [
        ("", ""),
        (" ", ""),
        ("None", ""),
        ("none", ""),
        ("a b", "a b"),
        ("é\x00", "é\x00"),
        ("x" * 500, "x" * 500),
    ],
)
def test_an_incoming_text_may_have_any_id_or_none(id_: str, kept: str):
    assert parse_sms({**SMS, "id": id_}).provider_id == kept
    assert parse_sms({key: SMS[key] for key in ("from", "text")}) == Sms("", "+250788000001", "Yego")


def test_odd_labels_of_a_text_are_no_reason_to_refuse_it():
    odd = {"to": "\x00" * 300, "linkId": "é" * 300, "networkCode": "?", "cost": "much"}
    assert parse_sms({**SMS, **odd}).text == "Yego"


def test_an_incoming_text_may_be_empty_but_not_missing_nor_endless():
    assert parse_sms({**SMS, "text": ""}).text == ""
    for form in ({key: value for key, value in SMS.items() if key != "text"}, {**SMS, "text": "x" * 2001}):
        with pytest.raises(Malformed, match=r"^text$"):
            parse_sms(form)


def test_an_opt_out_is_read():
    asked = {"senderId": "Programme", "phoneNumber": "+250788000001"}
    assert parse_opt_out(asked) == OptOut("+250788000001", "Programme")
    assert parse_opt_out({"phoneNumber": "+250788000001"}) == OptOut("+250788000001", "")
    dated = parse_opt_out({**asked, "date": "2017-05-03 06:04:45"})
    assert dated.sent_at == datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "+250788000001",
        "250788000001",
        "0788000001",
        "788000001",
        "+250 788 000 001",
        "0788-000-001",
        " 250788000001\n",
        "00250788000001",
    ],
)
def test_a_number_that_is_clearly_one(written: str):
    assert parse_opt_out({"phoneNumber": written}, ["RW", "XX"]).number == "+250788000001"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "801",
        "0788000001x",
        "+0788000001",
        "BANK",
        "٠٧٨٨٠٠٠٠٠١",
        "07880000011234567",
        "0888000001",
        "++250788000001",
        "tel:+250788000001",
    ],
)
def test_a_number_that_is_none(written: str):
    with pytest.raises(Malformed, match=r"^phoneNumber$"):
        parse_opt_out({"phoneNumber": written}, ["RW", "TZ"])


def test_a_national_form_of_two_countries_is_not_clearly_one():
    form = {"phoneNumber": "0788000001"}
    assert parse_opt_out(form, ["RW"]).number == "+250788000001"
    assert parse_opt_out(form, ["TZ"]).number == "+255788000001"
    with pytest.raises(Malformed, match=r"^phoneNumber$"):
        parse_opt_out(form, ["RW", "TZ"])
    assert parse_opt_out({"phoneNumber": "255788000001"}, ["RW", "TZ"]).number == "+255788000001"


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("Success", "", ("delivered", "", False)),
        ("SUCCESS", "Late", ("delivered", "", False)),
        ("Failed", "UserIsInactive", ("not_delivered", "user_is_inactive", False)),
        ("Rejected", "", ("not_delivered", "rejected", False)),
        ("expired", "", ("not_delivered", "expired", False)),
        ("Failed", "UserInBlackList", ("not_delivered", "opted_out", True)),
        ("Sent", "", ("under_way", "", False)),
        ("AbsentSubscriber", "x", ("under_way", "", False)),
        ("Sent", "userinblacklist", ("under_way", "", True)),
    ],
)
def test_a_reports_words_become_ours(status: str, reason: str, expected: tuple[str, str, bool]) -> None:
    told = delivery("ATXid_1", status, "+250788000001", failure_reason=reason)
    assert (told.result, told.reason, told.opted_out) == expected
    assert (told.provider, told.status) == ("africastalking", status)
