"""`sms-app flows`: check, show, draw and publish, on copies of the real flows."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from typer.testing import CliRunner, Result

from sms_app.cli import up
from sms_app.cli.db import store_programmes
from sms_app.cli.flows import app
from sms_app.config import Config
from sms_app.conversation.service import Conversation
from sms_app.engine.flow import FlowFaults
from sms_app.texts import compile_catalogue
from sms_app.vault import Vault

ROOT = Path(__file__).parents[2]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    for source in ROOT.glob("locales/*/LC_MESSAGES/*.?o"):
        target = tmp_path / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return tmp_path


def run(copy: Path, *words: str) -> Result:
    return CliRunner().invoke(
        app, [*words, "--flows", str(copy / "flows"), "--locales", str(copy / "locales")]
    )


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if path.suffix == ".po":
        compile_catalogue(path)


def line_of(path: Path, part: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if part in line)


def test_check_says_that_there_is_no_fault(copy: Path) -> None:
    result = run(copy, "check")
    assert result.exit_code == 0
    found = re.fullmatch(r"No fault: programmes 1, screens \d+, texts (\d+), drafts (\d+)\.\n", result.stdout)
    assert found
    written = {path.parts[-3]: path.read_text() for path in copy.glob("locales/*/LC_MESSAGES/rwanda.po")}
    assert int(found[1]) == sum(text.count('msgid "message.') for text in written.values())
    assert int(found[2]) == written["rw"].count("# draft\nmsgid")


def test_check_lists_every_fault_and_fails(copy: Path) -> None:
    help_, english = copy / "flows/rwanda/help.yaml", copy / "locales/en/LC_MESSAGES/rwanda.po"
    replace(help_, "help.meet", "help.met")
    replace(english, "Type your PIN.", "Type your “PIN”.")
    result = run(copy, "check")
    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == [
        f"{help_}:{line_of(help_, 'help.met')}",
        f"{english}:{line_of(english, 'pin.ask')}",
    ]
    assert result.stderr == "2 faults.\n"


def test_check_lists_the_faults_of_the_settings(copy: Path) -> None:
    replace(copy / "flows/rwanda/programme.yaml", "Africa/Kigali", "Africa/Kigaly")
    result = run(copy, "check")
    assert result.exit_code == 1
    assert result.stdout == f"{copy}/flows/rwanda/programme.yaml:7: there is no time zone `Africa/Kigaly`\n"
    assert result.stderr == "1 faults.\n"


def two_broken(copy: Path) -> list[str]:
    """A programme with a fault in its settings beside one with a fault in its flows; both faults' places."""
    shutil.copytree(copy / "flows/rwanda", copy / "flows/again")
    replace(copy / "flows/again/programme.yaml", "Africa/Kigali", "Africa/Kigaly")
    replace(copy / "flows/rwanda/help.yaml", "direct: false", "direct: never")
    help_ = copy / "flows/rwanda/help.yaml"
    return [f"{copy}/flows/again/programme.yaml:7", f"{help_}:{line_of(help_, 'never')}"]


def test_check_lists_the_faults_of_all_programmes_together(copy: Path) -> None:
    places = two_broken(copy)
    result = run(copy, "check")
    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stdout.splitlines()] == places


def test_whoever_starts_the_service_is_told_the_faults_of_all_programmes(copy: Path) -> None:
    places = two_broken(copy)
    settings = Config.from_env(
        {"SMS_APP_FLOWS": str(copy / "flows"), "SMS_APP_LOCALES": str(copy / "locales")}, "flows"
    )
    vault = Vault.parse(f"1:{Vault.new_key()}")
    nowhere = create_engine("postgresql+psycopg://127.0.0.1:1/none", isolation_level="AUTOCOMMIT")
    starts: list[Callable[[], object]] = [
        lambda: store_programmes(settings, "office"),
        lambda: up._prepare(settings, copy, "demo", {}),
        lambda: Conversation.build(nowhere, vault, settings.flows, settings.locales),
    ]
    for start in starts:
        with pytest.raises(FlowFaults) as refused:
            start()
        assert [f"{fault.file}:{fault.line}" for fault in refused.value.faults] == places


def test_a_fault_below_the_current_directory_is_named_from_there(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(copy / "flows/rwanda/help.yaml", "help.meet", "help.met")
    monkeypatch.chdir(copy)
    assert [line.split(":")[0] for line in run(copy, "check").stdout.splitlines()] == [
        "flows/rwanda/help.yaml"
    ]
    monkeypatch.chdir(copy / "locales")
    assert run(copy, "check").stdout.startswith(f"{copy}/flows/rwanda/help.yaml:")


def test_a_folder_without_a_programme_is_a_fault(tmp_path: Path) -> None:
    result = run(tmp_path, "check")
    assert result.exit_code == 1
    assert "There is no programme in" in result.stderr


def test_show_has_each_screen_in_each_language_with_its_length_and_ways(copy: Path) -> None:
    result = run(copy, "show", "help")
    assert result.exit_code == 0
    for part in (
        "rw, at most 134 of 160",
        "    | 4. Umutekano: hamagara 112",
        "    | 0. Gusohoka",
        "en, at most 112 of 160",
        "    | 4. Safety: call 112",
        "  4 -> numbers",
    ):
        assert part in result.stdout
    assert run(copy, "show", "nothing").exit_code == 1


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids, self.links, self.screens = set[str](), set[str](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids.add(given.get("id") or "")
        self.screens += tag == "pre"
        if tag == "a":
            self.links.add(given["href"] or "")
        assert not {"src", "onclick"} & given.keys()


def test_the_drawing_stands_alone_and_its_links_lead_somewhere(copy: Path) -> None:
    out = copy / "flows.html"
    assert run(copy, "draw", "--out", str(out)).exit_code == 0
    page = Page()
    page.feed(out.read_text(encoding="utf-8"))
    said = re.search(r"screens (\d+)", run(copy, "check").stdout)
    assert said is not None
    assert page.screens == int(said[1])
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= page.ids


def test_a_renumbered_digit_is_not_published_by_itself(copy: Path) -> None:
    savings = copy / "flows/rwanda/savings.yaml"
    before = (copy / "flows/rwanda/published.yaml").read_text(encoding="utf-8")
    replace(savings, "4: nothing, 5: group", "4: group, 5: nothing")
    result = run(copy, "publish")
    assert result.exit_code == 1
    assert "digit 4 of `menu` was published as `nothing`" in result.stdout
    assert (copy / "flows/rwanda/published.yaml").read_text(encoding="utf-8") == before

    replace(savings, "5: nothing}", "5: nothing}\n    renumbered: true")
    assert run(copy, "publish").exit_code == 0
    replace(savings, "\n    renumbered: true", "")
    assert run(copy, "check").exit_code == 0
