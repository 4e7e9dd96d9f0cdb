"""A code stands for a row and an outcome, and a mistyped code is refused."""

import json
from pathlib import Path

import pytest

from sms_app.private import outcome_code

VECTORS = json.loads((Path(__file__).parent / "outcome_codes.json").read_text())
ROW = bytes(range(16))


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["code"] for vector in VECTORS])
def test_the_vectors_that_the_page_shares(vector):
    row = bytes.fromhex(vector["row"])
    assert outcome_code.code(row, vector["letter"]) == vector["code"]
    assert outcome_code.parse(vector["code"]) == (outcome_code.prefix(row), vector["letter"])


def test_a_code_worked_out_by_hand():
    # the bits 00000 00000 00000 10000 00100: 000G4; the check is (4 * 16 + 5 * 4 + 6 * 1) mod 31 = 28
    assert outcome_code.code(ROW, "R") == "000G4-RW"


def test_case_spaces_around_and_letters_that_look_like_digits_do_not_matter():
    for typed in (" 000g4-rw\n", "oooG4-RW", "OO0g4-rw"):
        assert outcome_code.parse(typed) == ("000G4", "R")


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4, 6, 7])
def test_one_wrong_character_is_refused(place):
    right = outcome_code.code(ROW, "R")
    for character in outcome_code.ALPHABET:
        # modulo 31 the values of 0 and Z are the same
        if character != right[place] and {character, right[place]} != {"0", "Z"}:
            with pytest.raises(ValueError, match="code"):
                outcome_code.parse(right[:place] + character + right[place + 1 :])


def test_two_characters_that_changed_places_are_refused():
    right = outcome_code.code(bytes.fromhex("1f2e3d4c") + bytes(12), "M")
    for place in range(4):
        if right[place] != right[place + 1]:
            swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
            with pytest.raises(ValueError, match="check"):
                outcome_code.parse(swapped)


@pytest.mark.parametrize(
    "text", ["", "000G4", "000G4-R", "000G4RW", "000G4-RW0", "00UG4-RW", "000G4-ZW", "00G4-RW"]
)
def test_what_is_no_code_is_refused(text):
    with pytest.raises(ValueError, match="no outcome code"):
        outcome_code.parse(text)
