"""Actions of a savings group's officers: they enter a meeting's count, and a second one confirms it. A coach of the
group may enter it too."""

from __future__ import annotations

from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.answers import pairs
from sms_app.engine.state import Value
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import disputes, meeting
from sms_app.programme.meeting import Actor

REFUSED = ActionOutcome("refused")


def enter_meeting(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Keep the lines that an officer typed for the meeting: kept; unknown when a number is nobody's; recorded when that
    meeting is entered already; refused for who is no officer."""
    return _enter(context, dialogue, pairs(str(dialogue.get("pairs"))))


def enter_bought_none(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Keep that these list numbers bought no share: as enter_meeting."""
    numbers = dialogue.get("numbers")
    return _enter(context, dialogue, dict.fromkeys(numbers if isinstance(numbers, tuple) else (), 0))


def drop_meeting_line(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Take the chosen line out again: kept or refused."""
    actor = _actor(context, dialogue)
    return ActionOutcome(meeting.drop(context.conn, actor, int(str(dialogue.get("line"))), context.today))


def read_meeting(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """What the draft comes to, to be read back: shares or free (gives its day, shares and money), empty, recorded, or
    refused."""
    actor = _actor(context, dialogue)
    if actor.cycle is None:
        return REFUSED
    total = meeting.total(context.conn, actor.cycle, context.today)
    if total is None or total.recorded or not total.members:
        return ActionOutcome("recorded" if total and total.recorded else "empty")
    gives: dict[str, Value] = {
        "day": total.held_on,
        "bought": total.shares,
        "total": total.amount,
        "members": total.members,
    }
    return ActionOutcome(total.mode, gives)


def finish_meeting(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Finish the draft with what was read back: finished; changed when it comes to something else meanwhile; empty,
    recorded or refused."""
    shares, amount = _totals(dialogue)
    result = meeting.finish(
        context.conn, _actor(context, dialogue), context.entry, shares, amount, context.today
    )
    return ActionOutcome(result)


def read_waiting(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """The meeting that waits for a second officer: shares or free (gives it, its day, shares and money); own when who
    asks entered it; none; or refused."""
    officer = meeting.officer(context.conn, _person(dialogue))
    if officer.cycle is None:
        return REFUSED
    waits = meeting.waiting(context.conn, officer)
    if waits is None or waits.own:
        return ActionOutcome("own" if waits else "none")
    gives: dict[str, Value] = {
        "meeting": str(waits.id),
        "day": waits.held_on,
        "bought": waits.shares,
        "total": waits.amount,
    }
    return ActionOutcome(waits.mode, gives)


def answer_meeting(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """A second officer's answer to the meeting and totals that were read: confirmed, given_back, own, gone, or
    refused."""
    shares, amount = _totals(dialogue)
    result = meeting.answer(
        context.conn,
        _person(dialogue),
        UUID(str(dialogue.get("meeting"))),
        dialogue.get("agrees") == "yes",
        shares,
        amount,
        context.today,
    )
    return ActionOutcome(result)


def answer_member_question(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """An officer's answer to a member's question about savings: answered, gone or refused."""
    given = disputes.answer_as_officer(
        context.conn,
        _person(dialogue),
        UUID(str(dialogue.get("question"))),
        str(dialogue.get("answer")),
        context.now,
        context.today,
    )
    return ActionOutcome(given)


def _enter(context: Context, dialogue: DialogueValues, lines: dict[int, int]) -> ActionOutcome:
    actor = _actor(context, dialogue)
    return ActionOutcome(meeting.enter(context.conn, actor, context.entry, lines, context.today))


def _actor(context: Context, dialogue: DialogueValues) -> Actor:
    """Who enters: the coach, in a coach's items, else the officer whose PIN was typed."""
    if dialogue.answers.get("coach_proved"):
        coach, cycle = (UUID(str(dialogue.get(name))) for name in ("coach", "cycle"))
        return meeting.coach(context.conn, coach, cycle)
    return meeting.officer(context.conn, _person(dialogue))


def _totals(dialogue: DialogueValues) -> tuple[int, int]:
    return int(str(dialogue.get("bought"))), int(str(dialogue.get("total")))


def _person(dialogue: DialogueValues) -> UUID:
    if dialogue.person is None:
        raise ValueError("the flow did not ask who it is")
    return dialogue.person
