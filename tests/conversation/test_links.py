"""The connections that hops keep: what failed on one never meets the next hop."""

from __future__ import annotations

import psycopg
import pytest

from sms_app.conversation.links import BINARY, BYTEA, BYTEAS, Link, Statement, array
from sms_app.conversation.service import LostRace
from tests.conversation.conftest import World

SAME = Statement("same", "select $1, any_ from unnest($2) any_", (BYTEA, BYTEAS), BINARY)
BROKEN = Statement("broken", "select 1 / (length($1) - 1)", (BYTEA,))
BYTES = bytes(range(256))


def test_bytes_go_over_and_come_back_as_they_are(world: World) -> None:
    def work(link: Link, first_try: bool) -> list[bytes | None]:
        found = link.run(SAME, BYTES, array([BYTES[:16], b""]))
        return [found.get_value(0, 0), found.get_value(0, 1), found.get_value(1, 1)]

    assert world.conversation.retried_on_link(work) == [BYTES, BYTES[:16], b""]


def test_a_link_is_kept_for_the_next_hop(world: World) -> None:
    first = world.conversation.retried_on_link(lambda link, first_try: link)
    assert world.conversation.retried_on_link(lambda link, first_try: link) is first


def test_a_link_on_which_something_failed_is_closed(world: World) -> None:
    used: list[Link] = []

    def work(link: Link, first_try: bool) -> None:
        used.append(link)
        link.run(BROKEN, b"1")

    with pytest.raises(psycopg.errors.DivisionByZero):
        world.conversation.retried_on_link(work)
    assert used[0].raw.closed
    assert len(used) == 1, "what is no lost connection is not tried again"


def test_a_link_inside_a_transaction_is_closed(world: World) -> None:
    def work(link: Link, first_try: bool) -> Link:
        link.raw.execute("begin")
        return link

    assert world.conversation.retried_on_link(work).raw.closed


def test_a_lost_race_is_tried_again_on_the_same_link(world: World) -> None:
    used: list[tuple[Link, bool]] = []

    def work(link: Link, first_try: bool) -> None:
        used.append((link, first_try))
        if first_try:
            raise LostRace

    world.conversation.retried_on_link(work)
    assert [first_try for _, first_try in used] == [True, False]
    assert used[0][0] is used[1][0]
