"""The index of each statement that must stay fast however much is stored, by EXPLAIN.

Others stand beside what they are about: figures in `tests/web/test_figures.py`, cost in `tests/messaging/test_cost.py`,
what coaches were told in `tests/messaging/test_summaries.py`, the ledger in `tests/programme/test_savings.py`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, text

from sms_app.conversation import facts
from sms_app.conversation.caller import FIND_CALLER
from sms_app.conversation.hop import READ_DIALOGUE, UPDATE_POSITION
from sms_app.messaging import eligibility, outbox, preparing, reports
from sms_app.messaging.coaches import reachability
from sms_app.messaging.reminders import corrections, occasions, planning
from tests.world.records import Records
from tests.world.times import NOW, TODAY

GROUPS, EACH = 40, 25
"""Groups, and the people of each, who are on a number each."""
FILL = (
    """
    insert into training_group (id, programme_id, number, role, sector, place)
    select gen_random_uuid(), :programme, 100 + n, 'woman', 'Rwamagana', 'Kigabiro' from generate_series(1, :groups) n
    """,
    """
    insert into participant (id, programme_id, role, reference, member_number, name_sealed, language, contact, group_id,
      amounts_by_phone, enrolled_on)
    select gen_random_uuid(), :programme, 'woman', g.number || '-' || n, g.number || '-' || n, '', 'rw', 'own', g.id,
      false, :today
    from training_group g cross join generate_series(1, :each) n where g.number > 100
    """,
    """
    insert into phone_number (id, programme_id, number_sealed, number_index, sharing)
    select id, :programme, '', convert_to(member_number, 'UTF8'), 'unmarked' from participant
    """,
    """
    insert into participant_phone (id, participant_id, phone_number_id, from_on)
    select gen_random_uuid(), id, id, :today from phone_number
    """,
    """
    insert into consent (id, participant_id, purpose, given, version, language, how, taken_by, taken_on)
    select gen_random_uuid(), id, 'messages', true, '1', 'rw', 'oral', 'coach', :today from phone_number
    """,
    """
    insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)
    select gen_random_uuid(), :programme, g.id, '', :now + (n * 7) * interval '1 day',
      :now + (n * 7) * interval '1 day' + interval '1 hour', 'Kigabiro', '1234'
    from training_group g cross join generate_series(-20, 2) n where g.number > 100
    """,
    # what was sent, and told what is true; and what waits, for one number in 25
    """
    insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, gathering_id, people,
      status, planned_at, due_at, expires_at, sent_at, claimed_at, provider, provider_id, told_starts_at, told_place,
      told_cancelled)
    select gen_random_uuid(), :programme, p.id, 'gathering', 'day_before', s.id, 'once', s.id, array[p.id],
      'delivered', s.starts_at, s.starts_at, s.ends_at, s.starts_at, s.starts_at, 'africastalking',
      gen_random_uuid()::text, s.starts_at, s.place, false
    from training_session s join participant p on p.group_id = s.group_id where s.starts_at < :now
    union all
    select gen_random_uuid(), :programme, p.id, 'gathering', 'day_before', s.id, 'once', s.id, array[p.id],
      case when s.starts_at = :now then 'queued' else 'planned' end, :now, s.starts_at, s.ends_at, null, null, null,
      null, null, null, null
    from training_session s join participant p on p.group_id = s.group_id
    where s.starts_at >= :now and p.member_number like '%-1'
    """,
    """
    insert into delivery_report (id, provider, provider_id, result, status, number_index, network_code, failure_reason,
      received_at, message_id)
    select gen_random_uuid(), provider, provider_id, 'delivered', 'Success', '', '', '', sent_at, id
    from message where provider_id is not null
    """,
    """
    insert into ussd_dialogue (id, position, touched_at)
    select sha256(n::text::bytea), '', :now from generate_series(1, 2000) n
    """,
)
BIG = (
    "message",
    "participant",
    "participant_phone",
    "phone_number",
    "consent",
    "delivery_report",
    "ussd_dialogue",
)
"""Tables that no statement here may read through."""
INDEXES: dict[str, tuple[str, set[str]]] = {
    # sending
    "release": (outbox.SQL["release"], {"ix_message_due"}),
    "count_due": (outbox.SQL["count_due"], {"ix_message_due", "uq_message_open"}),
    "take": (outbox.SQL["take"], {"ix_message_due", "uq_message_open", "pk_phone_number"}),
    "copies": (preparing.COPIES, {"ix_message_phone_sent"}),
    "eligibility": (
        eligibility.SQL["refusals_of_messages"],
        {
            "pk_message",
            "pk_phone_number",
            "uq_participant_phone_now",
            "ix_consent_latest",
            "ix_message_phone_sent",
        },
    ),
    # delivery reports
    "keep a report": (
        reports.SQL["keep"],
        {"ix_message_provider_id", "uq_delivery_report_provider_id_provider_status"},
    ),
    "lock numbers": (
        reports.LOCK,
        {"uq_phone_number_programme_id_number_index", "ix_message_provider_id", "pk_phone_number"},
    ),
    "report by number": (reports.SQL["match_by_number"], {"uq_message_open", "ix_message_phone_sent"}),
    "stored reports by number": (
        reports.SQL["match_stored_by_number"],
        {"ix_delivery_report_number", "uq_message_open", "ix_message_phone_sent", "ix_message_provider_id"},
    ),
    "anything to settle": (
        reports.SQL["anything_to_settle"],
        {"pk_message", "ix_delivery_report_message_id", "ix_message_provider_id"},
    ),
    "settle": (reports.SQL["settle"], {"pk_message", "ix_delivery_report_message_id"}),
    # plans
    "planned starts": (occasions.PLANNED_STARTS, {"ix_message_due"}),
    "plan reminders": (planning.SQL["plan_reminders"], {"ix_training_session_programme_id_starts_at"}),
    "cancel reminders": (planning.SQL["cancel_reminders"], {"pk_message", "pk_training_session"}),
    "wrongly told": (corrections.SQL["wrongly_told"], {"ix_message_told", "pk_training_session"}),
    "latest told": (corrections.SQL["latest_told"], {"ix_message_gathering_id"}),
    "ambiguous": (
        corrections.SQL["ambiguous"],
        {"ix_training_session_programme_id_starts_at", "uq_participant_phone_now", "pk_participant"},
    ),
    "plan corrections": (
        corrections.SQL["plan_corrections"],
        {"ix_message_gathering_id", "uq_message_once", "ix_training_session_programme_id_starts_at"},
    ),
    "reachability": (reachability.SQL["texts_to_members"], {"ix_message_gathering_id"}),
    # a hop
    "facts": (
        facts.statement(("next_session", "attendance", "savings_mode", "balance")),
        {"pk_participant", "ix_training_session_group_id_starts_at"},
    ),
    "facts by member": (
        facts.statement_by_member(("next_session",)),
        {"pk_participant", "ix_participant_phone_participant_id", "ix_training_session_group_id_starts_at"},
    ),
}
PREPARED = {
    # no number at all would imply what any partial index asks
    FIND_CALLER: (
        "1, array[decode('00', 'hex')]",
        {"uq_phone_number_programme_id_number_index", "uq_participant_phone_now"},
    ),
    READ_DIALOGUE: ("'{}'", {"pk_ussd_dialogue"}),
    UPDATE_POSITION: ("'', '', '2026-03-11', ''", {"pk_ussd_dialogue"}),
}
"""A hop's statements, which are prepared; with values."""


