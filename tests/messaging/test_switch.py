"""One switch for all sending."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine

from sms_app.messaging import sending_switch
from tests.world.times import NOW


def trail(conn: Connection) -> list[tuple[object, ...]]:
    found = conn.exec_driver_sql(
        "select programme_id, who, what, subject, subject_id from audit_entry order by id"
    )
    return [tuple(row) for row in found]


def test_a_new_service_sends_nothing_until_someone_starts_it(conn: Connection) -> None:
    assert sending_switch.why_stopped(conn) == "not started"
    assert sending_switch.state(conn) == sending_switch.SwitchState(True, "not started", "nobody", None)
    assert sending_switch.start(conn, "Keza", NOW)
    assert sending_switch.why_stopped(conn) is None
    assert sending_switch.state(conn) == sending_switch.SwitchState(False, "", "Keza", NOW)
    assert not sending_switch.start(conn, "Keza", NOW)
    assert trail(conn) == [(None, "Keza", "start_sending", "sending_switch", "1")]


def test_what_a_person_does_is_in_the_trail_and_what_the_provider_does_is_not(conn: Connection) -> None:
    sending_switch.start(conn, "Keza", NOW)
    sending_switch.stop(conn, "no_balance", sending_switch.PROVIDER, NOW)
    assert sending_switch.why_stopped(conn) == "no_balance"
    sending_switch.stop(conn, "wrong text", "Keza", NOW + timedelta(hours=1))
    assert [what for _, _, what, _, _ in trail(conn)] == ["start_sending", "stop_sending"]


def test_the_provider_does_not_take_over_what_a_person_stopped(conn: Connection) -> None:
    sending_switch.start(conn, "Keza", NOW)
    sending_switch.stop(conn, "wrong text", "Keza", NOW)
    sending_switch.stop(conn, "bad_key", sending_switch.PROVIDER, NOW + timedelta(hours=1))
    assert sending_switch.state(conn) == sending_switch.SwitchState(True, "wrong text", "Keza", NOW)


def test_a_worker_sees_at_once_what_was_committed(conn: Connection, engine: Engine) -> None:
    sending_switch.start(conn, "Keza", NOW)
    conn.commit()
    with engine.connect() as worker:
        assert sending_switch.why_stopped(worker) is None
    with engine.begin() as worker:
        sending_switch.stop(worker, "bad_key", sending_switch.PROVIDER, NOW)
    assert sending_switch.why_stopped(conn) == "bad_key"
