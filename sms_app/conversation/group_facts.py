"""What officers see of their savings group's meeting: the shapes of these facts, and how their rows are read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.answers import MAX_LIST_NUMBER
from sms_app.engine.shapes import Day, FactShape, Money, Number, Word
from sms_app.programme.meeting import MAX_AMOUNT

BEHIND_PIN = ("person", "proved")
OFFICE = FactShape(values=("yes", "no"), needs=BEHIND_PIN)
MEETING = FactShape(
    {"day": Day(), "price": Money(99_999), "most": Number(99), "typed": Number(MAX_LIST_NUMBER)},
    ("shares", "free", "recorded", "none"),
    needs=BEHIND_PIN,
)
MEETING_LINES = FactShape(
    {"number": Number(MAX_LIST_NUMBER), "value": Money(MAX_AMOUNT)}, many=True, needs=BEHIND_PIN
)
QUESTIONS = FactShape(
    {
        "number": Number(MAX_LIST_NUMBER),
        "about": Word(("dispute.shares", "dispute.loan", "dispute.fine")),
        "raised_on": Day(),
    },
    many=True,
    needs=BEHIND_PIN,
)


def office(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether she holds an office of her savings group now."""
    return {"is": "yes" if row else "no"}


def meeting(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The meeting that an officer enters now; `recorded` when it is entered already."""
    if row is None:
        return {"is": "none", "day": context.today, "price": 0, "most": 0, "typed": 0}
    return {
        "is": "recorded" if row["recorded"] else row["mode"],
        "day": date.fromisoformat(row["day"]),
        "price": row["price"],
        "most": row["most"],
        "typed": row["typed"],
    }


def meeting_lines(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """What was typed so far, by list number."""
    return {"rows": [{"id": str(r["number"]), "number": r["number"], "value": r["value"]} for r in row or ()]}


def member_questions(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The members' open questions about savings, by list number."""
    return {
        "rows": [
            {
                "id": r["id"],
                "number": r["number"],
                "about": f"dispute.{r['about']}",
                "raised_on": date.fromisoformat(r["raised_on"]),
            }
            for r in row or ()
        ]
    }