@pytest.fixture
def filled(conn: Connection, records: Records) -> Connection:
    """A connection to a database with many people and messages, of which the planner knows."""
    values = {"programme": records.programme, "groups": GROUPS, "each": EACH, "today": TODAY, "now": NOW}
    for statement in FILL:
        conn.execute(text(statement), values)
    conn.execute(text("analyze"))
    # what is left is which index, and not whether a table this small is worth one
    conn.exec_driver_sql("set enable_seqscan = off")
    return conn


def values(programme: int) -> dict[str, Any]:
    """Values for all of the statements."""
    ids = [uuid4() for _ in range(20)]
    corrected = {"gathering": ids, "places": ["x"] * 20, "cancelled": [False] * 20, "truths": ["x"] * 20}
    rules = {
        "rules": ["x"] * 20,
        "roles": ["{}"] * 20,
        "groups": ["{}"] * 20,
        "occasions": ["2026-03-11"] * 20,
    }
    moments = {"starts": [NOW] * 20, "dues": [NOW] * 20, "expiries": [NOW] * 20}
    report = {
        "provider": "africastalking",
        "provider_id": "x",
        "indexes": [b"x"],
        "within": timedelta(days=3),
        "id": uuid4(),
        "result": "delivered",
        "status": "Success",
        "index": b"x",
        "network": "63513",
        "reason": "",
    }
    hop = {"person": uuid4(), "phone": uuid4(), "member": "1", "today": TODAY, "shown_days": 30}
    return {
        "programme": programme,
        "kind": "gathering",
        "now": NOW,
        "most": 500,
        "ids": ids,
        "phones": ids[:1],
        "day_start": NOW,
        "most_a_day": 3,
        "since": NOW,
        "gatherings": ids,
        "apart": [],
        "rows": "[]",
        "furthest_at": NOW,
        "revivable": [],
        "reasons": [None] * 20,
        "days": [TODAY] * 20,
        **corrected,
        **rules,
        **moments,
        **report,
        **hop,
    }


