"""One outcome for each number, whatever the provider or the network does: the real SDK over real sockets."""

from __future__ import annotations

import datetime
import json
import logging
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from sms_app.channel.africastalking import gateway
from sms_app.channel.africastalking.connection import PARALLEL, Answer
from sms_app.channel.africastalking.gateway import STATUSES, Gateway
from sms_app.channel.outcome import SendOutcome
from tests.world.provider_stub import Handler, Stub, answer, answer_all, listening, recipient, stub, written
from tests.world.waiting import wait_for

KEY, TEXT = "atsk_canarykey0123456789", "Muraho! canary text."
ONE, TWO, THREE = NUMBERS = ("+250788123451", "+250788123452", "+250733123453")
DEMO = "+250780001234"


@pytest.fixture
def provider() -> Iterator[Stub]:
    with stub() as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_is_told(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does: no number, text or key in any log line, of whatever library."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    caplog.set_level(logging.DEBUG)
    yield
    for canary in (KEY, "canary", *(number[4:] for number in NUMBERS)):
        assert canary not in caplog.text


def send(url: str, *numbers: str, sender: str = "") -> list[SendOutcome]:
    found = Gateway("clubs", KEY, url)
    try:
        return found.send(numbers or NUMBERS, TEXT, sender)
    finally:
        found.close()


def kinds(outcomes: list[SendOutcome]) -> list[tuple[str, str]]:
    return [(outcome.kind, outcome.reason) for outcome in outcomes]


# --- what is asked


def test_a_call_is_the_providers_form(provider: Stub) -> None:
    assert [o.kind for o in send(provider.url, sender="CLUBS")] == ["sent"] * 3
    (seen,) = provider.seen
    assert seen.path == "/version1/messaging"
    assert seen.form == {
        "username": "clubs",
        "to": ",".join(NUMBERS),
        "message": TEXT,
        "bulkSMSMode": "1",
        "from": "CLUBS",
        "enqueue": "1",
    }
    assert seen.headers["apiKey"] == KEY
    assert seen.headers["Accept"] == "application/json"
    assert seen.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_one_number_is_not_enqueued_and_no_sender_is_none(provider: Stub) -> None:
    send(provider.url, ONE)
    assert set(provider.seen[0].form) == {"username", "to", "message", "bulkSMSMode"}


@pytest.mark.parametrize("end", ["", "/", "/version1", "/version1/"])
def test_an_address_may_end_as_it_likes(provider: Stub, end: str) -> None:
    assert send(provider.url + end, ONE)[0].kind == "sent"
    assert provider.seen[0].path == "/version1/messaging"


@pytest.mark.parametrize(
    ("username", "url"),
    [
        ("clubs", "https://api.africastalking.com/version1"),
        ("sandbox", "https://api.sandbox.africastalking.com/version1"),
    ],
)
def test_without_an_address_it_is_the_sdks_own(username: str, url: str) -> None:
    assert Gateway(username, KEY, "")._service._baseUrl == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host",
        "host",
        "https://",
        "https://me:canary@host",
        "https://host?canary",
        "https://host:canary",
        "https://[canary",
        "http://api.africastalking.com",
        "http://API.africastalking.com.:80/version1",
    ],
)
def test_an_address_that_shows_the_key_or_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address is like") as fault:
        Gateway("clubs", KEY, url)
    assert "canary" not in str(fault.value)


@pytest.mark.parametrize("key", ["", "canary key", "canary\n", "canaryé"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="key has letters") as fault:
        Gateway("clubs", key, "https://host")
    assert "canary" not in str(fault.value)


# --- numbers


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "+",
        "+0000",
        "250788123451",
        "0788123451",
        "+25078812345",
        "+2507881234567",
        f"{ONE}\n",
        f" {ONE}",
        "+250 788 123 451",
        "+٢٥٠788123451",
        f"{ONE},{TWO}",
        f"{ONE};ext=5",
        "tel:+250788123451",
        "+250788123x51",
    ],
)
def test_a_wrong_number_is_refused_and_the_others_go(provider: Stub, wrong: str) -> None:
    outcomes = send(provider.url, ONE, wrong, TWO)
    assert [o.number for o in outcomes] == [ONE, wrong, TWO]
    assert kinds(outcomes) == [("sent", ""), ("refused", "invalid_phone_number"), ("sent", "")]
    assert provider.seen[0].form["to"] == f"{ONE},{TWO}"


