"""The glossary of docs/architecture.md names what is in the code, and the names that it replaced are gone."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("sms_app", "worker")
SECTION = re.compile(r"^## Glossary\n(.*?)^## ", re.MULTILINE | re.DOTALL)
REPLACED = {
    "Room",
    "Speaker",
    "speaker",
    "Sayer",
    "SAYERS",
    "Say",
    "Drop",
    "Told",
    "Pick",
    "Tell",
    "Turn",
    "_turn",
    "Known",
    "Outcome",
    "Line",
    "LET_GO",
    "first_hour",
    "speak",
    "beat",
    "fitness",
    "golive",
    "refusals_of",
    "SPEAK",
    "_pick",
}
"""Names that the glossary replaced by others."""
VAGUE = {"found", "one", "_found", "_one"}
"""Names that do not say what they name."""
# `sql.one` is to `sql.rows` what SQLAlchemy's `one` is to its `all`
VAGUE_ALLOWED = {("sms_app/sql.py", "one")}
SUFFIX = re.compile(r"[A-Z_]+_(MOST|LONGEST)(_[A-Z]+)?|(MOST|LONGEST)_[A-Z_]+")


def rows() -> list[tuple[str, str, str]]:
    """Each row of the glossary: term, meaning, where it is."""
    found = SECTION.search((ROOT / "docs" / "architecture.md").read_text())
    assert found
    cells = [line.strip("|").split(" | ") for line in found[1].splitlines() if line.startswith("| ")]
    return [(term.strip(), what, where) for term, what, where in cells[2:]]


@cache
def nodes(path: Path) -> list[ast.AST]:
    """A module's syntax tree, node by node."""
    return list(ast.walk(ast.parse(path.read_text())))


@cache
def names(path: Path) -> frozenset[str]:
    """Every name that a module defines, assigns, takes or imports."""
    defined: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            defined.add(node.name)
        elif isinstance(node, ast.Name):
            defined.add(node.id)
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
    return frozenset(defined)


def assigned_names(path: Path) -> frozenset[str]:
    """Every name of a function, class, parameter, variable or attribute that a module defines."""
    attributes = {
        node.attr
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
    }
    return names(path) | attributes


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


@pytest.mark.parametrize(("term", "where"), [(term, where) for term, _, where in rows()])
def test_what_the_glossary_names_is_in_the_code(term: str, where: str) -> None:
    places = re.findall(r"`([^`]+)`", where)
    assert places, term
    for place in places:
        file, _, name = place.partition(":")
        assert (ROOT / file).exists(), f"{term}: {file}"
        assert not name or name in names(ROOT / file), f"{term}: {place}"


def test_the_glossary_is_no_longer_than_a_page() -> None:
    assert 15 <= len(rows()) <= 45


def test_no_module_has_a_name_that_was_replaced() -> None:
    left = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in modules()
        for name in names(path)
        if name in REPLACED or SUFFIX.fullmatch(name)
    }
    assert left == set()


def test_a_name_says_what_it_names() -> None:
    vague = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in modules()
        for name in assigned_names(path) & VAGUE
    }
    assert vague == VAGUE_ALLOWED


def test_vague_names_are_seen_wherever_they_are_given(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "class A:\n    one: int\n    def f(self, _one):\n        self.found = [_found for _found in ()]\n"
    )
    assert assigned_names(module) & VAGUE == VAGUE


def test_nothing_is_left_out_of_the_formatting() -> None:
    mark = "# fmt: " + "skip"
    files = [*modules(), *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
    assert [path.relative_to(ROOT).as_posix() for path in files if mark in path.read_text()] == []


def test_no_file_is_longer_than_350_lines() -> None:
    long = {path.relative_to(ROOT).as_posix() for path in modules() if path.read_text().count("\n") > 350}
    assert long == set()


def test_no_function_is_longer_than_50_lines() -> None:
    """A command's options are not counted: each is a line of its declaration."""
    long = {
        f"{path.relative_to(ROOT).as_posix()}: {function.name}"
        for path in modules()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        and (function.end_lineno or 0) - function.body[0].lineno + 1 > 50
    }
    assert long == set()
