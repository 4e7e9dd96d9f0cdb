"""The callbacks about texts, over the real application and database: taken once and answered 200, or 400."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sms_app import clock
from sms_app.web.app import THREADS
from tests.world.app import SHARED, STRANGER, WOMAN, counts, hop, metrics
from tests.world.databases import CALLBACK_SECRET, Database
from tests.world.times import NOW
from tests.world.waiting import LONG, PROVES

DELIVERY = {
    "id": "ATXid_1",
    "status": "Success",
    "phoneNumber": WOMAN,
    "networkCode": "63510",
    "failureReason": "",
    "retryCount": "0",
}
SMS = {
    "date": "2026-03-11 09:00:00",
    "from": WOMAN,
    "id": "in_1",
    "linkId": "",
    "text": "stop",
    "to": "801",
    "cost": "0",
    "networkCode": "63510",
}
OPT_OUT = {"senderId": "Programme", "phoneNumber": WOMAN}
FORMS = {"delivery": DELIVERY, "sms": SMS, "opt-out": OPT_OUT}
STORED = ("delivery_report", "inbound_message_seen", "phone_number", "session_reply", "message")
MESSAGE = """
insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status, planned_at,
  due_at, expires_at, claim, claimed_at, sent_at, provider, provider_id, cost)
select %(id)s, programme_id, id, 'broadcast', 'broadcast', %(id)s, 'once', '{}', 'sent', %(now)s, %(now)s, %(now)s,
  %(id)s, %(now)s, %(now)s, 'africastalking', %(answer)s, 12 from phone_number limit 1