def test_with_no_number_left_nobody_is_called(provider: Stub) -> None:
    assert kinds(send(provider.url, "+0000")) == [("refused", "invalid_phone_number")]
    assert Gateway("clubs", KEY, provider.url).send([], TEXT) == []
    assert provider.seen == []


@pytest.mark.parametrize(
    ("numbers", "text"),
    [((ONE, TWO, ONE), TEXT), ((ONE, TWO, THREE), TEXT), ((ONE,), ""), ((ONE,), "canary \ud800")],
)
def test_what_no_caller_should_ask_is_an_error(numbers: tuple[str, ...], text: str) -> None:
    most = 2 if len(set(numbers)) == 3 else 100
    with pytest.raises(ValueError, match=r"each once|can't be written") as fault:
        Gateway("clubs", KEY, "http://127.0.0.1:9", most).send(numbers, text)
    assert "canary" not in str(fault.value)
    assert ONE not in str(fault.value)


@pytest.mark.parametrize(
    ("username", "url", "refused"),
    [
        ("clubs", "", True),
        ("clubs", "https://api.africastalking.com/version1", True),
        ("clubs", "https://API.AfricasTalking.com.:443", True),
        ("clubs", "https://content.africastalking.com", True),
        ("sandbox", "", False),
        ("clubs", "https://api.sandbox.africastalking.com", False),
        ("clubs", "https://notafricastalking.com", False),
        ("clubs", "http://127.0.0.1:9", False),
    ],
)
def test_invented_numbers_never_reach_real_phones(username: str, url: str, refused: bool) -> None:
    found = Gateway(username, KEY, url)._refused(DEMO)
    assert found == (SendOutcome(DEMO, "refused", "demo_number") if refused else None)


# --- what the provider answers


OURS = {
    401: "risk_hold",
    402: "bad_sender",
    403: "invalid_phone_number",
    404: "unsupported_number_type",
    405: "no_balance",
    406: "opted_out",
    407: "could_not_route",
    409: "do_not_disturb_rejection",
    500: "internal_server_error",
    501: "gateway_error",
    502: "rejected_by_gateway",
}
"""The reason that each code but a good one has in our words."""


@pytest.mark.parametrize("code", STATUSES)
def test_every_status_is_mapped(provider: Stub, code: int) -> None:
    expected = {
        **dict.fromkeys((100, 101, 102), "sent"),
        **dict.fromkeys((401, 403, 404, 406, 409), "refused"),
        **dict.fromkeys((402, 405), "halt"),
        **dict.fromkeys((407, 502), "retry"),
        **dict.fromkeys((500, 501), "unknown"),
    }
    provider.behave = answer_all(code)
    (outcome,) = send(provider.url, ONE)
    assert outcome.kind == expected[code]
    assert outcome.reason == ("" if outcome.kind == "sent" else OURS[code])
    assert outcome.provider_id == f"ATXid_{ONE[1:]}"


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (401, "halt", "bad_key"),
        (402, "halt", "http_402"),
        (403, "halt", "http_403"),
        (404, "halt", "http_404"),
        (405, "halt", "http_405"),
        (410, "halt", "http_410"),
        (429, "retry", "slow_down"),
        (400, "retry", "http_400"),
        (408, "retry", "http_408"),
        (413, "retry", "http_413"),
        (422, "retry", "http_422"),
        (500, "unknown", "http_500"),
        (502, "unknown", "http_502"),
        (503, "unknown", "http_503"),
        (504, "unknown", "http_504"),
        (599, "unknown", "http_599"),
        (301, "halt", "http_301"),
        (307, "halt", "http_307"),
        (303, "unknown", "http_303"),
        (304, "halt", "http_304"),
        (204, "unknown", "unreadable_answer"),
        (999, "unknown", "http_999"),
    ],
)
def test_every_http_status_is_mapped(provider: Stub, status: int, kind: str, reason: str) -> None:
    provider.behave = answer(
        status, f"{ONE} {TEXT}".encode() if status not in {204, 304} else b"", kind="text/plain"
    )
    assert kinds(send(provider.url)) == [(kind, reason)] * 3
    assert len(provider.seen) == 1  # asked once


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", ""])
def test_json_is_json_however_it_is_called(provider: Stub, status: int, kind: str) -> None:
    provider.behave = answer(status, written([recipient(n) for n in NUMBERS]), kind=kind)
    assert [o.kind for o in send(provider.url)] == ["sent"] * 3


