"""The import contracts hold, each of them catches a wrong import, and every module has its layer."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
# for each contract a module that must not import, and what it must not
FORBIDDEN = {
    "Import only from a lower layer": ("sms_app/engine/shapes.py", "sms_app.models"),
    "Import in one direction among the modules of a package": (
        "sms_app/models/base.py",
        "sms_app.models.people",
    ),
    "Run flows in conversation only, and keep the engine pure": (
        "sms_app/programme/savings.py",
        "sms_app.engine",
    ),
    "Open and seal personal data only where it is needed": ("sms_app/engine/shapes.py", "sms_app.vault"),
    "Let no dialogue send a message": ("sms_app/conversation/costs.py", "sms_app.messaging"),
    "Keep a provider's words and calls in its own module": (
        "sms_app/messaging/sending.py",
        "sms_app.channel.africastalking.gateway",
    ),
    "Keep requests for support behind the wall": ("sms_app/web/figures.py", "sms_app.private"),
    "Keep the trial's records out of every dialogue": ("sms_app/web/figures.py", "sms_app.trial"),
    "Keep the simulator out of production": ("worker/clock.py", "sms_app.simulator.provider"),
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
    """What the linter says of a copy of the code with one wrong import for each contract."""
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
def test_each_contract_notices_a_wrong_import(broken, name):
    path, imported = FORBIDDEN[name]
    importer = path.removesuffix(".py").replace("/", ".")
    assert broken.returncode == 1
    assert f"{name} BROKEN" in broken.stdout
    if "one direction" not in name:
        assert f"{importer} -> {imported}" in broken.stdout


def modules():
    """Every module of ours by its dotted name; a package only if there is something in it."""
    found = set()
    for package in ("sms_app", "worker"):
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] != "__init__" or path.read_text().strip():
                found.add(".".join(parts).removesuffix(".__init__"))
    return found


def test_every_module_has_its_layer():
    (contract,) = (found for found in CONTRACTS if found["type"] == "layers")
    placed = {name for layer in contract["layers"] for name in layer.split(" | ")}
    top = {".".join(module.split(".")[:2]) for module in modules() if module.startswith("sms_app.")}
    assert placed == {*top, "worker"}


def test_the_engine_names_nothing_of_ours_but_what_is_as_pure():
    """Pure: no clock, no randomness, no framework, no database."""
    allowed = {
        f"sms_app.{name}" for name in ("engine", "member_number", "paths", "texts", "banned", "yaml_lines")
    }
    for path in (ROOT / "sms_app" / "engine").rglob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                top = words[1].split(".")[0]
                assert top not in {"flask", "sqlalchemy", "redis", "psycopg", "random", "secrets", "time"}, (
                    path
                )
                assert top != "sms_app" or ".".join(words[1].split(".")[:2]) in allowed, path
