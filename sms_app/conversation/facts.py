"""Every fact that a flow may name: its shape, its SQL (in facts.sql), and how its row is read.

The facts that a screen needs are subqueries of one SELECT, which is put together here and nowhere else. So a screen
costs one statement, however many facts it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from sms_app import sql
from sms_app.conversation import coach_assist_facts, coach_facts, coach_group_facts, group_facts, help
from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.answers import MAX_MEMBER_LENGTH
from sms_app.engine.shapes import Day, FactShape, Moment, Money, Number, Shape, Text, Word
from sms_app.engine.state import Value
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import disputes, pins

SQL = sql.beside(__file__)
MAX_SHOWN_AMOUNT = 99_999_999
MAX_SHARES = 9_999
MAX_TRIES = 99
NONE: Mapping[str, Any] = {"is": "none"}


@dataclass(frozen=True)
class Fact:
    """`sql` is a scalar subquery that gives JSON, or null when there is no value. It may refer to `person.id`. A fact
    whose `sql` is empty needs no database. `read` turns the JSON value into the fact's value."""

    shape: FactShape
    sql: str
    read: Callable[[Any, Context, DialogueValues], Mapping[str, Any]]


def load(
    context: Context, dialogue: DialogueValues, names: Iterable[str], give_back: Sequence[bytes] = ()
) -> dict[str, Mapping[str, Any]]:
    """Load the named facts of the dialogue's person in one statement. The same statement gives the try of a right PIN
    back to the guards with the ids `give_back`; the facts are read as they were before that."""
    names = tuple(names)
    row = _row(context, dialogue, names, statement(names, bool(give_back)), give_back)
    return {name: FACTS[name].read(row.get(name), context, dialogue) for name in names}


def load_with_member(
    context: Context, dialogue: DialogueValues, names: tuple[str, ...]
) -> tuple[str | None, dict[str, Mapping[str, Any]]]:
    """Find the person with the typed member number among those reached on this phone, and load her facts, in one
    statement. Gives her id and the facts by name; without such a person the id is None."""
    row = _row(context, dialogue, names, statement_by_member(names))
    return row["person"], {name: FACTS[name].read(row.get(name), context, dialogue) for name in names}


def _row(
    context: Context,
    dialogue: DialogueValues,
    names: tuple[str, ...],
    select: str,
    give_back: Sequence[bytes] = (),
) -> Mapping[str, Any]:
    if not select:
        return {}
    values = {
        "person": dialogue.person,
        "phone": dialogue.phone,
        "member": dialogue.get("member"),
        "now": context.now,
        "today": context.today,
        "programme": context.programme_id,
        "shown_days": disputes.SHOWN_DAYS,
        "given_back": list(give_back),
        "coach": _uuid(dialogue.get("coach")),
        "session": _uuid(dialogue.get("session")),
        "named": _numbers(dialogue.get("named")),
        **{name: _uuid(dialogue.get(name)) for name in ("group", "follow_up", "question", "cycle")},
    }
    if "pin_tries" in names:
        values["guards"] = pins.guards(context.vault, context.programme_id, str(dialogue.get("member")))
    return context.raw.cursor(row_factory=dict_row).execute(select, values).fetchone() or {}


def _uuid(value: Value) -> UUID | None:
    return UUID(str(value)) if value else None


def _numbers(value: Value) -> list[int]:
    return list(value) if isinstance(value, tuple) else []


@lru_cache(maxsize=256)
def statement(names: tuple[str, ...], give_back: bool = False) -> str:
    """One SELECT with the facts of the dialogue's person; empty when no fact needs the database."""
    columns = _columns(names)
    if give_back:
        columns.append(f"({SQL['give_back_tries']})")
    return _select_from(SQL["person_by_id"], columns) if columns else ""


@lru_cache(maxsize=256)
def statement_by_member(names: tuple[str, ...]) -> str:
    """One SELECT with the id and the facts of the person whose member number was typed."""
    return _select_from(SQL["person_by_member"], ["person.id::text as person", *_columns(names)])


