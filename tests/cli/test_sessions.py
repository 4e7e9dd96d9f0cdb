"""`sms-app sessions`, as staff type it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import Result
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from sms_app import clock
from sms_app.cli.sessions import app
from sms_app.messaging.reminders import change_preview, corrections
from sms_app.programme import training
from tests.world.programme import rwanda_as
from tests.world.records import Records

Run = Callable[..., Result]
# a Wednesday on which every test may hold a session
NOON = datetime(2026, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
def run(environment: dict[str, str], records: Records) -> Run:
    """Give a command its words, on 4 March 2026."""
    records.conn.execute(text("update programme set slug = 'rwanda'"))
    offset = str(int((NOON - clock.now()).total_seconds()))

    def give(*words: str, typed: str | None = None) -> Result:
        """`typed` is what someone types; a cancellation is not asked about without it."""
        records.conn.commit()
        env = {**environment, "USER": "office", "SMS_APP_TIME_OFFSET_S": offset}
        yes = ["--yes"] if words[0] == "cancel" and typed is None else []
        return CliRunner().invoke(app, [*words, *yes], env=env, input=typed)

    return give


@pytest.fixture
def session(records: Records) -> UUID:
    return records.session(NOON + timedelta(days=1))


def row(records: Records) -> tuple:
    query = "select starts_at, ends_at - starts_at, place, cancelled_at is not null from training_session"
    return tuple(records.conn.execute(text(query)).one())


def trail(records: Records) -> list[tuple]:
    return [tuple(one) for one in records.conn.execute(text("select who, what, subject from audit_entry"))]


def test_a_session_is_moved_cancelled_restored_and_placed(records: Records, run: Run, session: UUID) -> None:
    two = timedelta(hours=2)
    assert run("move", str(session), "2026-03-07 14:00").exit_code == 0
    assert row(records) == (datetime(2026, 3, 7, 12, tzinfo=UTC), two, "Kigabiro", False)
    assert run("cancel", str(session)).exit_code == 0
    assert row(records)[3]
    assert run("restore", str(session)).exit_code == 0
    assert run("place", str(session), "Rwamagana,  Sibagire", "--by", "Keza").exit_code == 0
    assert row(records)[2:] == ("Rwamagana, Sibagire", False)
    assert trail(records) == [
        *(("office", what, "training_session") for what in ("move", "cancel", "restore")),
        ("Keza", "place", "training_session"),
    ]


def test_a_meeting_is_planned_and_listed_with_the_sessions(records: Records, run: Run, session: UUID) -> None:
    records.savings_group(name="Ikimina 4")
    said = run("plan-meeting", "Ikimina 4", "2026-03-06 15:00", "--place", "Kigabiro")
    assert said.exit_code == 0
    listed = run("list").output.splitlines()
    assert [line.split("  ", 1)[1] for line in listed] == [
        "2026-03-05 12:00-14:00  group 1        Kigabiro  code 4821  will come 0, cannot 0  no coach",
        "2026-03-06 15:00-17:00  Ikimina 4      Kigabiro  no coach",
    ]
    assert said.output.strip() in listed[1]
    assert trail(records) == [("office", "plan_meeting", "planned_meeting")]
    assert run("cancel", said.output.strip()).exit_code == 0
    assert run("list").output.count("cancelled") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("move", "2026-03-08 14:00"), "a day off: use --anyway"),
        (("move", "2026-03-03 14:00"), "into the past"),
        (("move", "Saturday"), "write it as"),
        (("place", " "), "1 to 30 characters"),
        (("place", "x" * 31), "1 to 30 characters"),
        (("place", "Kwirinda Ihohoterwa"), "no text may say"),
        (("place", "Kigali \u4e2d"), "can't show"),
        (("move", "2026-03-05 23:30"), "from 08:00 to 18:00"),
        (("move", "9999-12-31 23:30"), "write it as"),
    ],
)
def test_an_impossible_change_is_refused(
    records: Records, run: Run, session: UUID, words: tuple[str, ...], said: str
) -> None:
    before = row(records)
    found = run(words[0], str(session), *words[1:])
    assert found.exit_code == 1
    assert said in found.output
    assert (row(records), trail(records)) == (before, [])


def test_an_unknown_session_or_savings_group_is_said(run: Run) -> None:
    assert "There is no session" in run("cancel", str(uuid4())).output
    assert "No savings group" in run("plan-meeting", "X", "2026-03-06 15:00", "--place", "Kigabiro").output
    assert "Nothing takes place." in run("list").output


def test_what_changed_and_who_knows_it_otherwise_is_said(records: Records, run: Run, session: UUID) -> None:
    for n in range(2):
        message(records, session, records.number(f"+25078800000{n}"), "gathering", [])
    start = str(session)[:13]
    said = "Group 1: Thursday 2026-03-05 12:00"
    every = "2 numbers were told and will be told of the change.\n"
    assert run("move", start, "2026-03-06 14:00").output == f"{said} -> Friday 2026-03-06 14:00. {every}"
    assert (
        run("move", start, "2026-03-05 12:00").output
        == f"Group 1: Friday 2026-03-06 14:00 -> {said[9:]}. {every.split(' and')[0]}; none of them will be told"
        " of the change.\n"
    )
    assert (
        run("cancel", start).output.splitlines()[-1]
        == f"{said} is cancelled. 2 numbers were told; none of them will be told of the change."
    )
    assert run("cancel", start).output == "Nothing changed: it is cancelled already.\n"
    assert "takes place after all. 2 numbers were told; none" in run("restore", start).output
    assert run("restore", start).output == "Nothing changed: it is not cancelled.\n"
    assert run("place", start, "Chez \u2019Aline").output.startswith(
        "Group 1, Thursday 2026-03-05 12:00: Kigabiro -> Chez 'A"
    )


def test_what_has_begun_stays_and_nobody_meets_twice_at_once(records: Records, run: Run) -> None:
    begun, held = records.session(NOON), records.session(NOON + timedelta(days=1))
    other = records.session(NOON + timedelta(days=2))
    for words in (("move", str(begun), "2026-03-06 15:00"), ("cancel", str(begun))):
        assert "It has begun or is over" in run(*words).output
    assert "at that very time" in run("move", str(other), "2026-03-05 12:00").output
    assert run("cancel", str(held)).exit_code == 0
    assert run("move", str(other), "2026-03-05 12:00").exit_code == 0
    assert "at that very time" in run("restore", str(held)).output
    records.savings_group(name="Ikimina 4")
    plan = ("plan-meeting", "Ikimina 4", "2026-03-06 15:00", "--place", "Kigabiro")
    assert run(*plan).exit_code == 0
    assert "at that very time" in run(*plan).output
    assert len(run("list", "--week", "2026-W10").output.splitlines()) == 4
    assert len(run("list", "--group", "ikimina 4").output.splitlines()) == 1
    assert len(run("list", "--group", "1").output.splitlines()) == 3
    assert "at least 4 characters" in run("cancel", "").output
    assert "is not a week" in run("list", "--week", "").output


def told(records: Records, session: UUID, n: int, **values: object) -> None:
    """The n-th on the list was told of the session on a number of her own."""
    person = records.participant(n, enrolled_on=NOON.date())
    number = records.number(f"+25078800010{n}", **values)
    records.link(person, number, from_on=NOON.date())
    records.consent(person, given=n != 3, on=NOON.date())
    message(records, session, number, "gathering", [person])


def message(records: Records, session: UUID, number: UUID, kind: str, people: list[UUID]) -> None:
    records.message(
        number,
        *people,
        kind=kind,
        at=NOON,
        subject_id=session,
        occasion=str(uuid4()),
        gathering_id=session,
        status="delivered",
        expires_at=NOON,
        claimed_at=NOON,
        sent_at=NOON,
        attempts=1,
        told_starts_at=NOON + timedelta(days=1),
        told_place="Kigabiro",
        told_cancelled=False,
    )


def coach(records: Records) -> UUID:
    """A coach with a phone; gives her number's id."""
    number = records.number("+250788000999")
    records.coach(number, from_on=NOON.date(), name="Mukamana J")
    return number


