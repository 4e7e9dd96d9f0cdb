"""A coach of the demo with one group, and the women of this group by list number, on the coach's phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.world.dialogue import World

PIN = "5938"


@dataclass
class ForHer:
    """Dials as the coach whose group is `group` and whose PIN is PIN; there is no session until one is made."""

    world: World
    number: str = field(init=False)
    coach: UUID = field(init=False)
    group: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.number = self.world.phone("coach_1")["number"]
        vault = self.world.conversation.vault
        indexes = vault.indexes(self.number, "number")
        self.coach = self.one(
            "select c.id from coach c join phone_number n on n.id = c.phone_number_id"
            " where n.number_index = any(%(i)s)",
            i=indexes,
        )
        self.world.do(
            "update coach set pin = %(p)s, bookmark = null where id = %(c)s",
            p=vault.pin(self.coach, PIN),
            c=self.coach,
        )
        self.group = self.one("select id from training_group where number = 1")
        self.world.do(
            "update group_coach set to_on = %(d)s where coach_id = %(c)s and group_id <> %(g)s",
            d=self.world.now.date(),
            c=self.coach,
            g=self.group,
        )
        for table in ("attendance", "roll", "session_list", "follow_up", "session_reply", "training_session"):
            self.world.do(f"delete from {table}")
        self.world.do("update participant set language = 'en'")
        self.world.do("update phone_number set language = 'en'")

    def one(self, query: str, **values: object) -> Any:
        return self.world.rows(query, **values)[0][0]

    def woman(self, number: int) -> UUID:
        """The participant with this number on the group's list."""
        woman: UUID = self.one(
            "select id from participant where group_id = %(g)s and list_number = %(n)s",
            g=self.group,
            n=number,
        )
        return woman

    def member(self, number: int) -> str:
        return str(self.one("select member_number from participant where id = %(p)s", p=self.woman(number)))

    def without_phone(self, number: int) -> UUID:
        """This woman without any number."""
        woman = self.woman(number)
        self.world.do("delete from participant_phone where participant_id = %(p)s", p=woman)
        self.world.do("update participant set contact = 'none' where id = %(p)s", p=woman)
        return woman

    def session(self, **from_now: int) -> UUID:
        """A session of the group that starts some time from now, for two hours."""
        id_ = uuid4()
        starts = self.world.now + timedelta(**from_now)
        self.world.do(
            "insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)"
            " select %(id)s, programme_id, id, 'A title', %(s)s, %(e)s, place, '4821' from training_group"
            " where id = %(g)s",
            id=id_,
            s=starts,
            e=starts + timedelta(hours=2),
            g=self.group,
        )
        return id_

    def dial(self, *typed: str, session: str = "") -> list[str]:
        """The answer to each key after the coach's menu, My groups, the PIN and the item for one person; no earlier
        dialogue was dropped."""
        self.world.do("update coach set bookmark = null where id = %(c)s", c=self.coach)
        return self.redial("1", *typed, session=session)[1:]

    def redial(self, *typed: str, session: str = "") -> list[str]:
        """The answer to each key after the coach's menu, My groups and the PIN, whatever was dropped before."""
        return self.world.dial(self.number, "4", PIN, *typed, session=session)[3:]

    def audit(self) -> list[tuple[object, ...]]:
        return self.world.rows("select what, subject from audit_entry where who like 'coach:%%' order by id")
