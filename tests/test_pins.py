"""What production installs is what was tested: every runtime dependency, at its version in constraints.txt, by hash."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
CONSTRAINTS, HASHED = ROOT / "constraints.txt", ROOT / "requirements-production.txt"
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)


def pins(path: Path) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(path.read_text())}


def needed(requirements: list[str]) -> set[str]:
    """The names of these requirements and of all that they need, on this machine."""
    found: set[str] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (key := f"{name}[{wanted}]") not in found:
                found.add(key)
                try:
                    waiting += [(Requirement(text), wanted) for text in requires(name) or []]
                except PackageNotFoundError:
                    # what only building needs
                    continue
    return {key.partition("[")[0] for key in found}


def test_every_runtime_dependency_is_pinned_as_it_was_tested_and_nothing_else_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tested, hashed = pins(CONSTRAINTS), pins(HASHED)
    assert hashed == {name: tested.get(name) for name in hashed}
    assert set(hashed) == needed(project["project"]["dependencies"] + project["build-system"]["requires"])


def test_every_version_has_its_hashes() -> None:
    text = re.sub(r"^(#.*)?\n", "", HASHED.read_text(), flags=re.MULTILINE)
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(HASHED))
    line = r"    --hash=sha256:[0-9a-f]{64}"
    for block in blocks:
        assert re.fullmatch(rf"[A-Za-z0-9_.-]+==\S+ \\\n({line} \\\n)*{line}\n", block), block.partition(
            "\n"
        )[0]
    # wheels for other machines than this one, too
    (granian,) = [block for block in blocks if block.startswith("granian==")]
    assert granian.count("--hash") > 20


def test_requirements_name_no_package_index() -> None:
    assert not re.search(
        r"https?:|index-url|find-links|trusted-host", HASHED.read_text() + CONSTRAINTS.read_text()
    )
