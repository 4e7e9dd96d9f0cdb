"""A position between two hops: what continues it, what was answered, when it is over, and that it fits its blob."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from string import ascii_letters, digits

import pytest

from sms_app.conversation import position as positions
from sms_app.conversation.position import Position
from sms_app.engine.state import State
from sms_app.models.ussd import DIALOGUE_LASTS
from sms_app.vault import POSITION_ROOM, PositionTooLong

NOW = datetime(2026, 11, 24, 9, 30, 17, 123457, tzinfo=UTC)
ROOT = Position.begin(State("rw")).after("", State("rw"), "CON root")
MICROSECOND = timedelta(microseconds=1)


def typed(*answers: str) -> Position:
    """The position after these keys; the answer to each is `CON` and the key."""
    position, text = ROOT, ""
    for key in answers:
        text = f"{text}*{key}" if text else key
        position = position.after(text, State("rw", current_block=key), f"CON {key}")
    return position


def seal(plain: bytes) -> bytes:
    """As the vault does, but readable."""
    if len(plain) > POSITION_ROOM:
        raise PositionTooLong
    return plain


def test_a_dialogue_begins_with_nothing_consumed() -> None:
    assert Position.begin(State("rw")) == Position(State("rw"), 0, "", ())
    assert (ROOT.length, ROOT.last_reply) == (0, "CON root")


@pytest.mark.parametrize(
    ("before", "text", "new"),
    [
        (("2",), "2*1", "1"),
        (("2",), "2*1*500", "1*500"),
        (("2", "1"), "2*1*", ""),
        (("2", "1"), "2*1**", "*"),
        ((), "2", "2"),
        ((), "*2", "*2"),
        # no continuation: the same again, another answer before, a text cut short, or one answer made longer
        ((), "", None),
        (("2", "1"), "2*1", None),
        (("2", "1"), "2*2*1", None),
        (("2", "1"), "2", None),
        (("2",), "25*1", None),
        (("2",), "1*2", None),
        (("2",), "", None),
    ],
)
def test_only_what_begins_with_all_that_was_consumed_continues_it(
    before: tuple[str, ...], text: str, new: str | None
) -> None:
    assert typed(*before).new_input(text) == new


def test_an_answer_is_found_by_exactly_its_text_and_the_latest_of_two() -> None:
    position = typed("2", "1")
    assert [position.reply_to(text) for text in ("", "2", "2*1")] == ["CON root", "CON 2", "CON 1"]
    assert position.reply_to("2*1*1") is None
    again = position.after("2", State("rw"), "CON later")
    assert (again.reply_to("2"), again.last_reply) == ("CON later", "CON later")
    assert (again.length, again.reply_to("2*1")) == (1, "CON 1")


@pytest.mark.parametrize("sign", [1, -1], ids=["past", "future"])
def test_it_is_over_exactly_when_its_time_has_passed_by_a_clock_that_may_be_wrong(sign: int) -> None:
    position = replace(ROOT, touched=NOW)
    assert not position.is_over(NOW)
    assert not position.is_over(NOW + sign * (DIALOGUE_LASTS - MICROSECOND))
    assert position.is_over(NOW + sign * DIALOGUE_LASTS)


@pytest.mark.parametrize("ended", [False, True])
def test_what_is_written_is_read_again_with_the_moment_of_its_hop(ended: bool) -> None:
    position = typed("2", "1", "ûn")
    position = replace(position, state=None) if ended else position
    assert positions.read(positions.write(position, NOW, seal)) == replace(position, touched=NOW)


def test_what_an_earlier_version_wrote_without_its_moment_is_over() -> None:
    plain = positions.write(ROOT, NOW, seal)
    packed = json.loads(plain[1:])
    del packed["m"]
    found = positions.read(plain[:1] + json.dumps(packed).encode())
    assert found.is_over(NOW)
    assert found.touched == datetime(1970, 1, 1, tzinfo=UTC)


def words(n: int, length: int) -> str:
    """Words that compression shortens little, always the same."""
    return "".join(Random(n).choices(ascii_letters + digits, k=length))


def test_a_long_one_is_compressed_with_all_its_answers() -> None:
    position = ROOT
    for n in range(20):
        position = position.after("1*" * n, State("rw"), "CON the same words again and again, " * 4)
    plain = positions.write(position, NOW, seal)
    assert len(plain) <= POSITION_ROOM
    assert positions.read(plain) == replace(position, touched=NOW)


@pytest.mark.parametrize("word", ["CON root", "é" * 800])
def test_one_that_has_room_as_it_is_is_not_compressed(word: str) -> None:
    """Also in letters beyond ASCII, which take no more room than they must."""
    assert word.encode() in positions.write(ROOT.after("1", State("rw"), word), NOW, seal)


def test_one_that_is_too_long_even_so_loses_its_oldest_answers_and_no_more_than_it_must() -> None:
    position = ROOT
    for n in range(1, 40):
        position = position.after("1*" * n, State("rw"), words(n, 150))
    kept = positions.read(positions.write(position, NOW, seal))
    assert kept.replies == position.replies[-len(kept.replies) :]
    assert 5 < len(kept.replies) < 40
    assert (kept.length, kept.consumed, kept.state) == (position.length, position.consumed, position.state)
    one_more = replace(kept, replies=position.replies[-len(kept.replies) - 1 :])
    assert len(positions.read(positions.write(one_more, NOW, seal)).replies) == len(kept.replies)


def test_the_last_answer_is_never_dropped() -> None:
    position = ROOT.after("1", State("rw"), words(1, POSITION_ROOM)).after("1*2", State("rw"), words(2, 1600))
    assert len(positions.read(positions.write(position, NOW, seal)).replies) == 1
    with pytest.raises(PositionTooLong):
        positions.write(ROOT.after("1", State("rw"), words(1, 4 * POSITION_ROOM)), NOW, seal)
