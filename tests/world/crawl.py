"""Walks the whole menu tree from one phone, key by key through real hops, and tries every key on every screen.

After each key the dialogue's row and what the key stored are put back, so that the next key is tried on the same
screen. What was seen is plain data for tests to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from sms_app.channel.inbound import UssdHop
from sms_app.conversation import position as positions
from sms_app.conversation.hop import dialogue_name
from sms_app.engine.flow import Question
from tests.world.dialogue import World

CHOICE = re.compile(r"^([1-9])\. ", re.MULTILINE)
DEEPEST = 12
KEPT = ("participant", "phone_number", "pin_guard", "pin_opening")
PUT_BACK = """
update ussd_dialogue set position = decode('{position}', 'hex');
delete from pin_guard; insert into pin_guard select * from kept.pin_guard;
delete from pin_opening; insert into pin_opening select * from kept.pin_opening;
update participant p set language = k.language, amounts_by_phone = k.amounts_by_phone, bookmark = k.bookmark,
  bookmark_on = k.bookmark_on, pin = k.pin, pin_changed_on = k.pin_changed_on
from kept.participant k where k.id = p.id and row(p.*) is distinct from row(k.*);
delete from phone_number where id not in (select id from kept.phone_number);
update phone_number n set language = k.language, stopped_on = k.stopped_on, resumed_at = k.resumed_at,
  sharing = k.sharing
from kept.phone_number k where k.id = n.id and row(n.*) is distinct from row(k.*);
"""
JUST_THE_ROW = "update ussd_dialogue set position = decode('{position}', 'hex')"


@dataclass(frozen=True)
class Role:
    """A phone, and the card of the person who holds it: what she types where she is asked."""

    name: str
    number: str
    card: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """A screen as it was met: by which keys, over which screens, whether a right PIN was typed on the way, and the
    answer to each key that was tried."""

    role: str
    lang: str
    keys: tuple[str, ...]
    block: str
    kind: str
    screen: str
    proved: bool
    before: tuple[Seen, ...] = field(repr=False)
    answers: Mapping[str, str] = field(repr=False)

    @property
    def flow(self) -> str:
        return self.block.partition(".")[0]

    @property
    def printed(self) -> frozenset[str]:
        """The digits that the screen offers, 0 apart."""
        return frozenset(CHOICE.findall(self.screen[len("CON ") :]))


def keep(world: World) -> None:
    """Keep what is stored now, for every key of a crawl to start from."""
    world.do("drop schema if exists kept cascade; create schema kept")
    for table in KEPT:
        world.do(f"create table kept.{table} as select * from {table}")


@dataclass
class Crawl:
    """One role's dialogue in one language; `walk` yields each screen of the tree once."""

    world: World
    role: Role
    lang: str
    conn: Connection
    session: str = field(init=False)

    def walk(self) -> Iterator[Seen]:
        self.session = f"crawl-{self.lang}-{self.role.name}"
        self.conn.exec_driver_sql("delete from ussd_dialogue")
        yield from self._visit(self.world.hop(self.session, self.role.number, ""), (), (), False)

    def _visit(
        self, screen: str, keys: tuple[str, ...], before: tuple[Seen, ...], proved: bool
    ) -> Iterator[Seen]:
        """A screen, and then those that its own keys lead to."""
        assert len(keys) < DEEPEST, keys
        sealed, block = self._place()
        kind, typed = self._typed(block)
        answers: dict[str, str] = {}
        found = Seen(self.role.name, self.lang, keys, block, kind, screen, proved, before, answers)
        onward = typed or sorted(found.printed)
        tried = ["0", "00", "x", *(() if kind != "menu" else map(str, range(1, 10)))]
        for key in dict.fromkeys([*tried, *onward]):
            answers[key] = self.world.hop(self.session, self.role.number, "*".join((*keys, key)))
            stored = "begin" in self.world.statements
            if key in onward and answers[key].startswith("CON "):
                at = self._place()[1]
                right = kind == "pin" and block == "pin_guard.pin" and not at.startswith("pin_guard.")
                # "No" in help leads back to a menu that this path has passed
                again = at.startswith("help.") and any(earlier.block == at for earlier in before)
                if (at != block or kind == "menu") and not again:
                    yield from self._visit(answers[key], (*keys, key), (*before, found), proved or right)
            self._put_back(sealed, stored)
        yield found

    def _place(self) -> tuple[bytes, str]:
        """The dialogue's sealed row, and the block that it waits at."""
        sealed = bytes(self.conn.exec_driver_sql("select position from ussd_dialogue").scalar_one())
        name = dialogue_name(UssdHop(self.session, self.role.number, "*801#", "", ""))
        state = positions.read(self.world.conversation.vault.open_position(name, sealed)).state
        assert state is not None
        return sealed, state.current_block

    def _put_back(self, sealed: bytes, stored: bool) -> None:
        statement = PUT_BACK if stored else JUST_THE_ROW
        self.conn.exec_driver_sql(statement.format(position=sealed.hex()))

    def _typed(self, block: str) -> tuple[str, list[str]]:
        """`menu` and nothing; or what kind of answer a question wants, and what the card's owner types there."""
        found = self.world.conversation.programme("*801#").flows.blocks[block]
        if not isinstance(found, Question):
            return "menu", []
        return found.kind, [self.role.card[block if block in self.role.card else found.kind]]
