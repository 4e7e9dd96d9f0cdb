"""A small programme on disk for the checker's tests: flow files, catalogues, and declared facts and actions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sms_app.engine.checker.check import Subject
from sms_app.engine.shapes import ActionShape, Day, FactShape, Moment, Money, Number, Text, TextShape
from sms_app.yaml_lines import parse

BROKEN = Path(__file__).parent.parent / "broken_flows"
FACTS = {
    "caller": FactShape(values=("one", "none"), tells={"one": {"person": Text(36)}}),
    "balance": FactShape({"amount": Money(99_999), "counted_on": Day()}, needs=("person",)),
    "visits": FactShape({"day": Day()}, many=True, rows=3),
    "next": FactShape({"starts": Moment(), "place": Text(30)}, ("found", "none")),
    "shares": FactShape({"most": Number(5)}),
}
ACTIONS = {
    "find": ActionShape(("found", "unknown"), ("member",), {"person": Text(36)}),
    "save": ActionShape(("saved", "full")),
    "look": ActionShape(("seen",), reads_only=True),
}
SPEAK = {"speak": ActionShape(("done",), ("tongue",), language="tongue")}
MESSAGES = {
    "met": TextShape({"start": Moment(), "place": Text(30)}),
    "dial": TextShape({"code": Text(9)}),
    "seldom": TextShape({"code": Text(9)}, needed=False),
}
CONSTANTS = {"line": "0788 000 000"}
BASE = {
    "common.wrong": "Wrong.",
    "common.more": "More",
    "common.sorry": "Sorry.",
    "common.thanks": "Thanks.",
    "zero.back": "0. Back",
    "zero.exit": "0. Exit",
}
HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'


def programme(folder: Path, case: Mapping[str, Any]) -> Subject:
    """Write a case's flows and sentences under a folder, and say what to check.

    `flows` has a text by file, `sentences` a text by key for both languages, `en` and `rw` whole catalogues; with
    `messages` the texts by SMS are checked too, with `speaks` there is an action that needs a language."""
    flows = folder / "tiny"
    flows.mkdir()
    for name, text in case["flows"].items():
        (flows / f"{name}.yaml").write_text(text, encoding="utf-8")
    for language in ("rw", "en"):
        sentences = BASE | {key: str(text) for key, text in case.get("sentences", {}).items()}
        catalogue = folder / "locales" / language / "LC_MESSAGES" / "tiny.po"
        catalogue.parent.mkdir(parents=True)
        written = HEADER + "".join(
            f'# same: words of the tests\n# draft\nmsgid "{k}"\nmsgstr "{_quoted(v)}"\n'
            for k, v in sentences.items()
        )
        catalogue.write_text(case.get(language, "") + written, encoding="utf-8")
    return Subject(
        flows,
        folder / "locales",
        "tiny",
        ("rw", "en"),
        "Africa/Kigali",
        0,
        ("g-bv",),
        CONSTANTS,
        FACTS,
        ACTIONS | (SPEAK if case.get("speaks") else {}),
        MESSAGES if case.get("messages") else {},
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def read_case(path: Path) -> dict[str, Any]:
    """One file of tests/broken_flows."""
    case: dict[str, Any] = parse(path.read_text(encoding="utf-8"))
    return case
