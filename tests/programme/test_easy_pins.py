"""PINs that are too easy to guess: the list, and what stands on her card or phone."""

from itertools import pairwise

import pytest

from sms_app.programme import easy_pins

HERS = ("20487", ("+250788004827", "+250788007316"), "*801#")


@pytest.mark.parametrize(
    "pin",
    [
        "0000",
        "9999",
        "1234",
        "4321",
        "0123",
        "3210",
        "6789",
        "9876",
        "1212",
        "7474",
        "1122",
        "9900",
        "1221",
        "8008",
        "1940",
        "1987",
        "2030",
        "2580",
        "0852",
        "1470",
        "1000",
        "0007",
        "2468",
        "2048",
        "0487",  # in her member number
        "4827",
        "7316",  # the end of her numbers
        "0801",
        "8010",
        "5801",  # the service code
    ],
)
def test_an_easy_pin_is_refused(pin: str) -> None:
    assert easy_pins.is_easy(pin, *HERS)


@pytest.mark.parametrize(
    "pin", ["5938", "7401", "9153", "3862", "6047", "1939", "2031", "0482", "8048", "0381"]
)
def test_any_other_pin_is_taken(pin: str) -> None:
    assert not easy_pins.is_easy(pin, *HERS)


def test_nineteen_of_twenty_pins_can_be_chosen() -> None:
    pins = easy_pins.common()
    assert 300 < len(pins) < 500
    assert all(len(pin) == 4 and pin.isdigit() for pin in pins)


def test_a_pin_with_digits_of_the_service_code_is_easy() -> None:
    assert easy_pins.is_easy("3845", "", (), "*384*96#")
    assert not easy_pins.is_easy("9675", "", (), "*384*96#"), "two digits stand in too many PINs"
    assert easy_pins.is_easy("6073", "", (), "*56073#")


def test_no_entry_stands_twice() -> None:
    text = easy_pins.resources.files("sms_app.programme").joinpath(easy_pins.FILE).read_text()
    found = sorted(easy_pins.read(text))
    assert [pin for pin, after in pairwise(found) if pin == after and not 1940 <= int(pin) <= 2030] == []


@pytest.mark.parametrize("entry", ["123", "12345", "12a4", "2030-1940", "1940-", "-2030", "1940-203", "١٢٣٤"])
def test_what_is_no_pin_is_named_with_its_line(entry: str) -> None:
    with pytest.raises(ValueError, match=f"^common_pins.txt:3: `{entry}` is not"):
        list(easy_pins.read(f"# a list\n1234 5678  # two\n{entry}\n"))
