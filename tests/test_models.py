"""What the database holds by itself, whoever asks."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from sms_app import models
from sms_app.vault import Vault
from tests.world.programme import start
from tests.world.records import APPEND_ONLY, Records
from tests.world.times import MONDAY, TODAY


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["update {} set id = id", "delete from {}", "truncate {} cascade"])
def test_append_only_tables_refuse_change_even_by_their_owner(
    owner: Connection, vault: Vault, table: str, change: str
) -> None:
    start(owner, vault).fill()
    with pytest.raises(IntegrityError, match=f"{table} is append-only"):
        owner.execute(text(change.format(table)))


def test_a_household_is_assigned_once_and_a_replacement_names_what_it_replaces(records: Records) -> None:
    household, arm, first = records.fill()
    with pytest.raises(IntegrityError, match="uq_arm_assignment_first"), records.conn.begin_nested():
        records.assign(household, arm)
    records.add(
        models.ArmAssignment,
        household_id=household,
        arm_id=arm,
        assigned_on=TODAY,
        replaces=first,
        reason="typed into the wrong row",
    )
    with pytest.raises(IntegrityError, match="uq_arm_assignment_replaces"), records.conn.begin_nested():
        records.assign(household, arm, replaces=first)


def test_nobody_confirms_what_they_entered(records: Records) -> None:
    cycle = records.cycle()
    with pytest.raises(IntegrityError, match="second_person"):
        records.meeting(cycle, confirmed_by="coach")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"amount": -5}, "sign"),
        ({"source": "meeting"}, "counted"),
        ({"source": "rumour"}, "source"),
        ({"week_of": TODAY}, "monday"),
    ],
)
def test_the_ledger_refuses_what_is_no_entry(
    records: Records, values: dict[str, object], constraint: str
) -> None:
    person = records.participant(1)
    entry = {
        "cycle_id": records.cycle(person),
        "participant_id": person,
        "amount": 600,
        "source": "member",
        "week_of": MONDAY,
        "recorded_on": TODAY,
        "assisted": False,
    }
    with pytest.raises(IntegrityError, match=f"ck_contribution_{constraint}"):
        records.add(models.Contribution, **{**entry, **values})


def test_an_entry_is_reversed_once(records: Records) -> None:
    person = records.participant(1)
    cycle = records.cycle(person)
    meeting = records.meeting(cycle)
    entry = records.counted(meeting, cycle, person, 600, 3)
    reversal = {
        "cycle_id": cycle,
        "participant_id": person,
        "amount": -600,
        "shares": -3,
        "source": "meeting",
        "group_meeting_id": meeting,
        "week_of": MONDAY,
        "recorded_on": TODAY,
        "assisted": False,
        "reverses": entry,
    }
    records.add(models.Contribution, **reversal)
    with pytest.raises(IntegrityError, match="uq_contribution_reverses"):
        records.add(models.Contribution, **reversal)


def test_dialogues_are_in_no_log_and_a_position_stays_in_its_row(owner: Connection) -> None:
    unlogged = owner.execute(
        text("select relname from pg_class where relpersistence = 'u' and relkind = 'r'")
    )
    assert set(unlogged.scalars()) == {"ussd_dialogue", "ussd_event_seen"}
    storage = "select attstorage from pg_attribute where attrelid = 'ussd_dialogue'::regclass and attname = 'position'"
    assert owner.execute(text(storage)).scalar_one() == "p"


def test_no_row_of_a_participants_action_has_a_time_of_day(owner: Connection) -> None:
    """Actions are dated to the day; only schedules, locks, dialogues and the staff's trail know the hour. So does a
    resume of texts (`phone_number.resumed_at`), while a stop that was sent before it may still arrive."""
    timed = owner.execute(
        text(
            "select distinct table_name from information_schema.columns"
            " where table_schema = 'public' and data_type like 'timestamp%'"
        )
    )
    assert set(timed.scalars()) == {
        "account_guard",
        "account_session",
        "audit_entry",
        "broadcast",
        "broadcast_proposal",
        "delivery_report",
        "gathering",
        "gathering_move",
        "heartbeat",
        "import_job",
        "inbound_message_seen",
        "message",
        "number_claim",
        "phone_number",
        "plan_state",
        "pin_guard",
        "pin_opening",
        "planned_meeting",
        "roll_correction",
        "sending_switch",
        "told_of_gathering",
        "training_session",
        "ussd_dialogue",
        "ussd_event_seen",
    }
