"""Where a dropped dialogue can go on: what a bookmark keeps, when it goes, and that it is stored with its hop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest

from sms_app.conversation import bookmark
from sms_app.conversation import position as positions
from sms_app.conversation.deferred_transaction import DeferredTransaction
from sms_app.conversation.hop_connections import HopConnection
from sms_app.engine.state import State, Value, VisitedScreen
from sms_app.engine.steps import Show
from tests.world.dialogue import World
from tests.world.for_her import PIN, ForHer

TYPED: dict[str, Value] = {"group": "1", "number": 7, **dict.fromkeys(bookmark.NOT_KEPT, "2000")}


@dataclass
class Owner:
    """Whose bookmark it is: the table, the row's id, and what the dialogue knows of its caller."""

    world: World
    table: str
    id: UUID
    dial_context: Mapping[str, Value]
    answers: Mapping[str, Value]

    def state(self, block: str, *history: str) -> State:
        screens = tuple(VisitedScreen(name, (), 0) for name in history)
        return State("en", self.dial_context, {**self.answers, **TYPED}, block, history=screens)

    def update(self, before: State, show: Show) -> bool:
        """One hop that stores nothing but the bookmark."""
        vault = self.world.conversation.vault

        def work(connection: HopConnection, _: bool) -> bool:
            with DeferredTransaction(connection) as transaction:
                return bookmark.update(
                    connection, transaction, vault, self.world.now.date(), before, show, False
                )

        return self.world.conversation.retried_on_hop_connection(work)

    def sealed(self) -> bytes | None:
        sealed: Any = self.world.rows(f"select bookmark from {self.table} where id = %(i)s", i=self.id)[0][0]
        return None if sealed is None else bytes(sealed)

    def kept(self) -> dict[str, Any]:
        """The names of the answers that the bookmark has, with their values."""
        vault = self.world.conversation.vault
        opened: dict[str, Any] = json.loads(vault.open(self.sealed() or b"", self.table, "bookmark", self.id))
        return opened["k"]


@pytest.fixture
def coach(world: World) -> Owner:
    id_ = ForHer(world).coach
    return Owner(world, "coach", id_, {"coach": str(id_)}, {"coach_proved": "yes"})


@pytest.fixture
def woman(world: World) -> Owner:
    id_ = UUID(str(world.person(world.phone("pin")["member"])))
    world.do("update participant set bookmark = null")
    return Owner(world, "participant", id_, {"person": str(id_)}, {})


def test_a_coachs_bookmark_has_nothing_that_was_typed_about_money_or_codes(coach: Owner) -> None:
    before = coach.state("menu", "root")
    assert coach.update(before, Show("screen", {}, coach.state("place", "root", "menu"), resume=True))
    assert coach.kept() == {"coach_proved": "yes", "group": "1", "number": 7}


def test_a_participants_bookmark_has_all_answers(woman: Owner) -> None:
    assert woman.update(woman.state("menu", "root"), Show("screen", {}, woman.state("place"), resume=True))
    assert woman.kept() == TYPED


@pytest.mark.parametrize(
    ("history", "stays"),
    [(("root", "menu", "place"), True), (("root", "other"), False), (("root",), False)],
    ids=["a screen further on", "another screen as far on", "a screen before"],
)
def test_a_coachs_bookmark_stays_only_while_the_dialogue_goes_further(
    coach: Owner, history: tuple[str, ...], stays: bool
) -> None:
    place = coach.state("place", "root", "menu")
    coach.update(coach.state("menu", "root"), Show("screen", {}, place, resume=True))
    known = coach.update(replace(place, bookmarked=True), Show("screen", {}, coach.state("amount", *history)))
    assert (known, coach.sealed() is not None) == (stays, stays)


@pytest.mark.parametrize("whose", ["coach", "participant"])
def test_a_hop_that_fails_after_its_bookmark_stores_no_bookmark(
    world: World, coach: Owner, woman: Owner, whose: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone("pin")
    number, keys, owner = {
        "coach": (ForHer(world).number, ("4", PIN, "1", "7"), coach),
        "participant": (phone["number"], ("2", "2", phone["pin"], "1"), woman),
    }[whose]
    world.dial(number, *keys[:-1], session="s")
    assert owner.sealed() is None
    text = "*".join(keys)

    def broken(*args: object) -> bytes:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(positions, "write", broken)
        with pytest.raises(OSError, match="no space"):
            world.hop("s", number, text)
    assert owner.sealed() is None
    world.hop("s", number, text)
    assert owner.sealed() is not None
