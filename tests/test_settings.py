"""A programme's settings: what they give, every fault with its line, and the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from sms_app.programme.settings import SettingsFaults, load_programme, store_programme, values
from tests.world.programme import RWANDA, TINY

TODAY = date(2026, 3, 9)

LEADERS = (
    '    leader_month: {about: month, text: leader_month, last_weekday: 4, at: "10:00", quiet: earlier,'
    " roles: [leader]}"
)
TOO = '    please_too: {about: check_in, text: please_dial, at: "10:00", quiet: drop, roles: [woman]}'
WEEKLY = "coach_week: {about: coach_week"
TOO_EARLY = (
    "late: {about: coach_roll_missing, text: coach_roll_missing, hours_after: 2,"
    ' again_at: "07:59", quiet: later}\n    '
)
AFTER = "# With `trial: {nominations: required}`"
# a line of Rwanda's file, what is written instead, and the fault that it makes on that line
BROKEN = [
    ("slug: rwanda", "slug: Rwanda 1", "text like rwanda is expected here"),
    ("country: RW", "country: Rwanda", "text like RW is expected here"),
    ("country: RW", "country: 250", "text like RW is expected here: put it in quotes"),
    ('service_code: "*801#"', 'service_code: "801"', 'text like "*801#" is expected here'),
    ("time_zone: Africa/Kigali", "time_zone: Africa/Kigal", "there is no time zone `Africa/Kigal`"),
    ("decimals: 0", "decimals: yes", "a whole number from 0 to 3 is expected here"),
    ("label: Frw", "label: F 1", "text like Frw is expected here"),
    ("label: Frw", 'label: "."', "text like Frw is expected here"),
    ("words: [f,", "words: [F,", "`F` can't match: a text is read as `f`"),
    ("words: [f,", "words: [k,", "`k` beside a number means thousands, millions or a digit"),
    ("words: [f,", "words: [fr,", "`fr` is listed twice"),
    ("words: [f,", "words: [frw,", "`frw` is listed twice, or is the code or the label"),
    ("words: [f,", 'words: ["f.",', "text like amafaranga is expected here"),
    ("words: [f,", "words: [2,", "text like amafaranga is expected here: put it in quotes"),
    ("languages: [rw, en]", "languages: [rw, rw]", "at least one is expected here, and none twice"),
    ("languages: [rw, en]", "languages: rw", "a list is expected here"),
    ('{number: "112", verified_on: }', '{number: "112"}', "`verified_on` is missing"),
    (
        '{number: "112", verified_on: }',
        "{number: 112, verified_on: }",
        'text like "112" is expected here: put it in',
    ),
    (
        '{number: "112", verified_on: }',
        '{number: "112", verified_on: soon}',
        "a day like 2026-01-07 is expected here",
    ),
    ("every_weeks: 2", "every_weeks: 0", "a whole number from 1 to 26 is expected here"),
    ("first: 2026-01-03", "first: 2026-01-04", "the adviser's days are all days off"),
    ("{place: Kigabiro, first", "{place: Kayonza, first", "`Kayonza` is none of the sector's places"),
    (
        "  Mukarange:\n",
        "  Mukarange and around it:\n",
        "`Mukarange and around it` is longer than 20 characters",
    ),
    ("district: Kayonza\n", "distrikt: Kayonza\n", "`distrikt` is not known here"),
    ('opens: "08:00"', 'opens: "8"', 'text like "08:00" is expected here'),
    ('closes: "18:00"', 'closes: "07:00"', "`closes` comes after `opens`"),
    ("weekdays: [6]", "weekdays: [7]", "a whole number from 0 to 6 is expected here"),
    ('[["04-07", "04-13"]]', '[["04-07"]]', "a first and a last day are expected here"),
    ('[["04-07", "04-13"]]', '[["04-07", "13-04"]]', 'text like "04-07" is expected here'),
    ("- 2026-04-03", "- Good Friday", "a day like 2026-01-07 is expected here"),
    ("saturday: true", "saturday: always", "true or false is expected here"),
    ("banned_stems: [hohote,", "banned_stems: [Hohote,", "text like violen is expected here"),
    ("Saving and borrowing", "", "text is expected here"),
    ("help: [ubufasha", "halp: [ubufasha", "`halp` is not known here"),
    ("[oya, hoya,", "[Oya, hoya,", "`Oya` can't match: a text is read as `oya`"),
    ("[oya, hoya,", "[yego, hoya,", "`yego` is listed twice"),
    ("[ubufasha, mfasha, help]", "[ubufasha, stop, help]", "`stop` is listed twice"),
    ('"no", "n", "2"]', '"no", "n", 2]', "text is expected here: put it in quotes"),
    ('"63510": {name: MTN, free_proven_on: }', '"63510": {name: MTN}', "`free_proven_on` is missing"),
    (
        "name: MTN, free_proven_on: }",
        "name: MTN, free_proven_on: soon}",
        "a day like 2026-01-07 is expected here",
    ),
    ("name: Women", "nome: Women", "`nome` is not known here"),
    ("country: RW", "country: RW: RW", "not YAML: mapping values are not allowed in this context"),
    # hours of texts to who is on duty
    ("check_at: [", "check_on: [", "`check_on` is not known here"),
    ('check_at: ["09:00", "12:00", "16:00"]', "check_at: []", "1 to 6 hours are expected here, in order"),
    (
        'check_at: ["09:00",',
        'check_at: ["08:00", "08:10", "08:20", "08:30", "09:00",',
        "1 to 6 hours are expected here, in order and none twice",
    ),
    (
        'check_at: ["09:00", "12:00"',
        'check_at: ["12:00", "09:00"',
        "1 to 6 hours are expected here, in order",
    ),
    (
        'check_at: ["09:00", "12:00"',
        'check_at: ["09:00", "09:00"',
        "1 to 6 hours are expected here, in order",
    ),
    ('check_at: ["09:00"', 'check_at: ["07:59"', "nothing is sent at 07:59, only from 08:00 to 18:00"),
    ('"16:00"]\n', '"18:00"]\n', "nothing is sent at 18:00, only from 08:00 to 18:00"),
    ('check_at: ["09:00"', "check_at: [9", 'text like "08:00" is expected here: put it in quotes'),
    ('sign_in_by: "08:30"', 'sign_in_by: "17:55"', "nothing is sent after 18:00, so no colleague could be"),
    # the screening log
    ("- {key: poor,", "- {key: Poor,", "text like poor is expected here"),
    ("- {key: poor,", "- {key: age,", "`age` is listed twice"),
    ("- {key: poor, label:", "- {key: poor, words:", "`label` is missing"),
    (AFTER, f"trial: {{nominations: yes}}\n{AFTER}", "text like required is expected here"),
    (AFTER, f"trial: {{nomination: required}}\n{AFTER}", "`nomination` is not known here"),
    # rules that would say nothing, or twice
    (
        'before: 1, at: "16:00"',
        'before: 1, at: "22:00"',
        "nothing is sent at 22:00, only from 08:00 to 18:00",
    ),
    (WEEKLY, TOO_EARLY + WEEKLY, "nothing is sent at 07:59, only from 08:00 to 18:00"),
    ("hours_before: 3", "hours_before: 0", "a whole number from 1 to 24 is expected here"),
    (
        "hours_before: 3",
        'hours_before: 3, at: "09:00"',
        "a rule about `gathering` needs `days_before` and `at`, or",
    ),
    ('corrections_from: "06:00"', 'corrections_from: "08:01"', "any message may be sent from 08:00 on"),
    ("{month: 250000}", "{month: 0}", "a whole number from 1 to 1000000000 is expected here"),
    ("{month: 250000}", "{year: 250000}", "`month` is missing"),
    (LEADERS, TOO, "`please_save` sends the same text to the same people"),
    (
        'periods: [["04-07", "04-13"]]',
        'periods: [["12-01", "01-31"]]',
        "nothing could be sent for more than 45 days",
    ),
]


def _broken(folder: Path, text: str) -> list[str]:
    path = folder / "bad" / "programme.yaml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(SettingsFaults) as refused:
        load_programme(path)
    return refused.value.faults


@pytest.mark.parametrize(("good", "bad", "fault"), BROKEN, ids=[bad for _, bad, _ in BROKEN])
def test_each_fault_is_named_with_its_line(good: str, bad: str, fault: str, tmp_path: Path) -> None:
    text = RWANDA.read_text()
    assert good in text
    line = text[: text.index(good)].count("\n") + 1
    assert any(
        f.startswith(f"{tmp_path}/bad/programme.yaml:{line}: {fault}")
        for f in _broken(tmp_path, text.replace(good, bad, 1))
    )


def test_all_faults_are_told_at_once_in_their_order(tmp_path: Path) -> None:
    text = RWANDA.read_text().replace("country: RW\n", "").replace("decimals: 0", "decimals: 9")
    text = text.replace("- Looking back", "- 7")
    assert [fault.split(": ", 1)[1] for fault in _broken(tmp_path, text)] == [
        "`country` is missing",
        "a whole number from 0 to 3 is expected here",
        "text is expected here: put it in quotes",
    ]


def test_a_place_is_short_enough_for_every_screen(tmp_path: Path) -> None:
    (fault,) = _broken(tmp_path, RWANDA.read_text().replace("Nyagatovu", "Nyagatovu y'amajyaruguru"))
    assert "`Kayonza, Nyagatovu y'amajyaruguru` is longer than 30 characters" in fault


@pytest.mark.parametrize("text", ["", "- a list", "slug: rwanda\nslug: again", "\x00"])
def test_what_is_no_programme_at_all_is_one_sentence(text: str, tmp_path: Path) -> None:
    faults = _broken(tmp_path, text)
    assert len(faults) == 1
    assert "\n" not in faults[0]


def test_a_settings_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    with pytest.raises(SettingsFaults, match="can't be read"):
        load_programme(path)
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(SettingsFaults, match="not UTF-8"):
        load_programme(path)


def test_the_screening_log_has_its_criteria_in_their_order(tmp_path: Path) -> None:
    text = RWANDA.read_text()
    assert list(load_programme(RWANDA).screening) == ["age", "lives_here", "poor", "time"]
    assert load_programme(RWANDA).screening["age"] == "is younger than the programme takes"
    assert not load_programme(RWANDA).trial.nominations_required
    path = tmp_path / "programme.yaml"
    begin, end = text.index("screening:\n"), text.index("# With `trial")
    path.write_text(f"{text[:begin]}trial: {{nominations: required}}\n{text[end:]}")
    assert load_programme(path).screening == {}
    assert load_programme(path).trial.nominations_required


def test_rwanda_gives_every_screen_its_values() -> None:
    assert values(load_programme(RWANDA), TODAY) == {
        "service_code": "*801#",
        "currency": "Frw",
        "programme_line": "0788 000 000",
        "line_hours": "08:00-17:00",
        "adviser_line": "0788 000 000",
        "police": "112",
        "health_number": "114",
        "children": "116",
        "safety_line": "3512",
        "care_line": "3029",
    }


def test_no_name_of_a_value_and_no_value_has_a_banned_stem() -> None:
    programme = load_programme(RWANDA)
    shown = " ".join(f"{name} {value}" for name, value in values(programme, TODAY).items()).lower()
    assert not [stem for stem in programme.banned_stems if stem in shown.replace("_", "").replace(" ", "")]


def test_another_programme_is_only_another_file() -> None:
    tiny = load_programme(TINY)
    assert (tiny.currency.decimals, tiny.languages, tiny.service_code) == (2, ("en", "zz"), "*384*96#")
    assert tiny.lines["programme"].verified_on == date(2026, 1, 15)
    assert tiny.lines["adviser"].verified_on is None
    assert tiny.calendar.zone == ZoneInfo("Europe/Dublin")


def test_settings_are_stored_as_often_as_one_likes(owner_engine: Engine) -> None:
    with owner_engine.begin() as conn:
        rwanda, tiny = load_programme(RWANDA), load_programme(TINY)
        ids = [store_programme(conn, programme) for programme in (rwanda, tiny, rwanda)]
        assert ids[0] == ids[2] != ids[1]
        arms = conn.exec_driver_sql("select programme_id, code from arm order by id").all()
        assert [tuple(arm) for arm in arms] == [(ids[0], "A"), (ids[0], "B"), (ids[1], "ALL")]


@pytest.mark.parametrize(
    ("starts", "may"),
    [
        ("2026-03-10T07:00", True),
        ("2026-03-08T07:00", False),  # a Sunday
        ("2026-03-28T07:00", False),  # 09:00 on the last Saturday of the month
        ("2026-03-28T10:00", True),  # at noon there
        ("2026-03-21T07:00", True),  # another Saturday
        ("2026-03-20T22:30", True),  # Saturday there already, the evening of a day off here
        ("2026-04-07T07:00", False),  # mourning week
        ("2026-04-13T12:00", False),
        ("2026-04-14T07:00", True),
        ("2026-04-06T07:00", False),  # Easter Monday
        ("2026-07-06T07:00", False),  # Liberation Day fell on a Saturday
        ("2028-07-04T07:00", False),  # a day of every year, though that year is not listed
        ("2026-06-30T23:00", False),  # 1 July in Kigali
    ],
)
def test_when_a_session_may_start_in_rwanda(starts: str, may: bool) -> None:
    moment = datetime.fromisoformat(starts).replace(tzinfo=UTC)
    assert load_programme(RWANDA).calendar.may_meet(moment) is may


@pytest.mark.parametrize(
    ("starts", "may"),
    [
        ("2026-03-16T23:30", True),  # winter: still the 16th there
        ("2026-03-17T23:30", False),
        ("2026-04-05T23:30", False),  # summer: half past midnight of the 6th there, a day off
        ("2026-12-31T12:00", False),  # a period over the new year
        ("2026-01-02T12:00", False),
        ("2026-01-03T12:00", True),
        ("2026-03-28T09:00", True),  # no community work, and Sundays are days like others
        ("2026-03-29T09:00", True),
    ],
)
def test_days_are_the_programmes_own_in_summer_and_winter(starts: str, may: bool) -> None:
    moment = datetime.fromisoformat(starts).replace(tzinfo=UTC)
    assert load_programme(TINY).calendar.may_meet(moment) is may


def adviser_days(path: Path, today: date, sector: str = "Kigabiro") -> list[str]:
    programme = load_programme(path)
    found = programme.sectors[sector].adviser.next_meetings(programme.calendar, today)
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in found]


def test_the_advisers_next_two_days_in_each_sector() -> None:
    assert adviser_days(RWANDA, date(2025, 1, 1)) == ["2026-01-03 14:00", "2026-01-17 14:00"]
    assert adviser_days(RWANDA, date(2026, 1, 3)) == ["2026-01-03 14:00", "2026-01-17 14:00"]
    assert adviser_days(RWANDA, date(2026, 1, 4)) == ["2026-01-17 14:00", "2026-01-31 14:00"]
    assert adviser_days(RWANDA, date(2026, 1, 4), "Mukarange") == ["2026-01-08 14:00", "2026-01-22 14:00"]


def test_an_advisers_day_that_is_a_day_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(RWANDA.read_text().replace("first: 2026-01-03", "first: 2026-06-17"))
    # 1 July is Independence Day
    assert adviser_days(path, date(2026, 6, 18)) == ["2026-07-15 14:00", "2026-07-29 14:00"]


def test_an_advisers_morning_on_a_day_of_community_work_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    at = 'first: 2026-01-03, every_weeks: 2, at: "14:00"'
    path.write_text(RWANDA.read_text().replace(at, at.replace("14:00", "09:00")))
    # 31 January is a last Saturday
    assert adviser_days(path, date(2026, 1, 4)) == ["2026-01-17 09:00", "2026-02-14 09:00"]


def test_two_rules_for_different_people_may_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    men = TOO.replace("please_too", "men").replace("[woman]", "[man]")
    every = 'please_dial, at: "10:00", quiet: later}'
    women = 'please_dial, at: "10:00", quiet: later, roles: [woman]}'
    path.write_text(RWANDA.read_text().replace(every, women).replace(LEADERS, men))
    assert {"please_save", "men"} < load_programme(path).messages.rules.keys()


def test_an_unknown_subject_of_a_rule_is_one_fault(tmp_path: Path) -> None:
    text = RWANDA.read_text().replace("about: month", "about: mouth", 1)
    assert len([fault for fault in _broken(tmp_path, text) if "is not one of" in fault]) == 1
