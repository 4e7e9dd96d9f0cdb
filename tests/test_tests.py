"""How the tests are built: what several of them need is in `tests/world/`, and no test module imports another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TESTS = ROOT / "tests"
WORLD = TESTS / "world"
MODULES = sorted(path.relative_to(ROOT).as_posix() for path in TESTS.rglob("*.py"))
COMMANDS = {"tests/mutants.py"}
"""What `make` runs, and no test imports."""


def imports(source: str) -> Iterator[str]:
    """Every module that a source imports, by its dotted name; `from a import b` may mean `a.b`, so it gives both."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def is_of_a_test(module: str) -> bool:
    """Whether a module of the tests is not one of `tests.world`: a test, a conftest, or relative to its importer."""
    return module.startswith(("tests.", "conftest", ".")) and not f"{module}.".startswith("tests.world.")


def test_a_module_imports_no_other_tests_but_the_test_world() -> None:
    imported = {
        path: [name for name in imports((ROOT / path).read_text()) if is_of_a_test(name)] for path in MODULES
    }
    assert {path: names for path, names in imported.items() if names} == {}


@pytest.mark.parametrize(
    "line",
    [
        "from tests.test_models import APPEND_ONLY",
        "from tests import test_models",
        "from tests.messaging import test_sending",
        "import tests.conftest",
        "from tests.conftest import KEYS",
        "def fixture():\n    from tests.web.test_health import figures",
        "from .conftest import app",
        "from . import test_hop",
        "from conftest import app",
    ],
)
def test_an_import_of_a_test_or_a_conftest_is_noticed(line: str) -> None:
    assert [name for name in imports(line) if is_of_a_test(name)]


def test_helpers_are_in_the_test_world_only() -> None:
    outside = {path for path in MODULES if not (ROOT / path).is_relative_to(WORLD)}
    tests = {path for path in outside if Path(path).name.startswith("test_")}
    fixtures = {path for path in outside if Path(path).name in {"conftest.py", "__init__.py"}}
    assert outside - tests - fixtures == COMMANDS
    assert not [
        path for path in fixtures if path.endswith("__init__.py") and (ROOT / path).read_text().strip()
    ]


def test_the_test_world_holds_no_test() -> None:
    assert not [path for path in MODULES if path.startswith("tests/world/test_")]