def _select_from(person: str, columns: list[str]) -> str:
    return "\n".join([person, "select", ",\n".join(columns), "from person"])


def _columns(names: tuple[str, ...]) -> list[str]:
    return [f"({FACTS[name].sql}) as {name}" for name in names if FACTS[name].sql]


def _next_session(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    if row is None:
        return NONE
    return {
        "is": "found",
        "starts": datetime.fromisoformat(row["starts"]),
        "place": row["place"][:MAX_PLACE_LENGTH],
    }


def _attendance(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    marks = {"present": "common.yes", "late": "common.yes", "absent": "common.no", "excused": "common.no"}
    rows = [
        {"day": datetime.fromisoformat(r["starts"]), "came": marks.get(r["status"], "common.unknown")}
        for r in row or ()
    ]
    return {"is": "some" if rows else "none", "rows": rows}


def _savings_mode(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    if row is None:
        return {"is": "none", "price": 0, "most": 0}
    return {"is": row["mode"], "price": row["price"], "most": row["most"]}


def _balance(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    if row is None or row["counted_on"] is None:
        return NONE
    return {
        "is": row["mode"],
        "amount": row["amount"],
        "shares": row["shares"] or 0,
        "counted_on": date.fromisoformat(row["counted_on"]),
    }


def _named(yes: str, no: str) -> Callable[[Any, Context, DialogueValues], Mapping[str, Any]]:
    return lambda row, context, dialogue: {"is": yes if row else no}


def _pin_changed(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """One row with the day of a recent change of her PIN, shown above her savings; no row without such a change."""
    return {"rows": [{"changed_on": date.fromisoformat(row)}] if row else []}


def _pin_tries(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """One row with the number of wrong PINs typed for her today and the day before; no row when there were none."""
    return {"rows": [{"tries": min(row, MAX_TRIES)}] if row else []}


def _my_information(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    if row is None:
        return {"member": "", "group": 0, "amounts": "common.no", "messages": "common.no"}
    yes = ("common.no", "common.yes")
    return {
        "member": row["member"],
        "group": row["group"] or 0,
        "amounts": yes[bool(row["amounts"])],
        "messages": yes[bool(row["messages"])],
    }


def _answers_on(*subjects: str) -> Fact:
    """The fact with staff's latest answer to a dispute on each of these subjects, shown for SHOWN_DAYS days."""
    fields: Mapping[str, Shape] = {
        "raised_on": Day(),
        "about": Word(tuple(f"dispute.{subject}" for subject in subjects)),
        "answer": Word(tuple(f"dispute.{answer}" for answer in disputes.ANSWERS)),
    }

    def read(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
        rows = [
            {
                "raised_on": date.fromisoformat(r["raised_on"]),
                "about": f"dispute.{r['about']}",
                "answer": f"dispute.{r['answer']}",
            }
            for r in row or ()
            if r["about"] in subjects
        ]
        return {"is": "some" if rows else "none", "rows": rows}

    shape = FactShape(fields, ("some", "none"), many=True, rows=len(subjects), needs=BEHIND_PIN)
    return Fact(shape, SQL["answers"], read)


YES_NO = Word(("common.yes", "common.no"))
HERS = ("person",)
BEHIND_PIN = ("person", "proved")
BEHIND_COACH_PIN = ("coach", "coach_proved")
FACTS: Mapping[str, Fact] = {
    "caller": Fact(
        FactShape(
            values=("one", "several", "none"),
            tells={"one": {"person": Text(36), "member": Text(MAX_MEMBER_LENGTH)}},
        ),
        "",
        lambda row, context, dialogue: NONE,
    ),
    "coaching": Fact(
        FactShape(values=("yes", "no"), tells={"yes": {"coach": Text(36)}}),
        "",
        coach_facts.coaching,
    ),
    "coach_pin_state": Fact(
        FactShape(values=("set", "none"), needs=("coach",)), SQL["coach_pin_state"], _named("set", "none")
    ),
    "coach_bookmark": Fact(
        coach_group_facts.BOOKMARK, SQL["coach_bookmark"], coach_group_facts.coach_bookmark
    ),
    "groups_bookmark": Fact(
        coach_group_facts.BOOKMARK, SQL["coach_bookmark"], coach_group_facts.groups_bookmark
    ),
    "session_chosen": Fact(coach_group_facts.SESSION_CHOSEN, "", coach_group_facts.session_chosen),
    "group_chosen": Fact(coach_group_facts.GROUP_CHOSEN, "", coach_group_facts.group_chosen),
    **{
        name: Fact(shape, SQL[name], getattr(module, name))
        for module in (coach_facts, coach_assist_facts)
        for name, shape in module.SHAPES.items()
    },
    **{
        name: Fact(shape, SQL[coach_group_facts.STATEMENTS.get(name, name)], getattr(coach_group_facts, name))
        for name, shape in coach_group_facts.SHAPES.items()
    },
    "sectors": Fact(help.SECTORS, "", help.sectors),
    "of_sector": Fact(help.OF_SECTOR, "", help.of_sector),
    "help_offer": Fact(help.OFFER, "", help.offer),
    "call_bands": Fact(help.BANDS, "", help.bands),
    "next_session": Fact(
        FactShape({"starts": Moment(), "place": Text(MAX_PLACE_LENGTH)}, ("found", "none"), needs=HERS),
        SQL["next_session"],
        _next_session,
    ),
    "attendance": Fact(
        FactShape(
            {"day": Day(), "came": Word(("common.yes", "common.no", "common.unknown"))},
            ("some", "none"),
            many=True,
            rows=4,
            needs=BEHIND_PIN,
        ),
        SQL["attendance"],
        _attendance,
    ),
    "savings_mode": Fact(
        FactShape({"price": Money(99_999), "most": Number(99)}, ("shares", "free", "none"), needs=HERS),
        SQL["savings_mode"],
        _savings_mode,
    ),
    "balance": Fact(
        FactShape(
            {"amount": Money(MAX_SHOWN_AMOUNT), "shares": Number(MAX_SHARES), "counted_on": Day()},
            ("shares", "free", "none"),
            needs=BEHIND_PIN,
        ),
        SQL["balance"],
        _balance,
    ),
    "pin_state": Fact(
        FactShape(values=("set", "none"), needs=HERS),
        SQL["pin_state"],
        _named("set", "none"),
    ),
    "pin_changed": Fact(
        FactShape({"changed_on": Day()}, many=True, rows=1, needs=BEHIND_PIN),
        SQL["pin_changed"],
        _pin_changed,
    ),
    "pin_tries": Fact(
        FactShape({"tries": Number(MAX_TRIES)}, many=True, rows=1, needs=(*BEHIND_PIN, "member")),
        SQL["pin_tries"],
        _pin_tries,
    ),
    "amounts_by_phone": Fact(
        FactShape(values=("yes", "no"), needs=BEHIND_PIN),
        SQL["amounts_by_phone"],
        _named("yes", "no"),
    ),
    "bookmark": Fact(
        FactShape(values=("yes", "no"), needs=BEHIND_PIN),
        SQL["bookmark"],
        _named("yes", "no"),
    ),
    "answers_on_savings": _answers_on("shares", "loan", "fine"),
    "answers_on_attendance": _answers_on("attendance"),
    "office": Fact(group_facts.OFFICE, SQL["office"], group_facts.office),
    "meeting": Fact(group_facts.MEETING, SQL["meeting"], group_facts.meeting),
    "meeting_lines": Fact(group_facts.MEETING_LINES, SQL["meeting_lines"], group_facts.meeting_lines),
    "member_questions": Fact(group_facts.QUESTIONS, SQL["member_questions"], group_facts.member_questions),
    "my_information": Fact(
        FactShape(
            {"member": Text(MAX_MEMBER_LENGTH), "group": Number(999), "amounts": YES_NO, "messages": YES_NO},
            needs=BEHIND_PIN,
        ),
        SQL["my_information"],
        _my_information,
    ),
}
FACT_SHAPES: Mapping[str, FactShape] = {name: fact.shape for name, fact in FACTS.items()}
