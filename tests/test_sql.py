"""SQL that one can read: named statements beside their module, nothing put together from pieces, typed rows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES = 12
"""A longer statement stands in the `.sql` file beside its module."""
SPLICED = {"sms_app/programme/rotation.py"}
"""Modules whose statements are put together, from the tables and columns of a constant of theirs."""
STATEMENT = re.compile(
    r"(?s)^\s*(?:--[^\n]*\n\s*)*(?:with\s+\w+\s+as\b|select\b|insert\s+into\b|update\s+\w+(\s+\w+)?\s+set\b|delete\s+from\b)"
)
PIECE = re.compile(
    r"(?i)\b(select|from|where|join|insert into|delete from)\s+[\w(%{]|\bas (materialized )?\(\s*select\b"
)
"""What a piece of a statement has, which is no statement by itself."""


def modules() -> list[Path]:
    return [
        path
        for package in ("sms_app", "worker")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "migrations" not in path.parts
    ]


def docstrings(tree: ast.AST) -> set[int]:
    """The ids of the strings that are no value of anything: docstrings."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def text_of(node: ast.AST) -> str:
    """The text of a string or an f-string, `{}` for what is put into it."""
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(value) for value in node.values)
    return str(node.value) if isinstance(node, ast.Constant) and isinstance(node.value, str) else "{}"


def faults(source: str) -> Iterator[str]:
    """What is wrong with a module's SQL, with the line."""
    tree = ast.parse(source)
    ignored = docstrings(tree)
    constants: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant | ast.JoinedStr):
            constants |= {
                target.id: text_of(node.value) for target in node.targets if isinstance(target, ast.Name)
            }
    for node in ast.walk(tree):
        fault = "" if id(node) in ignored else fault_of(node, constants)
        if fault:
            yield f"{node.lineno}: {fault}"


def fault_of(node: ast.AST, constants: dict[str, str]) -> str:
    """What is wrong with the SQL of one node; empty when nothing is."""
    text, seen = text_of(node), ""
    if (
        isinstance(node, ast.Constant)
        and STATEMENT.match(text)
        and len(text.strip().splitlines()) > MAX_LINES
    ):
        seen = f"a statement of {len(text.strip().splitlines())} lines"
    elif isinstance(node, ast.JoinedStr) and "{}" in text and (STATEMENT.match(text) or is_piece(text)):
        seen = "an f-string of SQL"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in {"format", "replace"} and is_sql(node.func.value, constants):
            seen = f"SQL put together by `{node.func.attr}`"
    elif isinstance(node, ast.BinOp) and any(is_sql(side, constants) for side in (node.left, node.right)):
        seen = "SQL put together by an operator"
    elif isinstance(node, ast.Subscript) and ast.unparse(node).startswith("Row["):
        seen = "a row without names and types"
    return seen


def is_sql(node: ast.AST, constants: dict[str, str]) -> bool:
    """Whether this is a statement, or a constant that is one; or one of a `.sql` file."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value).rsplit(".", 1)[-1] == "SQL":
        return True
    text = constants.get(node.id, "") if isinstance(node, ast.Name) else text_of(node)
    return bool(STATEMENT.match(text)) or is_piece(text)


def is_piece(text: str) -> bool:
    """Whether a text of several lines is a part of a statement."""
    return "\n" in text.strip() and len(PIECE.findall(text)) > 1


def test_statements_are_named_whole_and_typed() -> None:
    found = {
        name: list(faults(path.read_text()))
        for path in modules()
        if (name := path.relative_to(ROOT).as_posix()) not in SPLICED
    }
    assert {name: seen for name, seen in found.items() if seen} == {}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (
            'X = """' + "\nselect 1 from message m" + "\nwhere true" * MAX_LINES + '"""',
            "a statement of 13 lines",
        ),
        ('Y = "select 1"\nZ = Y + " from message"', "by an operator"),
        ('X = f"select {COLUMN} from message"', "an f-string"),
        ('X = f"""\nseen as (\n  select id from message where {WHAT}\n)"""', "an f-string"),
        ('X = "select {what} from message".format(what=1)', "by `format`"),
        ('X = "select 1 from message"\nY = X.replace("1", "2")', "by `replace`"),
        ('Y = SQL["plan"].replace("1", "2")', "by `replace`"),
        ('Y = outbox.SQL["plan"] + " limit 1"', "by an operator"),
        ("def f(row: Row[Any]) -> None: ...", "a row without names"),
        ("def f(row: Row[tuple[object, ...]]) -> None: ...", "a row without names"),
    ],
)
def test_a_fault_is_seen(source: str, fault: str) -> None:
    assert any(fault in seen for seen in faults(source))


def test_prose_is_no_statement() -> None:
    prose = 'def f(what: str) -> str:\n    """select from where you like"""\n    return f"Select {what} from the list."'
    assert list(faults(prose)) == []
