"""The webhooks over the real application and database: words for every hop, 400 for what is no hop, 404 for others."""

from __future__ import annotations

import json
from dataclasses import replace

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient

from sms_app.config import Config
from sms_app.conversation.hop import sorry
from sms_app.texts import gsm7_length
from sms_app.vault import Vault
from sms_app.web import auth, webhooks
from sms_app.web.flood import Flood
from sms_app.web.metrics import Metrics
from tests.world.app import CODE, SHARED, STRANGER, WOMAN, application, counts, form, hop, populate
from tests.world.databases import CALLBACK_SECRET, Database

USSD = f"/at/{CALLBACK_SECRET}/ussd"
EVENTS = f"/at/{CALLBACK_SECRET}/ussd-events"
STORED = ("ussd_dialogue", "ussd_event_seen", "ussd_cost", "contribution", "phone_number")
EVENT = {
    "date": "2026-03-11 09:00:00",
    "sessionId": "ATUid_1",
    "phoneNumber": WOMAN,
    "serviceCode": CODE,
    "networkCode": "63510",
    "status": "Success",
    "cost": "RWF 5.00",
    "durationInMillis": "12000",
    "hopsCount": "4",
    "input": "2*1*2000",
    "lastAppResponse": "END Murakoze.",
    "errorMessage": "",
}


def test_a_saving_is_reported(client: FlaskClient, database: Database):
    assert hop(client, "") == hop(client, "", sessionId="ATUid_2", phoneNumber=STRANGER)
    for text in ("2", "2*1", "2*1*2,000"):
        assert hop(client, text).startswith("CON ")
    assert hop(client, "2*1*2,000*1").startswith("END ")
    with psycopg.connect(database.owner) as conn:
        rows = conn.execute("select amount, source, assisted from contribution").fetchall()
    assert rows == [(2000, "member", False)]


NO_HOPS = (
    {"phoneNumber": "0788000001"},
    {"phoneNumber": ""},
    {"sessionId": ""},
    {"sessionId": "x" * 129},
    {"serviceCode": "none"},
    {"serviceCode": "*999#"},
    {"text": "1" * 10_240},
    {"text": "1" * 20_480},
    {"networkCode": "é"},
)


def test_what_is_no_hop_is_400_and_stores_nothing(client: FlaskClient, database: Database):
    before = counts(database, *STORED)
    for changed in NO_HOPS:
        reply = client.post(USSD, data=form("") | changed)
        assert (reply.status_code, reply.data) == (400, b"bad request"), str(changed)[:60]
    assert counts(database, *STORED) == before


