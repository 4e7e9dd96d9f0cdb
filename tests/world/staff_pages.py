"""What the tests of the console's pages share: people to show, and the pages that each role opens."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

from sms_app import models
from sms_app.console.access import ACCESS, ROLES
from sms_app.member_number import with_check_digit
from sms_app.messaging.broadcasts import proposals
from sms_app.messaging.broadcasts.audience import Audience
from sms_app.programme import disputes
from tests.world.staff_console import StaffWorld
from tests.world.times import LONG_AGO, NOW, TODAY

KEY = re.compile(r'name="key" value="([^"]+)"')
LATELY = NOW - timedelta(weeks=3)

NO_PAGES = {"style", "broadcast.script", "people_import.template"}
"""What a browser keeps or downloads."""
LEFT, REACHED = 960, 961
"""The numbers of the woman who left, and of the one with a number and a household."""


class People:
    """Women of group 1 by number, enrolled long ago; each reachable unless she is made otherwise."""

    def __init__(self, world: StaffWorld) -> None:
        self.records, self.many = world.records, 0

    def woman(
        self, phone: bool = True, consent: bool = True, stopped: bool = False, **values: object
    ) -> UUID:
        self.many += 1
        id_ = self.records.participant(self.many, f"Uwase {self.many}", **{"enrolled_on": LONG_AGO, **values})
        if phone:
            stopped_on = TODAY if stopped else None
            number = self.records.number(f"+2507800001{self.many:02}", stopped_on=stopped_on)
            self.records.link(id_, number, LONG_AGO)
        if consent:
            self.records.consent(id_, on=LONG_AGO)
        return id_

    def text(self, person: UUID, status: str, at: object = LATELY, **values: object) -> None:
        phone = self.records.conn.exec_driver_sql(
            "select phone_number_id from participant_phone where participant_id = %(person)s",
            {"person": person},
        ).scalar_one()
        self.records.message(phone, person, status=status, at=at, sent_at=at, **values)

    def waiting_text(self, person: UUID) -> None:
        """A text that waits to be sent to her."""
        phone = self.records.conn.exec_driver_sql(
            "select phone_number_id from participant_phone where participant_id = %(person)s",
            {"person": person},
        ).scalar_one()
        self.records.message(phone, person, status="planned", at=NOW + timedelta(hours=2))


def opened(world: StaffWorld) -> dict[str, list[str]]:
    """The pages of each role, with ids that are there."""
    rules = {rule.endpoint: rule.rule for rule in world.app.url_map.iter_rules()}
    ids = {
        "<group>": str(world.records.group),
        "<figure>": "sent",
        "<member>": member_of(world),
        "<code>": coach_of(world),
        "<gathering>": gathering_of(world),
        "<number>": "1",
        "<session>": first_of(world, "select id from training_session order by starts_at, id limit 1"),
        "<cycle>": first_of(world, "select id from cycle where closed_on is null order by id limit 1"),
        "<meeting>": first_of(
            world, "select id from group_meeting where entered_on is not null order by id limit 1"
        ),
        "<draft>": proposal_of(world),
        "<broadcast>": broadcast_of(world),
        "<job>": job_of(world),
    }
    own = special(world)
    pages: dict[str, list[str]] = {role: [] for role in ROLES}
    for (endpoint, method), roles in ACCESS.items():
        if method != "GET" or not roles or endpoint in NO_PAGES:
            continue
        of_page = {**ids, **own.get(endpoint, {})}
        address = re.sub(r"<\w+>", lambda match, of_page=of_page: of_page[match[0]], rules[endpoint])
        if "none" in address:
            continue
        for role in roles & set(ROLES):
            pages[role].append(address)
    return pages


def special(world: StaffWorld) -> dict[str, dict[str, str]]:
    """The ids of the pages that are there only for who left, has a number or a household, is suspended, or has a group,
    by endpoint; whoever they are for is made at the first time."""
    left, reached = with_check_digit(LEFT), with_check_digit(REACHED)
    if not world.values("select from participant where member_number = %(m)s", m=left):
        records = world.records
        records.participant(LEFT, "Keza", group_id=None, list_number=None, left_on=TODAY, left_reason="moved")
        woman = records.participant(REACHED, "Kayitesi", enrolled_on=LONG_AGO)
        records.link(woman, records.number("+250780000960"), LONG_AGO)
        records.household(woman)
        for code, suspended in (("S1", TODAY), ("S2", None)):
            values = {"c": records.coach(name="Uwera"), "code": code, "day": suspended}
            change = "update coach set code = %(code)s, suspended_on = %(day)s where id = %(c)s"
            world.owner.exec_driver_sql(change, values)
        world.owner.commit()
    hers = ("numbers.remove", "numbers.mark", "numbers.resume", "household.leave")
    return {
        "changes.come_back": {"<member>": left},
        "coaches.restore": {"<code>": "S1"},
        "coaches.runs_no_more": {"<code>": "S2"},
        **{endpoint: {"<member>": reached} for endpoint in hers},
    }


def job_of(world: StaffWorld) -> str:
    """The id of the officer's import that waits."""
    there = world.values("select id from import_job")
    if there:
        return str(there[0][0])
    values = {"p": world.programme, "a": world.account("officer").id, "now": NOW}
    job = world.owner.exec_driver_sql(
        "with job as (insert into import_job (id, programme_id, account_id, asked, asked_at)"
        " values (gen_random_uuid(), %(p)s, %(a)s, '', %(now)s) returning id)"
        " insert into import_progress select id, 1, 3 from job returning import_job_id",
        values,
    ).scalar_one()
    world.owner.commit()
    return str(job)