def test_a_cancellation_shows_who_would_be_told_and_asks(records: Records, run: Run, session: UUID) -> None:
    for n in (1, 2, 3):
        told(records, session, n)
    told(records, session, 4, stopped_on=NOON.date())
    message(records, session, coach(records), "coach_gathering", [])
    said = run("cancel", str(session)[:8], typed="n\n")
    assert said.exit_code == 1
    assert said.output.splitlines() == [
        "Group 1: Thursday 2026-03-05 12:00, Kigabiro.",
        "4 numbers were told of it; 2 would be told that it is cancelled, at once (list numbers 1*2).",
        "  not told, no_consent: 1 number (list numbers 3)",
        "  not told, number_stopped: 1 number (list numbers 4)",
        "Coach: Mukamana J +250788000999. 1 would be told.",
        "Cancel it? [y/N]: n",
        "Nothing was changed.",
    ]
    assert not row(records)[3]
    assert trail(records) == []
    done = run("cancel", str(session)[:8], typed="y\n")
    assert done.exit_code == 0
    assert done.output.splitlines()[-1] == (
        "Group 1: Thursday 2026-03-05 12:00 is cancelled. 4 numbers were told; 2 of them will be told of the change."
    )
    assert row(records)[3]
    assert trail(records) == [("office", "cancel", "training_session")]


