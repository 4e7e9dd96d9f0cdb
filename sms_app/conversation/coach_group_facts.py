"""How the facts of a coach's *My groups* are read. Their SQL is in facts.sql; facts.py lists them with the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sms_app.conversation.coach_facts import BEHIND_COACH_PIN, GROUP, MAX_LIST, SOME
from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.shapes import Day, FactShape, Moment, Text, Word
from sms_app.engine.state import State, from_json
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme.people import MAX_INITIALS

SHOWN_AT_ONCE = 6
"""So many of a list of people are on one screen."""
LAST_SESSIONS = 4
WHO = Text(len(str(MAX_LIST)) + 1 + MAX_INITIALS)
MAX_CAME_LENGTH = len("99/99")
YES_NO = ("yes", "no")
MARKS = {"held": "common.yes", "not_held": "common.no"}
CAME_TO = {"present": "common.yes", "late": "common.yes", "absent": "common.no", "excused": "common.no"}
ANY_MARK = Word(("common.yes", "common.no", "common.unknown"))
IN_GROUP = (*BEHIND_COACH_PIN, "group")
OF_QUESTION = (*IN_GROUP, "question")
SHAPES: Mapping[str, FactShape] = {
    "my_groups": FactShape({"group": GROUP}, SOME, many=True, needs=BEHIND_COACH_PIN),
    "chosen_group": FactShape({"group": GROUP}, ("hers", "gone"), needs=IN_GROUP),
    "group_next": FactShape(
        {"group": GROUP, "starts": Moment(), "place": Text(MAX_PLACE_LENGTH)},
        ("found", "none"),
        needs=IN_GROUP,
    ),
    "group_rolls": FactShape(
        {"day": Day(), "came": Text(MAX_CAME_LENGTH)}, SOME, many=True, rows=LAST_SESSIONS, needs=IN_GROUP
    ),
    "group_sessions": FactShape({"starts": Moment(), "roll": ANY_MARK}, SOME, many=True, needs=IN_GROUP),
    "group_not_held": FactShape({"starts": Moment()}, SOME, many=True, needs=IN_GROUP),
    "group_not_reached": FactShape({"who": WHO}, SOME, many=True, rows=SHOWN_AT_ONCE, needs=IN_GROUP),
    "group_follow_ups": FactShape({"who": WHO, "day": Day()}, SOME, many=True, needs=IN_GROUP),
    "group_questions": FactShape({"who": WHO, "day": Day()}, SOME, many=True, needs=IN_GROUP),
    "follow_up": FactShape({"who": WHO}, ("open", "closed"), needs=(*IN_GROUP, "follow_up")),
    "question": FactShape({"who": WHO, "day": Day()}, ("open", "closed"), needs=OF_QUESTION),
    "question_attendance": FactShape(
        {"day": Day(), "came": ANY_MARK}, SOME, many=True, rows=LAST_SESSIONS, needs=OF_QUESTION
    ),
    "question_sessions": FactShape({"starts": Moment()}, SOME, many=True, needs=OF_QUESTION),
}
"""The facts behind a coach's PIN in a group of hers; the function of the same name reads each."""
STATEMENTS = {"group_not_held": "group_sessions"}
"""The facts whose statement in facts.sql has another fact's name."""
BOOKMARK = FactShape(values=YES_NO, needs=BEHIND_COACH_PIN)
PROVED_COACH = {"coach": Text(36), "coach_proved": Text(1)}
SESSION_CHOSEN = FactShape(values=YES_NO, tells={"yes": PROVED_COACH | {"session": Text(36)}})
GROUP_CHOSEN = FactShape(values=YES_NO, tells={"yes": PROVED_COACH | {"group": Text(36)}})


