"""Banned stems are found however they are written, and nothing that is ordinary is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_app.banned import banned_in, skeleton
from sms_app.programme.settings import load_programme
from tests.world.programme import RWANDA

STEMS = load_programme(RWANDA).banned_stems
LINES = (Path(__file__).parent / "data" / "ordinary.txt").read_text(encoding="utf-8").splitlines()
ORDINARY = [line for line in LINES if not line.startswith("#")]


def found(text: str) -> list[str]:
    return list(banned_in(text, STEMS))


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        # one letter for another, digits, signs
        ("vioIence", "violen"),
        ("v1olence", "violen"),
        ("VlOLENCE", "violen"),
        ("vi0lence", "violen"),
        ("V10L3NC3", "violen"),
        ("v!olence", "violen"),
        ("v|olence", "violen"),
        ("lsange", "isange"),
        ("Isange", "isange"),
        ("1sange", "isange"),
        ("!sange", "isange"),
        ("is@nge", "isange"),
        ("i$ange", "isange"),
        ("15@n63", "isange"),
        ("1 5 A N G E", "isange"),
        ("h0h073", "hohote"),
        ("G8V", "gbv"),
        ("g8v", "gbv"),
        ("9BV", "gbv"),
        ("5urv1vor", "survivor"),
        ("$urvivor", "survivor"),
        ("v1ct1m", "victim"),
        ("ca5ew0rker", "caseworker"),
        ("gend3r-ba5ed", "genderbased"),
        ("gukub1ta", "gukubit"),
        # separators, repeated ones too, and what nobody sees
        ("G-B.V", "gbv"),
        ("g b v", "gbv"),
        ("G--8__V", "gbv"),
        ("G\n8\nV", "gbv"),
        ("(G) (8) (V)", "gbv"),
        ("v . . i . . o . . l . . e . . n", "violen"),
        ("v1.0.l.3.n", "violen"),
        ("g@b@v", "gbv"),
        ("g!b!v", "gbv"),
        ("g\u200bb\u2060v", "gbv"),
        ("g\u00adb\u034fv", "gbv"),
        ("g\u3164b\uffa0v", "gbv"),
        ("g\U000e0061bv", "gbv"),
        ("GʼBʼV", "gbv"),
        ("g\u0301b\u0336v", "gbv"),
        ("i\u0363sange", "isange"),
        # other alphabets, other letters of this one
        ("Іѕаnge", "isange"),
        ("ΙЅΑΝGΕ", "isange"),
        ("vіоlеnсе", "violen"),
        ("gвν", "gbv"),
        ("ցbv", "gbv"),
        ("ᏙᎥᎾLENCE", "violen"),
        ("ꮩꭵolence", "violen"),
        ("ꓦꓲꓳꓡꓰꓠ", "violen"),
        ("𝙶ᗷᐯ", "gbv"),
        ("ᐯIOᒪEᑎᑕE", "violen"),
        ("ＧＢＶ", "gbv"),
        ("ｇ８ｖ", "gbv"),
        ("𝐢𝐬𝐚𝐧𝐠𝐞", "isange"),
        ("𝕀𝕤𝕒𝕟𝕘𝕖", "isange"),
        ("ⓘⓢⓐⓝⓖⓔ", "isange"),
        ("🅸🆂🅰🅽🅶🅴", "isange"),
        ("🇬🇧🇻", "gbv"),
        ("ɢʙᴠ", "gbv"),
        ("ᵍᵇᵛ", "gbv"),
        ("GßV", "gbv"),
        ("ĝḇṽ", "gbv"),
        ("ISΛNGΣ", "isange"),
        ("vıolence", "violen"),
        ("Һοһοте", "hohote"),
        ("ɡukubıt", "gukubit"),
    ],
)
def test_a_stem_is_found_however_it_is_written(text: str, stem: str) -> None:
    assert list(banned_in(text, [stem])) == [stem]
    assert list(banned_in(f"Muraho! 12 {text} saa 14:00", [stem])) == [stem]


@pytest.mark.parametrize("text", ORDINARY)
def test_nothing_ordinary_is_taken_for_a_stem(text: str) -> None:
    for written in (text, text.upper(), text.lower(), text.title()):
        assert found(written) == []


def test_there_is_enough_that_is_ordinary() -> None:
    assert len({text for text in ORDINARY if text.replace(" ", "").isalpha()}) >= 500


NAMES = [text for text in ORDINARY if text.isalpha()]


@given(st.lists(st.sampled_from(NAMES), max_size=3), st.integers(0, 31), st.integers(0, 2359))
def test_names_with_days_and_hours_are_ordinary(names: list[str], day: int, hour: int) -> None:
    assert found(f"{', '.join(names)}: {day}/03 {hour}") == [], names


@given(st.text(st.sampled_from("0123456789 :/*-.,+@$!|#"), max_size=30))
def test_digits_and_signs_alone_are_no_word(text: str) -> None:
    assert list(banned_in(text, ["sos", "toto", "list", "sale"])) == []


def test_a_short_stem_with_a_digit_is_no_chance_across_words() -> None:
    for text in ("G8 Village", "group g8, village", "BIG 8 V", "6B Vila", "1G 8V0"):
        assert found(text) == [], text
    for text in ("G8 V", "G 8V", "Itsinda G 8 V"):
        assert found(text) == ["gbv"], text


def test_no_number_is_cut_in_two_and_a_sign_ends_its_own_word() -> None:
    assert found("1sange") == found("mu1sange") == ["isange"]
    assert found("21sange") == found("Muraho!sange") == found("Muraho! sange") == []


def test_the_skeleton_of_a_text_is_as_listed() -> None:
    assert skeleton("G-B.V") == skeleton("g b\u200bv") == skeleton("ＧＢＶ") == "gbv"
    assert skeleton("12. Fête\n") == "lzfete"
    assert skeleton("Iil1|") == "llll"
    assert skeleton("中ж ...") == ""


@given(st.text("aàbɓЖ_- .\u200b1ISЅß", max_size=20))
def test_the_skeleton_of_a_skeleton_is_the_same(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)
    # the capital of ß is SS, which is two letters
    assert skeleton(text.upper()) == skeleton(text) or "ß" in text


@given(st.text(max_size=50))
def test_any_text_has_a_skeleton_of_small_letters(text: str) -> None:
    assert set(skeleton(text)) <= set("abcdefghjklmnopqrstuvwxyz")


def test_stems_are_found_in_their_order() -> None:
    assert list(banned_in("A V-I-O-L-E-N-T g.b.v", ["gbv", "none", "violen"])) == ["gbv", "violen"]
    assert list(banned_in("Rwamagana, Kigabiro", ["gbv", "violen"])) == []
