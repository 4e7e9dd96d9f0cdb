"""What the triggers note: all that a plan reads, in whatever way it is changed, and nothing that a hop writes."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from sms_app.messaging.reconcile import REVIVABLE
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.plans import follow
from tests.world.records import Records
from tests.world.reminding import Planning, one_of_each
from tests.world.times import at
from worker import clock

TUESDAY = at(10, 9)
NAMES = tuple(plan.name for plan in clock.PLANS)
# what plans read of them is what they read of the tables below
VIEWS = "gathering, gathering_member, consent_now, coach_phone, roll_digest, told_of_gathering"
# what each trigger of `note_plan_change` watches
WATCHED = """
select t.tgrelid::regclass::text as name, array_agg(a.attname::text) as columns
from pg_trigger t join pg_proc p on p.oid = t.tgfoid
join pg_attribute a on a.attrelid = t.tgrelid and a.attnum = any(t.tgattr::int2[])
where p.proname = 'note_plan_change' and not t.tgisinternal group by 1 order by 1
"""


@pytest.fixture
def planning(records: Records, vault: Vault) -> Planning:
    return one_of_each(records)


@pytest.fixture
def planned(planning: Planning) -> None:
    """All is planned, and that is not noted any more."""
    follow(planning.conn, planning.programme, TUESDAY, NAMES)
    noted(planning.conn)
    planning.conn.commit()


def noted(conn: Connection) -> set[str]:
    """What was noted since the last time that this was asked."""
    return set(conn.execute(text("delete from plan_change returning about")).scalars())


def test_no_plan_reads_what_is_not_watched(
    planning: Planning, owner: Connection, database: Database, engine: Engine
) -> None:
    """Each plan, with the right to read only what notes a change of what it says that it reads."""
    watched = {row.name: row.columns for row in owner.execute(text(WATCHED))}
    owner.execute(text("alter view gathering set (security_invoker = true)"))
    owner.execute(text("alter view gathering_member set (security_invoker = true)"))
    for plan in clock.PLANS:
        role = f"{database.name}_{plan.name}"
        owner.execute(text(f"create role {role}"))
        owner.execute(text(f"grant {role} to current_user with inherit true, set true"))
        owner.execute(text(f"grant select, insert, update on message to {role}"))
        owner.execute(text(f"grant select on {VIEWS} to {role}"))
        for table in watched.keys() & set(plan.reads) - {"message"}:
            owner.execute(text(f"grant select ({', '.join(watched[table])}) on {table} to {role}"))
        owner.commit()
        try:
            owner.execute(text(f"set local role {role}"))
            plan.run(owner, planning.programme, TUESDAY)
        finally:
            owner.rollback()
            owner.execute(text(f"drop owned by {role}"))
            owner.execute(text(f"drop role {role}"))
            owner.commit()


def test_what_plans_say_that_they_read_is_noted_by_these_names(owner: Connection) -> None:
    tables = {row.name for row in owner.execute(text(WATCHED))}
    kinds = {
        "gathering",
        "check_in",
        "month",
        "correction",
        "duty",
        *(f"coach_{n}" for n in ("gathering", "roll", "roll_missing", "week")),
    }
    messages = {f"{what} {kind}" for what in ("waiting", "told") for kind in kinds}
    reads = set().union(*(plan.reads for plan in clock.PLANS))
    assert tables <= reads <= tables | messages


def test_every_way_to_change_a_table_that_is_watched_is_noted(planning: Planning, conn: Connection) -> None:
    watched = {row.name: row.columns for row in conn.execute(text(WATCHED)) if row.name != "message"}
    conn.commit()
    noted(conn)
    conn.commit()
    for table, columns in watched.items():
        # what is refused, because it is append-only or still named by others, is not there to be noted
        changes_of_it = [
            f"update {table} set {column} = {column}" for column in columns if table != "consent"
        ]
        changes_of_it += [f"delete from {table} where false"] if table != "consent" else []
        for statement in changes_of_it:
            conn.execute(text(statement))
            assert (statement, noted(conn)) == (statement, {table})
            conn.rollback()
        events = conn.execute(
            text(
                "select tgtype & 60 from pg_trigger where tgrelid = cast(:name as regclass)"
                " and tgname = 'plans_read_this'"
            ),
            {"name": table},
        ).scalar_one()
        # a roll's rows have a trigger of their own when they are inserted
        assert (table, events) == (table, 56 if table == "attendance" else 60)
        conn.rollback()


@pytest.mark.parametrize(
    "column",
    ["subject_id", "rule", "phone_number_id", "occasion", "corrects_id", "truth_digest", "ambiguous"],
)
def test_that_a_message_is_about_something_else_is_noted(conn: Connection, column: str) -> None:
    conn.execute(text(f"update message set {column} = {column}"))
    assert noted(conn) == {"message"}


def test_hops_note_no_change(planning: Planning, conn: Connection, database: Database) -> None:
    noted(conn)
    woman = conn.execute(text("select id from participant limit 1")).scalar_one()
    session = conn.execute(text("select id from training_session")).scalar_one()
    cycle = planning.records.cycle()
    noted(conn)
    conn.commit()
    values = {"woman": woman, "session": session, "cycle": cycle, "id": uuid4()}
    for statement in (
        "update participant set language = 'en', pin_changed_on = null, amounts_by_phone = false, bookmark = 'x',"
        " bookmark_on = null",
        "update phone_number set sharing = 'marked_shared', stopped_on = '2026-03-10', resumed_at = null,"
        " language = 'en'",
        "insert into session_reply values (:session, :woman, true, '2026-03-10', null)",
        "insert into attendance values (:session, :woman, 'present', 'self', false, '2026-03-11')",
        "insert into contribution (id, cycle_id, participant_id, amount, source, week_of, recorded_on, assisted)"
        " values (:id, :cycle, :woman, 200, 'member', '2026-03-09', '2026-03-10', false)",
        "insert into dispute (id, participant_id, about, raised_on) values (:id, :woman, 'loan', '2026-03-10')",
    ):
        conn.execute(text(statement), values)
        assert (statement, noted(conn)) == (statement, set())


# statement, and what is noted of a message of kind `gathering` that waits
STEPS = [
    ("queued", "update message set status = 'queued' {this}", set()),
    ("released", "update message set status = 'queued', reason = null {this}", set()),
    (
        "claimed",
        "update message set status = 'sending', claim = id, claimed_at = '2026-03-10 08:00Z', open = true,"
        " told_starts_at = '2026-03-11 12:00Z', told_place = 'Kigabiro', told_cancelled = false {this}",
        set(),
    ),
    (
        "sent",
        "update message set status = 'sent', open = false, sent_at = '2026-03-10 08:00Z' {this}",
        {"told gathering"},
    ),
    ("delivered", "update message set status = 'delivered', settled_at = '2026-03-10 08:01Z' {this}", set()),
    ("failed after all", "update message set status = 'failed' {this}", {"told gathering"}),
    ("delivered after all", "update message set status = 'delivered' {this}", {"told gathering"}),
    ("of another hour", "update message set told_starts_at = '2026-03-11 13:00Z' {this}", {"told gathering"}),
]


def test_of_what_a_worker_records_only_what_a_plan_reads_is_noted(
    planned: None, owner_engine: Engine
) -> None:
    with owner_engine.connect() as conn:
        id_ = conn.execute(
            text("select id from message where rule = 'session_tomorrow' limit 1")
        ).scalar_one()
        conn.commit()
        for name, statement, expected in STEPS:
            conn.execute(text(statement.format(this="where id = :id")), {"id": id_})
            conn.commit()
            assert (name, noted(conn)) == (name, expected)
            conn.commit()


@pytest.mark.parametrize(
    ("after", "about"),
    [
        (
            "status = 'planned', due_at = due_at + interval '10 minutes', open = false",
            {"waiting gathering", "told gathering"},
        ),
        ("status = 'cancelled', reason = 'undone', open = false", {"waiting gathering", "told gathering"}),
        ("status = 'cancelled', reason = 'number_stopped', open = false", {"told gathering"}),
        ("status = 'failed', open = false", {"told gathering"}),
        ("status = 'unknown'", {"told gathering"}),
    ],
)
def test_the_end_of_a_claim_is_noted(
    planned: None, owner_engine: Engine, after: str, about: set[str]
) -> None:
    claimed = STEPS[2][1].format(this="where rule = 'session_tomorrow'")
    with owner_engine.connect() as conn:
        conn.execute(
            text(
                claimed.replace(", open = true", ", open = true").replace(
                    "where",
                    "where id in (select"
                    " distinct on (phone_number_id) id from message where rule = 'session_tomorrow') and",
                )
            )
        )
        conn.commit()
        assert noted(conn) == set()
        conn.commit()
        conn.execute(text(f"update message set {after} where status = 'sending'"))
        conn.commit()
        assert noted(conn) == about


def test_what_may_come_back_is_what_the_database_thinks_may(owner: Connection) -> None:
    found = owner.execute(
        text("select pg_get_triggerdef(oid) from pg_trigger where tgname = 'plans_read_what_waits'")
    )
    definition = found.scalar_one()
    assert set(REVIVABLE) == set(re.findall(r"'(\w+)'", definition)) - {
        "planned",
        "queued",
        "cancelled",
        "waiting",
        "kind",
    }


def test_a_savepoint_that_is_rolled_back_hides_no_change_that_comes_after_it(
    conn: Connection, planning: Planning
) -> None:
    noted(conn)
    conn.commit()
    change = text("update training_group set number = 2")
    savepoint = conn.begin_nested()
    conn.execute(change)
    savepoint.rollback()
    conn.execute(change)
    conn.execute(change)
    conn.commit()
    assert conn.execute(text("select about from plan_change")).scalars().all() == ["training_group"]
    conn.execute(change)
    conn.commit()
    assert conn.execute(text("select count(*) from plan_change")).scalar_one() == 2
