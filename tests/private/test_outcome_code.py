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


def test_one_code_closes_many_rows():
    rows = [bytes([n]) * 16 for n in (9, 3, 3, 250)]
    code = outcome_code.closing(rows)
    assert code.startswith(outcome_code.prefix(rows[1]) * 2)
    for typed in (code, f" {code.lower()}\n", code.replace("0", "O").replace("1", "l")):
        assert outcome_code.parse_closing(typed) == sorted(map(outcome_code.prefix, rows))


def test_a_code_for_many_rows_that_was_cut_or_mistyped_is_refused_whole():
    rows = [n.to_bytes(2, "big") * 8 for n in range(1, 600, 7)]
    code = outcome_code.closing(rows)
    row = outcome_code.PREFIX_CHARACTERS
    cut = [code[:n] for n in range(0, len(code), 50)] + [code[row:], code[row : 2 * row] + code, code + "0"]
    wrong = [code[:n] + ("0" if code[n] != "0" else "1") + code[n + 1 :] for n in range(0, len(code), 17)]
    swapped = [
        code[:n] + code[n + row : n + 2 * row] + code[n : n + row] + code[n + 2 * row :] for n in (0, 15)
    ]
    for typed in (*cut, *wrong, *swapped, "", "-X0000", outcome_code.code(ROW, "X")):
        with pytest.raises(ValueError, match="code"):
            outcome_code.parse_closing(typed)
    with pytest.raises(ValueError, match="outcome code"):
        outcome_code.parse(code)


def test_a_code_closes_so_many_rows_and_no_more():
    row = bytes(16)
    assert len(outcome_code.parse_closing(outcome_code.closing([row] * outcome_code.MAX_CLOSED))) == 2_000
    with pytest.raises(ValueError, match="code"):
        outcome_code.parse_closing(outcome_code.closing([row] * (outcome_code.MAX_CLOSED + 1)))
