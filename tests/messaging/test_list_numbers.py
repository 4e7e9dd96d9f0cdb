"""Coach texts are one segment whatever is in them, name people by their list numbers only, and cut nobody off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.messaging.coaches.list_numbers import fitting, forms
from sms_app.messaging.coaches.weeks import RECORDED, Week, week_of
from sms_app.messaging.content import Content, ToldSnapshot
from sms_app.messaging.wording import render
from sms_app.texts import GSM7_TWICE, gsm7_length, segments
from sms_app.vault import Vault
from tests.world.databases import KEYS
from tests.world.programme import rwanda_as

PROGRAMME = rwanda_as(1, Vault.parse(KEYS))
SIZE = 30
EVERYONE = range(1, SIZE + 1)
# each month, and in one of the longest each weekday
DAYS = [datetime(2026, month, 28, 12, tzinfo=UTC) for month in range(1, 13)]
DAYS += [datetime(2026, 9, day, 12, tzinfo=UTC) for day in range(20, 30)]
_START = {"group": 9999, "place": "W" * 30, "total": SIZE, "cannot_come": SIZE}
_COUNTS = {"present": SIZE, "total": SIZE, "excused": SIZE, "late": SIZE, "not_reported": SIZE}
WITH_START = {
    "coach_tomorrow": ("not_reached", _START),
    "coach_changed": ("not_reached", _START),
    "coach_cancelled": ("not_reached", _START),
    "coach_roll_summary": ("absent", {"group": 9999, **_COUNTS}),
}
people = st.sets(st.integers(1, SIZE)).map(sorted)
places = st.text("WwQé€[]{}~,. ", min_size=30, max_size=30)


def written(text):
    """The list numbers of a text, read back; or how many there are."""
    if text == "0":
        return []
    if "/" in text:
        return int(text.split("/")[0])
    runs = [[int(end) for end in run.split("-")] for run in text.split("*")]
    return [number for run in runs for number in range(run[0], run[-1] + 1)]


def each(say, name):
    """Each language's text is one segment; gives how the list numbers were written, which each has."""
    form = str(say.values[name])
    for language in PROGRAMME.settings.languages:
        text = render(PROGRAMME, language, say)
        assert segments(text) == 1, (gsm7_length(text), text)
        assert form in text
    return form


@given(people)
def test_each_form_says_the_same_people(found):
    made = list(forms(found, SIZE))
    assert [written(one) for one in made] == ([[]] if not found else [found, found, len(found)])
    assert len(made[-1]) <= len("30/30")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((), "0"),
        ((7,), "7"),
        ((12, 3, 7), "3*7*12"),
        ((3, 4), "3*4"),
        (tuple(EVERYONE), "1-30"),
        ((*range(3, 10), 12), "3*4*5*6*7*8*9*12"),
    ],
)
def test_the_longest_form_that_fits_is_said(found, said):
    values = {"group": 4, "start": DAYS[1], "place": "Rwamagana, Kigabiro", "total": SIZE, "cannot_come": 2}
    say = fitting(PROGRAMME, "coach_tomorrow", values, "not_reached", found, SIZE, ToldSnapshot())
    assert each(say, "not_reached") == said


@given(st.sampled_from(sorted(WITH_START)), people, st.sampled_from(DAYS), places, st.integers(1, 9999))
def test_any_people_any_day_any_place_are_one_segment(text, found, start, place, group):
    name, values = WITH_START[text]
    values = {**values, "start": start, "group": group} | ({"place": place} if "place" in values else {})
    said = written(each(fitting(PROGRAMME, text, values, name, found, SIZE, ToldSnapshot()), name))
    assert said == found or said == len(found)


@pytest.mark.parametrize("text", WITH_START)
def test_the_last_form_fits_on_every_day(text):
    """So `fitting` never runs out of forms: this is each day with the longest of all else."""
    name, values = WITH_START[text]
    twice = max(GSM7_TWICE) * 30
    for start in DAYS:
        filled = {**values, "start": start, name: f"{SIZE}/{SIZE}"} | (
            {"place": twice} if "place" in values else {}
        )
        each(Content(text, filled), name)


@given(people, st.sampled_from(sorted(RECORDED.values())), st.integers(1, 9999), st.integers(0, 7))
def test_any_week_is_one_segment(found, meeting, group, planned):
    values = {
        "monday": date(2026, 12, 28),
        "group": group,
        "held": planned,
        "planned": planned,
        "present": planned * SIZE,
        "total": planned * SIZE,
        "not_reported": planned * SIZE,
        "meeting": meeting,
    }
    say = fitting(PROGRAMME, "coach_week", values, "absent_twice", found, SIZE, ToldSnapshot())
    said = written(each(say, "absent_twice"))
    assert said == found or said == len(found)


def test_no_coach_text_can_name_anyone():
    """Nothing that fills a coach's text is a name: list numbers, counts, a place, a moment."""
    for language in PROGRAMME.settings.languages:
        for key in (
            "coach_tomorrow",
            "coach_changed",
            "coach_cancelled",
            "coach_roll_missing",
            "coach_roll_summary",
            "coach_week",
        ):
            assert "name" not in PROGRAMME.texts.sentence(language, f"message.{key}")


@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_weeks_follow_each_other_without_gap_or_overlap_and_are_found_by_their_monday(day):
    week = Week(day)
    assert week.monday.weekday() == 0
    assert week_of(week.monday, day.weekday()) == week
    inside = sum(
        week.monday <= week.first + timedelta(days=n) < week.monday + timedelta(weeks=1) for n in range(7)
    )
    assert inside >= 4
    calendar = PROGRAMME.calendar
    assert week.bounds(calendar)[1] == Week(day + timedelta(weeks=1)).bounds(calendar)[0]
