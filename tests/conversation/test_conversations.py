"""Dialogues that read as dialogues: every `tests/conversations/*.yaml` is dialled and its screens are looked at.

Each step is `what is typed: a part of the screen`, with ` / ` for a new line; `dial` and `redial` begin a dialogue.
`{member}`, `{pin}`, `{code}` and `{opened}` stand for the phone's person. `then` names the rows that are new
afterwards, and no others."""

from __future__ import annotations

from typing import Any

import pytest

from sms_app.yaml_lines import parse
from tests.world.dialogue import CONVERSATIONS, World, code_of_today, opened

WATCHED = {
    "contribution": "select id::text as id, amount, shares, source, reverses is not null as reversal from contribution",
    "attendance": "select training_session_id::text || participant_id as id, status, source from attendance",
    "session_reply": "select training_session_id::text || participant_id as id, coming from session_reply",
    "dispute": "select id::text as id, about from dispute",
    "participant_phone": "select id::text as id, to_on is null as now from participant_phone",
    "number_claim": "select id::text as id from number_claim",
}


def conversations() -> list[Any]:
    found = []
    for path in sorted(CONVERSATIONS.glob("*.yaml")):
        for name, body in parse(path.read_text()).items():
            found.append(pytest.param(body, id=f"{path.stem}: {name}"))
    return found


@pytest.mark.parametrize("body", conversations())
def test_conversation(world: World, body: dict[str, Any]) -> None:
    phone = world.phone(body["phone"])
    who = world.phone(body["as"]) if "as" in body else phone
    if "language" in body:
        world.do("update participant set language = %(l)s", l=body["language"])
        world.do("update phone_number set language = %(l)s", l=body["language"])
    words = {"member": who["member"], "pin": who["pin"], "code": "", "opened": ""}
    if who["member"]:
        words["code"] = code_of_today(world, who["member"]) or "none"
        words["opened"] = opened(world, who["member"])
    before = {table: set(world.rows(query)) for table, query in WATCHED.items()}
    session, text = 0, ""
    for step in body["steps"]:
        for typed, expected in step.items():
            if typed in {"dial", "redial"}:
                session, text = session + 1, ""
            else:
                key = str(typed).format(**words)
                text = f"{text}*{key}" if text else key
            screen = world.hop(f"conversation-{session}", phone["number"], text).replace("\n", " / ")
            assert str(expected).format(**words) in screen, f"after {typed}"
    for table, query in WATCHED.items():
        new = [named(table, row) for row in set(world.rows(query)) - before[table]]
        wanted = body.get("then", {}).get(table, [])
        assert sorted(map(str, new)) == sorted(map(str, wanted)), table


def named(table: str, row: tuple[Any, ...]) -> dict[str, Any]:
    names = {
        "contribution": ("amount", "shares", "source", "reversal"),
        "attendance": ("status", "source"),
        "session_reply": ("coming",),
        "dispute": ("about",),
        "participant_phone": ("now",),
        "number_claim": (),
    }[table]
    values = dict(zip(names, row[1:], strict=True))
    return {k: v for k, v in values.items() if v is not None and not (k == "reversal" and v is False)}
