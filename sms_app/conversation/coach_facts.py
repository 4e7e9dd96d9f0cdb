"""How the facts about a coach and her sessions are read. Their SQL is in facts.sql, their shapes in facts.py."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.shapes import FactShape, Moment, Number, Text
from sms_app.programme.people import MAX_INITIALS

MAX_NAMED = 6
"""So many people at most are read back with their initials."""
MAX_LIST = 999
BEHIND_COACH_PIN = ("coach", "coach_proved")
SOME = ("some", "none")
GROUP, LISTED = Number(999), Number(MAX_LIST)
SHAPES: Mapping[str, FactShape] = {
    "roll_sessions": FactShape({"group": GROUP, "starts": Moment()}, SOME, many=True, needs=BEHIND_COACH_PIN),
    "roll_session": FactShape(
        {"group": GROUP, "starts": Moment(), "listed": LISTED, "highest": LISTED},
        ("open", "taken", "closed"),
        needs=(*BEHIND_COACH_PIN, "session"),
    ),
    "roll_people": FactShape(
        {"who": Text(3 + 1 + MAX_INITIALS)},
        SOME,
        many=True,
        rows=MAX_NAMED,
        needs=(*BEHIND_COACH_PIN, "session", "named"),
    ),
    "session_codes": FactShape(
        {"group": GROUP, "code": Text(4)}, SOME, many=True, rows=4, needs=BEHIND_COACH_PIN
    ),
}
"""The facts behind a coach's PIN; the function of the same name reads each."""


def coaching(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether the calling number is a coach's."""
    return {"is": "yes" if dialogue.dial_context.get("coach") else "no"}


def roll_sessions(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Sessions with their group and start, and whether they have a roll."""
    rows = [{**r, "starts": datetime.fromisoformat(r["starts"])} for r in row or ()]
    return {"is": "some" if rows else "none", "rows": rows}


def roll_session(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The chosen session; closed when the coach may not take its roll."""
    if row is None:
        return {"is": "closed", "group": 0, "starts": context.now, "listed": 0, "highest": 0}
    starts = datetime.fromisoformat(row["starts"])
    return {**row, "is": "taken" if row["taken"] else "open", "starts": starts}


def roll_people(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The people whose list numbers were typed: up to six with their initials, more by number only."""
    named = dialogue.get("named")
    initials = {
        r["number"]: context.vault.open(
            bytes.fromhex(r["sealed"]), "participant", "initials_sealed", UUID(r["id"])
        )
        for r in row or ()
        if r["sealed"]
    }
    numbers = named if isinstance(named, tuple) else ()
    rows = [{"who": f"{number} {initials.get(number, '')}".rstrip()} for number in numbers]
    return {"is": "some" if rows else "none", "rows": rows}


def session_codes(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The check-in codes of her sessions that are on now."""
    rows = list(row or ())[:4]
    return {"is": "some" if rows else "none", "rows": rows}
