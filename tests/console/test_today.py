"""The day's figures, and the rows behind each."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest

from sms_app.console.today.pages import FIGURES
from sms_app.member_number import with_check_digit
from sms_app.messaging import eligibility
from sms_app.messaging.reminders import corrections
from sms_app.models.messages import STATUSES
from sms_app.programme import rules
from tests.world.staff_console import StaffWorld
from tests.world.staff_pages import People
from tests.world.times import NOW, TODAY


def figure(page: str, words: str) -> str:
    """The figure above these words."""
    shown = re.search(rf"<b>([^<]*)</b>{words}", page)
    assert shown, words
    return shown[1]


def texts_of_today(world: StaffWorld) -> People:
    """Four women with a text each, one of them with a text of yesterday; and a text to who is on duty."""
    people = People(world)
    for status, reason in (
        ("delivered", None),
        ("failed", "user_is_inactive"),
        ("failed", "strange_code"),
        ("unknown", "no_answer"),
    ):
        person = people.woman()
        people.text(person, status, NOW, reason=reason)
    people.text(person, "failed", NOW - timedelta(days=1))
    phone = world.records.number("+250780000900")
    world.records.message(phone, kind="duty", status="failed", at=NOW, rule="duty_check")
    world.owner.commit()
    return people


def test_each_figure_counts_what_its_page_lists(world: StaffWorld) -> None:
    texts_of_today(world)
    browser = world.browser("officer")
    page = browser.get("/today").text
    counts = {
        name: figure(page, words)
        for name, words in (
            ("sent", "texts sent"),
            ("failed", "texts failed"),
            ("unknown", "texts perhaps sent"),
            ("planned", "texts still"),
            ("cancelled", "texts held back"),
        )
    }
    assert counts == {"sent": "1", "failed": "2", "unknown": "1", "planned": "0", "cancelled": "0"}
    for name, count in counts.items():
        rows = browser.get(f"/today/texts/{name}").text
        assert rows.count("<tr><td") == int(count)
    assert "There is no such text today." in browser.get("/today/texts/planned").text


def test_it_says_why_texts_failed_and_the_providers_code_where_there_are_no_words(world: StaffWorld) -> None:
    texts_of_today(world)
    page = world.browser("officer").get("/today").text
    assert "the phone is off or the number is not in use: 1" in page
    assert "the provider said: strange_code: 1" in page
    assert "duty" not in page + world.browser("officer").get("/today/texts/failed").text


def test_a_session_shows_who_is_expected_and_what_its_roll_says(world: StaffWorld) -> None:
    people, records = People(world), world.records
    women = [people.woman(phone=False) for _ in range(3)]
    coach = records.coach(records.number("+250780000300"), name="Mukamana")
    morning, noon = (
        records.session(NOW - timedelta(hours=3)),
        records.session(NOW + timedelta(hours=2), "2222"),
    )
    records.session(NOW + timedelta(days=1), "3333")
    records.session(NOW + timedelta(hours=4), "4444", cancelled_at=NOW)
    do = world.owner.exec_driver_sql
    do(
        "insert into session_reply values (%(s)s, %(p)s, false, %(d)s, %(d)s)",
        {"s": noon, "p": women[0], "d": TODAY},
    )
    do(
        "insert into roll (training_session_id, coach_id, outcome, headcount, taken_on)"
        " values (%(s)s, %(c)s, 'held', 1, %(d)s)",
        {"s": morning, "c": coach, "d": TODAY},
    )
    do(
        "insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)"
        " values (%(s)s, %(p)s, 'coach', 'present', false, %(d)s)",
        {"s": morning, "p": women[1], "d": TODAY},
    )
    world.owner.commit()
    page = world.browser("researcher").get("/today").text
    assert figure(page, "sessions today") == "3"
    rows = [re.sub("<[^>]+>", " ", row).split() for row in re.findall(r"<tr><td.*?</tr>", page, re.DOTALL)]
    assert [(row[0], row[-2:]) for row in rows] == [
        ("08:00", ["1", "came"]),
        ("13:00", ["roll", "yet"]),
        ("15:00", ["3", "cancelled"]),
    ]
    # a researcher gets figures, and no link to rows
    assert 'href="/today/texts' not in page


def test_a_missing_roll_is_listed_with_its_coach(world: StaffWorld) -> None:
    records = world.records
    coach = records.coach(records.number("+250780000300"), name="Mukamana <b>")
    assert coach
    records.session(NOW - timedelta(days=2))
    world.owner.commit()
    browser = world.browser("officer")
    assert figure(browser.get("/today").text, "rolls missing") == "1"
    page = browser.get("/today/rolls").text
    assert "Mukamana &lt;b&gt;, +250780000300" in page
    assert "since 2 days" in page


def test_missing_rolls_are_listed_by_pages_the_latest_first(
    world: StaffWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_app.console.today.pages.ON_A_PAGE", 2)
    for days in (1, 2, 3):
        world.records.session(NOW - timedelta(days=days), f"{days:04}")
    for number in (2, 3):
        world.records.training_group(number)
    world.owner.commit()
    browser = world.browser("officer")
    first, second = (browser.get(f"/today/rolls?page={n}").text for n in (1, 2))
    assert re.findall(r"since (\d) days?", first) == ["1", "2"]
    assert re.findall(r"since (\d) days?", second) == ["3"]
    assert ("1 to 2 of 3" in first, "3 to 3 of 3" in second) == (True, True)
    assert ("page=2" in first, "page=1" in second, "page=3" in second) == (True, True, False)
    # groups without a coach are listed by pages, too
    assert [re.findall(r'<tr><th scope="row">(\d)', page) for page in (first, second)] == [["1", "2"], ["3"]]
    beyond = browser.get("/today/rolls?page=9").text
    assert ("Every session that is over" in beyond, "page=8" in beyond) == (False, True)


def test_stopped_numbers_are_listed_by_pages_the_latest_first(
    world: StaffWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sms_app.console.today.pages.ON_A_PAGE", 2)
    people = People(world)
    for n in range(3):
        world.owner.exec_driver_sql(
            "update phone_number set stopped_on = %(day)s where id in ("
            "select phone_number_id from participant_phone where participant_id = %(person)s)",
            {"day": TODAY - timedelta(days=n), "person": people.woman()},
        )
    # a coach's, before all others
    coachs = world.records.number("+250780000300", stopped_on=TODAY - timedelta(days=9))
    world.records.coach(coachs)
    world.owner.commit()
    browser = world.browser("officer")
    first, second = (browser.get(f"/today/stopped?page={n}").text for n in (1, 2))
    assert [re.findall(r'class="code">([^<]*)', page) for page in (first, second)] == [
        [with_check_digit(1), with_check_digit(2)],
        [with_check_digit(3), "to a coach"],
    ]
    assert ("1 to 2 of 4" in first, figure(browser.get("/today").text, "stopped numbers")) == (True, "4")
    assert "page=8" in browser.get("/today/stopped?page=9").text


def test_stopped_numbers_are_those_that_somebody_uses(world: StaffWorld) -> None:
    people = People(world)
    people.woman(stopped=True)
    world.records.number("+250780000901", stopped_on=TODAY)
    world.owner.commit()
    browser = world.browser("officer")
    assert figure(browser.get("/today").text, "stopped numbers") == "1"
    assert browser.get("/today/stopped").text.count("<tr><td") == 1


def test_the_cost_of_a_month(world: StaffWorld) -> None:
    people = People(world)
    people.text(people.woman(), "delivered", NOW, segments=2, cost=24, currency="RWF")
    world.owner.commit()
    browser = world.browser("researcher")
    estimate = figure(browser.get("/today").text, "cost of texts this month")
    assert estimate.endswith(" RWF")
    phone = world.records.number("+250780000902")
    world.records.message(phone, kind="duty", status="delivered", at=NOW, rule="duty_check", segments=3)
    world.owner.commit()
    assert figure(browser.get("/today").text, "cost of texts this month") == estimate
    page = browser.get("/today/cost").text
    assert "24 RWF" in page
    assert "No text went in this month." in browser.get("/today/cost?month=2026-02").text
    assert "24 RWF" in browser.get("/today/cost?month=x").text


def spent(world: StaffWorld, texts: int, *dialogues: tuple[date, str, int]) -> None:
    """A text that was charged, and what dialogues of some days cost, by currency."""
    people = People(world)
    people.text(people.woman(), "delivered", NOW, segments=1, cost=texts, currency="RWF")
    for day, currency, cost in dialogues:
        world.owner.exec_driver_sql(
            "insert into ussd_cost values (%(p)s, %(d)s, '63510', %(currency)s, 1, %(cost)s)",
            {"p": world.programme, "d": day, "currency": currency, "cost": cost},
        )
    world.owner.commit()


def facts(page: str) -> list[str]:
    return re.findall(r"<dd>([^<]*)</dd>", page)


def test_the_budget_says_what_is_used_and_what_is_left(world: StaffWorld) -> None:
    """Dialogues of today are not in it: who watches the page must not see that somebody dials."""
    yesterday, last_month = TODAY - timedelta(days=1), TODAY.replace(day=1) - timedelta(days=1)
    spent(world, 600, (yesterday, "RWF", 150), (TODAY, "RWF", 9999), (last_month, "RWF", 9999))
    world.set_messages(budget=1000)
    browser = world.browser("researcher")
    page = browser.get("/today").text
    assert (figure(page, "of this month"), "Sending goes on" in page) == ("75 %", False)
    page = browser.get("/today/cost").text
    assert facts(page) == ["1,000 RWF", "750 RWF (75 %)", "600 RWF", "150 RWF", "250 RWF"]
    assert 'max="100" value="75"' in page
    # an earlier month has all of its days
    month = last_month.strftime("%Y-%m")
    assert facts(browser.get(f"/today/cost?month={month}").text)[3] == "9,999 RWF"


@pytest.mark.parametrize(
    ("budget", "alert", "said", "left"),
    [
        (750, "", "", "150 RWF"),
        (749, "warning", "80 % of this month's budget is used.", "149 RWF"),
        (600, "warning", "100 % of this month's budget is used.", "0 RWF"),
        (599, "danger", "More than this month's budget is used: 100 %.", "-1 RWF"),
    ],
)
def test_a_budget_that_is_nearly_used_up_is_said_in_words(
    world: StaffWorld, budget: int, alert: str, said: str, left: str
) -> None:
    spent(world, 600, (TODAY - timedelta(days=1), "USD", 5))
    world.set_messages(budget=budget)
    browser = world.browser("officer")
    for address in ("/today", "/today/cost"):
        page = html.unescape(browser.get(address).text)
        assert said in page
        assert re.findall(r"alert-(\w+)", page) == ([alert] if alert else [])
    assert facts(page)[-1] == left
    assert "in another currency are not in it: 5 USD" in page


def test_without_a_budget_the_page_says_how_to_set_one(world: StaffWorld) -> None:
    world.set_messages(budget=None)
    browser = world.browser("administrator")
    for address, said in (("/today", "How to set one"), ("/today/cost", "budget: {month: 250000}")):
        page = browser.get(address).text
        assert ("There is no budget" in page, said in page, "of this month" in page) == (True, True, False)


@pytest.mark.parametrize("figure", ["nothing", "x", "planned%20"])
def test_a_figure_that_is_not_there_is_not_found(world: StaffWorld, figure: str) -> None:
    assert world.browser("officer").get(f"/today/texts/{figure}").status_code == 404


def test_an_empty_day_says_what_to_do(world: StaffWorld) -> None:
    page = world.browser("officer").get("/today").text
    assert "No session is planned for today. An officer plans" in page
    assert "Every session that is over has its roll." in world.browser("officer").get("/today/rolls").text


def test_every_status_belongs_to_one_figure_and_has_its_word(world: StaffWorld) -> None:
    counted = [status for statuses in FIGURES.values() for status in statuses]
    assert sorted(counted) == sorted(STATUSES)
    texts = next(iter(world.console.programmes.values())).texts
    for language in ("en", "rw"):
        assert all(texts.sentence(language, f"status.{status}") for status in STATUSES)
        assert all(texts.sentence(language, f"why.{reason}") for reason in eligibility.REASONS)
        of_rules = {text for listed in rules.TEXTS.values() for text in listed}
        for rule in of_rules | {corrections.KIND, "number_test", "broadcast"}:
            assert texts.sentence(language, f"rule.{rule}")


def test_a_rule_is_said_in_words_and_with_its_name_where_two_send_the_same(world: StaffWorld) -> None:
    people = People(world)
    for name in ("session_today", "men_today", "of_an_earlier_file"):
        people.text(people.woman(), "sent", NOW, rule=name, segments=1)
    world.owner.commit()
    browser, address = world.browser("officer"), "/today/texts/sent"
    words = "reminder on the day of the session or meeting"
    page = browser.get(address).text
    assert (f"<td>{words}</td>" in page, "<td>of an earlier file</td>" in page) == (True, True)
    ours = world.console.programmes[world.programme].loaded.settings.messages.rules
    world.set_messages(rules={**ours, "men_today": ours["session_today"]})
    page = browser.get(address).text
    assert (f"<td>{words} (session_today)</td>" in page, f"<td>{words} (men_today)</td>" in page) == (
        True,
        True,
    )
    browser.post("/account/language", "/account", language="rw")
    assert "urwibutso ku munsi w&#39;amahugurwa" in browser.get(address).text
