"""A hop's short way past Flask: it answers what Flask's own route answers, and leaves everything else to Flask."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sms_app.web import webhooks
from tests.world.app import form
from tests.world.databases import CALLBACK_SECRET

URL = f"/at/{CALLBACK_SECRET}/ussd"
FORM = "application/x-www-form-urlencoded"
LONG_WAY = f"{FORM}; charset=utf-8"


@pytest.fixture
def by_flask(app: Flask) -> Iterator[list[str]]:
    """The paths of the requests that Flask worked on."""
    seen: list[str] = []

    def note(sender: Flask, **_: object) -> None:
        seen.append(sender.name)

    request_started.connect(note, app)
    yield seen
    request_started.disconnect(note, app)


def post(client: FlaskClient, body: str | bytes, content_type: str = FORM, url: str = URL) -> TestResponse:
    return client.post(url, data=body, content_type=content_type)


def told(reply: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return reply.status_code, reply.data, sorted(reply.headers)


@pytest.mark.parametrize(
    "body",
    [
        urlencode(form("")),
        urlencode(form("2*1*2 000 é")),
        urlencode(form("", text="’\U0001f600")),
        urlencode(form("2")) + "&text=3&text=",
        urlencode(form("", serviceCode="*999#")),
        urlencode(form("", phoneNumber="nobody")),
        "&&=&x",
        "",
    ],
)
def test_the_shortcut_answers_as_flask_does(client: FlaskClient, by_flask: list[str], body: str) -> None:
    short = told(post(client, body))
    assert not by_flask, "the short way is past Flask"
    assert told(post(client, body, LONG_WAY)) == short
    assert by_flask


@pytest.mark.parametrize(
    ("body", "url", "status"),
    [
        (urlencode(form("")).encode(), URL.replace(CALLBACK_SECRET, CALLBACK_SECRET[:-1] + "x"), 404),
        (urlencode(form("")).encode(), "/at/ussd", 404),
        (urlencode(form("")).encode() + b"&other=\xc3\xa9", URL, 200),
        (urlencode(form("")).encode() + b"&other=%ff", URL, 200),
        (b"x" * (webhooks.MAX_BODY_BYTES + 1), URL, 400),
    ],
)
def test_what_is_not_plainly_a_hop_is_left_to_flask(
    client: FlaskClient, by_flask: list[str], body: bytes, url: str, status: int
) -> None:
    assert post(client, body, url=url).status_code == status
    assert by_flask


def test_a_length_of_many_digits_is_left_to_flask(client: FlaskClient, by_flask: list[str]) -> None:
    client.post(URL, content_type=FORM, environ_overrides={"CONTENT_LENGTH": "9" * 5000})
    assert by_flask


def test_a_shut_gate_is_flask_s_business(app: Flask, client: FlaskClient, by_flask: list[str]) -> None:
    app.extensions["gate"].open = False
    reply = post(client, urlencode(form("")))
    assert (reply.status_code, reply.data[:4]) == (200, b"END ")
    assert by_flask


def test_a_fault_beside_the_hop_tells_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError("+250780000001 typed 1234")

    monkeypatch.setattr(webhooks, "parse_ussd", broken)
    reply = post(client, urlencode(form("")))
    assert (reply.status_code, reply.data) == (500, b"internal server error")
    out = capsys.readouterr()
    assert "RuntimeError" in out.out + out.err
    assert "1234" not in out.out + out.err
