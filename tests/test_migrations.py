"""The database's history: up and down with data, and head equals the models."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.migrations import run
from sms_app.vault import Vault
from tests.world.databases import Database
from tests.world.programme import COAST, add_programme, start
from tests.world.times import MONDAY, NOW, TODAY

ROOT = Path(__file__).parent.parent
# what the models can't say, and no test of columns sees
SHAPE = """
select 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 'alembic_version'::regclass
union all select 'index', tablename, indexname, indexdef from pg_indexes
where schemaname = 'public' and tablename <> 'alembic_version'
union all select 'column', table_name, column_name,
  concat_ws(' ', data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable, column_default)
from information_schema.columns join information_schema.tables using (table_schema, table_name)
where table_schema = 'public' and table_name <> 'alembic_version' and table_type = 'BASE TABLE'
union all select 'table', relname, '', relpersistence::text from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'
order by 1, 2, 3
"""


def _shape(conn: Connection) -> list[tuple[str, ...]]:
    return [tuple(row) for row in conn.execute(text(SHAPE))]


def test_head_equals_the_models(owner: Connection) -> None:
    assert compare_metadata(MigrationContext.configure(owner), models.Base.metadata) == []


def test_head_equals_the_models_to_the_last_constraint_and_index(
    owner: Connection, database: Database
) -> None:
    migrated = _shape(owner)
    owner.rollback()
    run.downgrade(sqlalchemy_url(database.owner), "base")
    models.Base.metadata.create_all(owner)
    assert _shape(owner) == migrated


def test_every_model_is_named_where_models_are_imported_from() -> None:
    assert {mapper.class_.__name__ for mapper in models.Base.registry.mappers} == set(models.__all__) - {
        "Base"
    }


def test_revisions_are_told_apart(database: Database) -> None:
    url = sqlalchemy_url(database.owner)
    assert run.current(url) == run.head()
    assert run.known(run.head())
    assert not run.known("9999")


def test_who_uses_a_phone_goes_down_and_up_with_its_rows(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    for n, sharing in enumerate(("unmarked", "marked_shared", "private")):
        phone = records.number(f"+25078800000{n}")
        owner.execute(
            text("update phone_number set sharing = :s where id = :id"), {"s": sharing, "id": phone}
        )
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0002")
    assert owner.execute(text("select shared from phone_number order by shared")).scalars().all() == [
        False,
        True,
        True,
    ]
    owner.commit()
    run.upgrade(url)
    kept = owner.execute(text("select sharing from phone_number order by sharing")).scalars().all()
    assert kept == ["private", "unmarked", "unmarked"]


def test_meetings_go_down_and_up_without_what_is_not_finished(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    person = records.participant(1)
    cycle = records.cycle(person)
    confirmed = records.meeting(cycle, MONDAY - timedelta(days=14), confirmed_by="office")
    waits = records.meeting(cycle, MONDAY - timedelta(days=7))
    for meeting in (confirmed, waits):
        records.counted(meeting, cycle, person, 600, 3)
    draft = records.add(
        models.GroupMeeting, cycle_id=cycle, held_on=MONDAY, entered_by=f"participant:{person}"
    )
    line = (
        "insert into meeting_line (group_meeting_id, participant_id, kind, amount, shares, entered_by, entered_on)"
        " values (:draft, :person, 'saving', 400, 2, 'x', :day)"
    )
    owner.execute(text(line), {"draft": draft, "person": person, "day": MONDAY})
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0017")
    assert set(owner.execute(text("select id from group_meeting")).scalars()) == {confirmed, waits}
    owner.commit()
    run.upgrade(url)
    assert [
        tuple(row) for row in owner.execute(text("select id, entered_on from group_meeting order by 2"))
    ] == [
        (confirmed, MONDAY - timedelta(days=14)),
        (waits, MONDAY - timedelta(days=7)),
    ]


def test_questions_go_down_and_up_without_who_asked(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    question = records.add(
        models.Dispute, participant_id=records.participant(1), about="loan", raised_on=TODAY, assisted=True
    )
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0019")
    assert owner.execute(text("select id from dispute")).scalars().all() == [question]
    owner.commit()
    run.upgrade(url)
    assert owner.execute(text("select assisted from dispute")).scalars().all() == [False]


def test_the_console_goes_down_and_up_without_its_accounts(
    owner: Connection, vault: Vault, database: Database
) -> None:
    programme = start(owner, vault).programme
    add = (
        "insert into private.caseworker (id, programme_id, code, email, password, password_once, totp_sealed,"
        " totp_counter, created_on) values (:id, :programme, '1', 'first@example.org', '', true, '', 0, :day)"
    )
    owner.execute(text(add), {"id": uuid4(), "programme": programme, "day": TODAY})
    owner.execute(
        text("select append_support_audit(:programme, '1', 'x', '', :now)"),
        {"programme": programme, "now": NOW},
    )
    owner.execute(
        text("insert into duty_day values (:programme, :day, '1', null, true)"),
        {"programme": programme, "day": TODAY},
    )
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0022")
    assert owner.execute(text("select caseworker from duty_day")).scalars().all() == ["1"]
    owner.commit()
    run.upgrade(url)
    assert owner.execute(text("select count(*) from private.caseworker")).scalar_one() == 0


def test_requests_of_before_get_the_only_programme_that_had_a_roster_and_of_several_each_a_copy(
    owner: Connection, vault: Vault, database: Database
) -> None:
    url = sqlalchemy_url(database.owner)
    first, second = start(owner, vault).programme, add_programme(owner, COAST)
    owner.commit()

    def roster(programme: int) -> None:
        statement = "insert into private.roster values (:p, 1, 'signed', :day)"
        owner.execute(text(statement), {"p": programme, "day": TODAY})
        owner.commit()

    def stored() -> set[tuple[int, bytes]]:
        rows = owner.execute(text("select programme_id, id, envelope from private.request")).all()
        owner.commit()
        assert {bytes(envelope) for _, _, envelope in rows} == {b"e" * 2407}
        return {(programme, bytes(id_)) for programme, id_, _ in rows}

    run.downgrade(url, "0026")
    roster(second)
    for table, id_ in (("inbox", b"i" * 16), ("request", b"r" * 16)):
        statement = f"insert into private.{table} (id, envelope) values (:id, :envelope)"
        owner.execute(text(statement), {"id": id_, "envelope": b"e" * 2407})
    withdraw = "insert into private.withdrawn_key (fingerprint, withdrawn_on) values (:key, :day)"
    owner.execute(text(withdraw), {"key": b"k" * 32, "day": TODAY})
    owner.commit()
    run.upgrade(url)
    assert stored() == {(second, b"i" * 16), (second, b"r" * 16)}
    keys = owner.execute(text("select programme_id from private.withdrawn_key order by 1")).scalars().all()
    assert keys == sorted([first, second])
    owner.commit()
    roster(first)
    for _ in range(2):
        run.downgrade(url, "0026")
        for table, count in (("inbox", 0), ("request", 2), ("withdrawn_key", 1)):
            assert owner.execute(text(f"select count(*) from private.{table}")).scalar_one() == count
        owner.commit()
        run.upgrade(url)
        assert stored() == {(p, id_) for p in (first, second) for id_ in (b"i" * 16, b"r" * 16)}


def test_down_and_up_again_with_data(owner: Connection, vault: Vault, database: Database) -> None:
    start(owner, vault).fill()
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "base")
    assert run.current(url) is None
    assert _shape(owner) == []
    owner.commit()
    run.upgrade(url)
    assert run.current(url) == run.head()
    start(owner, vault).fill()


def test_wrong_tries_go_down_and_up_with_their_rows(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    person = records.participant(1)
    guard = {"wrong": 2, "day_before": 1, "counted": True, "tried_on": TODAY, "locked_until": NOW}
    owner.execute(insert(models.PinGuard).values(id=b"guard", **guard))
    opening = {"code": b"code", "opened_by": "coach", "expires_at": NOW, "used": False}
    owner.execute(insert(models.PinOpening).values(holder_id=person, tried=[b"phone"], **opening))
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0002")
    assert owner.execute(text("select wrong from pin_guard")).scalar_one() == 3
    assert owner.execute(text("select wrong from pin_opening")).scalar_one() == 0
    owner.commit()
    run.upgrade(url)
    assert owner.execute(text("select wrong, day_before from pin_guard")).one() == (3, 0)
    assert owner.execute(text("select tried, code from pin_opening")).one() == ([], b"code")


def test_what_the_only_provider_said_becomes_ours(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    phone = records.number("+250788000001")
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0010")
    for n, (status, reason, claimed) in enumerate(
        (
            ("failed", "UserInBlacklist", NOW),
            ("failed", "InvalidPhoneNumber", NOW),
            ("failed", "user_in_black_list", NOW),
            ("planned", "InsufficientBalance", NOW),
            ("planned", "held_quiet", None),
            ("sent", None, NOW),
        )
    ):
        owner.execute(
            text(
                "insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people,"
                " status, reason, planned_at, due_at, expires_at, claimed_at) values (gen_random_uuid(), :programme,"
                " :phone, 'broadcast', 'broadcast', gen_random_uuid(), :n, '{}', :status, :reason, :now, :now, :now,"
                " :claimed)"
            ),
            {
                "programme": records.programme,
                "phone": phone,
                "n": str(n),
                "status": status,
                "reason": reason,
                "now": NOW,
                "claimed": claimed,
            },
        )
    for n, (status, reason) in enumerate(
        (
            ("Success", ""),
            ("Sent", ""),
            ("Failed", "UserInBlackList"),
            ("Rejected", ""),
            ("Expired", "DeliveryFailure"),
        )
    ):
        owner.execute(
            text(
                "insert into delivery_report (id, provider_id, status, number_index, network_code, failure_reason,"
                " received_at) values (gen_random_uuid(), :n, :status, '', '', :reason, :now)"
            ),
            {"n": str(n), "status": status, "reason": reason, "now": NOW},
        )
    owner.commit()
    run.upgrade(url)
    theirs = "africastalking"
    assert owner.execute(text("select provider, reason from message order by occasion")).all() == [
        (theirs, "opted_out"),
        (theirs, "invalid_phone_number"),
        (theirs, "opted_out"),
        (theirs, "no_balance"),
        (None, "held_quiet"),
        (theirs, None),
    ]
    found = owner.execute(
        text("select provider, result, failure_reason from delivery_report order by provider_id")
    )
    assert found.all() == [
        (theirs, "delivered", ""),
        (theirs, "under_way", ""),
        (theirs, "not_delivered", "opted_out"),
        (theirs, "not_delivered", "rejected"),
        (theirs, "not_delivered", "delivery_failure"),
    ]


ADD_MESSAGE = """
insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status, planned_at,
  due_at, expires_at)