UNREADABLE = [
    b"",
    b"Sent",
    b"<html>",
    b"{}",
    b"[]",
    b"1",
    b"null",
    b"\xff\xfe",
    b'{"SMSMessageData": null}',
    b"[" * 200_000,
    b'{"SMSMessageData": []}',
    b'{"SMSMessageData": {}}',
    b'{"SMSMessageData": {"Recipients": null}}',
    b'{"SMSMessageData": {"Recipients": {"number": "+250788123451"}}}',
    b'{"SMSMessageData": {"Recipients": "101"}}',
    b'{"SMSMessageData": {"Message": "InvalidSenderId"}}',
    b" " * 1_100_000,
    written([recipient(ONE)])[:-3],
    b'{"SMSMessageData": {"Recipients": [' + b"9" * 5000 + b"]}}",
]


@pytest.mark.parametrize("body", UNREADABLE, ids=range(len(UNREADABLE)))
def test_what_cannot_be_read_leaves_all_unknown(provider: Stub, body: bytes) -> None:
    provider.behave = answer(201, body)
    assert kinds(send(provider.url)) == [("unknown", "unreadable_answer")] * 3


@pytest.mark.parametrize(
    ("message", "kind", "reason"),
    [
        ("InvalidSenderId", "halt", "bad_sender"),
        ("InsufficientBalance", "halt", "no_balance"),
        ("UserInBlacklist", "refused", "opted_out"),
        ("Sent to 0/3 Total Cost: 0", "unknown", "not_in_answer"),
        ("Success", "unknown", "not_in_answer"),
        ("", "unknown", "not_in_answer"),
        (None, "unknown", "not_in_answer"),
        (["InvalidSenderId"], "unknown", "not_in_answer"),
    ],
)
def test_no_recipients_and_one_word_for_all(provider: Stub, message: Any, kind: str, reason: str) -> None:
    provider.behave = answer(201, written([], message))
    assert kinds(send(provider.url)) == [(kind, reason)] * 3


def test_a_word_for_all_does_not_count_beside_recipients(provider: Stub) -> None:
    provider.behave = answer(201, written([recipient(TWO)], "InvalidSenderId"))
    assert [o.kind for o in send(provider.url)] == ["unknown", "sent", "unknown"]


def test_entries_are_matched_by_number_in_whatever_order(provider: Stub) -> None:
    entries = [
        recipient("+250788999999"),
        "rubbish",
        None,
        {},
        recipient(THREE, 406),
        {"number": 5},
        recipient(ONE),
    ]
    provider.behave = answer(201, written(entries))
    assert kinds(send(provider.url)) == [
        ("sent", ""),
        ("unknown", "not_in_answer"),
        ("refused", "opted_out"),
    ]


@pytest.mark.parametrize(
    "shape",
    [
        "{}",
        "tel:{}",
        " {} ",
        "00250788123451",
        "250788123451",
        "0788123451",
        "788123451",
        "+250 788 123 451",
        "+250-788-123-451",
        "(+250) 788123451",
        "+٢٥٠٧٨٨١٢٣٤٥١",
    ],
)
def test_a_number_may_be_written_otherwise(provider: Stub, shape: str) -> None:
    provider.behave = answer(201, written([recipient(TWO, 406), recipient(shape.format(ONE))]))
    assert kinds(send(provider.url, ONE, TWO)) == [("sent", ""), ("refused", "opted_out")]


@pytest.mark.parametrize("echo", ["", "+", "451", "123451", "0", "+2507881****1", "7" + ONE[1:]])
def test_an_entry_whose_number_is_ambiguous_is_ignored(provider: Stub, echo: str) -> None:
    provider.behave = answer(201, written([recipient(echo)]))
    assert kinds(send(provider.url, ONE)) == [("unknown", "not_in_answer")]


def test_an_entry_that_fits_two_numbers_is_ignored(provider: Stub) -> None:
    twin = "+255788123451"
    provider.behave = answer(201, written([recipient("0788123451")]))
    assert [o.kind for o in send(provider.url, ONE, twin)] == ["unknown", "unknown"]
    provider.behave = answer(201, written([recipient("255788123451", 406), recipient(ONE)]))
    assert [o.kind for o in send(provider.url, ONE, twin)] == ["sent", "refused"]


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ((101, 101), "sent"),
        ((406, 101), "sent"),
        ((406, 403), "refused"),
        ((406, 502), "unknown"),
        ((502, 405), "unknown"),
        ((500, 502), "unknown"),
    ],
)
def test_two_entries_of_one_number_make_one_outcome(
    provider: Stub, codes: tuple[int, int], kind: str
) -> None:
    provider.behave = answer(201, written([recipient(ONE, code) for code in codes]))
    assert [o.kind for o in send(provider.url, ONE)] == [kind]


