"""Which numbers are of invented people."""

import pytest

from sms_app.channel.demo_numbers import is_demo_number


@pytest.mark.parametrize(
    ("number", "invented"),
    [
        ("+250780000000", True),
        ("+250780009999", True),
        ("+250780010000", False),
        ("+250788123456", False),
        ("250780000000", False),
        ("", False),
    ],
)
def test_a_demo_number_is_of_the_invented_block(number: str, invented: bool) -> None:
    assert is_demo_number(number) is invented
