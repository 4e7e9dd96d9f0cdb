"""The connections that hops keep: what failed on one never meets the next hop."""

from __future__ import annotations

import psycopg
import pytest

from sms_app.conversation.hop_connections import BINARY, BYTEA, BYTEAS, HopConnection, Statement, array
from sms_app.conversation.service import LostRace
from tests.world.dialogue import World

SAME = Statement("same", "select $1, any_ from unnest($2) any_", (BYTEA, BYTEAS), BINARY)
BROKEN = Statement("broken", "select 1 / (length($1) - 1)", (BYTEA,))
BYTES = bytes(range(256))


def test_bytes_go_over_and_come_back_as_they_are(world: World) -> None:
    def work(connection: HopConnection, first_try: bool) -> list[bytes | None]:
        found = connection.run(SAME, BYTES, array([BYTES[:16], b""]))
        return [found.get_value(0, 0), found.get_value(0, 1), found.get_value(1, 1)]

    assert world.conversation.retried_on_hop_connection(work) == [BYTES, BYTES[:16], b""]


def test_a_connection_is_kept_for_the_next_hop(world: World) -> None:
    first = world.conversation.retried_on_hop_connection(lambda connection, first_try: connection)
    assert world.conversation.retried_on_hop_connection(lambda connection, first_try: connection) is first


def test_a_connection_on_which_something_failed_is_closed(world: World) -> None:
    used: list[HopConnection] = []

    def work(connection: HopConnection, first_try: bool) -> None:
        used.append(connection)
        connection.run(BROKEN, b"1")

    with pytest.raises(psycopg.errors.DivisionByZero):
        world.conversation.retried_on_hop_connection(work)
    assert used[0].raw.closed
    assert len(used) == 1, "what is no lost connection is not tried again"


def test_a_connection_inside_a_transaction_is_closed(world: World) -> None:
    def work(connection: HopConnection, first_try: bool) -> HopConnection:
        connection.raw.execute("begin")
        return connection

    assert world.conversation.retried_on_hop_connection(work).raw.closed


def test_a_lost_race_is_tried_again_on_the_same_connection(world: World) -> None:
    used: list[tuple[HopConnection, bool]] = []

    def work(connection: HopConnection, first_try: bool) -> None:
        used.append((connection, first_try))
        if first_try:
            raise LostRace

    world.conversation.retried_on_hop_connection(work)
    assert [first_try for _, first_try in used] == [True, False]
    assert used[0][0] is used[1][0]