def member_of(world: StaffWorld) -> str:
    """The member number of somebody; of nobody when there is none."""
    numbers = world.values(
        "select member_number from participant order by list_number, member_number limit 1"
    )
    return str(numbers[0][0]) if numbers else "none"


def key_of(page: str) -> str:
    """The key of a page's form, which is the id of the row that it adds."""
    key = KEY.search(page)
    assert key
    return key[1]


def coach_of(world: StaffWorld) -> str:
    """The code of a coach; of nobody when there is none."""
    codes = world.values("select code from coach order by code limit 1")
    return str(codes[0][0]) if codes else "none"


def gathering_of(world: StaffWorld) -> str:
    """The id of the latest session; of none when there is none."""
    latest = world.values("select id from training_session order by starts_at desc, id limit 1")
    return str(latest[0][0]) if latest else str(UUID(int=0))


def first_of(world: StaffWorld, statement: str) -> str:
    """The id that a statement gives, or "none": the page of such a thing is left out."""
    rows = world.values(statement)
    return str(rows[0][0]) if rows else "none"


def proposal_of(world: StaffWorld) -> str:
    """The id of an open proposal of the officer."""
    there = world.values("select id from broadcast_proposal where state = 'open'")
    if there:
        return str(there[0][0])
    id_, loaded = uuid4(), world.console.programmes[world.programme].loaded
    audience = Audience(roles=("woman",))
    proposals.start(world.owner, world.programme, id_, audience, world.account("officer").who, NOW)
    proposal = proposals.find(world.owner, loaded, id_)
    proposals.set_texts(world.owner, loaded, proposal, {"rw": "Muraho!", "en": "Hello!"})
    world.owner.commit()
    return str(id_)


def broadcast_of(world: StaffWorld) -> str:
    """The id of a broadcast."""
    there = world.values("select id from broadcast")
    if there:
        return str(there[0][0])
    id_ = world.records.add(
        models.Broadcast,
        programme_id=world.programme,
        roles=["woman"],
        groups=[],
        sectors=[],
        arms=[],
        send_at=LATELY,
        expires_at=LATELY + timedelta(days=1),
        made_by="office",
        made_at=LATELY,
        recipients=0,
        estimate=0,
    )
    world.owner.commit()
    return str(id_)


def fill(world: StaffWorld) -> None:
    """A group as it is in its year: people whom nothing reached, for each reason."""
    people = People(world)
    for n in range(12):
        people.woman(phone=n % 4 != 0, consent=n % 5 != 1, stopped=n % 6 == 2)
    world.records.coach(world.records.number("+250780000300"), name="Mukamana Claudine")
    women = [people.woman(phone=n != 3) for n in range(1, 9)]
    matters(world, women)
    training(world, women)
    for n, (status, reason) in enumerate(
        (("delivered", None), ("sent", None), ("failed", "user_is_inactive"), ("unknown", "no_answer"))
    ):
        # the third woman has no phone
        people.text(women[n + 4 if n == 2 else n], status, NOW, reason=reason, segments=1)


def training(world: StaffWorld, women: list[UUID]) -> None:
    """A year of sessions with rolls, and a savings group of which a count waits."""
    records = world.records
    coach = records.coach(name="Uwera Jeanne")
    for week in range(51, 0, -1):
        session = records.session(NOW - timedelta(weeks=week, days=1), f"{week:04}")
        absent = [1 + (week * step) % 20 for step in range(1, 1 + week % 4)]
        roll_of(world, session, coach, sorted(set(absent)))
    cycle = records.cycle(*women)
    world.owner.exec_driver_sql(
        "update savings_member m set list_number = p.list_number - 12 from participant p"
        " where p.id = m.participant_id"
    )
    records.add(
        models.GroupMeeting,
        cycle_id=cycle,
        held_on=TODAY,
        entered_by="console:another@example.org",
        entered_on=TODAY,
    )


def roll_of(world: StaffWorld, session: UUID, coach: UUID, absent: list[int]) -> None:
    """A roll that a coach took; the list is everyone in the group."""
    conn = world.owner
    for table in ("session_list", "attendance"):
        conn.exec_driver_sql(INSERTED[table], {"s": session, "absent": absent, "day": TODAY})
    conn.exec_driver_sql(
        "insert into roll (training_session_id, coach_id, outcome, headcount, taken_on)"
        " values (%(s)s, %(c)s, 'held', 1, %(day)s)",
        {"s": session, "c": coach, "day": TODAY},
    )


INSERTED = {
    "session_list": """
insert into session_list select %(s)s, id, list_number from participant where group_id is not null
""",
    "attendance": """
insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)
select %(s)s, participant_id, 'coach', case when list_number = any(%(absent)s) then 'absent' else 'present' end, false,
  %(day)s
from session_list where training_session_id = %(s)s
""",
}


def matters(world: StaffWorld, women: list[UUID]) -> None:
    """What waits in the inbox and on the day: a missing roll, questions, a reply that she can't come."""
    records, conn = world.records, world.owner
    records.session(NOW - timedelta(days=2), "1111")
    today = records.session(NOW + timedelta(hours=3), "2222")
    for n, about in enumerate(("shares", "attendance")):
        disputes.raise_dispute(conn, uuid4(), women[n], about, TODAY - timedelta(days=3 * n))
    reply = "insert into session_reply values (%(s)s, %(p)s, false, %(d)s, %(d)s)"
    conn.exec_driver_sql(reply, {"s": today, "p": women[2], "d": TODAY})
    records.add(
        models.FollowUp,
        participant_id=women[3],
        training_session_id=today,
        reason="absent_twice",
        raised_on=TODAY,
    )
