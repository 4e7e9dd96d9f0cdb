"""What each database role may do.

The owner migrates; no process connects as it. `web` and `worker` have only the rights that their processes need;
`staff` is for the commands that people type; `support` has rights behind the wall only; `console` has those of the
staff's console. Any other role is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

ROLES = ("web", "worker", "support", "staff", "console")
BEHIND_THE_WALL = ("web", "support")
"""The roles that may use the schema `private`; GRANTS says for what."""
SCHEMAS: Mapping[str, Sequence[str]] = {"private": BEHIND_THE_WALL, "study": ("staff",)}
"""The schemas beside `public`, and the roles that may use each."""
# The rights of each role on each table, limited to columns where it needs only some. `web` runs the statements of hops,
# `worker` those of the clock and of sending, `staff` those of the commands. The owner migrates, stores programmes and
# loads the demo.
GRANTS: Mapping[str, Mapping[str, str]] = {
    "web": {
        "programme": "select",
        # all but the name
        "participant": "select (id, programme_id, role, member_number, language, contact, group_id, pin,"
        " pin_changed_on, amounts_by_phone, bookmark, bookmark_on, enrolled_on, left_on, merged_into),"
        " update (language, pin, pin_changed_on, amounts_by_phone, bookmark, bookmark_on)",
        "phone_number": "select, insert, update (sharing, stopped_on, resumed_at, language)",
        "participant_phone": "select",
        "pin_guard": "select, insert, update, delete",
        "pin_opening": "select, update (tried, used)",
        "pin_holder": "select",
        # whose number calls, and where a dropped item goes on; no name and no code
        "coach": "select (id, programme_id, phone_number_id, pin, pin_changed_on, bookmark, bookmark_on,"
        " suspended_on), update (pin, pin_changed_on, bookmark, bookmark_on)",
        "group_coach": "select",
        # a claim that is made again has a new id and code
        "number_claim": "select, insert, update (id, number_sealed, code, expires_at)",
        "training_group": "select",
        "training_session": "select",
        "session_reply": "select, insert, update (coming, replied_on, session_on)",
        # what she says herself; a roll is stored by a function only
        "attendance": "select, insert",
        "presence": "select",
        "session_list": "select",
        "session_substitute": "select",
        "roll": "select",
        "follow_up": "select",
        # `on conflict` and the limit read the key
        "unmatched_check_in": "select (training_session_id, member_number), insert",
        "savings_member": "select",
        "cycle": "select",
        # a meeting's count is written by functions only
        "savings_officer": "select",
        "group_meeting": "select",
        "meeting_line": "select",
        # what members say; what a meeting counted has a group_meeting_id
        "contribution": "select, insert (id, cycle_id, participant_id, amount, shares, source, week_of, recorded_on,"
        " assisted, reverses)",
        # a dispute is raised and its answer read; nobody who dials can answer one
        "dispute": "select, insert (id, participant_id, about, raised_on)",
        "ussd_dialogue": "select, insert, update (position, touched_at)",
        "ussd_event_seen": "select (id), insert",
        "ussd_cost": "select, insert, update (sessions, cost)",
        # what the provider tells: a report settles its message, nobody reads what a message says
        "message": "select (id, programme_id, phone_number_id, status, reason, due_at, claimed_at, open, sent_at,"
        " settled_at, provider, provider_id, cost, currency),"
        " update (status, reason, open, sent_at, settled_at, provider_id)",
        "delivery_report": "select, insert, update (message_id)",
        "inbound_message_seen": "select (id), insert",
        # for /metrics
        "sending_switch": "select (stopped, changed_by)",
        "heartbeat": "select",
        # before it serves
        "installation": "select",
        "vault_key_check": "select",
        # the code of who signed in: whether the roster has it
        "duty_day": "select (programme_id, day, caseworker, signed_in)",
        # behind the wall: a sealed request, and to whom it is sealed
        "private.inbox": "insert",
        "private.roster": "select",
        "private.withdrawn_key": "select",
    },
    "worker": {
        "programme": "select",
        # no name, no PIN, no member number
        "participant": "select (id, programme_id, role, language, contact, group_id, list_number,"
        " enrolled_on, left_on)",
        "coach": "select (id, programme_id, phone_number_id, suspended_on)",
        # the network says that a number takes nothing from us
        "phone_number": "select, update (stopped_on, resumed_at)",
        "participant_phone": "select",
        # swept when their time is over
        "pin_guard": "select (id, tried_on, locked_until), update (locked_until), delete",
        "pin_opening": "select (expires_at), delete",
        "number_claim": "select (expires_at), delete",
        "unmatched_check_in": "select (recorded_on), delete",
        # what is said: planned, sent and reported
        "consent": "select",
        "household_link": "select",
        "arm_assignment": "select",
        "arm": "select",
        "training_group": "select",
        "savings_group": "select",
        "savings_member": "select",
        "training_session": "select",
        "planned_meeting": "select",
        "gathering": "select",
        "gathering_member": "select",
        "consent_now": "select",
        "arm_now": "select",
        "coach_phone": "select",
        "roll_digest": "select",
        "cannot_come": "select",
        "told_of_gathering": "select",
        "group_coach": "select",
        "attendance": "select",
        "presence": "select",
        "session_list": "select",
        "roll": "select",
        # how many said that they can't come
        "session_reply": "select",
        # that a meeting was entered, and nothing of what it counted
        "cycle": "select (id, savings_group_id)",
        "group_meeting": "select (cycle_id, held_on, entered_on)",
        "message": "select, insert, update",
        # the next broadcast of a weekly one
        "broadcast": "select, insert",
        "broadcast_text": "select, insert, update (text_sealed)",
        "broadcast_proposal": "select, update (send_at, state, reason, recipients, approved_by, broadcast_id), delete",
        "broadcast_proposal_text": "select",
        "delivery_report": "select, update (message_id), delete",
        # triggers write what changed
        "plan_change": "select, delete",
        "plan_state": "select, insert, update (changed, settings, planned_at, holds_until)",
        "sending_switch": "select, update (stopped, reason, changed_by, changed_at)",
        "heartbeat": "select, insert, update (beat_at), delete",
        "installation": "select",
        "vault_key_check": "select",
        "duty_day": "select",
    },
    "staff": {
        "programme": "select",
        # `sms-app people import` adds and changes what an office's lists say; no command sets a PIN
        "participant": "select, insert (id, programme_id, reference, member_number, role, name_sealed, initials_sealed,"
        " language, contact, group_id, list_number, group_since, amounts_by_phone, enrolled_on, left_on, left_reason,"
        " birth_year), update (reference, role, contact, name_sealed, initials_sealed, language,"
        " group_id, list_number, group_since, amounts_by_phone, enrolled_on, left_on, left_reason, merged_into,"
        " bookmark, birth_year)",
        # a trigger writes it
        "group_membership": "select",
        "kinship": "select, insert, update (from_on, to_on)",
        # a function erases
        "erasure": "select",
        "household": "select, insert, update (village)",
        # the trial's own records, and which study id is whose
        "screening": "select, insert, update (seen, refused, enrolled)",
        "screening_exclusion": "select, insert, update (count), delete",
        "nomination": "select, insert",
        "study.identity": "select, insert",
        "study.household": "select, insert",
        "coach": "select, insert (id, programme_id, code, name_sealed, phone_number_id, suspended_on),"
        " update (name_sealed, phone_number_id, suspended_on)",
        "phone_number": "select, insert, update (number_sealed, number_index, sharing, stopped_on, resumed_at,"
        " language)",
        "participant_phone": "select, insert, update (to_on)",
        # a function opens a PIN
        "pin_opening": "select (holder_id), update (used)",
        "unmatched_check_in": "select",
        "dispute": "select, update (answer, closed_on)",
        "session_reply": "select",
        "ussd_cost": "select",
        "number_claim": "select, delete",
        "audit_entry": "insert",
        "consent": "select, insert",
        "household_link": "select, insert, update (to_on)",
        "arm_assignment": "select, insert",
        "arm": "select",
        "training_group": "select, insert, update (role, sector, place)",
        "savings_group": "select, insert, update (training_group_id, check_in_weekday)",
        "savings_member": "select, insert, update (list_number, from_on, to_on)",
        "savings_officer": "select, insert, update (from_on, to_on)",
        "training_session": "select, insert, update (title, starts_at, ends_at, place, cancelled_at)",
        "planned_meeting": "select, insert, update (starts_at, ends_at, place, cancelled_at)",
        "gathering": "select",
        "gathering_member": "select",
        "consent_now": "select",
        "arm_now": "select",
        "coach_phone": "select",
        "told_of_gathering": "select",
        "group_coach": "select, insert, update (from_on, to_on)",
        "attendance": "select",
        "presence": "select",
        "session_list": "select",
        "session_substitute": "select",
        "roll": "select",
        "follow_up": "select, update (answer, closed_on)",
        # for the exports: how often somebody reported, and what groups saved
        "contribution": "select (cycle_id, participant_id, amount, source, week_of, recorded_on, assisted, reverses)",
        "cycle": "select, insert, update (opened_on, mode, share_value, most_shares)",
        "group_meeting": "select (cycle_id, held_on, entered_on)",
        "message": "select, insert, update",
        "broadcast": "select, insert, update (paused_at, cancelled_at)",
        "broadcast_text": "select, insert, update (text_sealed)",
        "broadcast_proposal_text": "select (id, text_sealed), update (text_sealed)",
        "delivery_report": "select",
        "sending_switch": "select, update (stopped, reason, changed_by, changed_at)",
        "heartbeat": "select",
        "installation": "select",
        # `sms-app vault`: a check value that is stored is never replaced
        "vault_key_check": "select, insert, update (retired)",
    },
    # the support console: no table of participants
    "support": {
        "programme": "select",
        "installation": "select",
        "duty_day": "select, insert, update (caseworker, phone_number_id, signed_in), delete",
        # when requests were last moved to where it reads them
        "heartbeat": "select (name, beat_at)",
        "private.caseworker": "select, insert, update (password, password_once, totp_sealed, totp_counter, wrapped_key,"
        " public_key, phone_number_id, disabled_on)",
        "private.caseworker_now": "select",
        "private.caseworker_session": "select, insert, update (seen_at), delete",
        "private.sign_in_guard": "select, insert, update (wrong, tried_at, locked_until), delete",
        # a colleague seals it again for a new roster
        "private.request": "select, update (envelope)",
        # a function records what came of it
        "private.request_state": "select",
        "private.outcome": "select",
        "private.audit": "select",
        "private.roster": "select, insert",
        "private.withdrawn_key": "select, insert",
    },
    # the staff's console: no PIN, no place in a dialogue, no amount that anybody saved, no text
    "console": {
        "programme": "select",
        # an import stores what an office's lists say, as the command does
        "participant": "select (id, programme_id, reference, member_number, role, name_sealed, initials_sealed,"
        " language, contact, group_id, list_number, group_since, amounts_by_phone, enrolled_on, left_on, left_reason,"
        " merged_into, birth_year), insert (id, programme_id, reference, member_number, role, name_sealed,"
        " initials_sealed, language, contact, group_id, list_number, group_since, amounts_by_phone, enrolled_on,"
        " left_on, left_reason, birth_year), update (role, contact, name_sealed, initials_sealed, language, group_id,"
        " list_number, group_since, amounts_by_phone, enrolled_on, left_on, left_reason, merged_into, bookmark,"
        " birth_year)",
        "group_membership": "select",
        "kinship": "select, insert, update (from_on, to_on)",
        "erasure": "select",
        "phone_number": "select, insert, update (sharing, stopped_on, resumed_at, language)",
        # a number that she claimed, and the code that her phone shows; a function opens a PIN
        "number_claim": "select (id, programme_id, participant_id, number_sealed, code, expires_at), delete",
        "pin_opening": "select (holder_id), update (used)",
        "household": "select, insert, update (village)",
        "household_link": "select, insert, update (to_on)",
        "arm": "select",
        "arm_assignment": "select, insert",
        "nomination": "select, insert",
        "participant_phone": "select, insert, update (to_on)",
        "consent": "select, insert",
        "consent_now": "select",
        "training_group": "select, insert, update (role, sector, place)",
        "coach": "select (id, programme_id, code, name_sealed, phone_number_id, suspended_on),"
        " insert (id, programme_id, code, name_sealed, phone_number_id, suspended_on),"
        " update (name_sealed, phone_number_id, suspended_on)",
        "group_coach": "select, insert, update (from_on, to_on)",
        "savings_officer": "select, insert, update (from_on, to_on)",
        "cycle": "select, insert, update (opened_on, mode, share_value, most_shares)",
        "training_session": "select, insert, update (title, starts_at, ends_at, place, cancelled_at)",
        # that a meeting was counted, by whom and when; what it counted is written by functions and read by none
        "group_meeting": "select",
        # the calendar: meetings are planned, moved, cancelled and restored
        "planned_meeting": "select, insert, update (starts_at, ends_at, place, cancelled_at)",
        "gathering_move": "select",
        "attendance": "select",
        "presence": "select",
        "session_list": "select",
        "session_reply": "select",
        "roll": "select",
        "roll_correction": "select, insert",
        "session_substitute": "select",
        "follow_up": "select, update (answer, closed_on)",
        "unmatched_check_in": "select, delete",
        "cannot_come": "select",
        "savings_group": "select, insert, update (training_group_id, check_in_weekday)",
        "savings_member": "select, insert, update (list_number, from_on, to_on)",
        # that she reported, never how much
        "contribution": "select (participant_id, source, recorded_on)",
        "dispute": "select, update (answer, closed_on)",
        # that a text went, and which time and place it told, never what it says; a broadcast's are added, and a
        # function cancels them
        "message": "select (id, programme_id, phone_number_id, people, kind, rule, subject_id, gathering_id, occasion,"
        " status, reason, planned_at, due_at, expires_at, claimed_at, sent_at, settled_at, told_starts_at, told_place,"
        " told_cancelled, segments, cost, currency),"
        " insert (id, programme_id, phone_number_id, kind, rule, subject_id, occasion, people, status, reason,"
        " planned_at, due_at, expires_at, settled_at)",
        # what officers write to many; whose arm a number's people have decides who is left out
        "arm_now": "select",
        "broadcast": "select, insert, update (paused_at, cancelled_at)",
        "broadcast_text": "select, insert",
        "broadcast_proposal": "select, insert, update (roles, groups, sectors, languages, contacts, send_at, is_weekly,"
        " state, reason, recipients, approved_by, broadcast_id), delete",
        "broadcast_proposal_text": "select, insert, update (text_sealed), delete",
        "saved_audience": "select, insert, delete",
        "sending_switch": "select (stopped, reason)",
        # for the budget: what a day's dialogues cost, never how many there were
        "ussd_cost": "select (programme_id, day, currency, cost)",
        "gathering": "select",
        "gathering_member": "select",
        "told_of_gathering": "select",
        "coach_phone": "select",
        "audit_entry": "select, insert",
        "installation": "select",
        "vault_key_check": "select",
        "account": "select, insert, update (language, password, password_once, totp_sealed, totp_counter, disabled_on)",
        "account_now": "select",
        "account_session": "select, insert, update (seen_at), delete",
        "account_guard": "select, insert, update (wrong, tried_at, locked_until), delete",
        "recovery_code": "select, insert, update (used_on), delete",
        # large imports run beside its pages
        "import_job": "select, insert, update (asked, answer, ended_at), delete",
        "import_progress": "select, insert, update (begun, step), delete",
    },
}
