"""The recipes of CONTRIBUTING.md, word for word: a stranger adds a programme and a language, and the phone answers."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from click.testing import Result
from typer.testing import CliRunner

from sms_app.cli.main import app
from sms_app.config import Config
from sms_app.engine.checker.po_text import Change, changed
from tests.world.app import application, serve
from tests.world.databases import CALLBACK_SECRET

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FAULT = re.compile(r"(.+):(\d+): `(.+)` is empty: write it")
SWAHILI = {
    "root.menu": "Karibu\n1. Mafunzo\n2. Akiba\n3. Habari na msaada\n4. Mengine",
    "common.thanks": "Asante.",
    "zero.exit": "0. Toka",
    "zero.back": "0. Rudi",
    "pin.ask": "Andika PIN yako.",
}


def commands(recipe: str) -> list[list[str]]:
    """The commands of a recipe in their order."""
    _, _, after = (ROOT / "CONTRIBUTING.md").read_text().partition(f"\n**{recipe}.** ")
    text = after.partition("\n\n**")[0]
    return [shlex.split(line) for fence in FENCE.findall(text) for line in fence.splitlines()]


@pytest.fixture
def programmes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    shutil.copytree(ROOT / "locales", tmp_path / "locales")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def folders(programmes: Path) -> dict[str, str]:
    return {"SMS_APP_FLOWS": str(programmes / "flows"), "SMS_APP_LOCALES": str(programmes / "locales")}


def run(env: Mapping[str, str], words: list[str]) -> Result:
    assert words[0] == "sms-app"
    return CliRunner().invoke(app, words[1:], env=dict(env))


def write_all(programmes: Path, said: str) -> None:
    """What the stranger does: write the sentence at each fault, and nothing else is at fault. The Kinyarwanda stands
    for a translation that fits the screens."""
    with (programmes / "locales/rw/LC_MESSAGES/rwanda.po").open("rb") as file:
        kinyarwanda = {str(message.id): str(message.string) for message in read_po(file)}
    wanted: dict[str, dict[str, Change]] = {}
    for line in said.splitlines():
        fault = FAULT.fullmatch(line)
        assert fault, line
        file, number, key = fault[1], int(fault[2]), fault[3]
        assert (programmes / file).read_text().splitlines()[number - 1] == f'msgid "{key}"'
        wanted.setdefault(file, {})[key] = Change(SWAHILI.get(key, kinyarwanda[key]))
    assert wanted
    for file, changes in wanted.items():
        (programmes / file).write_text(changed((programmes / file).read_text(), changes))


def test_a_programme_is_added_until_the_phone_answers(programmes: Path, environment: dict[str, str]) -> None:
    env = environment | folders(programmes)
    make, first_check, *more, dial = commands("A programme")
    assert run(env, make).exit_code == 0
    found = run(env, first_check)
    assert found.exit_code == 1
    write_all(programmes, found.stdout)
    stale = run(env, more[0])
    assert (stale.exit_code, stale.stdout.count("sms-app flows compile")) == (1, 1)
    for words in (*more[1:], more[0]):
        done = run(env, words)
        assert done.exit_code == 0, (words, done.output)
    assert (programmes / "flows/tanzania/published.yaml").exists()
    with application(Config.from_env(env, "web")) as web, serve(web) as url:
        # as `sms-app up` writes them into DIR/env
        phone = folders(programmes) | {
            "WEB_URL": url,
            "CALLBACK_SECRET": CALLBACK_SECRET,
            "SERVICE_CODE": "*801#",
        }
        said = run(phone, [*dial, "-i", "4", "-i", "1"])
        assert said.exit_code == 0, said.output
        assert "| Karibu " in said.stdout
        assert "| 1. Kiswahili" in said.stdout
        english = run(phone, [*dial, *["-i", "4", "-i", "1", "-i", "2"]])
        assert "| Thank you." in english.stdout
        again = run(phone, dial)
        assert "| Welcome" in again.stdout


def test_a_language_is_added(programmes: Path) -> None:
    rw = programmes / "locales/rw/LC_MESSAGES/rwanda.po"
    before = rw.read_text()
    add, check, *more = commands("A language")
    assert run(folders(programmes), add).exit_code == 0
    found = run(folders(programmes), check)
    assert found.exit_code == 1
    write_all(programmes, found.stdout.replace(str(programmes), ""))
    sw = programmes / "locales/sw/LC_MESSAGES/rwanda.po"
    sw.write_text(sw.read_text().replace("# draft\n", "# same: the tests speak no Swahili\n# draft\n"))
    for words in (more[1], more[0], *more[2:]):
        done = run(folders(programmes), words)
        assert done.exit_code == 0, (words, done.output)
    # the others gained a line, and are as they were otherwise
    assert rw.read_text() == before.replace('"2. Icyongereza"', '"2. Icyongereza\\n"\n"3. Kiswahili"')
    assert "languages: [rw, en, sw]   # the first" in (programmes / "flows/rwanda/programme.yaml").read_text()


def test_what_cannot_be_added_is_said_and_nothing_is_written(programmes: Path) -> None:
    before = {path: path.read_bytes() for path in programmes.rglob("*") if path.is_file()}
    for words, says in (
        (
            "programme new rwanda --country RW --service-code *384*1#",
            "flows/rwanda, locales/rw/LC_MESSAGES/rwanda.po",
        ),
        (
            "programme new Uganda --country UG --service-code *384*1#",
            "The slug `Uganda` is not small letters",
        ),
        ("programme new uganda --country Uganda --service-code 384", "The service code `384` is not a code"),
        (
            "programme new atlantis --country ZZ --service-code *384*1#",
            "There is no time zone ``: give one with",
        ),
        ("programme new uganda --country UG --service-code *384*1# --languages sw,sw", "none twice"),
        (
            "programme new uganda --country UG --service-code *384*1# --like kenya",
            "There is no programme `kenya`",
        ),
        ("flows add-language rwanda en", "rwanda has `en` already."),
        ("flows add-language rwanda english", "`english` is not a language code"),
        ("flows add-language kenya sw", "There is no programme `kenya`"),
    ):
        done = run(folders(programmes), ["sms-app", *words.split()])
        assert done.exit_code == 1, words
        assert says in done.stderr, (words, done.output)
    assert {path: path.read_bytes() for path in programmes.rglob("*") if path.is_file()} == before


def test_who_gives_no_country_is_asked(programmes: Path) -> None:
    words = ["programme", "new", "burundi"]
    done = CliRunner().invoke(app, words, env=folders(programmes), input="BI\n*384*9#\n")
    assert done.exit_code == 0, done.output
    text = (programmes / "flows/burundi/programme.yaml").read_text()
    for part in (
        "time_zone: Africa/Bujumbura",
        "{code: BIF, decimals: 0, label: FBu}",
        "languages: [rn, fr, en]",
    ):
        assert part in text


def test_a_language_menu_in_block_style_is_changed_there(programmes: Path) -> None:
    other = programmes / "flows/rwanda/other.yaml"
    flow = "    choices: {1: speak, 2: speak}\n    keep: language\n    values: {1: rw, 2: en}\n"
    block = "    choices:\n      1: speak\n      2: speak\n    keep: language\n    values:\n      1: rw\n      2: en\n"
    text = other.read_text()
    assert flow in text
    other.write_text(text.replace(flow, block))
    assert run(folders(programmes), ["sms-app", *["flows", "add-language", "rwanda", "no"]]).exit_code == 0
    wanted = block.replace("2: speak\n", "2: speak\n      3: speak\n").replace(
        "2: en\n", '2: en\n      3: "no"\n'
    )
    assert other.read_text() == text.replace(flow, wanted)