NO_FORMS = (
    (b"", "application/x-www-form-urlencoded"),
    (b"\xff\x00&&&===", "application/x-www-form-urlencoded"),
    (b'{"text": ""}', "application/json"),
    (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    (b"a=1&" * 8000, "application/x-www-form-urlencoded"),
    (b"text=", "text/plain"),
)


def test_what_is_no_form_is_400(client: FlaskClient, database: Database):
    for body, kind in NO_FORMS:
        for path in (USSD, EVENTS):
            assert client.post(path, data=body, content_type=kind).status_code == 400, (body[:20], kind)
    assert counts(database, "ussd_dialogue", "ussd_cost") == {"ussd_dialogue": 0, "ussd_cost": 0}


TYPED = ("", "0", "-5", "1e9", "2 000 Frw", "５", "\U0001f600", "\x00\x07\x1b", "*", "**", "’", "q" * 500)


def test_whatever_is_typed_is_answered_within_160(client: FlaskClient):
    for number, typed in enumerate(TYPED):
        for path in ("", "2*1", "1*2", "4*2", "3"):
            session = {"sessionId": f"ATUid_{number}_{path}"}
            hop(client, path, **session)
            words = hop(client, f"{path}*{typed}" if path else typed, **session)
            assert gsm7_length(words[4:]) <= 160, (typed, words)


def test_a_wrong_secret_is_not_told_from_an_unknown_path(client: FlaskClient, database: Database):
    unknown = client.get("/nothing/here")
    assert unknown.status_code == 404
    wrong = [CALLBACK_SECRET[:-1], CALLBACK_SECRET + "x", "é", "%20", "x" * 5000]
    paths = [f"/at/{secret}/{hook}" for secret in wrong for hook in ("ussd", "ussd-events", "sms")]
    paths += [
        "/at/ussd",
        "/at//ussd",
        f"/at/{CALLBACK_SECRET}",
        f"//at/{CALLBACK_SECRET}/ussd",
        f"{USSD}/",
        f"/at/{CALLBACK_SECRET}/smss",
    ]
    for path in paths:
        reply = client.post(path, data=form(""))
        assert (reply.status_code, reply.data, dict(reply.headers)) == (
            404,
            unknown.data,
            dict(unknown.headers),
        )
    assert counts(database, "ussd_dialogue") == {"ussd_dialogue": 0}


def test_another_method_is_not_there(client: FlaskClient):
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"):
        reply = client.open(USSD, method=method, data=form(""))
        assert reply.status_code == 404, method
        assert "Allow" not in reply.headers
        assert reply.data == (b"" if method == "HEAD" else b"not found")


def test_two_secrets_are_valid_while_one_is_replaced(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    new = "a-newer-secret-for-tests-0123456789-xyz"
    with application(replace(config, callback_secrets=(new, CALLBACK_SECRET))) as app:
        client = app.test_client()
        for secret in (new, CALLBACK_SECRET):
            assert client.post(f"/at/{secret}/ussd", data=form("")).status_code == 200
        assert client.post(f"/at/{new[:-1]}/ussd", data=form("")).status_code == 404


def test_a_failure_below_sqlalchemy_is_logged_with_its_code_too(
    client: FlaskClient, database: Database, capfd: pytest.CaptureFixture[str]
):
    with psycopg.connect(database.owner, autocommit=True) as conn:
        conn.execute("alter table ussd_dialogue rename to elsewhere")
        assert hop(client, "2").startswith("END ")
        conn.execute("alter table elsewhere rename to ussd_dialogue")
    line = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert (line["error"], line["sqlstate"]) == ("UndefinedTable", "42P01")


def test_a_failure_of_ours_is_a_polite_end_and_nothing_is_kept(
    client: FlaskClient, database: Database, capfd: pytest.CaptureFixture[str]
):
    for text in ("", "2", "2*1", "2*1*2000"):
        read_back = hop(client, text)
    with psycopg.connect(database.owner, autocommit=True) as conn:
        conn.execute("alter table contribution rename to elsewhere")
        words = hop(client, "2*1*2000*1")
        conn.execute("alter table elsewhere rename to contribution")
    assert words.startswith("END ")
    line = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert {key: line[key] for key in ("event", "error", "sqlstate")} == {
        "event": "hop failed",
        "error": "UndefinedTable",
        "sqlstate": "42P01",
    }
    assert set(line) == {"event", "error", "sqlstate", "id", "level", "timestamp"}
    # the dialogue stands where it stood: the same hop again is done, once
    assert hop(client, "2*1*2000") == read_back
    assert hop(client, "2*1*2000*1") == hop(client, "2*1*2000*1") != words
    assert counts(database, "contribution") == {"contribution": 1}


def test_after_a_database_restart_the_next_hop_is_answered(
    client: FlaskClient, database: Database, server_urls: dict[str, str]
):
    hop(client, "")
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        ended = conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.name,)
        ).fetchall()
    assert ended
    assert hop(client, "2").startswith("CON Ubwizigame")
    assert client.get("/readyz").status_code == 200


def test_a_flood_is_turned_away_in_words(app: Flask, client: FlaskClient, database: Database):
    conversation = app.extensions["conversation"]
    flooded = Flask("flooded")
    flood, counts = Flood(lambda _s: None, burst=1, rate=0.001, waiters_most=0), Metrics()
    hops = webhooks.blueprint(conversation, counts, webhooks.taker(conversation, counts, flood, 0), 0)
    auth.register(flooded, hops, auth.provider([CALLBACK_SECRET]))
    narrow = flooded.test_client()
    assert hop(narrow, "").startswith("CON ")
    assert hop(narrow, "2") == sorry(conversation, CODE)
    assert hop(narrow, "", phoneNumber=SHARED, sessionId="ATUid_2").startswith("CON ")
    # the dialogue is where it was
    assert hop(client, "2").startswith("CON Ubwizigame")


def test_costs_are_summed_by_day_and_never_by_person(client: FlaskClient, database: Database):
    for event in (EVENT, EVENT, {**EVENT, "sessionId": "ATUid_2", "cost": "RWF 2.5", "status": "Teleported"}):
        assert client.post(EVENTS, data=event).status_code == 200
    with psycopg.connect(database.owner) as conn:
        rows = conn.execute("select network_code, currency, sessions, cost::text from ussd_cost").fetchall()
        seen = conn.execute("select id::text from ussd_event_seen").fetchall()
    assert rows == [("63510", "RWF", 2, "7.5000")]
    assert len(seen) == 2
    assert "ATUid" not in str(seen)


def test_a_malformed_notification_is_400_and_stores_nothing(client: FlaskClient, database: Database):
    for changed in ({"cost": "much"}, {"serviceCode": "*999#"}, {"sessionId": ""}):
        assert client.post(EVENTS, data=EVENT | changed).status_code == 400, changed
    assert counts(database, "ussd_event_seen", "ussd_cost") == {"ussd_event_seen": 0, "ussd_cost": 0}


def test_nothing_of_a_hop_is_logged(client: FlaskClient, capfd: pytest.CaptureFixture[str]):
    hop(client, "")
    hop(client, "2*1*2000")
    client.post(USSD, data=form("", phoneNumber="malformed-canary"))
    client.post("/at/wrong-canary/ussd", data=form(""))
    client.post(EVENTS, data=EVENT)
    assert capfd.readouterr() == ("", "")