values (:id, :programme, :phone, :kind, :kind, :id, :occasion, '{}', 'planned', :now, :now, :now)
"""


def test_what_a_correction_corrects_moves_from_its_occasion_into_columns(
    owner: Connection, vault: Vault, database: Database
) -> None:
    records = start(owner, vault)
    values = {"programme": records.programme, "phone": records.number("+250788000001"), "now": NOW}
    told = uuid4()
    messages = [
        (told, "gathering", "2026-03-11"),
        (uuid4(), "correction", f"corrects {told} 0123abcd"),
        (uuid4(), "correction", f"corrects {told} 0123abcd ambiguous"),
        (uuid4(), "coach_gathering", f"corrects {told}"),
        (uuid4(), "coach_roll", f"corrects {told}"),
        (uuid4(), "coach_roll", "first"),
        (uuid4(), "broadcast", f"corrects {told}"),
        (uuid4(), "correction", "corrects nothing that was sent"),
    ]
    columns = [
        (None, None, False),
        (told, "0123abcd", False),
        (told, "0123abcd", True),
        (told, None, False),
        (told, None, False),
        (None, None, False),
        (None, None, False),
        (None, None, False),
    ]
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "0013")
    for id_, kind, occasion in messages:
        owner.execute(text(ADD_MESSAGE), {**values, "id": id_, "kind": kind, "occasion": occasion})
    owner.commit()
    run.upgrade(url)
    found = owner.execute(
        text("select id, kind, occasion, corrects_id, truth_digest, ambiguous from message")
    ).all()
    assert {tuple(row) for row in found} == {
        (*message, *corrects) for message, corrects in zip(messages, columns, strict=True)
    }
    owner.commit()
    run.downgrade(url, "0013")
    kept = owner.execute(text("select id, kind, occasion from message")).all()
    assert {tuple(row) for row in kept} == set(messages)


def test_what_was_counted_of_dialogues_before_goes(owner: Connection, database: Database) -> None:
    url = sqlalchemy_url(database.owner)
    counted = text(
        "select count(*) from pg_stats where tablename in ('ussd_dialogue', 'inbound_message_seen')"
    )
    run.downgrade(url, "0002")
    owner.execute(
        text(
            "insert into ussd_dialogue select sha256(n::text::bytea), '', '2026-03-11 09:00Z'"
            " from generate_series(1, 100) n"
        )
    )
    owner.execute(text("insert into inbound_message_seen select id, touched_at from ussd_dialogue"))
    owner.execute(text("analyze"))
    assert owner.execute(counted).scalar_one() == 5
    owner.commit()
    run.upgrade(url)
    assert owner.execute(counted).scalar_one() == 0
    assert owner.execute(text("select count(*) from ussd_dialogue")).scalar_one() == 100


def test_migrating_twice_changes_nothing(database: Database, owner: Connection) -> None:
    before = _shape(owner)
    run.upgrade(sqlalchemy_url(database.owner))
    assert _shape(owner) == before


def test_no_migration_or_statement_asks_what_time_it_is() -> None:
    asks = re.compile(
        r"(?<!clock\.)(?<!travel\.)\bnow\(\)|\b(current|local)_?(date|time)|\b(clock|statement|transaction)_timestamp"
    )
    found = [
        f"{path.relative_to(ROOT)}: {ask.group()}"
        for folder in ("sms_app", "worker")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".sql"}
        for ask in asks.finditer(path.read_text().lower())
    ]
    assert found == []
