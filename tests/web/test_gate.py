"""A web process with keys that are not the database's serves nobody, and begins when they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection

from sms_app.config import Config
from sms_app.programme.installation import StartRefused
from sms_app.vault import Vault
from sms_app.web import gate
from tests.world.app import CODE, WOMAN, application, counts, form, populate
from tests.world.databases import CALLBACK_SECRET, KEYS, METRICS_TOKEN, Database, register_keys

OTHER = ",".join(f"{n}:{Vault.new_key()}" for n in (2, 1))
SORRY = "END "
STOP = {"id": "ATXid_1", "from": WOMAN, "to": "801", "text": "STOP", "date": "2026-03-11 09:00:00"}
CALLBACKS = [
    ("sms", STOP),
    ("opt-out", {"phoneNumber": WOMAN, "senderId": "801"}),
    ("delivery", {"id": "ATXid_1", "status": "Success", "phoneNumber": WOMAN, "networkCode": "63510"}),
    (
        "ussd-events",
        {
            "sessionId": "ATUid_1",
            "phoneNumber": WOMAN,
            "serviceCode": CODE,
            "networkCode": "63510",
            "status": "Success",
            "cost": "RWF 1.0",
            "durationInMillis": "1",
            "hopsCount": "1",
            "input": "",
            "lastAppResponse": "",
            "date": "2026-03-11 09:00:00",
        },
    ),
]
STORED = (
    "ussd_dialogue",
    "phone_number",
    "inbound_message_seen",
    "delivery_report",
    "ussd_cost",
    "contribution",
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at each request."""
    monkeypatch.setattr(gate, "AGAIN_AFTER_S", 0.0)


@pytest.fixture
def wrong(config: Config, database: Database, vault: Vault) -> Iterator[Flask]:
    """The application with other keys of the same ids."""
    populate(database, vault)
    with application(replace(config, keys=OTHER)) as found:
        yield found


def post(app: Flask, path: str, body: dict[str, str]) -> tuple[int, str]:
    reply = app.test_client().post(f"/at/{CALLBACK_SECRET}/{path}", data=body)
    return reply.status_code, reply.get_data(as_text=True)


def ready(client: FlaskClient) -> tuple[int, str]:
    reply = client.get("/readyz")
    return reply.status_code, reply.json["keys"]


def test_with_another_key_a_hop_gets_the_polite_end_and_a_callback_comes_again(
    wrong: Flask, database: Database
) -> None:
    before = counts(database, *STORED)
    for text in ("", "2*1*500*1"):
        assert post(wrong, "ussd", form(text)) == (200, post(wrong, "ussd", form(text))[1])
        assert post(wrong, "ussd", form(text))[1].startswith(SORRY)
    for path, body in CALLBACKS:
        assert post(wrong, path, body)[0] == 503, path
    assert counts(database, *STORED) == before
    assert post(wrong, "ussd", form("", serviceCode="*999#"))[0] == 400
    assert wrong.test_client().post("/at/another/ussd", data=form("")).status_code == 404
    figures = wrong.test_client().get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert figures.status_code == 503
    assert wrong.test_client().get("/healthz").status_code == 200


def test_it_says_which_key_is_wrong_and_no_value(wrong: Flask) -> None:
    status, why = ready(wrong.test_client())
    assert status == 503
    assert "key 2 of SMS_APP_KEYS is not the key 2" in why
    assert "key 1 of SMS_APP_KEYS is not the key 1" in why
    assert not any(part.partition(":")[2] in why for part in (*OTHER.split(","), *KEYS.split(",")))


