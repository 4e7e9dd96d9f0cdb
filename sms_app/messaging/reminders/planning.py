"""Plans reminders of gatherings, check-in days and months by the programme's rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection

from sms_app import sql
from sms_app.messaging.changes import LASTS
from sms_app.messaging.reconcile import PlanResult, by_index, next_of, reconcile
from sms_app.messaging.reminders import occasions
from sms_app.messaging.reminders.moments import QUIET_HOURS, Moment, NotPlanned
from sms_app.messaging.reminders.occasions import Occasion
from sms_app.programme import people
from sms_app.programme.loaded import LoadedProgramme

HORIZON = timedelta(hours=36)
WITHIN_A_DAY = timedelta(days=1)
TEST_LASTS = timedelta(hours=1)
READS = frozenset(
    {
        "training_session",
        "planned_meeting",
        "training_group",
        "participant",
        "participant_phone",
        "savings_group",
        "savings_member",
        "consent",
        "message",
        "waiting gathering",
        "waiting check_in",
        "waiting month",
    }
)
"""What this plan reads, in the words of `plan_change.about`."""

SQL = sql.beside(__file__)
OWN_NUMBERS = (
    "select phone_number_id from participant_phone where participant_id = %(person)s and to_on is null"
)
NUMBER_TEST = "select plan_number_test(%(id)s, %(person)s, %(phone)s, %(occasion)s, %(now)s, %(expires)s)"


def plan(conn: Connection, programme: LoadedProgramme, now: datetime) -> PlanResult:
    """Bring the outbox up to what the rules want between now and the horizon; may be repeated."""
    # Look one hour further than the horizon, to know until when this plan holds.
    until = now + LASTS + HORIZON
    planned = occasions.planned_starts(conn, programme)
    every = {
        "gathering": occasions.gatherings(conn, programme, now, until, planned),
        "check_in": occasions.days(programme, now, until),
        "month": occasions.months(programme, now, until),
    }
    done = PlanResult()
    with by_index(conn):
        for kind, occasions_of_kind in every.items():
            placed = [
                replace(occasion, moment=_plan_dropped(programme, occasion.moment))
                for occasion in occasions_of_kind
            ]
            done += _reconcile(conn, programme, kind, _within_horizon(placed, now, planned), now)
            done += PlanResult(holds_until=next_of(now, _times_of_change(placed, planned)))
    return done


def number_test(conn: Connection, participant: UUID, phone: UUID, now: datetime, today: date) -> None:
    """Plan the message that shows a participant, and the coach beside her, that her new number works; once a day."""
    conn.exec_driver_sql(
        NUMBER_TEST,
        {
            "id": uuid4(),
            "phone": phone,
            "person": participant,
            "occasion": f"{today} {phone}",
            "now": now,
            "expires": now + TEST_LASTS,
        },
    )


def plan_number_tests(conn: Connection, programme_id: int, member: str, now: datetime, today: date) -> None:
    """Plan a `number_test` for each number that the member has now. Raises people.UnknownMember."""
    person = people.find(conn, programme_id, member)
    phones = conn.exec_driver_sql(OWN_NUMBERS, {"person": person}).scalars().all()
    for phone in phones:
        number_test(conn, person, phone, now, today)


def _within_horizon(
    every: Iterable[Occasion], now: datetime, planned: Collection[datetime]
) -> list[Occasion]:
    """The occasions that are not over and are due before the horizon. For gatherings with waiting reminders the horizon
    is a day later."""
    return [
        occasion
        for occasion in every
        if isinstance(occasion.moment, Moment)
        and occasion.moment.expires_at > now
        and occasion.moment.due_at <= now + _horizon(occasion, planned)
    ]


def _times_of_change(every: Iterable[Occasion], planned: Collection[datetime]) -> Iterator[datetime]:
    """The moments at which the same rows give another plan."""
    for occasion in every:
        if isinstance(occasion.moment, Moment):
            yield occasion.moment.due_at - _horizon(occasion, planned)
            yield occasion.moment.due_at
            yield occasion.moment.expires_at


def _horizon(occasion: Occasion, planned: Collection[datetime]) -> timedelta:
    return HORIZON + WITHIN_A_DAY if occasion.starts_at in planned else HORIZON


def _plan_dropped(programme: LoadedProgramme, moment: Moment | NotPlanned) -> Moment | NotPlanned:
    """Give a moment to a reminder that quiet hours drop: it is planned and refused at its hour, so that staff see the
    reason."""
    if isinstance(moment, Moment) or moment.reason != QUIET_HOURS:
        return moment
    calendar = programme.calendar
    day = calendar.day(moment.wanted_at)
    return Moment(moment.wanted_at, calendar.next_send(moment.wanted_at), day, moment.occasion, QUIET_HOURS)


def _reconcile(
    conn: Connection, programme: LoadedProgramme, kind: str, every: Iterable[Occasion], now: datetime
) -> PlanResult:
    values = {"programme": programme.id, "kind": kind, "now": now, **occasions.parameters(every)}
    return reconcile(conn, SQL["plan_reminders"], SQL["cancel_reminders"], values)
