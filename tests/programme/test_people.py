"""Member numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.programme import people


@given(st.integers(1, 9999))
def test_a_member_number_has_five_digits_and_its_check_digit(n: int) -> None:
    number = people.member_number(n)
    assert len(number) == 5
    assert people.is_member_number(number)


@given(st.integers(1, 9999), st.integers(0, 4), st.integers(1, 9))
def test_one_wrong_digit_is_nobody_else(n: int, place: int, slip: int) -> None:
    number = people.member_number(n)
    digit = str((int(number[place]) + slip) % 10)
    assert not people.is_member_number(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("typed", ["", "7", "abcde", "1234 ", "１２３４４", "-1230"])
def test_what_is_no_number_is_no_member_number(typed: str) -> None:
    assert not people.is_member_number(typed)
