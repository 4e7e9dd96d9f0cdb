"""Alive, ready, degraded or not; and that figures tell nothing about anybody."""

from __future__ import annotations

from dataclasses import replace

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from sms_app.config import Config
from sms_app.vault import Vault
from tests.world.app import application, figures, form, hop, populate, totals
from tests.world.databases import Database

OK = {"database": "ok", "migrations": "ok", "flows": "ok", "keys": "ok", "installation": "ok"}


def test_with_everything_there_it_is_ready(client: FlaskClient):
    assert client.get("/healthz").json == {"status": "alive"}
    reply = client.get("/readyz")
    assert (reply.status_code, reply.json) == (200, {"status": "ready", "redis": "ok", **OK})


def test_without_redis_it_serves_and_says_so(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    for url in ("", "unix:///nowhere/redis.sock", "redis://127.0.0.1:1/0"):
        with application(replace(config, redis_url=url)) as app:
            reply = app.test_client().get("/readyz")
            assert (reply.status_code, reply.json) == (
                200,
                {"status": "degraded", "redis": "unreachable", **OK},
            )
            assert hop(app.test_client(), "", sessionId=f"ATUid_{len(url)}").startswith("CON ")


def test_as_the_owner_it_is_not_ready(config: Config, database: Database, vault: Vault):
    populate(database, vault)
    with application(replace(config, web_database_url=database.owner)) as app:
        reply = app.test_client().get("/readyz")
        assert reply.status_code == 503
        assert "owner" in reply.json["database"]


def test_behind_in_its_migrations_it_is_not_ready(client: FlaskClient, database: Database):
    with psycopg.connect(database.owner) as conn:
        conn.execute("update alembic_version set version_num = 'older'")
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json["migrations"].startswith("at older, this version needs 0")


def test_without_a_programme_it_is_not_ready(config: Config, database: Database):
    with application(config) as app:
        reply = app.test_client().get("/readyz")
        assert (reply.status_code, reply.json["status"]) == (503, "not ready")


def test_without_its_database_it_is_alive_and_not_ready(
    app: Flask, client: FlaskClient, database: Database, server_urls: dict[str, str]
):
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        conn.execute(f"alter database {database.name} with allow_connections false")
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.name,)
        )
        reply = client.get("/readyz")
        assert (reply.status_code, reply.json["database"]) == (503, "unreachable")
        assert client.get("/healthz").status_code == 200
        assert hop_status(client) == (200, b"END ")
        conn.execute(f"alter database {database.name} with allow_connections true")
    assert client.get("/readyz").status_code == 200
    assert hop(client, "").startswith("CON ")


def hop_status(client: FlaskClient) -> tuple[int, bytes]:
    reply = client.post("/at/only-for-tests-callback-0123456789-abcdef/ussd", data=form(""))
    return reply.status_code, reply.data[:4]


def test_only_hops_by_result_and_their_time_are_counted(client: FlaskClient):
    assert {name.partition("{")[0] for name in figures(client)} == {
        "sms_app_ussd_hops_total",
        "sms_app_ussd_hop_seconds_bucket",
        "sms_app_ussd_hop_seconds_count",
        "sms_app_ussd_hop_seconds_sum",
        # totals of what was sent and reported: test_figures.py
        "sms_app_delivery_reports_total",
        "sms_app_inbound_messages_total",
        "sms_app_sending_readable",
        "sms_app_messages_day",
        "sms_app_messages_waiting",
        "sms_app_oldest_due_seconds",
        "sms_app_sending_stopped",
        "sms_app_sending_stopped_by_provider",
        "sms_app_delivery_reports_unmatched",
    }
    hop(client, "")
    hop(client, "2")
    client.post("/at/only-for-tests-callback-0123456789-abcdef/ussd", data=form("", phoneNumber="none"))
    found = figures(client)
    assert [found[f'sms_app_ussd_hops_total{{result="{r}"}}'] for r in ("answered", "failed", "refused")] == [
        2,
        0,
        1,
    ]
    assert found["sms_app_ussd_hop_seconds_count"] == 2


def test_figures_do_not_tell_help_from_leaving_at_the_root(client: FlaskClient):
    def dialogue(session: str, *texts: str) -> dict[str, float]:
        before = totals(client)
        for text in texts:
            last = hop(client, text, sessionId=session)
        after = totals(client)
        assert last.startswith("END ")
        return {name: after[name] - before[name] for name in after}

    assert dialogue("ATUid_1", "", "3", "3*0") == dialogue("ATUid_2", "", "4", "4*0*0")