def test_who_would_be_told_is_who_is_told(
    records: Records, run: Run, session: UUID, conn: Connection
) -> None:
    """The look before, and the corrections that the next tick plans, are the same numbers at the same hour."""
    for n in (1, 2):
        told(records, session, n)
    evening = NOON + timedelta(hours=9)
    loaded = rwanda_as(records.programme, records.vault)
    found = change_preview.preview_cancellation(conn, loaded, session, evening)
    assert run("cancel", str(session)).exit_code == 0
    corrections.plan(conn, loaded, evening)
    planned = conn.execute(text("select due_at from message where kind = 'correction'")).scalars().all()
    assert (found.to_tell.count, found.first_at) == (len(planned), min(planned))
    assert found.first_at == datetime(2026, 3, 5, 4, tzinfo=UTC)


def test_where_nobody_can_answer_nothing_changes(records: Records, run: Run, session: UUID) -> None:
    said = run("cancel", str(session), typed="")
    assert said.exit_code == 1
    assert "Nothing was changed. Use --yes where nobody can answer." in said.output
    assert not row(records)[3]


def test_what_is_off_or_has_begun_is_not_asked_about(records: Records, run: Run, session: UUID) -> None:
    begun = records.session(NOON)
    run("cancel", str(session))
    for id_ in (session, begun, uuid4()):
        assert "Cancel it?" not in run("cancel", str(id_), typed="y\n").output
    assert trail(records) == [("office", "cancel", "training_session")]


def test_waiting_reminders_are_counted_and_nobody_was_told(records: Records, run: Run, session: UUID) -> None:
    told(records, session, 1)
    records.conn.execute(text("update message set status = 'planned', told_starts_at = null, sent_at = null"))
    said = run("cancel", str(session), typed="n\n").output.splitlines()
    assert said[1:4] == [
        "Nobody was told yet, so nobody would be told.",
        "1 reminder not sent yet will not be sent.",
        "Coach: no coach. Not told of it yet.",
    ]


def test_what_women_said_the_code_and_the_coach_are_listed(records: Records, run: Run, session: UUID) -> None:
    coach(records)
    for n, coming in ((1, True), (2, False), (3, False)):
        training.reply(records.conn, session, records.participant(n), coming, NOON.date())
    assert run("list").output.split("  ", 1)[1] == (
        "2026-03-05 12:00-14:00  group 1        Kigabiro  code 4821  will come 1, cannot 2  Mukamana J +250788000999\n"
    )
    assert run("move", str(session), "2026-03-06 14:00").exit_code == 0
    assert "will come 0, cannot 0" in run("list").output


def test_a_name_under_another_key_is_not_shown_and_stops_nothing(
    records: Records, run: Run, session: UUID
) -> None:
    coach(records)
    records.conn.execute(text("update coach set name_sealed = '\\x63'"))
    assert "(not readable with these keys) +250788000999" in run("list").output
