"""A copy of what is stored of one person, her erasure, and the merge of two records of one woman."""

from __future__ import annotations

import io
import re
from pathlib import Path
from uuid import UUID

import pytest
from python_calamine import CalamineWorkbook

from sms_app.member_number import with_check_digit
from sms_app.programme import locks
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW, TODAY

FIRST, SECOND, THIRD = (with_check_digit(n) for n in (1, 2, 3))
WHO = "console:officer@example.org"


@pytest.fixture
def women(world: StaffWorld) -> list[UUID]:
    people = People(world)
    made = [people.woman(), people.woman(), people.woman(phone=False, consent=False)]
    people.text(made[0], "sent", NOW)
    people.text(made[0], "planned", NOW, occasion="later")
    cycle = world.records.cycle(made[0])
    world.records.counted(world.records.meeting(cycle, confirmed_by="office"), cycle, made[0], 987654, 3)
    world.owner.commit()
    return made


def workbook(content: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_the_copy_has_what_is_stored_and_no_amount(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    reply = browser.post(f"/people/{FIRST}/copy", f"/people/{FIRST}/law")
    assert reply.headers["Content-Disposition"] == f'attachment; filename="person-{FIRST}.xlsx"'
    sheets = workbook(reply.data)
    assert list(sheets) == [
        *("Read me", "Person", "Numbers", "Groups", "Consents"),
        *("Savings groups", "Texts", "Savings entries", "Done to her row"),
    ]
    person = dict(zip(*sheets["Person"][:2], strict=True))
    assert (person["Name"], person["Member number"]) == ("Uwase 1", FIRST)
    assert sheets["Numbers"][1][0] == "+250780000101"
    assert sheets["Savings entries"] == [["Said by", "On"], ["meeting", TODAY.isoformat()]]
    said = str(sheets)
    assert [word for word in ("987654", "Uwase 2", "+250780000102", WHO) if word in said] == []
    assert (WHO, "export_person", "participant") in world.trail()


def test_an_erasure_is_shown_then_confirmed_by_her_number(world: StaffWorld, women: list[UUID]) -> None:
    browser, path = world.browser("officer"), f"/people/{FIRST}/erase"
    page = browser.get(f"/people/{FIRST}/law").text
    for said in (
        "1 telephone number, with the words",
        "1 text that waits is cancelled.",
        "her place in the savings group Ikimina",
        "0 rows of attendance, 1 of the ledger, 1 of consents",
        "backups of before today",
    ):
        assert said in page
    wrong = browser.post(path, f"/people/{FIRST}/law", number=SECOND)
    assert (wrong.status_code, "not her member number" in wrong.text) == (400, True)
    assert world.values("select count(*) from erasure") == [(0,)]
    assert browser.post(path, f"/people/{FIRST}/law", number=FIRST).location == f"/people/{FIRST}/law"
    after = browser.get(f"/people/{FIRST}/law").text
    assert ("was erased on" in after, "Erase her for good" in after) == (True, False)
    assert world.values("select participant_id, erased_on from erasure") == [(women[0], TODAY)]
    assert (WHO, "erase", "participant") in world.trail()


def test_a_double_submit_and_the_back_button_erase_once(world: StaffWorld, women: list[UUID]) -> None:
    browser, path = world.browser("officer"), f"/people/{FIRST}/erase"
    for _ in range(2):
        assert browser.post(path, f"/people/{FIRST}/law", number=FIRST).status_code == 303
    assert world.trail().count((WHO, "erase", "participant")) == 1


def test_nobody_changes_her_while_she_is_erased(
    world: StaffWorld, women: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import, a move or a new number waits, and then finds that she left."""
    locked: list[int] = []
    monkeypatch.setattr(locks, "lock_people", lambda _conn, programme: locked.append(programme))
    browser = world.browser("officer")
    browser.post(f"/people/{FIRST}/erase", f"/people/{FIRST}/law", number=FIRST)
    assert locked == [world.programme]


def test_who_was_erased_is_named_on_no_page(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    browser.post(f"/people/{FIRST}/erase", f"/people/{FIRST}/law", number=FIRST)
    pages = [browser.get(f"/people/{FIRST}").text, browser.post("/people", looked_for=FIRST).text]
    assert all("(erased)" in page and "Uwase 1" not in page for page in pages)
    assert "Nobody was found." in browser.post("/people", looked_for="Uwase 1").text
    assert "Nobody was found." in browser.post("/people", looked_for="+250780000101").text
    copy = workbook(browser.post(f"/people/{FIRST}/copy", f"/people/{FIRST}/law").data)
    assert ("Numbers" in copy, copy["Person"][1][0]) == (False, "")
    assert "Savings entries" in copy


@pytest.mark.parametrize("role", ["administrator", "supervisor", "researcher"])
def test_only_an_officer_copies_erases_and_merges(world: StaffWorld, women: list[UUID], role: str) -> None:
    browser = world.browser(role)
    for path in (f"/people/{FIRST}/law", f"/people/{FIRST}/merge"):
        assert browser.get(path).status_code == 404
    if role == "supervisor":
        page = browser.get(f"/people/{FIRST}").text
        assert ("/law" in page, "/merge" in page) == (False, False)


def test_nobody_and_somebody_of_another_programme_are_not_found(world: StaffWorld, women: list[UUID]) -> None:
    other = world.owner.exec_driver_sql(
        "insert into programme (slug, service_code, country, time_zone, currency, language)"
        " values ('hills', '*899#', 'RW', 'Africa/Kigali', 'RWF', 'rw') returning id"
    ).scalar_one()
    world.owner.exec_driver_sql(
        "update participant set programme_id = %(o)s, group_id = null, list_number = null where id = %(p)s",
        {"o": other, "p": women[0]},
    )
    world.owner.commit()
    browser = world.browser("officer")
    for member in (FIRST, "99999", "x", "%00"):
        for page in ("law", "merge"):
            assert browser.get(f"/people/{member}/{page}").status_code == 404
        for action, fields in (("copy", {}), ("erase", {"number": member}), ("merge", {"into": SECOND})):
            reply = browser.post(f"/people/{member}/{action}", f"/people/{SECOND}/law", **fields)
            assert (action, reply.status_code) == (action, 404)
    into = browser.get(f"/people/{SECOND}/merge?into={FIRST}")
    assert (into.status_code, "Nobody has the member number" in into.text) == (409, True)
    assert world.values("select count(*) from erasure") == [(0,)]


def test_two_records_are_compared_then_merged(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    page = browser.get(f"/people/{THIRD}/merge?into={FIRST}").text
    for said in ("Uwase 3", "Uwase 1", f"Type {FIRST}, the number that stays", "the latest word on each"):
        assert said in page
    path = f"/people/{THIRD}/merge"
    wrong = browser.post(path, path, into=FIRST, number=THIRD)
    assert (wrong.status_code, "not the number that stays" in wrong.text) == (400, True)
    assert browser.post(path, path, into=FIRST, number=FIRST).location == f"/people/{THIRD}"
    assert f"/people/{FIRST}" in browser.get(f"/people/{THIRD}").text
    assert (WHO, "merge", "participant") in world.trail()
    again = browser.post(path, path, into=FIRST, number=FIRST)
    assert (again.status_code, f"was merged into {FIRST}" in again.text) == (409, True)
    assert world.trail().count((WHO, "merge", "participant")) == 1


def test_a_merge_that_is_refused_says_why(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    world.owner.exec_driver_sql(
        "update participant set pin = 'a' where id = any(%(p)s)", {"p": [women[0], women[1]]}
    )
    world.owner.commit()
    assert "merged into herself" in browser.get(f"/people/{FIRST}/merge?into={FIRST}").text
    page = browser.get(f"/people/{SECOND}/merge?into={FIRST}").text
    assert f"Both have a PIN: that of {FIRST} stays" in page
    path = f"/people/{SECOND}/merge"
    refused = browser.post(path, path, into=FIRST, number=FIRST)
    assert (refused.status_code, "Both have a PIN. Say whose PIN stays" in refused.text) == (409, True)
    assert browser.post(path, path, into=FIRST, number=FIRST, pin_stays="yes").status_code == 303


def test_a_refusal_is_in_the_accounts_language(world: StaffWorld, women: list[UUID]) -> None:
    browser = world.browser("officer")
    browser.post("/account/language", "/account", language="rw")
    page = browser.get(f"/people/{FIRST}/merge?into={FIRST}").text
    assert ("Ntawe uhuzwa na we ubwe" in page, "merged into herself" in page) == (True, False)


def test_every_refusal_with_a_key_has_its_sentence(world: StaffWorld) -> None:
    """The keys of the rules, as they are written in the code."""
    keys = {
        key
        for path in (Path(__file__).parents[2] / "sms_app" / "programme").rglob("*.py")
        for key in re.findall(r'key="([a-z_]+)"', path.read_text())
    }
    texts = world.console.programmes[world.programme].texts
    for language in ("en", "rw"):
        assert all(texts.sentence(language, f"refused.{key}") for key in keys)
