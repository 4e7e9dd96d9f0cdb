"""Each database role connects, does what is listed for it, and is refused the rest."""

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, text

from sms_app import models
from sms_app.config import sqlalchemy_url
from sms_app.migrations import rights, roles, run
from tests.world.databases import TEMPLATE, Database
from tests.world.records import APPEND_ONLY
from worker import clock

# what each role needs, by hand: the columns of each right, * for all of them
NEEDED = {
    "web": {
        "programme": {"select": "*"},
        "participant": {
            "select": "id programme_id role member_number language contact group_id pin pin_changed_on"
            " amounts_by_phone bookmark bookmark_on enrolled_on left_on merged_into",
            "update": "language pin pin_changed_on amounts_by_phone bookmark bookmark_on",
        },
        "phone_number": {"select": "*", "insert": "*", "update": "sharing stopped_on resumed_at language"},
        "participant_phone": {"select": "*"},
        "pin_guard": {"select": "*", "insert": "*", "update": "*", "delete": "*"},
        "pin_opening": {"select": "*", "update": "tried used"},
        "coach": {
            "select": "id programme_id phone_number_id pin pin_changed_on bookmark bookmark_on suspended_on",
            "update": "pin pin_changed_on bookmark bookmark_on",
        },
        "group_coach": {"select": "*"},
        "number_claim": {"select": "*", "insert": "*", "update": "id number_sealed code expires_at"},
        "training_group": {"select": "*"},
        "training_session": {"select": "*"},
        "session_reply": {"select": "*", "insert": "*", "update": "coming replied_on session_on"},
        "attendance": {"select": "*", "insert": "*"},
        "session_list": {"select": "*"},
        "session_substitute": {"select": "*"},
        "roll": {"select": "*"},
        "follow_up": {"select": "*"},
        "savings_member": {"select": "*"},
        "cycle": {"select": "*"},
        "savings_officer": {"select": "*"},
        "group_meeting": {"select": "*"},
        "meeting_line": {"select": "*"},
        "dispute": {"select": "*", "insert": "id participant_id about raised_on"},
        "unmatched_check_in": {"select": "training_session_id member_number", "insert": "*"},
        "contribution": {
            "select": "*",
            "insert": "id cycle_id participant_id amount shares source week_of recorded_on assisted reverses",
        },
        "ussd_dialogue": {"select": "*", "insert": "*", "update": "position touched_at"},
        "ussd_event_seen": {"select": "id", "insert": "*"},
        "ussd_cost": {"select": "*", "insert": "*", "update": "sessions cost"},
        "message": {
            "select": "id programme_id phone_number_id status reason due_at claimed_at open sent_at settled_at"
            " provider provider_id cost currency",
            "update": "status reason open sent_at settled_at provider_id",
        },
        "delivery_report": {"select": "*", "insert": "*", "update": "message_id"},
        "inbound_message_seen": {"select": "id", "insert": "*"},
        "sending_switch": {"select": "stopped changed_by"},
        "heartbeat": {"select": "*"},
        "installation": {"select": "*"},
        "vault_key_check": {"select": "*"},
        "duty_day": {"select": "programme_id day caseworker signed_in"},
    },
    "worker": {
        "programme": {"select": "*"},
        "participant": {
            "select": "id programme_id role language contact group_id list_number enrolled_on left_on",
        },
        "coach": {"select": "id programme_id phone_number_id suspended_on"},
        "phone_number": {"select": "*", "update": "stopped_on resumed_at"},
        "unmatched_check_in": {"select": "recorded_on", "delete": "*"},
        "session_reply": {"select": "*"},
        "participant_phone": {"select": "*"},
        "pin_guard": {"select": "id tried_on locked_until", "update": "locked_until", "delete": "*"},
        "pin_opening": {"select": "expires_at", "delete": "*"},
        "number_claim": {"select": "expires_at", "delete": "*"},
        "consent": {"select": "*"},
        "household_link": {"select": "*"},
        "arm_assignment": {"select": "*"},
        "arm": {"select": "*"},
        "training_group": {"select": "*"},
        "savings_group": {"select": "*"},
        "savings_member": {"select": "*"},
        "training_session": {"select": "*"},
        "planned_meeting": {"select": "*"},
        "group_coach": {"select": "*"},
        "attendance": {"select": "*"},
        "session_list": {"select": "*"},
        "roll": {"select": "*"},
        "cycle": {"select": "id savings_group_id"},
        "group_meeting": {"select": "cycle_id held_on entered_on"},
        "message": {"select": "*", "insert": "*", "update": "*"},
        "broadcast": {"select": "*", "insert": "*"},
        "broadcast_text": {"select": "*", "insert": "*", "update": "text_sealed"},
        "broadcast_proposal": {
            "select": "*",
            "update": "send_at state reason recipients approved_by broadcast_id",
            "delete": "*",
        },
        "broadcast_proposal_text": {"select": "*"},
        "delivery_report": {"select": "*", "update": "message_id", "delete": "*"},
        "plan_change": {"select": "*", "delete": "*"},
        "plan_state": {"select": "*", "insert": "*", "update": "changed settings planned_at holds_until"},
        "sending_switch": {"select": "*", "update": "stopped reason changed_by changed_at"},
        "installation": {"select": "*"},
        "vault_key_check": {"select": "*"},
        "duty_day": {"select": "*"},
        "heartbeat": {"select": "*", "insert": "*", "update": "beat_at", "delete": "*"},
    },
    "staff": {
        "programme": {"select": "*"},
        "participant": {
            "select": "*",
            "insert": "id programme_id reference member_number role name_sealed initials_sealed language contact"
            " group_id list_number group_since amounts_by_phone enrolled_on left_on left_reason birth_year",
            "update": "reference role contact name_sealed initials_sealed language group_id list_number group_since"
            " amounts_by_phone enrolled_on left_on left_reason merged_into bookmark birth_year",
        },
        "group_membership": {"select": "*"},
        "kinship": {"select": "*", "insert": "*", "update": "from_on to_on"},
        "erasure": {"select": "*"},
        "household": {"select": "*", "insert": "*", "update": "village"},
        "screening": {"select": "*", "insert": "*", "update": "seen refused enrolled"},
        "screening_exclusion": {"select": "*", "insert": "*", "update": "count", "delete": "*"},
        "nomination": {"select": "*", "insert": "*"},
        "savings_officer": {"select": "*", "insert": "*", "update": "from_on to_on"},
        "coach": {
            "select": "*",
            "insert": "id programme_id code name_sealed phone_number_id suspended_on",
            "update": "name_sealed phone_number_id suspended_on",
        },
        "phone_number": {
            "select": "*",
            "insert": "*",
            "update": "number_sealed number_index sharing stopped_on resumed_at language",
        },
        "participant_phone": {"select": "*", "insert": "*", "update": "to_on"},
        "pin_opening": {"select": "holder_id", "update": "used"},
        "unmatched_check_in": {"select": "*"},
        "number_claim": {"select": "*", "delete": "*"},
        "audit_entry": {"insert": "*"},
        "consent": {"select": "*", "insert": "*"},
        "household_link": {"select": "*", "insert": "*", "update": "to_on"},
        "arm_assignment": {"select": "*", "insert": "*"},
        "arm": {"select": "*"},
        "training_group": {"select": "*", "insert": "*", "update": "role sector place"},
        "savings_group": {"select": "*", "insert": "*", "update": "training_group_id check_in_weekday"},
        "savings_member": {"select": "*", "insert": "*", "update": "list_number from_on to_on"},
        "training_session": {
            "select": "*",
            "insert": "*",
            "update": "title starts_at ends_at place cancelled_at",
        },
        "planned_meeting": {"select": "*", "insert": "*", "update": "starts_at ends_at place cancelled_at"},
        "group_coach": {"select": "*", "insert": "*", "update": "from_on to_on"},
        "attendance": {"select": "*"},
        "session_list": {"select": "*"},
        "session_substitute": {"select": "*"},
        "roll": {"select": "*"},
        "follow_up": {"select": "*", "update": "answer closed_on"},
        "contribution": {
            "select": "cycle_id participant_id amount source week_of recorded_on assisted reverses"
        },
        "session_reply": {"select": "*"},
        "dispute": {"select": "*", "update": "answer closed_on"},
        "ussd_cost": {"select": "*"},
        "cycle": {"select": "*", "insert": "*", "update": "opened_on mode share_value most_shares"},
        "group_meeting": {"select": "cycle_id held_on entered_on"},
        "message": {"select": "*", "insert": "*", "update": "*"},
        "broadcast": {"select": "*", "insert": "*", "update": "paused_at cancelled_at"},
        "broadcast_text": {"select": "*", "insert": "*", "update": "text_sealed"},
        "broadcast_proposal_text": {"select": "id text_sealed", "update": "text_sealed"},
        "delivery_report": {"select": "*"},
        "sending_switch": {"select": "*", "update": "stopped reason changed_by changed_at"},
        "heartbeat": {"select": "*"},
        "installation": {"select": "*"},
        "vault_key_check": {"select": "*", "insert": "*", "update": "retired"},
    },
    "support": {
        "programme": {"select": "*"},
        "installation": {"select": "*"},
        "heartbeat": {"select": "*"},
        "duty_day": {
            "select": "*",
            "insert": "*",
            "update": "caseworker phone_number_id signed_in",
            "delete": "*",
        },
    },
    "console": {
        "programme": {"select": "*"},
        "participant": {
            "select": "id programme_id reference member_number role name_sealed initials_sealed language contact"
            " group_id list_number group_since amounts_by_phone enrolled_on left_on left_reason merged_into"
            " birth_year",
            "insert": "id programme_id reference member_number role name_sealed initials_sealed language contact"
            " group_id list_number group_since amounts_by_phone enrolled_on left_on left_reason birth_year",
            "update": "role contact name_sealed initials_sealed language group_id list_number group_since"
            " amounts_by_phone enrolled_on left_on left_reason merged_into bookmark birth_year",
        },
        "group_membership": {"select": "*"},
        "kinship": {"select": "*", "insert": "*", "update": "from_on to_on"},
        "erasure": {"select": "*"},
        "phone_number": {
            "select": "*",
            "insert": "*",
            "update": "sharing stopped_on resumed_at language",
        },
        "number_claim": {
            "select": "id programme_id participant_id number_sealed code expires_at",
            "delete": "*",
        },
        "pin_opening": {"select": "holder_id", "update": "used"},
        "household": {"select": "*", "insert": "*", "update": "village"},
        "household_link": {"select": "*", "insert": "*", "update": "to_on"},
        "arm": {"select": "*"},
        "arm_assignment": {"select": "*", "insert": "*"},
        "nomination": {"select": "*", "insert": "*"},
        "participant_phone": {"select": "*", "insert": "*", "update": "to_on"},
        "consent": {"select": "*", "insert": "*"},
        "training_group": {"select": "*", "insert": "*", "update": "role sector place"},
        "coach": {
            "select": "id programme_id code name_sealed phone_number_id suspended_on",
            "insert": "id programme_id code name_sealed phone_number_id suspended_on",
            "update": "name_sealed phone_number_id suspended_on",
        },
        "group_coach": {"select": "*", "insert": "*", "update": "from_on to_on"},
        "training_session": {
            "select": "*",
            "insert": "*",
            "update": "title starts_at ends_at place cancelled_at",
        },
        "group_meeting": {"select": "*"},
        "planned_meeting": {"select": "*", "insert": "*", "update": "starts_at ends_at place cancelled_at"},
        "gathering_move": {"select": "*"},
        "attendance": {"select": "*"},
        "session_list": {"select": "*"},
        "session_reply": {"select": "*"},
        "roll": {"select": "*"},
        "roll_correction": {"select": "*", "insert": "*"},
        "session_substitute": {"select": "*"},
        "follow_up": {"select": "*", "update": "answer closed_on"},
        "unmatched_check_in": {"select": "*", "delete": "*"},
        "savings_group": {"select": "*", "insert": "*", "update": "training_group_id check_in_weekday"},
        "savings_member": {"select": "*", "insert": "*", "update": "list_number from_on to_on"},
        "savings_officer": {"select": "*", "insert": "*", "update": "from_on to_on"},
        "cycle": {"select": "*", "insert": "*", "update": "opened_on mode share_value most_shares"},
        "contribution": {"select": "participant_id source recorded_on"},
        "dispute": {"select": "*", "update": "answer closed_on"},
        "message": {
            "select": "id programme_id phone_number_id people kind rule subject_id gathering_id occasion status"
            " reason planned_at due_at expires_at claimed_at sent_at settled_at told_starts_at told_place"
            " told_cancelled segments cost currency",
            "insert": "id programme_id phone_number_id kind rule subject_id occasion people status reason planned_at"
            " due_at expires_at settled_at",
        },
        "broadcast": {"select": "*", "insert": "*", "update": "paused_at cancelled_at"},
        "broadcast_text": {"select": "*", "insert": "*"},
        "broadcast_proposal": {
            "select": "*",
            "insert": "*",
            "update": "roles groups sectors languages contacts send_at is_weekly state reason recipients approved_by"
            " broadcast_id",
            "delete": "*",
        },
        "broadcast_proposal_text": {
            "select": "*",
            "insert": "*",
            "update": "text_sealed",
            "delete": "*",
        },
        "saved_audience": {"select": "*", "insert": "*", "delete": "*"},
        "sending_switch": {"select": "stopped reason"},
        "ussd_cost": {"select": "programme_id day currency cost"},
        "audit_entry": {"select": "*", "insert": "*"},
        "installation": {"select": "*"},
        "vault_key_check": {"select": "*"},
        "account": {
            "select": "*",
            "insert": "*",
            "update": "language password password_once totp_sealed totp_counter disabled_on",
        },
        "account_session": {"select": "*", "insert": "*", "update": "seen_at", "delete": "*"},
        "account_guard": {
            "select": "*",
            "insert": "*",
            "update": "wrong tried_at locked_until",
            "delete": "*",
        },
        "recovery_code": {"select": "*", "insert": "*", "update": "used_on", "delete": "*"},
        "import_job": {"select": "*", "insert": "*", "update": "asked answer ended_at", "delete": "*"},
        "import_progress": {"select": "*", "insert": "*", "update": "begun step", "delete": "*"},
    },
}


