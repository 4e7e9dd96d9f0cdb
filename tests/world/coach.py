"""The demo's first coach as tests dial her number: with a PIN, and one session that has no roll yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.world.dialogue import World

PIN = "5938"


class Coach:
    """The first coach of the demo, with a PIN, and one session of group 1 that has no roll yet."""

    def __init__(self, world: World) -> None:
        self.world, self.number = world, world.phone("coach_1")["number"]
        self.id = world.rows(
            "select c.id from coach c join phone_number n on n.id = c.phone_number_id"
            " where n.number_index = any(%(i)s)",
            i=world.conversation.vault.indexes(self.number, "number"),
        )[0][0]
        world.do(
            "update coach set pin = %(p)s where id = %(c)s",
            p=world.conversation.vault.pin(self.id, PIN),  # type: ignore[arg-type]
            c=self.id,
        )
        self.group = world.rows(
            "select g.id from training_group g join group_coach k on k.group_id = g.id"
            " where k.coach_id = %(c)s and g.number = 1",
            c=self.id,
        )[0][0]
        world.do("delete from attendance")
        world.do("delete from roll")
        world.do("delete from session_list")
        world.do("delete from training_session")
        self.session = self.make_session(world.now - timedelta(hours=1))

    def make_session(self, starts: Any, group: Any = None) -> Any:
        id_ = uuid4()
        self.world.do(
            "insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)"
            " select %(id)s, programme_id, id, 'A title', %(s)s, %(e)s, place, '4821' from training_group"
            " where id = %(g)s",
            id=id_,
            s=starts,
            e=starts + timedelta(hours=2),
            g=group or self.group,
        )
        return id_

    def dial(self, *typed: str, session: str = "") -> list[str]:
        return self.world.dial(self.number, *typed, session=session)

    def absent(self) -> list[object]:
        return [
            row[0]
            for row in self.world.rows(
                "select l.list_number from attendance a join session_list l using (training_session_id, participant_id)"
                " where a.source = 'coach' and a.status = 'absent' and a.training_session_id = %(s)s order by 1",
                s=self.session,
            )
        ]

    def coach_another(self, number: int) -> Any:
        """Let her coach another group too; gives its id."""
        group = self.world.rows("select id from training_group where number = %(n)s", n=number)[0][0]
        self.world.do(
            "insert into group_coach (id, group_id, coach_id, from_on) values (gen_random_uuid(), %(g)s, %(c)s, %(d)s)",
            g=group,
            c=self.id,
            d=self.world.now.date(),
        )
        return group

    def stored(self) -> int:
        return len(self.world.rows("select 1 from attendance"))
