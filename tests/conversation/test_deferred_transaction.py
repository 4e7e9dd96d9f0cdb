"""A hop's transaction: sent to the database only when something is stored, and ended by what ends the block."""

from __future__ import annotations

import pytest

from sms_app.conversation.deferred_transaction import DeferredTransaction
from sms_app.conversation.hop_connections import HopConnection
from sms_app.conversation.service import LostRace
from tests.world.dialogue import World


def sent(world: World, *calls: str, error: Exception | None = None) -> list[str]:
    """The statements that a block sends which calls these methods and ends with this error, at the first try only."""
    world.statements.clear()

    def work(connection: HopConnection, first_try: bool) -> None:
        with DeferredTransaction(connection) as transaction:
            for call in calls if first_try else ():
                getattr(transaction, call)()
            if error is not None and first_try:
                raise error

    world.conversation.retried_on_hop_connection(work)
    return list(world.statements)


def test_a_block_that_stores_nothing_sends_nothing(world: World) -> None:
    assert sent(world) == []
    assert sent(world, "roll_back") == []
    assert sent(world, error=LostRace()) == []


def test_a_block_begins_once_and_commits_at_its_end(world: World) -> None:
    assert sent(world, "begin", "begin") == ["begin", "commit"]


def test_what_is_rolled_back_is_not_committed_and_can_begin_again(world: World) -> None:
    assert sent(world, "begin", "roll_back") == ["begin", "rollback"]
    assert sent(world, "begin", "roll_back", "begin") == ["begin", "rollback", "begin", "commit"]


def test_a_lost_race_rolls_back_and_is_tried_again(world: World) -> None:
    assert sent(world, "begin", error=LostRace()) == ["begin", "rollback"]


def test_any_other_error_sends_nothing_more(world: World) -> None:
    with pytest.raises(OSError, match="no space left"):
        sent(world, "begin", error=OSError("no space left"))
    assert world.statements == ["begin"]
