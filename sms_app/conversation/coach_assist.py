"""Actions of a coach for a participant of her group. They give the results of `programme.assisting`.

`group` and `person` are answers that an action here gave; the database looks again whether the coach may act for
them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import load
from sms_app.engine.state import Value
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import assisting, pins
from sms_app.programme.assisting import For
from sms_app.programme.numbers import Number, Sharing


def pick_cycle(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Choose the group's savings group by its open cycle: one (gives cycle), several, or none."""
    rows = load(context, dialogue, ("coached_cycles",))["coached_cycles"]["rows"]
    return _only(rows, dialogue, "cycle")


def assist_person(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Find the participant with the typed list number: known (gives person and assisted), unknown, or closed when the
    coach may not act for the group."""
    coach, group = _coach(dialogue), UUID(str(dialogue.get("group")))
    person = assisting.person(context.conn, coach, group, int(str(dialogue.get("number"))))
    if person is not None:
        return ActionOutcome("known", {"person": str(person), "assisted": "1"})
    group_is = load(context, dialogue, ("chosen_group",))["chosen_group"]["is"]
    return ActionOutcome("unknown" if group_is == "hers" else "closed")


def assist_check_in(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Check her in to today's session: received, nothing or closed."""
    return ActionOutcome(assisting.check_in(context.conn, _whom(dialogue), context.now, context.today))


def value_her_shares(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Work out what her shares are worth: valued (gives amount and week) or none."""
    saving = load(context, dialogue, ("her_saving",))["her_saving"]
    if saving["is"] != "shares":
        return ActionOutcome("none")
    amount = int(str(dialogue.get("shares"))) * int(saving["price"])
    return ActionOutcome("valued", {"amount": amount, "week": context.week})


def value_her_money(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Set the week of the amount that was typed: valued (gives week, and no shares) or none."""
    saving = load(context, dialogue, ("her_saving",))["her_saving"]
    return (
        ActionOutcome("valued", {"week": context.week, "shares": None})
        if saving["is"] == "free"
        else ActionOutcome("none")
    )


def assist_saving(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store what was read back, as the whole week or added to it (`how`): saved, no_open_cycle or closed."""
    shares = dialogue.get("shares")
    number = None if shares is None else int(str(shares))
    return _save(context, dialogue, int(str(dialogue.get("amount"))), number, dialogue.get("how") == "whole")


def assist_nothing(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store that she saved nothing this week: as assist_saving."""
    return _save(context, dialogue, 0, None, whole=True)


def assist_question(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Raise her question: raised or closed."""
    about = str(dialogue.get("about"))
    return ActionOutcome(assisting.ask(context.conn, _whom(dialogue), context.entry, about, context.today))


def assist_answer(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Answer the chosen question: answered or gone."""
    question, code = UUID(str(dialogue.get("question"))), str(dialogue.get("answer"))
    given = assisting.answer(context.conn, _coach(dialogue), question, code, context.now, context.today)
    return ActionOutcome(given)


def assist_texts(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Stop texts to her numbers, or let them go again: done, none or closed."""
    stop = dialogue.get("texts") == "stop"
    return ActionOutcome(assisting.set_texts(context.conn, _whom(dialogue), stop, context.now))


def assist_open_pin(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Open her PIN: opened (gives opening, the code that the coach reads out) or closed."""
    code = assisting.open_pin(context.conn, context.vault, _whom(dialogue), context.now)
    return ActionOutcome("closed") if code is None else ActionOutcome("opened", {"opening": code})


def assist_number(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Confirm the number whose phone shows the typed code: confirmed, wrong, locked when this phone has no tries left
    today, or closed."""
    calling = Number(context.programme_id, context.number)
    if not pins.count_wrong_try(context.conn, context.vault, calling, context.today):
        return ActionOutcome("locked")
    code = str(dialogue.get("code"))
    result = assisting.confirm_number(
        context.conn, context.vault, context.programme_id, _whom(dialogue), code, context.now, context.today
    )
    if result == "confirmed":
        pins.give_back_try(context.conn, context.vault, calling, context.today)
    return ActionOutcome(result)


def assist_phone(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Mark her numbers as hers alone or as shared: done, others, none or closed."""
    sharing: Sharing = "private" if dialogue.get("sharing") == "private" else "marked_shared"
    return ActionOutcome(assisting.mark_phone(context.conn, _whom(dialogue), sharing, context.now))


def _only(rows: list[Any], dialogue: DialogueValues, name: str) -> ActionOutcome:
    """Which of the rows is meant: the one that was chosen already, or the only one."""
    ids = [row["id"] for row in rows]
    chosen = dialogue.answers.get(name)
    if chosen in ids or len(ids) == 1:
        given: Value = chosen if chosen in ids else ids[0]
        return ActionOutcome("one", {name: given})
    return ActionOutcome("several" if ids else "none")


def _save(
    context: Context, dialogue: DialogueValues, amount: int, shares: int | None, whole: bool
) -> ActionOutcome:
    week = dialogue.get("week")
    if not isinstance(week, date):
        raise ValueError("the flow did not say which week")
    whom = _whom(dialogue)
    saved = assisting.save(context.conn, whom, context.entry, amount, shares, whole, week, context.today)
    return ActionOutcome(saved)


def _whom(dialogue: DialogueValues) -> For:
    """The coach and the participant whom she chose, who is never the one of the calling number."""
    return For(_coach(dialogue), UUID(str(dialogue.answers["person"])))


def _coach(dialogue: DialogueValues) -> UUID:
    return UUID(str(dialogue.get("coach")))