@pytest.mark.parametrize("name", roles.ROLES)
def test_each_role_is_refused_what_is_not_its_own(database: Database, name: str, owner: Connection) -> None:
    with psycopg.connect(getattr(database, name), autocommit=True) as conn:
        for refused in (
            "select * from private.inbox",
            "insert into private.request values ('', '', 1)",
            "delete from private.inbox",
            "update private.roster set version = 2",
            "delete from private.request",
            "insert into private.outcome (code) values ('T')",
            "update private.request_state set taken_by = null",
            "insert into private.audit (n) values (1)",
            "delete from private.audit",
            "create table mine (id int)",
            "create table private.mine (id int)",
            "drop table participant",
            "alter table contribution disable trigger all",
            "truncate ussd_dialogue",
            "create role friend",
            "select pg_read_file('/etc/passwd')",
            "copy programme to program 'cat'",
            "create temp table mine (id int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(refused)


@pytest.mark.parametrize("name", roles.ROLES)
def test_each_role_may_do_with_each_column_what_it_needs_and_nothing_else(
    database: Database, name: str
) -> None:
    with psycopg.connect(getattr(database, name), autocommit=True) as conn:
        for table, described in models.Base.metadata.tables.items():
            needed = NEEDED[name].get(table, {})
            for right in ("select", "insert", "update"):
                allowed = {
                    column.name
                    for column in described.columns
                    if conn.execute(
                        "select has_column_privilege(%s, %s, %s)", (table, column.name, right)
                    ).fetchone()
                    == (True,)
                }
                columns = needed.get(right, "")
                every = {column.name for column in described.columns}
                assert (table, right, allowed) == (
                    table,
                    right,
                    every if columns == "*" else set(columns.split()),
                )
            for right in ("delete", "truncate", "references", "trigger"):
                may = conn.execute("select has_table_privilege(%s, %s)", (table, right)).fetchone()
                assert (table, right, may) == (table, right, (right in needed,))


def test_each_role_reads_the_views_that_it_needs(database: Database) -> None:
    shared = {"gathering", "gathering_member", "consent_now", "arm_now", "coach_phone", "told_of_gathering"}
    needed = {
        "web": {"presence", "pin_holder"},
        "worker": shared | {"roll_digest", "cannot_come", "presence"},
        "staff": shared | {"presence"},
        "support": set(),
        "console": {
            *("presence", "consent_now", "arm_now", "cannot_come", "gathering", "gathering_member"),
            *("told_of_gathering", "coach_phone", "account_now"),
        },
    }
    views = "select relname, has_table_privilege(oid, 'select') from pg_class where relkind = 'v'"
    for name in roles.ROLES:
        with psycopg.connect(getattr(database, name), autocommit=True) as conn:
            may = dict(conn.execute(f"{views} and relnamespace = 'public'::regnamespace").fetchall())
        assert (name, {view for view, allowed in may.items() if allowed}) == (name, needed[name])
    assert may.keys() == set().union(*needed.values())


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("web", "select name_sealed from participant"),
        ("web", "select * from participant"),
        ("web", "update phone_number set number_sealed = ''"),
        ("web", "select code from coach"),
        ("web", "update participant set member_number = '1'"),
        ("web", "update participant set left_on = null"),
        ("web", "insert into participant (id) values (gen_random_uuid())"),
        ("web", "delete from participant"),
        ("web", "update phone_number set number_index = ''"),
        ("web", "update participant_phone set to_on = null"),
        ("web", "update contribution set amount = 0"),
        ("web", "delete from contribution"),
        ("web", "update attendance set status = 'present'"),
        ("web", "update dispute set closed_on = null"),
        ("web", "insert into pin_opening select * from pin_opening"),
        ("web", "update programme set slug = ''"),
        ("web", "insert into audit_entry (who) values ('web')"),
        ("web", "select * from audit_entry"),
        ("web", "select * from arm_assignment"),
        ("web", "select * from household_link"),
        ("web", "select name_sealed from coach"),
        ("web", "update coach set suspended_on = null"),
        ("web", "insert into session_list select * from session_list"),
        ("web", "update roll set headcount = 0"),
        ("web", "insert into session_substitute select * from session_substitute"),
        ("web", "delete from follow_up"),
        ("web", "update follow_up set answer = 'not_found'"),
        ("web", "select raise_follow_ups(gen_random_uuid(), null)"),
        ("worker", "select store_roll(null, null, null, 0, null, null)"),
        ("staff", "select roll_initials(null, null, null, null)"),
        ("worker", "select not_reached(null, null, null)"),
        ("staff", "select answer_question(null, null, null, null, null, null)"),
        ("web", "update dispute set assisted = true"),
        ("web", "insert into dispute (assisted) values (true)"),
        ("web", "select record_of_coach(null, null, 'x', 'x', null, null)"),
        ("worker", "select assists(null, null)"),
        ("staff", "select assist_open_pin(null, null, null, null, null)"),
        ("worker", "select assist_confirm_number(null, null, null, null, null, null, null)"),
        ("staff", "select answer_member_question(null, null, null, null, null)"),
        ("web", "select sweep_dialogues(now(), now())"),
        ("web", "delete from ussd_dialogue"),
        ("worker", "select * from ussd_dialogue"),
        ("worker", "select * from contribution"),
        ("worker", "insert into contribution (amount) values (1)"),
        ("worker", "update participant set pin = null"),
        ("web", "update dispute set answer = 'right'"),
        ("web", "insert into dispute (answer) values ('right')"),
        ("worker", "insert into ussd_cost (cost) values (1)"),
        ("worker", "update dispute set about = 'loan'"),
        ("worker", "insert into dispute (about) values ('loan')"),
        ("worker", "delete from session_reply"),
        ("worker", "update arm_assignment set arm_id = 1"),
        ("worker", "select * from audit_entry"),
        ("worker", "insert into consent (given) values (true)"),
        ("worker", "delete from message"),
        ("worker", "update training_session set title = ''"),
        ("worker", "delete from planned_meeting"),
        ("web", "select * from broadcast_text"),
        ("web", "select body_sealed from message"),
        ("web", "select people from message"),
        ("web", "insert into message (id) values (gen_random_uuid())"),
        ("web", "delete from delivery_report"),
        ("web", "select seen_at from inbound_message_seen"),
        ("web", "update message set due_at = planned_at"),
        ("web", "update sending_switch set stopped = false"),
        ("web", "select sweep_seen(null, null)"),
        ("staff", "select sweep_seen(null, null)"),
        ("worker", "select name_sealed from participant"),
        ("worker", "select pin from participant"),
        ("worker", "select member_number from participant"),
        ("worker", "select name_sealed from coach"),
        ("worker", "select code from pin_opening"),
        ("worker", "insert into audit_entry (who) values ('office')"),
        ("worker", "update training_session set place = ''"),
        ("worker", "select * from inbound_message_seen"),
        ("staff", "select * from ussd_dialogue"),
        ("staff", "select * from contribution"),
        ("staff", "update participant set pin = null"),
        ("staff", "select * from audit_entry"),
        ("staff", "delete from message"),
        ("staff", "select * from pin_guard"),
        (
            "web",
            "insert into contribution (id, group_meeting_id) values (gen_random_uuid(), gen_random_uuid())",
        ),
        ("worker", "update programme set slug = ''"),
        ("worker", "insert into arm (code) values ('A')"),
        ("worker", "insert into plan_change (about) values ('coach')"),
        ("web", "select * from plan_change"),
        ("staff", "insert into plan_change (about) values ('coach')"),
        ("staff", "select * from plan_state"),
        ("worker", "delete from participant"),
        ("worker", "select * from private.caseworker"),
        ("staff", "select * from private.outcome"),
        ("web", "select * from private.audit"),
        ("web", "select * from private.request"),
        ("worker", "select record_outcome(null, null, null, null, null)"),
        ("staff", "select append_support_audit(null, null, null, null, null)"),
        ("web", "select release_requests(null, null)"),
        ("support", "select purge_requests(null)"),
        ("support", "select rewrite_requests()"),
        ("support", "select * from participant"),
        ("support", "select * from phone_number"),
        ("worker", "update coach set phone_number_id = null"),
        ("console", "select * from private.request"),
        ("console", "select * from private.caseworker"),
        ("console", "select * from study.identity"),
        ("console", "select pin from participant"),
        ("console", "select bookmark from participant"),
        ("console", "select pin from coach"),
        ("console", "update training_session set check_in_code = ''"),
        ("console", "delete from training_session"),
        ("console", "delete from planned_meeting"),
        ("console", "delete from gathering_move"),
        ("staff", "insert into gathering_move (gathering_id) values (gen_random_uuid())"),
        ("console", "select * from ussd_dialogue"),
        ("console", "select sessions from ussd_cost"),
        ("console", "select network_code from ussd_cost"),
        ("console", "select * from pin_opening"),
        ("console", "select * from pin_guard"),
        ("console", "select amount from contribution"),
        ("console", "select * from meeting_line"),
        ("console", "insert into group_meeting select * from group_meeting"),
        ("console", "select meeting_total(null, null)"),
        ("console", "select settle_meeting(null, '', true, 1, 1, null)"),
        ("console", "select office_actor(1, null)"),
        ("console", "update roll_correction set reason = 'other'"),
        ("console", "select body_sealed from message"),
        ("console", "insert into pin_opening (used) values (true)"),
        ("console", "delete from participant_phone"),
        ("console", "update participant set pin = null"),
        ("console", "update participant set member_number = '1'"),
        ("console", "update participant set reference = '1'"),
        ("console", "insert into participant (pin) values (null)"),
        ("console", "delete from participant"),
        ("console", "update phone_number set number_index = ''"),
        ("console", "select code from pin_opening"),
        ("console", "delete from consent"),
        ("console", "insert into erasure (erased_on) values (null)"),
        ("staff", "insert into erasure (erased_on) values (null)"),
        ("web", "select erase_person(null, null, null, null, null, null, null, null, null, null)"),
        ("worker", "select erase_person(null, null, null, null, null, null, null, null, null, null)"),
        ("console", "update audit_entry set who = ''"),
        ("console", "delete from audit_entry"),
        ("console", "update account set role = 'administrator'"),
        ("staff", "select * from account"),
        ("worker", "select silent_people(null, null, null)"),
        ("web", "select has_pin(null)"),
        ("worker", "select has_pin(null)"),
    ],
)
def test_a_role_is_refused_another_ones_work(database: Database, name: str, statement: str) -> None:
    with (
        psycopg.connect(getattr(database, name), autocommit=True) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(statement)


def test_append_only_tables_are_granted_no_change() -> None:
    for granted in NEEDED.values():
        assert not [t for t in APPEND_ONLY if granted.get(t, {}).keys() & {"update", "delete"}]


def test_a_login_that_is_none_of_ours_does_not_connect(database: Database, owner: Connection) -> None:
    roles.grant(owner, TEMPLATE)
    owner.execute(text(f"create role {database.name}_friend login password 'secret'"))
    owner.commit()
    try:
        with pytest.raises(psycopg.OperationalError, match="CONNECT"):
            psycopg.connect(database.owner, user=f"{database.name}_friend", password="secret")
        # a second login of web's, while its password is replaced
        owner.execute(text(f"grant {roles.role(TEMPLATE, 'web')} to {database.name}_friend"))
        owner.commit()
        psycopg.connect(database.owner, user=f"{database.name}_friend", password="secret").close()
    finally:
        owner.execute(text(f"drop role {database.name}_friend"))
        owner.commit()


def test_support_reads_no_table_about_people(database: Database) -> None:
    with psycopg.connect(database.support, autocommit=True) as conn:
        for table in set(models.Base.metadata.tables) - NEEDED["support"].keys():
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(sql.SQL("select * from {}").format(sql.Identifier(table)))
        assert conn.execute("select version_num from alembic_version").fetchone() == (run.head(),)


def test_only_web_and_support_may_name_what_is_behind_the_wall(database: Database) -> None:
    whole = ("caseworker_session", "sign_in_guard")
    allowed = {
        "web": {("inbox", "insert"), ("roster", "select"), ("withdrawn_key", "select")},
        "support": {
            *((table, right) for table in whole for right in ("select", "insert", "delete")),
            ("caseworker", "select"),
            ("caseworker", "insert"),
            ("caseworker_now", "select"),
            ("request", "select"),
            ("request_state", "select"),
            ("outcome", "select"),
            ("audit", "select"),
            ("roster", "select"),
            ("roster", "insert"),
            ("withdrawn_key", "select"),
            ("withdrawn_key", "insert"),
        },
        "worker": set(),
        "staff": set(),
        "console": set(),
    }
    tables = (
        "select relname from pg_class where relnamespace = 'private'::regnamespace and relkind in ('r', 'v')"
    )
    with psycopg.connect(database.owner, autocommit=True) as conn:
        every = [name for (name,) in conn.execute(tables)]
        assert {"inbox", "request", "roster", "withdrawn_key"} <= set(every)
        for role, its_own in allowed.items():
            name = roles.role(TEMPLATE, role)
            may_use = conn.execute("select has_schema_privilege(%s, 'private', 'usage')", (name,)).fetchone()
            assert (role, may_use) == (role, (role in rights.BEHIND_THE_WALL,))
            has = {
                (table, right)
                for table in every
                for right in ("select", "insert", "update", "delete", "truncate", "references", "trigger")
                if conn.execute(
                    "select has_table_privilege(%s, %s, %s)", (name, f"private.{table}", right)
                ).fetchone()
                == (True,)
            }
            assert (role, has) == (role, its_own)


def test_only_the_commands_role_reads_whose_a_study_id_is(database: Database) -> None:
    with psycopg.connect(database.owner, autocommit=True) as conn:
        for role in rights.ROLES:
            name = roles.role(TEMPLATE, role)
            may_use = conn.execute("select has_schema_privilege(%s, 'study', 'usage')", (name,)).fetchone()
            assert (role, may_use) == (role, (role == "staff",))
            for table in ("identity", "household"):
                for right, allowed in (("select", {"staff"}), ("insert", {"staff"}), ("update", set())):
                    may = conn.execute(
                        "select has_table_privilege(%s, %s, %s)", (name, f"study.{table}", right)
                    ).fetchone()
                    assert (role, table, right, may) == (role, table, right, (role in allowed,))


def test_support_changes_only_some_columns_behind_the_wall(database: Database) -> None:
    statement = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
    allowed = {
        "caseworker": "password password_once totp_sealed totp_counter wrapped_key public_key phone_number_id"
        " disabled_on",
        "caseworker_session": "seen_at",
        "sign_in_guard": "wrong tried_at locked_until",
        "request": "envelope",
    }
    with psycopg.connect(database.support, autocommit=True) as conn:
        for table in ("inbox", "request", "request_state", "outcome", "audit", "roster", *allowed):
            columns = [name for (name,) in conn.execute(statement, (f"private.{table}",))]
            may = "select has_column_privilege(%s, %s, 'update')"
            changed = [c for c in columns if conn.execute(may, (f"private.{table}", c)).fetchone() == (True,)]
            assert (table, set(changed)) == (table, set(allowed.get(table, "").split()))


def test_roles_may_be_made_again_with_other_passwords(database: Database, owner: Connection) -> None:
    prefix = f"{database.name}_again"
    for password in ("first", "it's second, 100% longer"):
        roles.make_roles(owner, dict.fromkeys(roles.ROLES, password), prefix)
        owner.commit()
        with psycopg.connect(database.owner, user=roles.role(prefix, "web"), password=password) as conn:
            conn.execute("select * from programme")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database.owner, user=roles.role(prefix, "web"), password="first")


