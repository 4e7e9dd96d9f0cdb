"""The arrows of docs/architecture.md: import-linter's contracts hold, bite, and forget no room."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PROTECTED = {
    room for found in CONTRACTS if found["type"] == "protected" for room in found["protected_modules"]
}

# the parts of the engine: who adds one thinks of what may name it
ENGINE = {
    "answers", "blocks", "checker", "compiler", "flow", "graph", "known", "reach", "runner", "shapes", "state",
    "steps", "yaml_file",
}  # fmt: skip

# for each contract a room that must not import, and what it must not
FORBIDDEN = {
    "the arrows point down": ("sms_app/engine/shapes.py", "sms_app.models"),
    "no circles": ("sms_app/models/base.py", "sms_app.models.people"),
    "web": ("sms_app/conversation/costs.py", "sms_app.web"),
    "conversation": ("worker/clock.py", "sms_app.conversation"),
    "programme": ("sms_app/engine/shapes.py", "sms_app.programme"),
    "messaging": ("sms_app/conversation/costs.py", "sms_app.messaging"),
    "models": ("sms_app/engine/shapes.py", "sms_app.models"),
    "vault": ("sms_app/engine/shapes.py", "sms_app.vault"),
    "engine": ("sms_app/programme/savings.py", "sms_app.engine"),
    "channel.inbound": ("sms_app/programme/savings.py", "sms_app.channel.inbound"),
    "channel.demo_numbers": ("sms_app/conversation/costs.py", "sms_app.channel.demo_numbers"),
    "channel.outcome": ("sms_app/conversation/costs.py", "sms_app.channel.outcome"),
    "channel.africastalking": ("sms_app/messaging/sending.py", "sms_app.channel.africastalking.gateway"),
    "channel.rate": ("sms_app/conversation/costs.py", "sms_app.channel.rate"),
    "the simulator is never in production": ("worker/clock.py", "sms_app.simulator.provider"),
    "texts": ("sms_app/engine/runner.py", "sms_app.texts"),
    "member_number": ("sms_app/programme/savings.py", "sms_app.member_number"),
    "banned": ("sms_app/engine/runner.py", "sms_app.banned"),
    "paths": ("worker/clock.py", "sms_app.paths"),
    "redis_users": ("worker/clock.py", "sms_app.redis_users"),
    "config": ("sms_app/programme/savings.py", "sms_app.config"),
    "clock": ("sms_app/conversation/costs.py", "sms_app.clock"),
    "migrations": ("sms_app/conversation/costs.py", "sms_app.migrations"),
    "children": ("sms_app/web/health.py", "sms_app.children"),
    "the top is the top's": ("sms_app/web/health.py", "sms_app.embedded"),
    "the command is nobody's": ("sms_app/web/health.py", "sms_app.cli"),
    "worker": ("sms_app/programme/savings.py", "worker.clock"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    env = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_contracts_hold():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """What the linter says of a copy of the house with one wrong import for each contract."""
    folder = tmp_path_factory.mktemp("house")
    for name in ("sms_app", "worker"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path, imported in FORBIDDEN.values():
        with (folder / path).open("a") as file:
            file.write(f"\nimport {imported}\n")
    return lint(folder)


def test_every_contract_has_its_wrong_import():
    assert set(FORBIDDEN) == {found["name"] for found in CONTRACTS}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_contract_bites(broken, name):
    path, imported = FORBIDDEN[name]
    importer = path.removesuffix(".py").replace("/", ".")
    assert broken.returncode == 1
    assert f"{name} BROKEN" in broken.stdout
    if name != "no circles":
        assert f"{importer} -> {imported}" in broken.stdout


def modules():
    """Every module of ours by its dotted name; a package only if there is something in it."""
    found = set()
    for room in ("sms_app", "worker"):
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] != "__init__" or path.read_text().strip():
                found.add(".".join(parts).removesuffix(".__init__"))
    return found


def uncovered(found):
    """Modules that no contract protects, by name or with the package that they are in; and parts of the pure room that
    nobody said are pure."""
    loose = set()
    for module in found:
        parts = module.split(".")
        packages = {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
        pure = packages & {f"sms_app.engine.{part}" for part in ENGINE}
        if not packages & PROTECTED or (module.startswith("sms_app.engine.") and not pure):
            loose.add(module)
    return loose


def test_every_module_is_protected():
    assert uncovered(modules()) == set()


@pytest.mark.parametrize(
    "module",
    ["sms_app.channel.sideway", "sms_app.private.door", "sms_app.private", "sms_app.door", "sms_app.engine.door",
     "sms_app.engine.door.key", "sms_app.channel"],
)  # fmt: skip
def test_a_new_module_is_not_protected_by_its_neighbours(module):
    assert uncovered({module}) == {module}


def test_every_room_has_its_place_among_the_arrows():
    (arrows,) = (found for found in CONTRACTS if found["name"] == "the arrows point down")
    placed = {name for layer in arrows["layers"] for name in layer.split(" | ")}
    rooms = {".".join(module.split(".")[:2]) for module in modules() if module.startswith("sms_app.")}
    assert placed == {*rooms, "worker"}


def test_the_engine_names_nothing_of_ours_but_what_is_as_pure():
    """Pure: no clock, no randomness, no framework, no database."""
    allowed = {"sms_app.engine", "sms_app.member_number", "sms_app.paths", "sms_app.texts", "sms_app.banned"}
    for path in (ROOT / "sms_app" / "engine").rglob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                top = words[1].split(".")[0]
                assert top not in {"flask", "sqlalchemy", "redis", "psycopg", "random", "secrets", "time"}, (
                    path
                )
                assert top != "sms_app" or ".".join(words[1].split(".")[:2]) in allowed, path
