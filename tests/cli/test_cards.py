"""`sms-app people cards`: what a card has on it, and what it must not have."""

import re
import stat
from pathlib import Path

import pytest
from sqlalchemy import text

from sms_app.cli.people import app
from sms_app.engine.checker.published import read_published
from sms_app.member_number import with_check_digit
from sms_app.programme.card_page import keypad
from sms_app.programme.cards import Way, ways
from tests.world.office_commands import Run, runner, trail
from tests.world.records import Records
from tests.world.times import TODAY

FLOWS = Path(__file__).parents[2] / "flows" / "rwanda"


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


def test_a_card_for_each_who_has_not_left_in_the_lists_order(
    records: Records, run: Run, tmp_path: Path
) -> None:
    for n in (2, 1, 3):
        records.participant(n)
    records.participant(4, left_on=TODAY, left_reason="moved")
    file = tmp_path / "cards.html"
    said = run("cards", str(file), "--group", "1", "--by", "Keza")
    assert said.output == "3 cards, six on a sheet of A4.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert trail(records) == [("Keza", "print_cards")]
    page = file.read_text()
    shown = re.findall(r'<div class="member">(\d+)</div>', page)
    assert shown == [with_check_digit(n) for n in (1, 2, 3)]
    assert page.count("*801#") == 3


def test_a_card_says_nothing_about_its_owner_and_loads_nothing(
    records: Records, run: Run, tmp_path: Path
) -> None:
    records.participant(1)
    file = tmp_path / "cards.html"
    run("cards", str(file))
    page = file.read_text()
    for told in ("<script", "http", "@import", "url(", "<img", "<a "):
        assert told not in page
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert re.findall(r"[A-Za-z]{2,}", words) == []


def test_the_keys_are_those_of_the_published_menu() -> None:
    published, _ = read_published(FLOWS)
    assert ways(published) == [
        Way("next_session", ["1", "1"]),
        Way("check_in", ["1", "2"]),
        Way("saving", ["2", "1"]),
        Way("stop_messages", ["4", "3", "1", "1"]),
    ]
    other = {name: blocks for name, blocks in published.items() if name != "savings"}
    assert [way.name for way in ways(other)] == ["next_session", "check_in", "stop_messages"]


def test_a_keypad_has_one_key_to_press() -> None:
    drawn = keypad("5")
    assert re.findall(r'fill="#fff">(.)</text>', drawn) == ["5"]
    assert len(re.findall(r"<text", drawn)) == 12


def test_a_file_that_is_there_is_left_and_nobody_is_said(records: Records, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cards.html"
    assert "nobody to print" in run("cards", str(file)).output
    records.participant(1)
    file.write_text("mine")
    said = run("cards", str(file))
    assert (said.exit_code, file.read_text()) == (1, "mine")
    assert "folder" in run("cards", str(tmp_path / "no" / "cards.html")).output
    assert records.conn.execute(text("select count(*) from audit_entry")).scalar_one() == 0
