"""What a coach sees of a participant whom she acts for: the shapes of these facts, and how their rows are read. Each is
empty when the coach may not act for her."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sms_app import texts
from sms_app.conversation.coach_facts import BEHIND_COACH_PIN, SOME
from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.group_facts import MEETING, meeting, meeting_lines
from sms_app.engine.answers import MAX_LIST_NUMBER
from sms_app.engine.shapes import Day, FactShape, Moment, Money, Number, Text, Word
from sms_app.programme.disputes import ABOUT, ANSWERS
from sms_app.programme.meeting import MAX_AMOUNT
from sms_app.programme.people import MAX_INITIALS

MAX_NAME = 20
"""So much of a savings group's name is shown."""
FOR_HER = (*BEHIND_COACH_PIN, "person", "assisted")
OF_CYCLE = (*BEHIND_COACH_PIN, "cycle")
YES_NO = Word(("common.yes", "common.no"))
SHAPES: Mapping[str, FactShape] = {
    "her": FactShape({"who": Text(3 + 1 + MAX_INITIALS)}, ("known", "gone"), needs=FOR_HER),
    "her_session": FactShape({"starts": Moment()}, SOME, needs=FOR_HER),
    "her_saving": FactShape(
        {"price": Money(99_999), "most": Number(99)}, ("shares", "free", "none"), needs=FOR_HER
    ),
    "her_questions": FactShape(
        {
            "raised_on": Day(),
            "about": Word(tuple(f"dispute.{about}" for about in ABOUT)),
            "answer": Word(("dispute.open", *(f"dispute.{answer}" for answer in ANSWERS))),
        },
        SOME,
        many=True,
        needs=FOR_HER,
    ),
    "her_phone": FactShape({"texts_go": YES_NO, "alone": YES_NO}, SOME, needs=FOR_HER),
    "coached_cycles": FactShape(
        {"name": Text(MAX_NAME)}, SOME, many=True, needs=(*BEHIND_COACH_PIN, "group")
    ),
    "coach_meeting": FactShape(MEETING.fields, MEETING.values, needs=OF_CYCLE),
    "coach_meeting_lines": FactShape(
        {"number": Number(MAX_LIST_NUMBER), "value": Money(MAX_AMOUNT)}, many=True, needs=OF_CYCLE
    ),
}
"""The facts behind a coach's PIN about whom she acts for; the function of the same name reads each."""


def her(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Her list number and initials."""
    if row is None:
        return {"is": "gone", "who": ""}
    sealed = bytes.fromhex(row["sealed"] or "")
    person = UUID(str(dialogue.answers["person"]))
    initials = context.vault.open(sealed, "participant", "initials_sealed", person) if sealed else ""
    return {"is": "known", "who": f"{row['number']} {initials}".rstrip()}


def her_session(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Today's session of her group."""
    starts = context.now if row is None else datetime.fromisoformat(row)
    return {"is": "none" if row is None else "some", "starts": starts}


def her_saving(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """How her savings group saves."""
    if row is None:
        return {"is": "none", "price": 0, "most": 0}
    return {"is": row["mode"], "price": row["price"], "most": row["most"]}


def her_questions(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """What her coach asked for her: open, or answered in the last two weeks."""
    return _some(
        [
            {
                "id": r["id"],
                "raised_on": date.fromisoformat(r["raised_on"]),
                "about": f"dispute.{r['about']}",
                "answer": f"dispute.{r['answer']}" if r["answer"] else "dispute.open",
            }
            for r in row or ()
        ]
    )


def her_phone(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether texts go to her numbers, and whether these are marked as hers alone."""
    words = ("common.no", "common.yes")
    if row is None:
        return {"is": "none", "texts_go": words[0], "alone": words[0]}
    return {"is": "some", "texts_go": words[not row["stopped"]], "alone": words[row["alone"]]}


def coached_cycles(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The savings groups of the chosen group, by the first letters of their names."""
    return _some([{"id": r["id"], "name": texts.fold(r["name"])[:MAX_NAME]} for r in row or ()])


coach_meeting = meeting
coach_meeting_lines = meeting_lines


def _some(rows: list[Any]) -> Mapping[str, Any]:
    return {"is": "some" if rows else "none", "rows": rows}