def test_it_begins_to_serve_when_the_keys_are_registered(
    config: Config, database: Database, vault: Vault, owner: Connection
) -> None:
    populate(database, vault)
    owner.exec_driver_sql("alter table vault_key_check rename to away")
    owner.commit()
    with application(config) as app:
        client = app.test_client()
        assert ready(client) == (503, "the database has no table for checking keys")
        assert post(app, "ussd", form(""))[1].startswith(SORRY)
        owner.exec_driver_sql("alter table away rename to vault_key_check")
        owner.exec_driver_sql("delete from vault_key_check")
        owner.commit()
        assert "key 2 of SMS_APP_KEYS is not registered" in ready(client)[1]
        assert post(app, "sms", STOP)[0] == 503
        register_keys(owner, vault)
        owner.commit()
        assert post(app, "ussd", form(""))[1].startswith("CON ")
        assert post(app, "sms", STOP)[0] == 200
        assert ready(client) == (200, "ok")


def test_tables_of_an_older_version_are_not_called_a_database_that_does_not_answer(
    config: Config, database: Database, vault: Vault, owner: Connection
) -> None:
    populate(database, vault)
    owner.exec_driver_sql("alter table private.roster rename to away")
    owner.commit()
    with application(config) as app:
        client = app.test_client()
        assert ready(client) == (503, "the database's tables are not those of this version")
        assert post(app, "ussd", form(""))[1].startswith(SORRY)
        owner.exec_driver_sql("alter table private.away rename to roster")
        owner.commit()
        assert post(app, "ussd", form(""))[1].startswith("CON ")


def test_a_gate_that_opened_does_not_look_again(config: Config, database: Database, vault: Vault) -> None:
    populate(database, vault)
    with application(config) as app:
        with psycopg.connect(database.owner) as conn:
            conn.execute("drop table vault_key_check")
        assert post(app, "ussd", form(""))[1].startswith("CON ")


def test_it_looks_once_a_second_at_most(
    wrong: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "AGAIN_AFTER_S", 1.0)
    found: gate.Gate = wrong.extensions["gate"]
    looks = []
    monkeypatch.setattr(gate.Gate, "_look", lambda self: looks.append(1))
    for now in (1e9, 1e9 + 0.5, 1e9 + 0.9, 1e9 + 1.0, 1e9 + 1.9, 1e9 + 2.1):
        assert not found.is_open(now)
    assert len(looks) == 3


def test_without_a_key_that_is_in_use_it_is_not_ready(
    config: Config, database: Database, vault: Vault
) -> None:
    populate(database, vault)
    with application(replace(config, keys=KEYS.split(",")[0])) as app:
        assert ready(app.test_client()) == (
            503,
            "key 1 is in use in this database and not in SMS_APP_KEYS: put it back, after the first",
        )


def test_a_demo_serves_as_a_demo_only(config: Config, demo_database: Database, vault: Vault) -> None:
    populate(demo_database, vault)
    with pytest.raises(StartRefused, match="SMS_APP_DEMO=1"), application(config):
        raise AssertionError
    with application(replace(config, demo=True)) as app:
        assert ready(app.test_client())[0] == 200


def test_a_database_that_gets_its_kind_later_is_looked_at_again(
    config: Config, demo_database: Database, vault: Vault, owner: Connection
) -> None:
    populate(demo_database, vault)
    owner.exec_driver_sql("alter table installation rename to away")
    owner.exec_driver_sql("delete from vault_key_check")
    owner.commit()
    with application(config) as app:
        owner.exec_driver_sql("alter table away rename to installation")
        register_keys(owner, vault)
        owner.commit()
        assert post(app, "ussd", form(""))[1].startswith(SORRY)
        assert "SMS_APP_DEMO=1" in app.test_client().get("/readyz").json["installation"]


def test_a_made_up_key_is_for_a_demo(config: Config, database: Database, owner: Connection) -> None:
    zeros = "1:" + "A" * 43
    populate(database, Vault.parse(zeros))
    owner.exec_driver_sql("delete from vault_key_check")
    register_keys(owner, Vault.parse(zeros))
    owner.commit()
    with (
        pytest.raises(StartRefused, match="Key 1 of SMS_APP_KEYS is made up"),
        application(replace(config, keys=zeros)),
    ):
        raise AssertionError
    owner.exec_driver_sql("update installation set kind = 'demo'")
    owner.commit()
    with application(replace(config, keys=zeros, demo=True)) as app:
        assert ready(app.test_client())[0] == 200
