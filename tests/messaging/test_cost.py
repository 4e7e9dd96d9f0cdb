"""What texts cost: before they go and after, side by side."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import Connection

from sms_app.messaging import cost
from sms_app.programme.loaded import LoadedProgramme
from sms_app.vault import Vault
from tests.world.people import People, rwanda

NOVEMBER = date(2026, 11, 1)
IN_NOVEMBER = datetime(2026, 11, 30, 21, 59, tzinfo=UTC)
"""The last minute of November in Kigali."""


@pytest.fixture
def told(conn: Connection, vault: Vault) -> tuple[LoadedProgramme, People]:
    return rwanda(conn, vault)


@pytest.mark.parametrize(
    ("text", "count", "expected"),
    [
        ("Hello", 3, "36.00"),
        ("a" * 160, 1, "12.00"),
        ("a" * 161, 10, "240.00"),
        ("€" * 81, 1, "24.00"),
        ("é" * 70, 2, "24.00"),
        ("ш" * 71, 2, "48.00"),
        ("Hello", 0, "0.00"),
    ],
)
def test_the_estimate_is_by_segments(
    told: tuple[LoadedProgramme, People], text: str, count: int, expected: str
) -> None:
    assert cost.estimate(told[0].settings, text, count) == Decimal(expected)


def went_at_their_hour(p: People) -> None:
    p.records.conn.exec_driver_sql(
        "update message set due_at = coalesce(sent_at, settled_at, due_at) - interval '1 hour'"
    )


def test_the_report_reads_its_months_alone(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    conn = p.records.conn
    conn.exec_driver_sql("set local enable_seqscan = off")
    values = {
        "programme": programme.id,
        "start": IN_NOVEMBER,
        "end": IN_NOVEMBER,
        "earliest": IN_NOVEMBER,
    }
    plan = "\n".join(conn.exec_driver_sql("explain " + cost.CHARGED, values).scalars())
    assert "ix_message_day" in plan


def test_the_report_is_by_rule_broadcast_and_currency(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    phone, broadcast = p.phone(), uuid4()
    in_rwf = {"currency": "RWF", "cost": Decimal("10.5000"), "segments": 1}
    p.sent(phone, IN_NOVEMBER, rule="session_tomorrow", **in_rwf)
    p.sent(phone, IN_NOVEMBER, rule="session_tomorrow", **in_rwf | {"segments": 2, "cost": Decimal("21")})
    p.sent(phone, IN_NOVEMBER, rule="session_tomorrow", currency="KES", cost=Decimal("0.8"), segments=1)
    p.message(phone, rule="session_tomorrow", status="unknown", sent_at=IN_NOVEMBER, segments=1)
    p.sent(phone, IN_NOVEMBER, kind="broadcast", subject_id=broadcast, **in_rwf)
    p.sent(phone, IN_NOVEMBER.replace(minute=0, hour=22), rule="session_today", **in_rwf)
    p.message(phone, status="failed", settled_at=IN_NOVEMBER, segments=1, cost=Decimal(0), currency="RWF")
    p.message(phone, status="cancelled", settled_at=IN_NOVEMBER)
    p.message(phone, status="queued")
    went_at_their_hour(p)
    found = cost.month(p.records.conn, programme, NOVEMBER)
    assert found == [
        cost.CostRow("broadcast", broadcast, 1, 1, Decimal(12), Decimal("10.5"), "RWF", 0),
        cost.CostRow("session_tomorrow", None, 1, 1, Decimal(12), Decimal("0.8"), "KES", 0),
        cost.CostRow("session_tomorrow", None, 2, 3, Decimal(36), Decimal("31.5"), "RWF", 0),
        cost.CostRow("session_tomorrow", None, 1, 1, Decimal(12), None, None, 1),
    ]
    assert [line.rule for line in cost.month(p.records.conn, programme, date(2026, 12, 1))] == [
        "session_today"
    ]


def test_what_failed_but_was_charged_counts(told: tuple[LoadedProgramme, People]) -> None:
    programme, p = told
    p.message(
        p.phone(), status="failed", settled_at=IN_NOVEMBER, segments=1, cost=Decimal(10), currency="RWF"
    )
    went_at_their_hour(p)
    assert [line.charged for line in cost.month(p.records.conn, programme, NOVEMBER)] == [Decimal(10)]