@pytest.mark.parametrize(
    ("fields", "kind", "reason"),
    [
        ({"statusCode": "101"}, "sent", ""),
        ({"statusCode": None, "status": "Success"}, "sent", ""),
        ({"statusCode": None, "status": "UserInBlacklist"}, "refused", "opted_out"),
        ({"statusCode": None, "status": "Whatever"}, "unknown", "no_status"),
        ({"statusCode": None, "status": None}, "unknown", "no_status"),
        ({"statusCode": None, "status": ["Success"]}, "unknown", "no_status"),
        ({"statusCode": 103}, "unknown", "status_103"),
        ({"statusCode": 408}, "unknown", "status_408"),
        ({"statusCode": -1}, "unknown", "no_status"),
        ({"statusCode": 250788123451}, "unknown", "no_status"),
        ({"statusCode": True}, "unknown", "no_status"),
        ({"statusCode": 101.5}, "unknown", "no_status"),
        ({"statusCode": "+250788123451"}, "unknown", "no_status"),
        ({"statusCode": {}}, "unknown", "no_status"),
    ],
)
def test_an_odd_status_has_an_outcome(provider: Stub, fields: dict[str, Any], kind: str, reason: str) -> None:
    provider.behave = answer(201, written([recipient(ONE) | fields]))
    assert kinds(send(provider.url, ONE)) == [(kind, reason)]


@pytest.mark.parametrize("id_", ["None", "", None, 5, " ATXid", "ATXid 1", "x" * 129, ["ATXid"], "é"])
def test_a_malformed_provider_id_is_left_out(provider: Stub, id_: object) -> None:
    provider.behave = answer(201, written([recipient(ONE, messageId=id_)]))
    (outcome,) = send(provider.url, ONE)
    assert (outcome.kind, outcome.provider_id) == ("sent", None)


@pytest.mark.parametrize(
    ("cost", "found"),
    [
        ("RWF 12.0000", (Decimal("12.0000"), "RWF")),
        ("KES 0.8000", (Decimal("0.8000"), "KES")),
        ("RWF 12", (Decimal(12), "RWF")),
        ("0", (Decimal(0), None)),
        (0, (Decimal(0), None)),
        (0.0, (Decimal(0), None)),
        *(
            (garbage, (None, None))
            for garbage in (
                "",
                "12.0",
                "free",
                "RWF",
                "RWF -1",
                "RWF 1e9",
                "RWF 12.00001",
                "RWF 1234567890",
                "rwf 1",
                "RWF  1",
                "RWF ١",
                "RWF NaN",
                "RWF 1\n",
                12,
                -1,
                False,
                None,
                [],
                {},
                1e999,
            )
        ),
    ],
)
def test_a_cost_is_read_or_left(provider: Stub, cost: object, found: object) -> None:
    provider.behave = answer(201, written([recipient(ONE, cost=cost)]))
    (outcome,) = send(provider.url, ONE)
    assert (outcome.kind, (outcome.cost, outcome.currency)) == ("sent", found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "number": st.sampled_from([*NUMBERS, "0788123451", "+999"]) | JSON,
        "statusCode": st.sampled_from(list(STATUSES)) | JSON,
        "status": st.sampled_from(["Success", "InvalidSenderId"]) | JSON,
        "messageId": JSON,
        "cost": st.sampled_from(["0", "RWF 12.0000"]) | JSON,
    },
)


@given(st.lists(ENTRY | JSON) | JSON, st.sampled_from(["InvalidSenderId", ""]) | JSON)
def test_no_answer_is_too_odd(entries: Any, message: Any) -> None:
    body = json.dumps({"SMSMessageData": {"Message": message, "Recipients": entries}}).encode()
    outcomes = gateway._outcomes(list(NUMBERS), Answer(201, body))
    assert list(outcomes) == list(NUMBERS)
    assert all(
        o.number == n and not any(c in o.reason for c in ("+", " ")) and len(o.reason) < 30
        for n, o in outcomes.items()
    )
    said = json.dumps(entries)
    if not any(f'"{word}"' in said for word in ("Success", "Sent", "Queued", "Processed")):
        assert "sent" not in {o.kind for o in outcomes.values()} or any(
            code in said for code in ("100", "101", "102")
        )


