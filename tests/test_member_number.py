"""Member numbers: their check digit, and new ones that tell nothing about each other."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app import member_number

BODIES = st.integers(member_number.DRAWN_FROM, member_number.DRAWN_TO)


@given(st.integers(1, 9999))
def test_a_short_body_has_five_digits_and_its_check_digit(n: int) -> None:
    number = member_number.with_check_digit(n)
    assert len(number) == 5
    assert member_number.is_well_formed(number)


@given(BODIES, st.integers(0, 5), st.integers(1, 9))
def test_one_wrong_digit_is_not_well_formed(body: int, place: int, slip: int) -> None:
    number = member_number.with_check_digit(body)
    digit = str((int(number[place]) + slip) % 10)
    assert not member_number.is_well_formed(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("typed", ["", "7", "abcde", "1234 ", "１２３４４", "-1230"])
def test_what_is_no_number_is_not_well_formed(typed: str) -> None:
    assert not member_number.is_well_formed(typed)


@given(st.integers())
def test_new_numbers_are_different_well_formed_and_not_consecutive(seed: int) -> None:
    drawn = member_number.draw(Random(seed), 465)
    assert len(set(drawn)) == 465
    assert all(len(number) == 6 and member_number.is_well_formed(number) for number in drawn)
    bodies = [int(number[:-1]) for number in drawn]
    steps = {later - earlier for earlier, later in pairwise(bodies)}
    assert len(steps) > 400


def test_a_number_that_was_given_is_not_drawn_again() -> None:
    every = {member_number.with_check_digit(body) for body in range(10_000, 100_000)}
    left = {"100008", "555557"}
    assert left <= every
    assert set(member_number.draw(Random(1), 2, every - left)) == left
    with pytest.raises(ValueError, match="Sample larger"):
        member_number.draw(Random(1), 3, every - left)
