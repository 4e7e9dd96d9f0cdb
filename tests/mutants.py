"""Small faults, one at a time, in the modules that hold a dialogue, a PIN and a key: does a test notice each?

`make mutants` runs it; ARGS="pins vault" picks modules. Each mutant is a copy of the sources with one change, against
the module's own tests, in a process forked from this one, on servers that stay up. What lives is printed; what can
make no difference is listed in mutants_equivalent.txt, with the reason. The tools at hand change Python only, and a
good part of these modules is SQL: so this one changes both."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("sms_app", "worker", "tests")
COPIED = (*OURS, "flows", "locales", "pyproject.toml")
EQUIVALENT = Path(__file__).with_name("mutants_equivalent.txt")
SLOWEST_S = 600
CLOCK = "tests/test_clock.py::test_"
STARS = (
    "two_absent_of_25_in_five_inputs",
    "nothing_is_lost_on_a_dropped_line",
    "a_hop_that_was_lost_is_read_with_the_next_one",
)
FILLERS = (
    "a_hop_in_help_runs_the_statements_of_any_other_and_the_yes_those_of_a_filler",
    "fillers_are_some_fifty_a_day_of_the_hops_that_store_nothing_else",
    "without_help_there_are_no_fillers",
    "a_filler_that_cannot_be_stored_fails_no_hop",
    "a_hop_is_taken_without_its_filler_once",
)
DROPPED = (
    "a_dropped_line_goes_on_inside_the_item",
    "an_amount_is_asked_again_after_a_dropped_line_and_never_shown",
    "a_place_of_a_woman_who_left_is_gone",
    "several_things_for_several_women_in_one_dialogue",
)
SEALING = (
    "sealing",
    "recipients",
    "support_request",
    "wrapping",
    "recovery",
    "outcome_code",
    "roster",
)
MODULES = {
    "position": (["sms_app/conversation/position.py"], ["tests/conversation/test_position.py"]),
    "pins": (
        ["sms_app/programme/pins.py", "sms_app/programme/pins.sql"],
        [
            "tests/programme/test_pins.py",
            f"{CLOCK}wrong_tries_are_forgotten_when_the_day_after_them_is_over",
            f"{CLOCK}the_sweep_does_not_wait_for_a_try",
            f"{CLOCK}the_day_that_ends_is_the_local_one",
        ],
    ),
    "vault": (["sms_app/vault.py"], ["tests/test_vault.py"]),
    "hop": (
        [
            "sms_app/conversation/hop.py",
            "sms_app/conversation/deferred_transaction.py",
            "sms_app/conversation/bookmark.py",
        ],
        [
            "tests/conversation/test_hop.py",
            "tests/conversation/test_bookmark.py",
            "tests/conversation/test_dialled.py",
            "tests/conversation/test_ten_minutes.py::test_the_row_tells_a_full_minute_and_no_finer_time",
            "tests/conversation/test_deferred_transaction.py",
            *(f"tests/conversation/test_roll.py::test_{name}" for name in STARS),
            "tests/conversation/test_coach_groups.py::TestAfterADrop",
            *(f"tests/conversation/test_for_her.py::test_{name}" for name in DROPPED),
            "tests/conversation/test_coach_meeting.py::"
            "test_a_dropped_line_goes_on_at_the_meeting_and_shows_no_total",
            *(f"tests/conversation/test_support.py::test_{name}" for name in FILLERS),
            "tests/conversation/test_second_programme.py::test_the_first_language_is_the_programmes_own",
            "tests/private/test_wall_canary.py::"
            "test_an_ordinary_hop_is_answered_without_a_filler_that_fails_and_noted_like_a_failed_request",
        ],
    ),
    "sealing": (
        [f"sms_app/private/{name}.py" for name in SEALING],
        [f"tests/private/test_{name}.py" for name in ("hpke", *SEALING) if name != "support_request"],
    ),
    "help": (
        ["sms_app/conversation/help.py", "sms_app/conversation/support_board.py"],
        ["tests/conversation/test_support.py"],
    ),
}

COMPARED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
COUNTED = {ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.Mod: "//", ast.BitOr: "&"}
SQL = [
    (r"\band\b", "or"),
    (r"\bor\b", "and"),
    (r"<=", "<"),
    (r">=", ">"),
    (r"(?<![<>])<(?![=>])", "<="),
    (r"(?<![<])>(?![=])", ">="),
    (r"(?<![<>])=", "<>"),
    (r"<>", "="),
    (r"\bnot exists\b", "exists"),
    (r"\bis null\b", "is not null"),
    (r"\bis not null\b", "is null"),
    (r"\bdesc\b", "asc"),
    (r"\bleast\b", "greatest"),
    (r"\bgreatest\b", "least"),
    (r"(?<=[ (])\+(?= )", "-"),
    (r"(?<=[ )])-(?= )", "+"),
    (r"\btrue\b", "false"),
    (r"\bfalse\b", "true"),
    (r"\bnot (?=o\.)", ""),
    (r"(?<![\w.%{])\d+(?![\w}])", "+1"),
]
"""What is changed in a statement: a pattern, and what stands there instead (`+1`: the number, and one more)."""


@dataclass(frozen=True)
class Mutant:
    """One change of a source: where (character offsets), and what stands there instead."""

    start: int
    end: int
    instead: str

    def of(self, source: str) -> str:
        return source[: self.start] + self.instead + source[self.end :]

    def name(self, source: str) -> str:
        """The lines that it changes, before and after, in one line that outlives changes elsewhere in the file."""
        first, last = source.rfind("\n", 0, self.start) + 1, source.find("\n", self.end)
        before, after = (
            source[first:last],
            source[first : self.start] + self.instead + source[self.end : last],
        )
        return f"{' '.join(before.split())}  ->  {' '.join(after.split())}"


class Finder(ast.NodeVisitor):
    """Every mutant of a source, in its order."""

    def __init__(self, source: str) -> None:
        self.source, self.found = source, list[Mutant]()
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = source.splitlines(keepends=True)
        self.visit(ast.parse(source))

    def _at(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _replace(self, node: ast.expr | ast.stmt, instead: str) -> None:
        self.found.append(Mutant(*self._span(node), instead))

    def _between(self, left: ast.expr, right: ast.expr, instead: str) -> None:
        """Change the operator between two expressions."""
        start, end = self._span(left)[1], self._span(right)[0]
        gap = self.source[start:end]
        operator = re.search(r"not in|is not|[<>!=]=|[-+*%|<>]|//|\b(?:in|is|and|or)\b", gap)
        assert operator, gap
        self.found.append(Mutant(start + operator.start(), start + operator.end(), instead))

    def _negate(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Compare | ast.BoolOp) or len(ast.dump(node)) > 400:
            self._replace(node, f"(not ({ast.unparse(node)}))")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Its body, and neither its annotations nor its docstring."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        for statement in node.body:
            self.visit(statement)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._replace(node, "pass")
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._replace(node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        self._replace(node, "pass")

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            if not (isinstance(node.value, ast.Constant) and node.value.value is None):
                self._replace(node, "return None")
            self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not | ast.USub):
            self._replace(node, ast.unparse(node.operand))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, operator, right in zip(
            [node.left, *node.comparators], node.ops, node.comparators, strict=False
        ):
            self._between(left, right, COMPARED[type(operator)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for left, right in zip(node.values, node.values[1:], strict=False):
            self._between(left, right, "or" if isinstance(node.op, ast.And) else "and")
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in COUNTED:
            self._between(node.left, node.right, COUNTED[type(node.op)])
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self._replace(node, "pass")
        self.visit(node.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._replace(node, str(not node.value))
        elif isinstance(node.value, int):
            self._replace(node, str(node.value + 1))

    def visit_Assign(self, node: ast.Assign) -> None:
        (target,) = node.targets
        text = ast.get_source_segment(self.source, node.value) or ""
        if isinstance(target, ast.Name) and target.id.isupper() and re.match(r'f?"', text):
            self._sql(*self._span(node.value))
        else:
            self.generic_visit(node)

    def _sql(self, start: int, end: int) -> None:
        self.found.extend(in_sql(self.source, start, end))


def in_sql(source: str, start: int, end: int) -> Iterator[Mutant]:
    """Every mutant of the SQL between two offsets."""
    for pattern, instead in SQL:
        for hit in re.finditer(pattern, source[start:end]):
            new = str(int(hit[0]) + 1) if instead == "+1" else instead
            yield Mutant(start + hit.start(), start + hit.end(), new)


def mutants(path: str, source: str) -> list[Mutant]:
    """Every mutant of a file: of Python with SQL in it, or of named statements, their comments left out."""
    if path.endswith(".py"):
        return Finder(source).found
    parts = re.finditer(r"^(?:(?!--).)+", source, re.MULTILINE)
    return [mutant for part in parts for mutant in in_sql(source, part.start(), part.end())]


def equivalents() -> dict[str, str]:
    """The reason of each mutant that can make no difference, by module and name; a reason stands above its mutants."""
    found, reason = {}, ""
    for line in EQUIVALENT.read_text().splitlines():
        if line.startswith("#"):
            reason = line.removeprefix("#").strip()
        elif line:
            found[line] = reason
    return found


def notices(tests: list[str], place: Path) -> bool:
    """Whether a test fails on the sources in `place`, or none ends in time."""
    child = os.fork()
    if not child:
        os.setsid()
        os.chdir(place)
        quiet = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(quiet, stream)
        sys.path.insert(0, str(place))
        sys.dont_write_bytecode = True
        options = [
            "-x",
            "-n",
            "0",
            "-p",
            "no:cacheprovider",
            "--tb=no",
            "-W",
            "ignore:Module already imported",
        ]
        os._exit(pytest.main([*options, *tests]))
    until = time.monotonic() + SLOWEST_S
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def run(module: str, place: Path, known: dict[str, str]) -> Iterator[tuple[str, bool]]:
    """Each mutant of a module that is not known to be equivalent, and whether a test noticed it."""
    paths, tests = MODULES[module]
    assert not notices(tests, place), f"the tests of {module} fail as it is"
    for path in paths:
        source = (ROOT / path).read_text()
        for mutant in mutants(path, source):
            name = f"{module}: {mutant.name(source)}"
            if name in known:
                continue
            changed = mutant.of(source)
            with suppress(SyntaxError):
                if path.endswith(".py"):
                    compile(changed, path, "exec")
                (place / path).write_text(changed)
                yield name, notices(tests, place)
        (place / path).write_text(source)


def main(modules: list[str]) -> int:
    """Print what lived and the score of each module; 1 when something lived."""
    from tests.world.databases import KEPT, servers, use_memory

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    known, lived = equivalents(), 0
    use_memory()
    with servers() as urls, tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        os.environ[KEPT] = json.dumps(urls)
        # a forked test imports the changed sources, not what was imported here
        for name in [name for name in sys.modules if name.split(".")[0] in OURS and name != __name__]:
            del sys.modules[name]
        place = Path(folder)
        for copied in COPIED:
            if (ROOT / copied).is_dir():
                shutil.copytree(ROOT / copied, place / copied, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / copied, place / copied)
        for module in modules or MODULES:
            noticed, left = 0, 0
            for name, was_noticed in run(module, place, known):
                noticed, left = noticed + was_noticed, left + (not was_noticed)
                print(f"{'noticed' if was_noticed else 'LIVED  '} {name}", flush=True)
            print(f"{module}: {noticed} of {noticed + left} noticed", flush=True)
            lived += left
    return int(lived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