def coach_bookmark(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether the coach's line dropped inside the roll, when the roll was not opened from My groups."""
    place = _place(row, context, dialogue)
    return {"is": "yes" if place and "group" not in place.answers else "no"}


def groups_bookmark(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether the coach's line dropped inside My groups: in all that is done there, `group` is known."""
    place = _place(row, context, dialogue)
    return {"is": "yes" if place and "group" in place.answers else "no"}


def session_chosen(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether the item that led here has chosen a session, behind the coach's PIN."""
    return _known(dialogue, "session")


def group_chosen(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whether the item that led here has chosen a group, behind the coach's PIN."""
    return _known(dialogue, "group")


def my_groups(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The groups that she coaches."""
    return _rows(row or ())


def chosen_group(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The chosen group's number; `gone` when she does not coach it (any more)."""
    return {"is": "hers", **row} if row else {"is": "gone", "group": 0}


def group_next(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The group's next session."""
    if row is None:
        return {"is": "none", "group": 0, "starts": context.now, "place": ""}
    place = row["place"][:MAX_PLACE_LENGTH]
    return {"is": "found", "group": row["group"], "starts": _moment(row), "place": place}


def group_rolls(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The group's last rolls: how many came of how many, or `-` for a session that was not held."""
    return _rows({"day": _moment(r), "came": _of(r["came"], r["listed"])} for r in row or ())


def group_sessions(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The group's sessions whose roll she may take or correct, and whether they have one."""
    return _rows(
        {"id": r["id"], "starts": _moment(r), "roll": MARKS.get(r["roll"], "common.unknown")}
        for r in row or ()
    )


def group_not_held(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Those of them without a roll, which may not have been held."""
    return _rows({"id": r["id"], "starts": _moment(r)} for r in row or () if r["roll"] is None)


def group_not_reached(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Who of the group is not reached by SMS."""
    return _rows({"who": _who(r, context)} for r in row or ())


def group_follow_ups(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The group's open follow-ups, with the day of the second session that was missed."""
    return _rows({"id": r["row"], "who": _who(r, context), "day": _moment(r)} for r in row or ())


def group_questions(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The group's open questions about attendance, with the day on which they were raised."""
    return _rows(
        {"id": r["row"], "who": _who(r, context), "day": date.fromisoformat(r["raised_on"])}
        for r in row or ()
    )


def follow_up(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Whom the chosen follow-up is about."""
    return {"is": "open", "who": _who(row, context)} if row else {"is": "closed", "who": ""}


def question(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """Who asked the chosen question, and when."""
    if row is None:
        return {"is": "closed", "who": "", "day": context.today}
    return {"is": "open", "who": _who(row, context), "day": date.fromisoformat(row["raised_on"])}


def question_attendance(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The last sessions of who asked, as she reads them herself."""
    return _rows({"day": _moment(r), "came": CAME_TO.get(r["status"], "common.unknown")} for r in row or ())


def question_sessions(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The sessions that the coach may still correct for who asked."""
    return _rows({"id": r["id"], "starts": _moment(r)} for r in row or ())


def _rows(rows: Any) -> Mapping[str, Any]:
    listed = list(rows)
    return {"is": "some" if listed else "none", "rows": listed}


def _of(came: int, listed: int) -> str:
    said = f"{came}/{listed}" if listed else "-"
    return said if len(said) <= MAX_CAME_LENGTH else str(came)


def _moment(row: Any) -> datetime:
    return datetime.fromisoformat(row["starts"])


def _who(row: Any, context: Context) -> str:
    initials = ""
    if row["sealed"]:
        sealed = bytes.fromhex(row["sealed"])
        initials = context.vault.open(sealed, "participant", "initials_sealed", UUID(row["id"]))
    return f"{row['number'] or ''} {initials}".strip()


def _place(row: Any, context: Context, dialogue: DialogueValues) -> State | None:
    if not row:
        return None
    coach = UUID(str(dialogue.get("coach")))
    return from_json(json.loads(context.vault.open(bytes.fromhex(row), "coach", "bookmark", coach)))


def _known(dialogue: DialogueValues, chosen: str) -> Mapping[str, Any]:
    known = all(dialogue.get(name) for name in ("coach", "coach_proved", chosen))
    return {"is": "yes" if known else "no"}