def faults(plan: str, indexes: set[str]) -> set[str]:
    """The indexes that a plan does not use, and the big tables that it reads through."""
    scanned = set(re.findall(r"Seq Scan on (\w+)", plan)) & set(BIG)
    return (indexes - set(re.findall(r"\w+", plan))) | {f"all of {table}" for table in scanned}


def seen(conn: Connection, programme: int, names: Iterable[str]) -> dict[str, set[str]]:
    """The faults of these statements' plans, by name."""
    asked, found = values(programme), {}
    for name in names:
        statement, indexes = INDEXES[name]
        plan = "\n".join(conn.exec_driver_sql(f"explain {statement}", asked).scalars())
        found[name] = faults(plan, indexes)
    return {name: these for name, these in found.items() if these}


def test_each_hot_statement_uses_its_indexes(filled: Connection, records: Records) -> None:
    assert seen(filled, records.programme, INDEXES) == {}
    filled.exec_driver_sql("drop index ix_message_due")
    assert seen(filled, records.programme, ["take", "eligibility"]) == {"take": {"ix_message_due"}}


def test_a_hop_uses_its_indexes(filled: Connection) -> None:
    found = {}
    for statement, (given, indexes) in PREPARED.items():
        filled.exec_driver_sql(f"prepare {statement.name} as {statement.sql}")
        plan = "\n".join(filled.exec_driver_sql(f"explain execute {statement.name}({given})").scalars())
        found[statement.name] = faults(plan, indexes)
    assert {name: these for name, these in found.items() if these} == {}


def test_a_member_number_is_looked_up_by_index(filled: Connection, records: Records) -> None:
    # a plan does not show what a function of SQL does: its body is explained with values for its parameters
    body = filled.exec_driver_sql("select prosrc from pg_proc where proname = 'member_of'").scalar_one()
    query = body.replace("= programme", f"= {records.programme}").replace("= number", "= '101-1'")
    plan = "\n".join(filled.exec_driver_sql(f"explain {query}").scalars())
    assert faults(plan, {"uq_participant_programme_id_member_number", "pk_participant"}) == set()


def test_what_plans_compare_with_is_found_by_index(filled: Connection, records: Records) -> None:
    """The body of the function that every plan calls, with values in the place of its parameters."""
    body = filled.exec_driver_sql(
        "select prosrc from pg_proc where proname = 'reconcile_messages'"
    ).scalar_one()
    parameters = {
        "of_programme": str(records.programme),
        "of_kind": "'gathering'::text",
        "at_moment": "'2026-03-11 09:00Z'::timestamptz",
        "furthest_at": "'2026-03-14 09:00Z'::timestamptz",
        "revivable": "'{undone}'::text[]",
    }
    for name, value in parameters.items():
        body = re.sub(rf"\b{name}\b", value, body)
    body = body.replace("unnest(wanted)", "unnest('{}'::wanted_message[])")
    plan = "\n".join(filled.execute(text("explain " + body.replace(":", "\\:"))).scalars())
    assert faults(plan, {"ix_message_due", "uq_message_once", "pk_message"}) == set()


def test_a_tick_forgets_what_is_old_without_reading_all(filled: Connection) -> None:
    """Also where the planner may choose: one message in ten has a body, one report in a hundred is old."""
    filled.exec_driver_sql("set enable_seqscan = on")
    filled.execute(
        text("update delivery_report set received_at = :now where mod(hashtext(id::text), 100) <> 0"),
        {"now": NOW},
    )
    filled.exec_driver_sql(
        "update message set body_sealed = '' where mod(hashtext(id::text), 10) = 0 and claimed_at is not null"
    )
    filled.exec_driver_sql("analyze message, delivery_report")
    asked = {"before": NOW - timedelta(days=30), "batch": outbox.SWEEP_BATCH}
    for statement, index in (
        (outbox.FORGET_BODIES, "ix_message_body"),
        (outbox.FORGET_REPORTS, "ix_delivery_report_received"),
    ):
        plan = "\n".join(filled.exec_driver_sql(f"explain {statement}", asked).scalars())
        assert faults(plan, {index}) == set()
