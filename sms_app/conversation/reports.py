"""Actions that store a participant's reports: her reply to a session, her check-in, her savings, a dispute."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.facts import load
from sms_app.engine.state import from_json
from sms_app.engine.steps import ActionOutcome
from sms_app.programme import disputes, pins, savings, training
from sms_app.programme.numbers import Number

READ_BOOKMARK = "select bookmark from participant where id = %(person)s and bookmark is not null"


def reply_session(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store whether she will come to her group's next session: saved, or gone when there is no session any more."""
    person = _person(dialogue)
    session = training.next_session(context.conn, person, context.now)
    if session is None:
        return ActionOutcome("gone")
    training.reply(context.conn, session, person, dialogue.get("coming") == "yes", context.today)
    return ActionOutcome("saved")


def check_in(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Check her in with the code that is read out at today's session: received (gives day), or refused. Every code is
    refused when this phone has no tries left today."""
    calling = Number(context.programme_id, context.number)
    if not pins.count_wrong_try(context.conn, context.vault, calling, context.today):
        return ActionOutcome("refused")
    received = training.check_in(
        context.conn, _person(dialogue), str(dialogue.get("code")), _whole_day(context)
    )
    if received:
        pins.give_back_try(context.conn, context.vault, calling, context.today)
    return _received(context, received)


def check_in_as_member(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Check in a member number with the session's code: received (gives day), refused, or locked when this phone has no
    tries left today.

    Only the code decides between received and refused. A member number that nobody in that session's group has is
    stored for the coach."""
    calling = Number(context.programme_id, context.number)
    # counted before the code is checked, so that simultaneous tries can't exceed the limit
    if not pins.count_wrong_try(context.conn, context.vault, calling, context.today):
        return ActionOutcome("locked")
    member, code = str(dialogue.get("member")), str(dialogue.get("code"))
    received = training.check_in_as_member(
        context.conn, context.programme_id, member, code, _whole_day(context)
    )
    if received:
        pins.give_back_try(context.conn, context.vault, calling, context.today)
    return _received(context, received)


def _received(context: Context, received: bool) -> ActionOutcome:
    return ActionOutcome("received", {"day": context.today}) if received else ActionOutcome("refused")


def _whole_day(context: Context) -> training.WholeDay:
    """The programme's present day, with its first moment and the next day's first moment."""
    start = datetime.combine(context.today, time(), ZoneInfo(context.settings.time_zone))
    return training.WholeDay(context.today, start, start + timedelta(days=1))


def value_shares(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Compute the value of the typed shares, and their week: valued (gives amount and week) or no_open_cycle.

    The dialogue keeps the amount and week that are read back to her, and these are stored, whatever changes until she
    confirms."""
    mode = load(context, dialogue, ("savings_mode",))["savings_mode"]
    if mode["is"] != "shares":
        return ActionOutcome("no_open_cycle")
    return ActionOutcome(
        "valued", {"amount": int(str(dialogue.get("shares"))) * mode["price"], "week": context.week}
    )


def set_week(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Set the week of the report that is read back: set (gives week)."""
    return ActionOutcome("set", {"week": context.week})


def report_contribution(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Add the amount to her reports for the week that was read back: saved or no_open_cycle."""
    return ActionOutcome(savings.report(*_report(context, dialogue), assisted=False))


def correct_contribution(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Replace her reports for the week that was read back by the amount: saved or no_open_cycle."""
    return ActionOutcome(savings.correct(*_report(context, dialogue), assisted=False))


def report_nothing(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Replace her reports for that week by an entry of 0: saved or no_open_cycle.

    An entry of 0 is not the same as no entry."""
    nothing = DialogueValues({**dialogue.answers, "amount": 0, "shares": None}, dialogue.dial_context)
    return ActionOutcome(savings.correct(*_report(context, nothing), assisted=False))


def raise_dispute(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Store that something is not right, for staff to answer: raised, also when that dispute is open already."""
    about = str(dialogue.get("about"))
    disputes.raise_dispute(context.conn, context.entry, _person(dialogue), about, context.today)
    return ActionOutcome("raised")


def open_bookmark(context: Context, dialogue: DialogueValues) -> ActionOutcome:
    """Read her bookmark: opened (gives its place and the answers there) or gone."""
    person = _person(dialogue)
    sealed = context.conn.exec_driver_sql(READ_BOOKMARK, {"person": person}).scalar_one_or_none()
    if sealed is None:
        return ActionOutcome("gone")
    place = from_json(json.loads(context.vault.open(bytes(sealed), "participant", "bookmark", person)))
    return ActionOutcome(
        "opened", {**place.answers, "person": str(person), "bookmark_at": place.current_block}
    )


def _report(
    context: Context, dialogue: DialogueValues
) -> tuple[Connection, UUID, UUID, int, int | None, date, date]:
    """The arguments of a report to the ledger: connection, entry, person, amount, shares, week and today."""
    shares, week = dialogue.get("shares"), dialogue.get("week")
    if not isinstance(week, date):
        raise ValueError("the flow did not say which week")
    return (
        context.conn,
        context.entry,
        _person(dialogue),
        int(str(dialogue.get("amount"))),
        None if shares is None else int(str(shares)),
        week,
        context.today,
    )


def _person(dialogue: DialogueValues) -> UUID:
    if dialogue.person is None:
        raise ValueError("the flow did not ask who it is")
    return dialogue.person
