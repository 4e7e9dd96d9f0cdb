"""The figures of sending in /metrics: cheap, true, and of nobody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import psycopg
import redis
from flask.testing import FlaskClient
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event, insert

from sms_app import clock, models
from sms_app.channel.rate import Rate
from sms_app.config import Config
from sms_app.messaging import sending_figures, sending_switch
from sms_app.vault import Vault
from tests.world.app import WOMAN, application, figures, hop
from tests.world.databases import Database
from tests.world.records import Records
from tests.world.times import NOW


def message(records: Records, now: datetime, status: str, **values: object) -> None:
    """One message that fell due five minutes ago."""
    number = values.pop("phone_number_id", None) or records.number(f"+25078801{uuid4().int % 10_000:04d}")
    usual = {
        "rule": "session_today",
        "status": status,
        "due_at": now - timedelta(minutes=5),
        "expires_at": now + timedelta(hours=1),
    }
    records.message(number, at=now, **{**usual, **values})


def fill(records: Records, now: datetime) -> None:
    for _ in range(3):
        message(records, now, "delivered", cost=Decimal("12.5"), currency="RWF")
    message(records, now, "unknown")
    message(records, now, "queued", due_at=now - timedelta(minutes=10))
    message(records, now, "planned", due_at=now + timedelta(days=3))
    message(records, now, "sent", due_at=now - timedelta(days=2), cost=Decimal(99), currency="RWF")
    records.add(
        models.DeliveryReport,
        provider="africastalking",
        provider_id="ATXid_1",
        result="delivered",
        status="Success",
        number_index=b"1",
        network_code="63510",
        failure_reason="",
        received_at=now,
        message_id=None,
    )
    records.conn.execute(insert(models.Heartbeat).values(name="clock", beat_at=now - timedelta(seconds=30)))
    records.conn.execute(insert(models.Heartbeat).values(name="sweep", beat_at=now - timedelta(minutes=7)))
    records.conn.execute(insert(models.Heartbeat).values(name="rewrite", beat_at=now - timedelta(minutes=9)))


def test_figures_of_the_day_and_of_what_waits_are_counted(records: Records) -> None:
    fill(records, NOW)
    assert sending_figures.figures(records.conn, NOW) == sending_figures.Figures(
        by_status={"delivered": 3, "unknown": 1, "queued": 1},
        cost={"RWF": Decimal("37.5")},
        waiting=2,
        oldest_due=NOW - timedelta(minutes=10),
        clock_beat=NOW - timedelta(seconds=30),
        swept=NOW - timedelta(minutes=7),
        rewritten=NOW - timedelta(minutes=9),
        unmatched=1,
        stopped=True,
        halted=False,
    )
    sending_switch.start(records.conn, "Keza", NOW)
    sending_switch.stop(records.conn, "no_balance", sending_switch.PROVIDER, NOW)
    assert sending_figures.figures(records.conn, NOW).halted


def test_the_figures_are_in_metrics(client: FlaskClient, conn: Connection, vault: Vault) -> None:
    records = Records(conn, vault, conn.exec_driver_sql("select id from programme").scalar_one(), uuid4())
    now = clock.now()
    fill(records, now)
    sending_switch.start(conn, "Keza", now)
    conn.commit()
    found = figures(client)
    assert found['sms_app_messages_day{status="delivered"}'] == 3
    assert found['sms_app_messages_day{status="failed"}'] == 0
    assert found['sms_app_messages_day_cost{currency="RWF"}'] == 37.5
    assert found["sms_app_messages_waiting"] == 2
    assert 600 <= found["sms_app_oldest_due_seconds"] < 700
    assert 30 <= found["sms_app_clock_beat_age_seconds"] < 130
    assert 420 <= found["sms_app_sweep_age_seconds"] < 520
    assert 540 <= found["sms_app_rewrite_age_seconds"] < 640
    assert found["sms_app_delivery_reports_unmatched"] == 1
    assert found["sms_app_sending_stopped"] == found["sms_app_sending_stopped_by_provider"] == 0
    assert found["sms_app_sending_readable"] == 1


def test_the_rate_is_in_metrics_once_something_was_sent(client: FlaskClient, redis_url: str) -> None:
    assert "sms_app_sms_per_second" not in figures(client)
    with redis.Redis.from_url(redis_url) as kept:
        rate = Rate(kept, 40)
        assert rate.take(1)
        assert figures(client)["sms_app_sms_per_second"] == 40
        rate.slow_down()
    found = figures(client)
    assert 20 <= found["sms_app_sms_per_second"] < 40
    assert found["sms_app_sms_per_second_limit"] == 40
    assert found["sms_app_provider_slow_downs_total"] == 1


def test_without_redis_the_other_figures_are_there(config: Config) -> None:
    with application(replace(config, redis_url="redis://127.0.0.1:9/0")) as app:
        found = figures(app.test_client())
    assert "sms_app_sms_per_second" not in found
    assert found["sms_app_sending_readable"] == 1


def test_no_figure_is_of_a_person_a_group_or_an_arm(client: FlaskClient) -> None:
    hop(client, "")
    labels = {label for name in figures(client) for label in re.findall(r"(\w+)=", name)}
    assert labels <= {"result", "le", "status", "currency"}
    assert not [name for name in figures(client) if WOMAN in name]


def test_without_the_database_hops_are_still_counted(
    client: FlaskClient, database: Database, server_urls: dict[str, str]
) -> None:
    with psycopg.connect(server_urls["superuser"], autocommit=True) as conn:
        conn.execute(f"alter database {database.name} with allow_connections false")
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (database.name,)
        )
        found = figures(client)
        conn.execute(f"alter database {database.name} with allow_connections true")
    assert found["sms_app_sending_readable"] == 0
    assert "sms_app_messages_waiting" not in found
    assert 'sms_app_ussd_hops_total{result="answered"}' in found
    assert figures(client)["sms_app_sending_readable"] == 1


def test_a_scrape_is_two_statements_however_much_was_sent(owner_engine: Engine) -> None:
    statements: list[str] = []
    event.listen(owner_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    with owner_engine.connect() as conn:
        sending_figures.figures(conn, NOW)
    assert len(statements) == 2


def test_a_scrape_leaves_the_connection_as_hops_need_it(client: FlaskClient) -> None:
    engine = client.application.extensions["engine"]
    figures(client)
    with engine.connect() as conn:
        assert conn.exec_driver_sql("show statement_timeout").scalar_one() == "5s"
        assert conn.connection.driver_connection.info.transaction_status == TransactionStatus.IDLE


def test_nothing_reads_all_that_was_ever_sent(records: Records) -> None:
    conn = records.conn
    number = records.number("+250788000001")
    conn.exec_driver_sql(
        "insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status,"
        " planned_at, due_at, expires_at) select gen_random_uuid(), %(programme)s, %(number)s, 'gathering', 'r',"
        " gen_random_uuid(), 'once', '{}', 'delivered', %(now)s, %(now)s - n * interval '1 minute', %(now)s"
        " from generate_series(1, 50000) n",
        {"programme": records.programme, "number": number, "now": NOW},
    )
    conn.exec_driver_sql("analyze message")
    values = {"now": NOW, "day_ago": NOW - sending_figures.DAY}
    for name in ("of_the_day", "standing"):
        plan = "\n".join(conn.exec_driver_sql("explain " + sending_figures.SQL[name], values).scalars())
        assert "Seq Scan on message" not in plan, plan
