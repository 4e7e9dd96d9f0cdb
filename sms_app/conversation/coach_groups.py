"""Actions of a coach in *My groups*: a session not held, nobody came, standing in, follow-ups, questions."""

from __future__ import annotations

from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import load
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import disputes, follow_ups, pins, roll
from sms_app.programme.numbers import Number


def choose_group(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Which group she means: one (gives group) when she coaches just one, several, or none (gives an empty one)."""
    rows = load(context, dialogue, ("my_groups",))["my_groups"]["rows"]
    if len(rows) > 1:
        return ActionOutcome("several")
    return ActionOutcome("one", {"group": rows[0]["id"]}) if rows else ActionOutcome("none", {"group": ""})


def pick_not_held(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Which session was not held: one (gives session) when only one of the group has no roll, several, or none."""
    return _only_session(context, dialogue, "group_not_held")


def store_not_held(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store that the session was not held, with the chosen reason: stored, or closed, also when it has a roll by
    now."""
    coach, session, reason = _id(dialogue, "coach"), _id(dialogue, "session"), str(dialogue.get("reason"))
    result = roll.store_not_held(context.conn, coach, session, reason, context.now, context.today)
    return ActionOutcome("stored" if result == "stored" else "closed")


def store_nobody_came(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store a roll that has everybody absent: stored, or closed, also when the session has a roll by now."""
    coach, session = _id(dialogue, "coach"), _id(dialogue, "session")
    result = roll.store_nobody(context.conn, coach, session, context.now, context.today)
    return ActionOutcome("stored" if result == "stored" else "closed")


def stand_in(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Let her stand in at today's session of the typed group with the typed code: standing (gives session), early when
    it has not begun, wrong, or locked when this phone has no tries left today."""
    calling = Number(context.programme_id, context.number)
    # counted before the code is checked, so that simultaneous tries can't exceed the limit
    if not pins.count_wrong_try(context.conn, context.vault, calling, context.today):
        return ActionOutcome("locked")
    standing = roll.stand_in(
        context.conn,
        _id(dialogue, "coach"),
        int(str(dialogue.get("group_number"))),
        str(dialogue.get("code")),
        context.now,
        context.today,
    )
    if standing is None:
        return ActionOutcome("wrong")
    pins.give_back_try(context.conn, context.vault, calling, context.today)
    return ActionOutcome("standing" if standing.begun else "early", {"session": str(standing.session)})


def close_follow_up(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Close the chosen follow-up with what she heard: stored or closed."""
    coach, chosen = _id(dialogue, "coach"), _id(dialogue, "follow_up")
    return ActionOutcome(
        follow_ups.close(context.conn, coach, chosen, str(dialogue.get("heard")), context.today)
    )


def pick_question_session(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Which session's roll was wrong: one (gives session), several, or of none that can still be corrected: done when
    one was corrected since she asked, or none."""
    picked = _only_session(context, dialogue, "question_sessions")
    if picked.name == "none" and disputes.corrected_since(context.conn, _id(dialogue, "question")):
        return ActionOutcome("done", {"session": ""})
    return picked


def answer_question(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Answer the chosen question, and correct the roll if it was wrong: stored or closed."""
    answer, session = str(dialogue.get("answer")), dialogue.get("session")
    return ActionOutcome(
        disputes.answer_as_coach(
            context.conn,
            _id(dialogue, "coach"),
            _id(dialogue, "question"),
            answer,
            UUID(str(session)) if answer == "corrected" and session else None,
            context.now,
            context.today,
        )
    )


def _only_session(context: Context, dialogue: DialogueValues, fact: str) -> ActionOutcome:
    rows = load(context, dialogue, (fact,))[fact]["rows"]
    if len(rows) == 1:
        return ActionOutcome("one", {"session": rows[0]["id"]})
    return ActionOutcome("several" if rows else "none")


def _id(dialogue: DialogueValues, name: str) -> UUID:
    return UUID(str(dialogue.get(name)))