"""


def post(client: FlaskClient, hook: str, /, **changed: str) -> TestResponse:
    return client.post(f"/at/{CALLBACK_SECRET}/{hook}", data=FORMS[hook] | changed)


def sent(database: Database, *provider_ids: str) -> dict[str, UUID]:
    """Messages that the provider took, by its ids of them."""
    rows = [{"id": uuid4(), "answer": answer, "now": NOW} for answer in provider_ids]
    with psycopg.connect(database.owner) as conn:
        conn.cursor().executemany(MESSAGE, rows)
    return {str(row["answer"]): UUID(str(row["id"])) for row in rows}


def column(database: Database, query: str) -> list[object]:
    with psycopg.connect(database.owner) as conn:
        return [row[0] for row in conn.execute(query)]


def test_a_report_is_taken_once(client: FlaskClient, database: Database):
    sent(database, "ATXid_1")
    for _ in range(3):
        reply = post(client, "delivery")
        assert (reply.status_code, reply.data, reply.content_type) == (
            200,
            b"ok",
            "text/plain; charset=utf-8",
        )
    assert column(database, "select status from message") == ["delivered"]
    assert counts(database, "delivery_report") == {"delivery_report": 1}


def test_a_report_of_any_word_in_any_order_is_200(client: FlaskClient, database: Database):
    sent(database, "ATXid_1")
    for status in ("Success", "Sent", "Teleported", "AbsentSubscriber", "é\x00" * 200 + "x", "x" * 300):
        assert post(client, "delivery", status=status).status_code == 200, status
    bare = {"id": "ATXid_9", "status": "Failed", "phoneNumber": STRANGER, "somethingNew": "1"}
    assert client.post(f"/at/{CALLBACK_SECRET}/delivery", data=bare).status_code == 200
    assert column(database, "select status from message") == ["delivered"]
    assert counts(database, "delivery_report") == {"delivery_report": 7}


@pytest.mark.parametrize("number", ["250780000001", "0780000001", "+250 780 000 001"])
def test_a_number_that_is_clearly_one_is_taken(client: FlaskClient, database: Database, number: str):
    assert post(client, "opt-out", phoneNumber=number).status_code == 200
    assert len(column(database, "select id from phone_number where stopped_on is not null")) == 1
    assert counts(database, "phone_number") == {"phone_number": 3}


NOT_OURS = [
    ("delivery", "id", ""),
    ("delivery", "id", "None"),
    ("delivery", "id", "x" * 129),
    ("delivery", "id", "a b"),
    ("delivery", "status", ""),
    ("delivery", "phoneNumber", ""),
    ("delivery", "phoneNumber", "80"),
    ("delivery", "phoneNumber", "07x0000001"),
    ("sms", "from", "BANK"),
    ("sms", "from", ""),
    ("sms", "text", "x" * 2001),
    ("sms", "text", "x" * 20_000),
    ("opt-out", "phoneNumber", ""),
    ("opt-out", "phoneNumber", "+0780000001"),
]


def test_what_is_malformed_is_400_and_stores_nothing(client: FlaskClient, database: Database):
    before = counts(database, *STORED)
    for hook, field, value in NOT_OURS:
        reply = post(client, hook, **{field: value})
        assert (reply.status_code, reply.data) == (400, b"bad request"), (hook, field, value[:20])
    for hook in FORMS:
        for body, kind in ((b"", "application/x-www-form-urlencoded"), (b"{}", "application/json")):
            path = f"/at/{CALLBACK_SECRET}/{hook}"
            assert client.post(path, data=body, content_type=kind).status_code == 400
    assert counts(database, *STORED) == before


def test_without_the_secret_there_is_nothing(client: FlaskClient, database: Database):
    for hook, form in FORMS.items():
        assert client.post(f"/at/{CALLBACK_SECRET[:-1]}/{hook}", data=form).status_code == 404
        assert client.get(f"/at/{CALLBACK_SECRET}/{hook}").status_code == 404
    assert counts(database, "delivery_report", "inbound_message_seen") == {
        "delivery_report": 0,
        "inbound_message_seen": 0,
    }


def test_stop_and_opt_out_stop_a_number_known_or_not(
    client: FlaskClient, database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(clock, "now", lambda _offset=0: NOW)
    assert post(client, "sms").status_code == 200
    for number in (SHARED, STRANGER, STRANGER):
        assert post(client, "opt-out", phoneNumber=number).status_code == 200
    stopped = column(database, "select stopped_on from phone_number where stopped_on is not null")
    assert stopped == [date(2026, 3, 11)] * 3
    assert counts(database, "phone_number") == {"phone_number": 4}


ODD = [
    ("sms", "date", "yesterday"),
    ("sms", "date", ""),
    ("sms", "date", "2026-13-45 99:99:99"),
    ("sms", "id", ""),
    ("sms", "id", "None"),
    ("sms", "id", "a b é" * 99),
    ("sms", "to", "\x00" * 99),
    ("sms", "linkId", "é" * 99),
    ("opt-out", "date", "yesterday"),
    ("opt-out", "date", "11/03/2026"),
    ("opt-out", "senderId", "\x00é" * 99),
]


@pytest.mark.parametrize(("hook", "field", "value"), ODD)
def test_a_stop_that_can_be_understood_is_taken(
    client: FlaskClient, database: Database, hook: str, field: str, value: str
):
    for _ in range(2):
        reply = post(client, hook, **{field: value})
        assert (reply.status_code, reply.data) == (200, b"ok")
    assert column(database, "select count(*) from phone_number where stopped_on is not null") == [1]


def test_a_failure_of_ours_is_500_so_that_it_comes_again(
    client: FlaskClient, database: Database, capfd: pytest.CaptureFixture[str]
):
    sent(database, "ATXid_1")
    with psycopg.connect(database.owner, autocommit=True) as conn:
        for table in ("delivery_report", "inbound_message_seen", "phone_number"):
            conn.execute(f"alter table {table} rename to elsewhere")
            hook = {"delivery_report": "delivery", "inbound_message_seen": "sms"}.get(table, "opt-out")
            assert post(client, hook).status_code == 500
            conn.execute(f"alter table elsewhere rename to {table}")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["report failed", "text failed", "opt-out failed"]
    assert all(set(line) == {"event", "error", "sqlstate", "id", "level", "timestamp"} for line in lines)
    assert column(database, "select status from message") == ["sent"]
    for hook in FORMS:
        assert post(client, hook).status_code == 200
    assert column(database, "select status from message") == ["delivered"]


def test_after_a_database_restart_all_are_taken(
    client: FlaskClient, database: Database, server_urls: dict[str, str]
):
    hop(client, "")
    for hook in FORMS:
        with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.name,)
            )
        assert post(client, hook).status_code == 200, hook


def figures(client: FlaskClient) -> dict[str, float]:
    text = metrics(client)
    pairs = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {
        name: float(value)
        for name, value in pairs
        if float(value) and ("delivery_reports_total" in name or "inbound" in name)
    }


def test_totals_are_counted_and_no_keyword_is(client: FlaskClient):
    for n, text in enumerate(("help", "ubufasha", "yego", "stop", "hello there", "")):
        post(client, "sms", text=text, id=f"in_{n}")
        assert figures(client) == {'sms_app_inbound_messages_total{result="taken"}': n + 1}
    post(client, "sms", **{"from": ""})
    post(client, "opt-out")
    for status in ("Success", "Failed", "Expired", "Sent", "Teleported", ""):
        post(client, "delivery", status=status)
    assert figures(client) == {
        'sms_app_inbound_messages_total{result="taken"}': 7,
        'sms_app_inbound_messages_total{result="refused"}': 1,
        'sms_app_delivery_reports_total{result="delivered"}': 1,
        'sms_app_delivery_reports_total{result="not_delivered"}': 2,
        'sms_app_delivery_reports_total{result="under_way"}': 2,
        'sms_app_delivery_reports_total{result="refused"}': 1,
    }


def test_nothing_of_what_the_provider_tells_is_logged(client: FlaskClient, capfd: pytest.CaptureFixture[str]):
    for hook in FORMS:
        post(client, hook)
        post(client, hook, **{"from": "canary", "phoneNumber": "canary"})
    assert capfd.readouterr() == ("", "")


# `make prove` has the full size
BURST = 10_000 if PROVES else 600


@LONG
def test_a_burst_of_reports_loses_none_and_dialogues_go_on(app: Flask, database: Database):
    """Each report twice, on all threads that the server has, one of which has a dialogue."""
    ids = [f"ATXid_{n}" for n in range(BURST)]
    sent(database, *ids)
    over, screens = threading.Event(), []

    def dial() -> None:
        client = app.test_client()
        while not over.is_set() or not screens:
            n = len(screens)
            screens.append((hop(client, "", sessionId=f"s_{n}"), hop(client, "2", sessionId=f"s_{n}")))

    dialling = threading.Thread(target=dial)
    dialling.start()
    try:
        with ThreadPoolExecutor(THREADS - 1) as many:
            told = many.map(lambda id_: post(app.test_client(), "delivery", id=id_).status_code, [*ids, *ids])
            assert set(told) == {200}
    finally:
        over.set()
        dialling.join()
    assert {answers[1][:14] for answers in screens} == {"CON Ubwizigame"}
    assert column(database, "select count(*) from message where status = 'delivered'") == [BURST]
    assert counts(database, "delivery_report") == {"delivery_report": BURST}
