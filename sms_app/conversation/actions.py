"""Every action that a flow may name, with its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sms_app.conversation import coach, coach_assist, coach_groups, group, help, identity, phone, reports
from sms_app.conversation.coach_assist_facts import FOR_HER, OF_CYCLE
from sms_app.conversation.coach_facts import BEHIND_COACH_PIN, MAX_LIST
from sms_app.conversation.coach_group_facts import IN_GROUP, OF_QUESTION
from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import MAX_SHARES, MAX_SHOWN_AMOUNT
from sms_app.engine.answers import MAX_TEXT_LENGTH
from sms_app.engine.shapes import ActionShape, Day, Money, Number, Shape, Text
from sms_app.engine.steps import ActionOutcome


@dataclass(frozen=True)
class ActionEntry:
    """An action's shape, as flows see it, and the function that does it. A `reads_only` action needs no transaction."""

    shape: ActionShape
    run: Callable[[Context, DialogueValues], ActionOutcome]
    reads_only: bool = False


PIN_TRY = ("right", "wrong", "locked")
OPENING_TRY = ("open", "wrong", "locked")
PIN_SET = ("set", "easy", "wrong", "locked")
STORED = ("saved", "no_open_cycle")
PERSON = {"person": Text(36)}
PROVED = {"proved": Text(1)}
REPORT = ("person", "amount", "week")
BEHIND_PIN = ("person", "proved")
ON_ROLL = (*BEHIND_COACH_PIN, "session")
ROLL_STORED = ("stored", "closed", "changed")
COUNT: Mapping[str, Shape] = {"day": Day(), "bought": Number(MAX_SHARES), "total": Money(MAX_SHOWN_AMOUNT)}
TOTALS = ("bought", "total")
KEPT = ("kept", "unknown", "recorded", "refused")
FINISHED = ("finished", "changed", "empty", "recorded", "refused")
PICKED = ("one", "several", "none")
READ_TOTAL = ActionShape(
    ("shares", "free", "empty", "recorded", "refused"), BEHIND_PIN, {**COUNT, "members": Number(999)}
)
ASSISTED = {"person": Text(36), "assisted": Text(1)}
SAVED = ("saved", "no_open_cycle", "closed")
ACTIONS: Mapping[str, ActionEntry] = {
    "find_member": ActionEntry(
        ActionShape(("found", "unknown"), ("member",), PERSON), identity.find_member, reads_only=True
    ),
    "check_pin": ActionEntry(ActionShape(PIN_TRY, ("member", "pin"), PERSON | PROVED), identity.check_pin),
    "check_opening": ActionEntry(ActionShape(OPENING_TRY, ("member", "code")), identity.check_opening),
    "set_pin": ActionEntry(ActionShape(PIN_SET, ("member", "code", "pin")), identity.set_pin),
    "claim_number": ActionEntry(
        ActionShape(("made",), ("member",), {"claim": Text(4)}), identity.claim_number
    ),
    "reply_session": ActionEntry(ActionShape(("saved", "gone"), ("person", "coming")), reports.reply_session),
    "check_in": ActionEntry(
        ActionShape(("received", "refused"), ("person", "code"), {"day": Day()}), reports.check_in
    ),
    "check_in_as_member": ActionEntry(
        ActionShape(("received", "refused", "locked"), ("member", "code"), {"day": Day()}),
        reports.check_in_as_member,
    ),
    "value_shares": ActionEntry(
        ActionShape(
            ("valued", "no_open_cycle"),
            ("person", "shares"),
            {"amount": Money(MAX_SHOWN_AMOUNT), "week": Day()},
        ),
        reports.value_shares,
        reads_only=True,
    ),
    "set_other_phone": ActionEntry(
        ActionShape(("set", "wrong"), ("typed_phone",), {"other_phone": Text(help.MAX_NUMBER)}),
        help.set_other_phone,
        reads_only=True,
    ),
    "set_call_terms": ActionEntry(
        ActionShape(("set",), ("answers", "band"), help.TERMS), help.set_terms, reads_only=True
    ),
    "store_call": ActionEntry(ActionShape(("received", "nobody"), help.ASKED, asked=True), help.store_call),
    "store_do_not_call": ActionEntry(ActionShape(("stored", "nobody"), asked=True), help.store_do_not_call),
    "set_week": ActionEntry(ActionShape(("set",), (), {"week": Day()}), reports.set_week, reads_only=True),
    "report_contribution": ActionEntry(ActionShape(STORED, REPORT), reports.report_contribution),
    "correct_contribution": ActionEntry(ActionShape(STORED, REPORT), reports.correct_contribution),
    "report_nothing": ActionEntry(ActionShape(STORED, ("person", "week")), reports.report_nothing),
    "raise_dispute": ActionEntry(ActionShape(("raised",), (*BEHIND_PIN, "about")), reports.raise_dispute),
    "enter_meeting": ActionEntry(ActionShape(KEPT, (*BEHIND_PIN, "pairs")), group.enter_meeting),
    "enter_bought_none": ActionEntry(ActionShape(KEPT, (*BEHIND_PIN, "numbers")), group.enter_bought_none),
    "drop_meeting_line": ActionEntry(
        ActionShape(("kept", "refused"), (*BEHIND_PIN, "line")), group.drop_meeting_line
    ),
    "read_meeting": ActionEntry(
        READ_TOTAL,
        group.read_meeting,
        reads_only=True,
    ),
    "finish_meeting": ActionEntry(ActionShape(FINISHED, (*BEHIND_PIN, *TOTALS)), group.finish_meeting),
    "read_waiting": ActionEntry(
        ActionShape(("shares", "free", "own", "none", "refused"), BEHIND_PIN, {**COUNT, "meeting": Text(36)}),
        group.read_waiting,
        reads_only=True,
    ),
    "answer_meeting": ActionEntry(
        ActionShape(
            ("confirmed", "given_back", "own", "gone", "refused"), (*BEHIND_PIN, "meeting", "agrees", *TOTALS)
        ),
        group.answer_meeting,
    ),
    "answer_member_question": ActionEntry(
        ActionShape(("answered", "gone", "refused"), (*BEHIND_PIN, "question", "answer")),
        group.answer_member_question,
    ),
    "open_bookmark": ActionEntry(
        ActionShape(("opened", "gone"), BEHIND_PIN), reports.open_bookmark, reads_only=True
    ),
    "set_language": ActionEntry(
        ActionShape(("done",), ("language",), language="language"), phone.set_language
    ),
    "stop_messages": ActionEntry(ActionShape(("done",)), phone.stop_messages),
    "resume_messages": ActionEntry(ActionShape(("done",), BEHIND_PIN), phone.resume_messages),
    "share_phone": ActionEntry(ActionShape(("done",)), phone.share_phone),
    "toggle_amounts": ActionEntry(ActionShape(("done",), BEHIND_PIN), phone.toggle_amounts),
    "check_coach_pin": ActionEntry(
        ActionShape(PIN_TRY, ("coach", "pin"), {"coach_proved": Text(1)}), coach.check_coach_pin
    ),
    "check_coach_opening": ActionEntry(
        ActionShape(OPENING_TRY, ("coach", "code")), coach.check_coach_opening
    ),
    "set_coach_pin": ActionEntry(ActionShape(PIN_SET, ("coach", "code", "pin")), coach.set_coach_pin),
    "pick_session": ActionEntry(
        ActionShape(("one", "several", "none"), BEHIND_COACH_PIN, {"session": Text(36)}),
        coach.pick_session,
        reads_only=True,
    ),
    "open_roll": ActionEntry(ActionShape(("open", "taken", "closed"), ON_ROLL), coach.open_roll),
    "count_roll": ActionEntry(
        ActionShape(
            ("all", "absent", "present", "closed"),
            (*ON_ROLL, "headcount"),
            {"missing": Number(MAX_LIST), "named": Text(MAX_TEXT_LENGTH)},
        ),
        coach.count_roll,
        reads_only=True,
    ),
    "check_named": ActionEntry(
        ActionShape(("listed", "unknown", "closed"), (*ON_ROLL, "named")), coach.check_named, reads_only=True
    ),
    "store_absent": ActionEntry(
        ActionShape(ROLL_STORED, (*ON_ROLL, "headcount", "named")), coach.store_absent
    ),
    "store_present": ActionEntry(
        ActionShape(ROLL_STORED, (*ON_ROLL, "headcount", "named")), coach.store_present
    ),
    "correct_roll": ActionEntry(ActionShape(ROLL_STORED, (*ON_ROLL, "mark", "named")), coach.correct_roll),
    "choose_group": ActionEntry(
        ActionShape(("one", "several", "none"), BEHIND_COACH_PIN, {"group": Text(36)}),
        coach_groups.choose_group,
        reads_only=True,
    ),
    "pick_not_held": ActionEntry(
        ActionShape(("one", "several", "none"), IN_GROUP, {"session": Text(36)}),
        coach_groups.pick_not_held,
        reads_only=True,
    ),
    "store_not_held": ActionEntry(
        ActionShape(("stored", "closed"), (*ON_ROLL, "reason")), coach_groups.store_not_held
    ),
    "store_nobody_came": ActionEntry(
        ActionShape(("stored", "closed"), ON_ROLL), coach_groups.store_nobody_came
    ),
    "stand_in": ActionEntry(
        ActionShape(
            ("standing", "early", "wrong", "locked"),
            (*BEHIND_COACH_PIN, "group_number", "code"),
            {"session": Text(36)},
        ),
        coach_groups.stand_in,
    ),
    "close_follow_up": ActionEntry(
        ActionShape(("stored", "closed"), (*IN_GROUP, "follow_up", "heard")), coach_groups.close_follow_up
    ),
    "pick_question_session": ActionEntry(
        ActionShape(("one", "several", "done", "none"), OF_QUESTION, {"session": Text(36)}),
        coach_groups.pick_question_session,
        reads_only=True,
    ),
    "answer_question": ActionEntry(
        ActionShape(("stored", "closed"), (*OF_QUESTION, "answer")), coach_groups.answer_question
    ),
    "open_coach_bookmark": ActionEntry(
        ActionShape(("opened", "gone"), BEHIND_COACH_PIN), coach.open_coach_bookmark, reads_only=True
    ),
    "assist_person": ActionEntry(
        ActionShape(("known", "unknown", "closed"), (*BEHIND_COACH_PIN, "group", "number"), ASSISTED),
        coach_assist.assist_person,
        reads_only=True,
    ),
    "assist_check_in": ActionEntry(
        ActionShape(("received", "nothing", "closed"), FOR_HER), coach_assist.assist_check_in
    ),
    "value_her_shares": ActionEntry(
        ActionShape(
            ("valued", "none"), (*FOR_HER, "shares"), {"amount": Money(MAX_SHOWN_AMOUNT), "week": Day()}
        ),
        coach_assist.value_her_shares,
        reads_only=True,
    ),
    "value_her_money": ActionEntry(
        ActionShape(("valued", "none"), (*FOR_HER, "amount"), {"week": Day()}),
        coach_assist.value_her_money,
        reads_only=True,
    ),
    "assist_saving": ActionEntry(
        ActionShape(SAVED, (*FOR_HER, "amount", "week", "how")), coach_assist.assist_saving
    ),
    "assist_nothing": ActionEntry(ActionShape(SAVED, (*FOR_HER, "week")), coach_assist.assist_nothing),
    "assist_question": ActionEntry(
        ActionShape(("raised", "closed"), (*FOR_HER, "about")), coach_assist.assist_question
    ),
    "assist_answer": ActionEntry(
        ActionShape(("answered", "gone"), (*FOR_HER, "question", "answer")), coach_assist.assist_answer
    ),
    "assist_texts": ActionEntry(
        ActionShape(("done", "none", "closed"), (*FOR_HER, "texts")), coach_assist.assist_texts
    ),
    "assist_open_pin": ActionEntry(
        ActionShape(("opened", "closed"), FOR_HER, {"opening": Text(4)}), coach_assist.assist_open_pin
    ),
    "assist_number": ActionEntry(
        ActionShape(("confirmed", "wrong", "locked", "closed"), (*FOR_HER, "code")),
        coach_assist.assist_number,
    ),
    "assist_phone": ActionEntry(
        ActionShape(("done", "others", "none", "closed"), (*FOR_HER, "sharing")), coach_assist.assist_phone
    ),
    "pick_cycle": ActionEntry(
        ActionShape(PICKED, (*BEHIND_COACH_PIN, "group"), {"cycle": Text(36)}),
        coach_assist.pick_cycle,
        reads_only=True,
    ),
    "coach_enter_meeting": ActionEntry(ActionShape(KEPT, (*OF_CYCLE, "pairs")), group.enter_meeting),
    "coach_enter_bought_none": ActionEntry(
        ActionShape(KEPT, (*OF_CYCLE, "numbers")), group.enter_bought_none
    ),
    "coach_drop_meeting_line": ActionEntry(
        ActionShape(("kept", "refused"), (*OF_CYCLE, "line")), group.drop_meeting_line
    ),
    "coach_read_meeting": ActionEntry(
        replace(READ_TOTAL, needs=OF_CYCLE), group.read_meeting, reads_only=True
    ),
    "coach_finish_meeting": ActionEntry(ActionShape(FINISHED, (*OF_CYCLE, *TOTALS)), group.finish_meeting),
}
ACTION_SHAPES: Mapping[str, ActionShape] = {
    name: replace(entry.shape, reads_only=entry.reads_only) for name, entry in ACTIONS.items()
}
