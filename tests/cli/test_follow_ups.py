"""`sms-app follow-ups`, as staff type it."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from sms_app import clock, models
from sms_app.cli.follow_ups import app
from tests.world.office_commands import Run, runner
from tests.world.records import Records


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    return runner(app, environment, records)


@pytest.fixture
def raised(records: Records) -> UUID:
    """The twelfth on the list was absent twice running."""
    person = records.participant(12)
    now = clock.now()
    session = records.session(now - timedelta(days=2))
    id_ = records.add(
        models.FollowUp,
        participant_id=person,
        training_session_id=session,
        reason="absent_twice",
        raised_on=now.date() - timedelta(days=1),
    )
    records.conn.commit()
    return id_


def test_what_the_office_heard_closes_a_follow_up_once(records: Records, run: Run, raised: UUID) -> None:
    handle = str(raised)[:8]
    assert run("list").output.split()[::2][0] == handle
    assert "group 1 no. 12" in run("list").output
    said = run("answer", handle, "cannot_come", "--by", "office")
    assert (said.exit_code, "cannot_come" in said.output) == (0, True)
    assert run("list").output == "No follow-up is open.\n"
    again = run("answer", handle, "not_found")
    assert (again.exit_code, "No open follow-up begins" in again.output) == (1, True)
    rows = records.conn.execute(text("select answer from follow_up")).scalars().all()
    assert list(rows) == ["cannot_come"]
    trail = records.conn.execute(text("select who, what, subject_id from audit_entry")).all()
    assert [tuple(row) for row in trail] == [("office", "close_follow_up", str(raised))]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("abc", "cannot_come"), "at least 4 characters"),
        (("00000000", "cannot_come"), "No open follow-up begins with `00000000`"),
    ],
)
def test_an_id_that_is_none_changes_nothing(
    run: Run, raised: UUID, words: tuple[str, ...], says: str
) -> None:
    said = run("answer", *words)
    assert (said.exit_code, says in said.output) == (1, True)


def test_an_answer_that_is_none_changes_nothing(run: Run, raised: UUID) -> None:
    said = run("answer", str(raised)[:8], "died")
    assert (said.exit_code, "`died` is none of" in said.output) == (1, True)
    assert str(raised)[:8] in run("list").output
