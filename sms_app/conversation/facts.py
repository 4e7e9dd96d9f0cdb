"""Every fact that a flow may name: what it looks like, the SQL that finds it, and how its row is read.

The facts that a screen needs are subqueries of one SELECT, so a screen costs one statement whatever it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from psycopg.rows import dict_row

from sms_app.conversation.context import Context, DialogueValues
from sms_app.engine.answers import MAX_MEMBER_LENGTH
from sms_app.engine.shapes import Day, FactShape, Moment, Money, Number, Shape, Text, Word
from sms_app.models.people import MAX_PLACE_LENGTH
from sms_app.programme import disputes, people, pins, sectors
from sms_app.programme.savings import COUNTED, OPEN_CYCLE
from sms_app.programme.training import NEXT

MAX_AMOUNT = 99_999_999
MAX_SHARES = 9_999
MAX_TRIES = 99
NONE: Mapping[str, Any] = {"is": "none"}


@dataclass(frozen=True)
class Fact:
    """`sql` is one scalar subquery giving JSON (null when there is nothing); without it the fact needs no database."""

    shape: FactShape
    sql: str
    read: Callable[[Any, Context, DialogueValues], Mapping[str, Any]]


MEMBER = f"({people.FIND_ON_PHONE})"


def load(
    context: Context, dialogue: DialogueValues, names: Iterable[str], change: str = "", **values: object
) -> dict[str, Mapping[str, Any]]:
    """Load facts of the known person by name, all in one statement; a `change`, a call of a function with its own
    values, goes along, and the facts are those from before it."""
    names = tuple(names)
    select = _select(names, by_member=False)
    if change:
        select = f"{select}, {change}" if select else f"select {change}"
    row = _row(context, dialogue, select, values)
    return {name: FACTS[name].read(row.get(name), context, dialogue) for name in names}


def load_with_member(
    context: Context, dialogue: DialogueValues, names: tuple[str, ...]
) -> tuple[str | None, dict[str, Mapping[str, Any]]]:
    """Who of the people reached on this phone has the member number that was typed, and that person's facts, in one
    statement."""
    row = _row(context, dialogue, _select(names, by_member=True))
    return row["person"], {name: FACTS[name].read(row.get(name), context, dialogue) for name in names}


def _row(
    context: Context, dialogue: DialogueValues, select: str, more: Mapping[str, object] | None = None
) -> Mapping[str, Any]:
    values = {
        **(more or {}),
        "person": dialogue.person,
        "phone": dialogue.phone,
        "member": dialogue.get("member"),
        "now": context.now,
        "today": context.today,
        "programme": context.programme_id,
    }
    if not select:
        return {}
    if "%(guards)s" in select:
        values["guards"] = pins.guards(context.vault, context.programme_id, str(dialogue.get("member")))
    found = context.raw.cursor(row_factory=dict_row).execute(select, values).fetchone()
    return found or {}


@lru_cache(maxsize=256)
def _select(names: tuple[str, ...], by_member: bool) -> str:
    """One SELECT with a subquery a fact; by member number, the person is a subquery too."""
    parts = [f"({FACTS[name].sql}) as {name}" for name in names if FACTS[name].sql]
    if by_member:
        parts = [f"({MEMBER})::text as person", *(part.replace("%(person)s", MEMBER) for part in parts)]
    return "select " + ", ".join(parts) if parts else ""


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
    """A row to say above her savings when her PIN was changed lately, else none."""
    return {"rows": [{"changed_on": date.fromisoformat(row)}] if row else []}


def _pin_tries(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """A row to say when wrong PINs were typed for her today or the day before, else none."""
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


def _sectors(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """The programme's sectors, the same for everyone who dials it."""
    return {"rows": [{"id": name, "sector": name} for name in context.settings.sectors]}


