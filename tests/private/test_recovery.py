"""Two sheets give the recovery key; one alone, a wrong one or a typing error gives none."""

import pytest

from sms_app.private import recovery, sealing
from sms_app.private.recovery import SheetError


def test_two_sheets_give_the_key_back_as_people_type_them():
    key = sealing.new_key()
    first, second = recovery.split(key)
    assert recovery.combine(first, second).private_numbers() == key.private_numbers()
    typed = recovery.combine(first.lower().replace(" ", "-"), second.replace(" ", "\n"))
    assert typed.private_numbers() == key.private_numbers()


def test_sheets_of_the_same_key_differ_each_time():
    key = sealing.new_key()
    assert len({sheet for _ in range(3) for sheet in recovery.split(key)}) == 6


def test_a_key_with_leading_zeros_comes_back():
    small = recovery.derive_private_key(5, recovery.SECP256R1())
    assert recovery.combine(*recovery.split(small)).private_numbers().private_value == 5


def test_a_typing_error_the_same_sheet_twice_and_swapped_sheets_are_named():
    first, second = recovery.split(sealing.new_key())
    wrong = ("A" if first[0] != "A" else "B") + first[1:]
    for pair, reason in (
        ((wrong, second), "sheet 1 was not typed"),
        ((first[:-1], second), "sheet 1"),
        ((first, first), "sheet 2 was not typed"),
        ((second, first), "sheet 1 was not typed"),
        ((first, second.replace(second[0], "1", 1)), "sheet 2"),
        (("", ""), "sheet 1"),
    ):
        with pytest.raises(SheetError, match=reason):
            recovery.combine(*pair)


def test_sheets_of_two_keys_give_neither():
    one, other = sealing.new_key(), sealing.new_key()
    mixed = recovery.combine(recovery.split(one)[0], recovery.split(other)[1])
    assert mixed.private_numbers() not in (one.private_numbers(), other.private_numbers())