@given(st.permutations(range(3)), st.lists(st.sampled_from(list(STATUSES)), min_size=3, max_size=3))
def test_each_gets_its_own_wherever_it_stands(order: list[int], codes: list[int]) -> None:
    entries = [recipient(NUMBERS[n], codes[n]) for n in order]
    outcomes = gateway._outcomes(list(NUMBERS), Answer(201, written(entries)))
    assert [(o.number, o.kind) for o in outcomes.values()] == [
        (number, STATUSES[code][1]) for number, code in zip(NUMBERS, codes, strict=True)
    ]


@given(st.binary())
def test_no_bytes_are_too_odd(body: bytes) -> None:
    assert {o.kind for o in gateway._outcomes(list(NUMBERS), Answer(201, body)).values()} == {"unknown"}


# --- what the network does: before a request's body is written nothing can have been sent


def reset(found: socket.socket) -> None:
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_when_nobody_listens_it_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert kinds(send(f"http://127.0.0.1:{port}")) == [("retry", "no_connection")] * 3


@pytest.mark.parametrize(
    "fault",
    [socket.gaierror(-2, "unknown"), TimeoutError(), OSError(101, "unreachable"), ConnectionResetError()],
)
def test_when_no_connection_is_made_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, fault: OSError
) -> None:
    def create_connection(*_args: object, **_more: object) -> socket.socket:
        raise fault

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
    assert kinds(send("https://provider.invalid")) == [("retry", "no_connection")] * 3


def test_when_the_tls_handshake_fails_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, provider: Stub
) -> None:
    monkeypatch.setattr(gateway, "CONNECT_S", 0.2)
    ended = threading.Event()
    for behave in (lambda found: None, lambda found: found.sendall(b"HTTP/1.1 200 OK\r\n\r\n")):
        with listening(behave) as port:
            assert kinds(send(f"https://127.0.0.1:{port}")) == [("retry", "no_connection")] * 3
    with listening(lambda found: bool(ended.wait(10)) and None) as port:
        assert kinds(send(f"https://127.0.0.1:{port}")) == [("retry", "no_connection")] * 3
        ended.set()
    assert kinds(send(provider.url.replace("http:", "https:"))) == [("retry", "no_connection")] * 3


def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))

    def behave(found: socket.socket) -> None:
        try:
            with context.wrap_socket(found, server_side=True) as secure:
                assert secure.recv(1) == b""
        except OSError:
            pass

    with listening(behave) as port:
        assert kinds(send(f"https://127.0.0.1:{port}")) == [("retry", "no_connection")] * 3


def certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(pem)
    )
    return path


def cut(after: bytes, hard: bool) -> Any:
    def behave(handler: Handler) -> None:
        handler.wfile.write(after)
        handler.close_connection = True
        if hard:
            reset(handler.connection)
            handler.connection.close()

    return behave


HEAD = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
BODY = written([recipient(n) for n in NUMBERS])


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (b"", "no_answer"),
        (b"HTTP/1.1", "no_answer"),
        (b"HTTP/1.1 201", "unreadable_answer"),
        (b"rubbish\r\n\r\n", "no_answer"),
        (HEAD + b"Content-Length: 5000\r\n\r\n", "unreadable_answer"),
        (HEAD + b"Content-Length: 5000\r\n\r\n" + BODY, "unreadable_answer"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "unreadable_answer"),
        (HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"SMS\r\n', "unreadable_answer"),
        (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "unreadable_answer"),
    ],
)
def test_an_answer_that_is_cut_leaves_all_unknown(
    provider: Stub, after: bytes, reason: str, hard: bool
) -> None:
    provider.behave = cut(after, hard)
    outcomes = send(provider.url)
    assert [o.kind for o in outcomes] == ["unknown"] * 3
    # a hard cut may take along what was written before it
    assert {o.reason for o in outcomes} <= ({reason, "no_answer"} if hard else {reason})
    assert len(provider.seen) == 1