def _of_sector(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    """What the chosen sector has: its health centre, and where and when the adviser meets people there."""
    sector = context.settings.sectors[str(dialogue.get("sector"))]
    first, second = sector.adviser.next_meetings(context.settings.calendar, context.today)
    return {
        "health_centre": sector.health_centre,
        "adviser_place": sector.adviser.place,
        "adviser_1": first,
        "adviser_2": second,
    }


def _answers(row: Any, context: Context, dialogue: DialogueValues) -> Mapping[str, Any]:
    rows = [
        {
            "raised_on": date.fromisoformat(r["raised_on"]),
            "about": f"dispute.{r['about']}",
            "answer": f"dispute.{r['answer']}",
        }
        for r in row or ()
    ]
    return {"is": "some" if rows else "none", "rows": rows}


def _answers_on(*about: str) -> Fact:
    """Staff's latest answer on each of these subjects of disputes, for two weeks."""
    fields: Mapping[str, Shape] = {
        "raised_on": Day(),
        "about": Word(tuple(f"dispute.{one}" for one in about)),
        "answer": Word(tuple(f"dispute.{one}" for one in disputes.ANSWERS)),
    }
    rows = disputes.READABLE.format(about=", ".join(f"'{one}'" for one in about))
    return Fact(
        FactShape(fields, ("some", "none"), many=True, rows=len(about), needs=BEHIND_PIN),
        f"select json_agg(x order by x.closed_on, x.about) from ({rows}) x",  # noqa: S608
        _answers,
    )


YES_NO = Word(("common.yes", "common.no"))
HERS = ("person",)
BEHIND_PIN = ("person", "proved")
FACTS: Mapping[str, Fact] = {
    "caller": Fact(
        FactShape(
            values=("one", "several", "none"),
            tells={"one": {"person": Text(36), "member": Text(MAX_MEMBER_LENGTH)}},
        ),
        "",
        lambda row, context, dialogue: NONE,
    ),
    "sectors": Fact(FactShape({"sector": Text(sectors.MAX_NAME)}, many=True), "", _sectors),
    "of_sector": Fact(
        FactShape(
            {
                "health_centre": Text(MAX_PLACE_LENGTH),
                "adviser_place": Text(MAX_PLACE_LENGTH),
                "adviser_1": Moment(),
                "adviser_2": Moment(),
            },
            needs=("sector",),
        ),
        "",
        _of_sector,
    ),
    "next_session": Fact(
        FactShape({"starts": Moment(), "place": Text(MAX_PLACE_LENGTH)}, ("found", "none"), needs=HERS),
        f"select json_build_object('starts', s.starts_at, 'place', s.place) {NEXT}",
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
        """select json_agg(x order by x.starts) from (select s.starts_at as starts, a.status from participant p
        join training_session s on s.group_id = p.group_id left join attendance a on a.training_session_id = s.id
        and a.participant_id = p.id where p.id = %(person)s and s.cancelled_at is null and s.starts_at <= %(now)s
        order by s.starts_at desc limit 4) x""",
        _attendance,
    ),
    "savings_mode": Fact(
        FactShape({"price": Money(99_999), "most": Number(99)}, ("shares", "free", "none"), needs=HERS),
        f"select json_build_object('mode', c.mode, 'price', c.share_value, 'most', c.most_shares) {OPEN_CYCLE} limit 1",
        _savings_mode,
    ),
    "balance": Fact(
        FactShape(
            {"amount": Money(MAX_AMOUNT), "shares": Number(MAX_SHARES), "counted_on": Day()},
            ("shares", "free", "none"),
            needs=BEHIND_PIN,
        ),
        f"""select json_build_object('mode', c.mode, 'amount', sum(e.amount), 'shares', sum(e.shares),
        'counted_on', max(m.held_on)) {COUNTED} group by c.mode""",
        _balance,
    ),
    "pin_state": Fact(
        FactShape(values=("set", "none"), needs=HERS),
        "select to_json(true) from participant p where p.id = %(person)s and p.pin is not null",
        _named("set", "none"),
    ),
    "pin_changed": Fact(
        FactShape({"changed_on": Day()}, many=True, rows=1, needs=BEHIND_PIN),
        """select to_json(p.pin_changed_on) from participant p
        where p.id = %(person)s and p.pin_changed_on > %(today)s - 14""",
        _pin_changed,
    ),
    "pin_tries": Fact(
        FactShape({"tries": Number(MAX_TRIES)}, many=True, rows=1, needs=(*BEHIND_PIN, "member")),
        pins.COUNT_STANDING,
        _pin_tries,
    ),
    "amounts_by_phone": Fact(
        FactShape(values=("yes", "no"), needs=BEHIND_PIN),
        "select to_json(true) from participant p where p.id = %(person)s and p.amounts_by_phone",
        _named("yes", "no"),
    ),
    "bookmark": Fact(
        FactShape(values=("yes", "no"), needs=BEHIND_PIN),
        """select to_json(true) from participant p where p.id = %(person)s and p.bookmark is not null
        and p.bookmark_on >= %(today)s - 1""",
        _named("yes", "no"),
    ),
    "answers_on_savings": _answers_on("shares", "loan", "fine"),
    "answers_on_attendance": _answers_on("attendance"),
    "my_information": Fact(
        FactShape(
            {"member": Text(MAX_MEMBER_LENGTH), "group": Number(999), "amounts": YES_NO, "messages": YES_NO},
            needs=BEHIND_PIN,
        ),
        """select json_build_object('member', p.member_number, 'group', g.number, 'amounts', p.amounts_by_phone,
        'messages', not exists (select 1 from participant_phone l join phone_number n on n.id = l.phone_number_id
        where l.participant_id = p.id and l.to_on is null and n.stopped_on is not null))
        from participant p left join training_group g on g.id = p.group_id where p.id = %(person)s""",
        _my_information,
    ),
}
FACT_SHAPES: Mapping[str, FactShape] = {name: fact.shape for name, fact in FACTS.items()}
