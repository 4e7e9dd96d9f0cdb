"""Consents that the trial needs: asked alone before her man is approached, and a guardian beside who is under 18."""

from datetime import date

import pytest

from sms_app import models
from sms_app.cli.consent import app
from sms_app.cli.people import app as people
from sms_app.cli.readiness.finding import Inputs
from sms_app.cli.readiness.minors import check_minors
from sms_app.member_number import with_check_digit
from tests.world.office_commands import Run
from tests.world.records import Records
from tests.world.times import TODAY

ONE, TWO = with_check_digit(1), with_check_digit(2)
WORDS = ("--version", "2", "--how", "written", "--taken-by", "Keza")
# tests run on a day of 2026
MINOR, TURNS_18, ADULT = 2010, 2008, 2007


@pytest.fixture
def enter(command, records: Records):
    """Enter a consent of the first woman."""
    run = command(people)
    return lambda purpose, *more: run("consent", ONE, purpose, *WORDS, *more)


def _say(
    records: Records, person, purpose: str, given: bool = True, by: str = "herself", on: date = TODAY
) -> None:
    records.add(
        models.Consent,
        participant_id=person,
        purpose=purpose,
        given=given,
        version="1",
        language="rw",
        how="written",
        taken_by="coach",
        taken_on=on,
        given_by=by,
    )


def _given(records: Records, purpose: str = "research") -> bool:
    asked = {"programme": records.programme, "today": TODAY, "purpose": purpose}
    statement = "select given from trial_consent(%(programme)s, %(today)s) where purpose = %(purpose)s"
    return bool(records.conn.exec_driver_sql(statement, asked).scalar_one())


def test_a_man_is_approached_only_if_she_was_asked_alone(enter, records: Records) -> None:
    records.participant(1)
    for more in ((), ("--with-others",)):
        refused = enter("approach_man", "--given", *more)
        assert refused.exit_code == 1
        assert "say --asked-alone" in refused.output
    # a no is taken in any case
    assert enter("approach_man", "--withdrawn", "--with-others").exit_code == 0
    assert enter("approach_man", "--given", "--asked-alone").exit_code == 0
    assert enter("messages", "--given").exit_code == 0
    rows = records.conn.exec_driver_sql("select purpose, given, asked_alone from consent").all()
    assert {tuple(row) for row in rows} == {
        ("approach_man", False, False),
        ("approach_man", True, True),
        ("messages", True, None),
    }


def test_a_guardian_speaks_only_where_it_counts(enter, records: Records) -> None:
    records.participant(1)
    for purpose in ("messages", "approach_man", "check_in"):
        refused = enter(purpose, "--given", "--given-by", "guardian", "--asked-alone")
        assert (refused.exit_code, "only her own word counts" in refused.output) == (1, True)
    assert "`mother` gives no consent" in enter("research", "--given", "--given-by", "mother").output
    assert enter("research", "--given", "--given-by", "guardian").exit_code == 0


@pytest.mark.parametrize(
    ("born", "hers", "guardians", "given"),
    [
        (ADULT, True, None, True),
        (None, True, None, True),
        (TURNS_18, True, None, False),
        (MINOR, True, None, False),
        (MINOR, True, True, True),
        (MINOR, True, False, False),
        (MINOR, False, True, False),
        (MINOR, None, True, False),
        (ADULT, False, True, False),
    ],
)
def test_a_minors_consent_counts_when_both_are_given(
    records: Records, born, hers, guardians, given: bool
) -> None:
    woman = records.participant(1, birth_year=born)
    if hers is not None:
        _say(records, woman, "research", hers)
    if guardians is not None:
        _say(records, woman, "research", guardians, "guardian")
    assert _given(records) is given


def test_a_yes_of_before_18_does_not_grow_up_with_her(records: Records) -> None:
    woman = records.participant(1, birth_year=ADULT)
    _say(records, woman, "research", on=date(2025, 12, 31))
    assert not _given(records)
    _say(records, woman, "research", on=date(2026, 1, 1))
    assert _given(records)


def test_a_guardians_word_is_never_in_place_of_hers(records: Records) -> None:
    woman = records.participant(1, birth_year=MINOR)
    _say(records, woman, "research", False, on=date(2026, 1, 5))
    _say(records, woman, "research", True, "guardian")
    assert records.conn.exec_driver_sql("select given from consent_now").scalars().all() == [False]


def test_who_misses_what_is_listed_by_member_number(command, records: Records) -> None:
    run: Run = command(app)
    minor, adult = records.participant(1, birth_year=MINOR), records.participant(2, birth_year=ADULT)
    for purpose in ("programme", "research", "surveys"):
        _say(records, minor, purpose)
        # a no is a word too
        _say(records, adult, purpose, purpose != "surveys")
    _say(records, minor, "programme", by="guardian")
    assert [line.split() for line in run("missing").output.splitlines()] == [
        [ONE, "research", "under", "18", "a", "guardian's"],
        [ONE, "surveys", "under", "18", "a", "guardian's"],
    ]
    records.participant(3)
    other = with_check_digit(3)
    lines = run("missing").output.splitlines()
    assert [line.split() for line in lines if line.startswith(other)] == [
        [other, purpose, "her", "own"] for purpose in ("programme", "research", "surveys")
    ]
    assert lines[-1].startswith("1 have no year of birth")
    assert not [line for line in run("missing", "--minors").output.splitlines() if line.startswith(other)]


def test_the_doctor_warns_of_minors_without_a_guardian(environment: dict[str, str], records: Records) -> None:
    records.conn.exec_driver_sql("update programme set slug = 'rwanda'")
    minor = records.participant(1, birth_year=MINOR)
    records.conn.commit()
    (finding,) = check_minors(Inputs.of(environment))
    assert (finding.verdict, finding.result) == ("warn", "1 under 18 without a guardian's word")
    for purpose in ("programme", "research", "surveys"):
        _say(records, minor, purpose, by="guardian")
    records.conn.commit()
    assert list(check_minors(Inputs.of(environment))) == []


def test_a_merged_row_keeps_whose_word_it_was(command, records: Records) -> None:
    merged = records.participant(1, birth_year=MINOR)
    records.participant(2)
    _say(records, merged, "research")
    _say(records, merged, "research", by="guardian")
    assert command(people)("merge", ONE, "--into", TWO).exit_code == 0
    assert _given(records)
    shown = command(people)("show", TWO).output
    assert "consent to research: given" in shown
    assert "consent to research, by the guardian: given" in shown