def test_roles_of_an_older_version_are_granted_what_the_newer_one_has(
    database: Database, owner: Connection
) -> None:
    """`staff` is new: until `db roles` makes it, the others must not be left as they were."""
    roles.make_roles(owner, dict.fromkeys(roles.ROLES, "secret"))
    owner.execute(text(f"revoke all on all tables in schema public from {database.name}_staff"))
    owner.execute(text(f"revoke all on all functions in schema public from {database.name}_staff"))
    for schema in ("private", "study"):
        owner.execute(text(f"revoke all on schema {schema} from {database.name}_staff"))
        owner.execute(text(f"revoke all on all tables in schema {schema} from {database.name}_staff"))
    owner.execute(text(f"revoke all on database {database.name} from {database.name}_staff"))
    owner.execute(text(f"drop role {database.name}_staff"))
    owner.execute(text(f"grant select on contribution to {database.name}_worker"))
    roles.grant(owner)
    may = text(
        f"select has_table_privilege('{database.name}_worker', 'contribution', 'select'),"
        f" has_table_privilege('{database.name}_worker', 'message', 'update')"
    )
    assert tuple(owner.execute(may).one()) == (False, True)


def test_a_new_table_is_granted_by_the_migration_that_makes_it(database: Database, owner: Connection) -> None:
    """Roles are made once, named after their database; whoever migrates later need not think of them."""
    roles.make_roles(owner, dict.fromkeys(roles.ROLES, "secret"))
    owner.commit()
    url = sqlalchemy_url(database.owner)
    run.downgrade(url, "base")
    run.upgrade(url)
    with psycopg.connect(database.owner, user=f"{database.name}_web", password="secret") as conn:
        conn.execute("select * from programme")


@pytest.mark.parametrize("role", [role for role in roles.ROLES if role != "worker"])
def test_no_role_but_the_workers_can_take_the_clocks_lock(database: Database, role: str) -> None:
    with (
        psycopg.connect(getattr(database, role)) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(clock.LEAD)
    with psycopg.connect(database.worker) as conn:
        conn.execute(clock.LEAD)