@pytest.mark.parametrize("after", [b"", HEAD, HEAD + b"Content-Length: 5000\r\n\r\n{"])
def test_an_answer_that_does_not_come_leaves_all_unknown(
    provider: Stub, monkeypatch: pytest.MonkeyPatch, after: bytes
) -> None:
    def behave(handler: Handler) -> None:
        handler.wfile.write(after)
        handler.wfile.flush()
        handler.server.hold.wait(10)

    monkeypatch.setattr(gateway, "READ_S", 0.2)
    provider.behave = behave
    assert [o.kind for o in send(provider.url)] == ["unknown"] * 3
    provider.hold.set()
    assert len(provider.seen) == 1


def test_the_timeouts_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []

    def request(*_args: object, **more: object) -> None:
        given.append(more["timeout"])
        raise requests.ConnectionError

    found = Gateway("clubs", KEY, "https://provider.invalid")
    monkeypatch.setattr(found._service.session, "request", request)
    assert kinds(found.send([ONE], TEXT)) == [("retry", "no_connection")]
    assert given == [(gateway.CONNECT_S, gateway.READ_S)]


# --- connections, and where the key may go


def test_one_connection_is_kept(provider: Stub) -> None:
    found = Gateway("clubs", KEY, provider.url)
    for status in (201, 500, 429, 201):
        provider.behave = answer(status, BODY)
        found.send(NUMBERS, TEXT)
    found.close()
    assert (len(provider.seen), provider.connections) == (4, 1)


def test_a_hundred_threads_keep_a_connection_each(provider: Stub) -> None:
    together = threading.Barrier(PARALLEL, timeout=30)

    def behave(handler: Handler) -> None:
        together.wait()
        answer_all(101)(handler)

    provider.behave = behave
    found = Gateway("clubs", KEY, provider.url)
    numbers = [f"+2507881{n:05}" for n in range(3 * PARALLEL)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        outcomes = list(pool.map(lambda number: found.send([number], TEXT), numbers))
    found.close()
    assert [(o.number, o.provider_id) for (o,) in outcomes] == [(n, f"ATXid_{n[1:]}") for n in numbers]
    assert provider.connections == PARALLEL


def test_a_kept_connection_that_the_provider_closed_is_not_used(provider: Stub) -> None:
    def behave(handler: Handler) -> None:
        answer_all(101)(handler)
        handler.close_connection = True

    provider.behave = behave
    found = Gateway("clubs", KEY, provider.url)
    for closed, number in enumerate(NUMBERS, start=1):
        assert found.send([number], TEXT)[0].kind == "sent"
        # a request that is under way while the provider closes is rightly of unknown outcome
        wait_for(lambda closed=closed: provider.closed == closed)
    found.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(provider: Stub, status: int) -> None:
    with stub() as other:
        provider.behave = answer(status, extra={"Location": f"{other.url}/version1/messaging"})
        assert kinds(send(provider.url)) == [("halt", f"http_{status}")] * 3
        assert (len(provider.seen), other.seen) == (1, [])


def test_no_cookie_comes_back(provider: Stub) -> None:
    provider.behave = answer(201, BODY, extra={"Set-Cookie": "canary=1; Path=/"})
    found = Gateway("clubs", KEY, provider.url)
    found.send(NUMBERS, TEXT)
    found.send(NUMBERS, TEXT)
    found.close()
    assert "Cookie" not in provider.seen[1].headers


def test_a_proxy_is_not_asked_for_this_machine(provider: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    with stub() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert send(provider.url, ONE)[0].kind == "sent"
        assert send(provider.url.replace("127.0.0.1", "localhost"), ONE)[0].kind == "sent"
        assert proxy.seen == []


def test_a_proxy_sees_nothing_but_the_providers_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with stub() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        # it won't let us through: nothing was sent
        assert kinds(send("https://provider.invalid")) == [("retry", "no_connection")] * 3
        (seen,) = proxy.seen
        assert seen.path == "provider.invalid:443"
        assert not {"apikey", "authorization"} & {name.lower() for name in seen.headers}
        # without TLS it would see the key: it is not asked
        assert kinds(send("http://provider.invalid")) == [("retry", "no_connection")] * 3
        assert len(proxy.seen) == 1


def test_no_password_of_netrc_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine provider.invalid login me password canary\n")
    monkeypatch.setenv("NETRC", str(path))
    session = Gateway("clubs", KEY, "https://provider.invalid")._service.session
    assert session.trust_env
    prepared = session.prepare_request(
        requests.Request("POST", "https://provider.invalid/version1/messaging")
    )
    assert "Authorization" not in prepared.headers
