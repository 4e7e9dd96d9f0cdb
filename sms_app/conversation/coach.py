"""Actions of coaches: their PIN, and the roll of a session."""

from __future__ import annotations

import json
from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import load
from sms_app.engine.state import Value, from_json
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import pins, roll

READ_BOOKMARK = """
select bookmark from coach where id = %(coach)s and bookmark is not null and suspended_on is null
"""
# whether the coach may still act for the group and the participant of a bookmark; null is none
STILL_HERS = """
select (%(group)s::uuid is null or coaches_group(%(coach)s, %(group)s))
  and (%(person)s::uuid is null or assists(%(coach)s, %(person)s))
"""


def check_coach_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Hold the typed PIN against the coach's: right (gives that she proved it), wrong, or locked for a time that
    grows."""
    holder, pin = pins.coach_holder(str(dialogue.get("coach"))), str(dialogue.get("pin"))
    tried = pins.try_pin(
        context.conn, context.vault, context.calling, holder, pin, context.now, context.today
    )
    if tried.result != "right":
        return ActionOutcome(tried.result)
    gives = {"coach_proved": "1"}
    proved = DialogueValues({**dialogue.answers, **gives}, dialogue.dial_context)
    return ActionOutcome("right", gives, facts=load(context, proved, context.ahead, give_back=tried.guards))


def check_coach_opening(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Whether the code that the office told the coach is right now: open, wrong, or locked."""
    holder, code = pins.coach_holder(str(dialogue.get("coach"))), str(dialogue.get("code"))
    tried = pins.try_opening(
        context.conn, context.vault, context.calling, holder, code, context.now, context.today
    )
    return ActionOutcome("open" if tried.result == "right" else tried.result)


def set_coach_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Set the coach's PIN, if the office's code still holds: set, easy, wrong or locked, as for a participant's."""
    result = pins.set_pin(
        context.conn,
        context.vault,
        context.calling,
        pins.coach_holder(str(dialogue.get("coach"))),
        str(dialogue.get("code")),
        str(dialogue.get("pin")),
        context.settings.service_code,
        context.now,
        context.today,
    )
    return ActionOutcome(result)


def pick_session(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Which session's roll she means: one (gives session) when only one has none yet, several, or none."""
    rows = load(context, dialogue, ("roll_sessions",))["roll_sessions"]["rows"]
    open_ones = [row for row in rows if not row["taken"]]
    if len(open_ones) == 1:
        return ActionOutcome("one", {"session": open_ones[0]["id"]})
    return ActionOutcome("several" if rows else "none")


def open_roll(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Fix who was expected at the chosen session, unless it is fixed: open, taken when it has a roll, or closed."""
    roll.fix_list(context.conn, _session(dialogue), context.now)
    facts = load(context, dialogue, ("roll_session",))
    return ActionOutcome(str(facts["roll_session"]["is"]), facts=facts)


def count_roll(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """What is asked after the headcount: nothing when all came (all), the absent, or the present when fewer than half
    came; closed. Gives how many are missing."""
    facts = load(context, dialogue, ("roll_session",))
    listed, came = int(facts["roll_session"]["listed"]), int(str(dialogue.get("headcount")))
    if facts["roll_session"]["is"] == "closed" or came > listed:
        return ActionOutcome("closed")
    outcome = "all" if came == listed else "present" if 2 * came < listed else "absent"
    gives: dict[str, Value] = {"missing": listed - came, "named": ()}
    return ActionOutcome(outcome, gives, facts=facts)


def check_named(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Whether all numbers that were typed are on the session's list: listed, unknown, or closed."""
    listed = roll.on_list(context.conn, _coach(dialogue), _session(dialogue), context.now)
    if not listed:
        return ActionOutcome("closed")
    return ActionOutcome("listed" if set(_named(dialogue)) <= set(listed) else "unknown")


def store_absent(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store the roll whose absent were typed: stored, closed or changed."""
    return _store(context, dialogue, _named(dialogue))


def store_present(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store the roll whose present were typed: stored, closed or changed."""
    listed = roll.on_list(context.conn, _coach(dialogue), _session(dialogue), context.now)
    return _store(context, dialogue, tuple(sorted(set(listed) - set(_named(dialogue)))))


def correct_roll(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Mark the numbers that were typed as late or excused: stored, closed or changed."""
    result = roll.correct(
        context.conn,
        _coach(dialogue),
        _session(dialogue),
        _named(dialogue),
        str(dialogue.get("mark")),
        context.now,
        context.today,
    )
    return ActionOutcome(result)


def open_coach_bookmark(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Fetch where the coach stopped inside an item: opened (gives the place and what was kept there) or gone, also when
    the roll of that session can't be entered any more, or the coach may not act for that group or participant."""
    coach = _coach(dialogue)
    sealed = context.conn.exec_driver_sql(READ_BOOKMARK, {"coach": coach}).scalar_one_or_none()
    if sealed is None:
        return ActionOutcome("gone")
    place = from_json(json.loads(context.vault.open(bytes(sealed), "coach", "bookmark", coach)))
    kept: dict[str, Value] = {**place.answers, "coach_proved": "1", "bookmark_at": place.current_block}
    session = place.answers.get("session")
    if session and not roll.on_list(context.conn, coach, UUID(str(session)), context.now):
        return ActionOutcome("gone")
    group, person = (
        UUID(str(id_)) if (id_ := place.answers.get(name)) else None for name in ("group", "person")
    )
    values = {"coach": coach, "group": group, "person": person}
    if not context.conn.exec_driver_sql(STILL_HERS, values).scalar_one():
        return ActionOutcome("gone")
    return ActionOutcome("opened", kept)


def _store(context: Context, dialogue: DialogueValues, absent: tuple[int, ...]) -> ActionOutcome:
    headcount = int(str(dialogue.get("headcount")))
    coach, session = _coach(dialogue), _session(dialogue)
    return ActionOutcome(
        roll.store(context.conn, coach, session, absent, headcount, context.now, context.today)
    )


def _named(dialogue: DialogueValues) -> tuple[int, ...]:
    named = dialogue.get("named")
    return named if isinstance(named, tuple) else ()


def _coach(dialogue: DialogueValues) -> UUID:
    return UUID(str(dialogue.get("coach")))


def _session(dialogue: DialogueValues) -> UUID:
    return UUID(str(dialogue.get("session")))
