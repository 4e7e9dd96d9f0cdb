"""A wrapped key opens with its passphrase only, in Python and in the page, and passphrases come from one rule."""

import json

import pytest

from sms_app.private import sealing, wrapping
from sms_app.private.wrapping import WrongPassphrase
from tests.world.support import AMINA, BEATA, PROGRAMME, in_library, wrapped

UNWRAP = """async (v) => {
    const opened = await unwrapKey(v.wrapped, fromText(v.key), v.words, v.programme, v.code);
    let exported = true;
    try { await crypto.subtle.exportKey("pkcs8", opened.privateKey); } catch { exported = false; }
    return [opened.kin, opened.privateKey.extractable, exported]; }"""


def values(**changes):
    return {
        "wrapped": wrapped(AMINA),
        "key": sealing.to_text(AMINA.public),
        "words": AMINA.passphrase,
        "programme": PROGRAMME,
        "code": AMINA.code,
        **changes,
    }


def test_python_unwraps_what_it_wrapped():
    key, kin = wrapping.unwrap(wrapped(AMINA), AMINA.public, AMINA.passphrase, PROGRAMME, "1")
    assert (sealing.public_bytes(key.public_key()), kin) == (AMINA.public, ("Muhazi",))


def test_the_page_unwraps_it_and_its_key_cannot_be_read_out(library):
    assert in_library(library, UNWRAP, values()) == [["Muhazi"], False, False]


@pytest.mark.parametrize("change", ["words", "key", "programme", "code", "iv", "data"])
def test_neither_unwraps_with_anything_else(library, change):
    other = {
        "words": {"words": BEATA.passphrase},
        "key": {"key": sealing.to_text(BEATA.public)},
        "programme": {"programme": "tanzania"},
        "code": {"code": "2"},
        "iv": {"wrapped": {**wrapped(AMINA), "iv": wrapped(BEATA)["iv"]}},
        "data": {"wrapped": {**wrapped(AMINA), "data": wrapped(BEATA)["data"]}},
    }[change]
    wrong = values(**other)
    with pytest.raises(Exception, match="Error"):
        in_library(library, UNWRAP, wrong)
    with pytest.raises(WrongPassphrase):
        wrapping.unwrap(
            wrong["wrapped"],
            sealing.from_text(wrong["key"]),
            wrong["words"],
            wrong["programme"],
            wrong["code"],
        )


@pytest.mark.parametrize("wrapped_key", [{}, {"iv": "AA"}, {"iv": "AA", "data": "="}, {"iv": 1, "data": 2}])
def test_what_is_no_wrapped_key_is_refused(wrapped_key):
    with pytest.raises(WrongPassphrase):
        wrapping.unwrap(wrapped_key, AMINA.public, AMINA.passphrase, PROGRAMME, "1")


def test_python_unwraps_the_key_that_the_page_made(library):
    script = """async (v) => {
        const { file, publicKey } = await newKeyFile("baka BAKA  baka", ["Musha"], v.programme, "2");
        return [JSON.stringify(file), toText(publicKey), await fingerprintGroups(publicKey)]; }"""
    text, public_key, groups = in_library(library, script, {"programme": PROGRAMME})
    file = json.loads(text)
    assert file["format"] == 1
    assert (file["caseworker"], file["public_key"]) == ("2", public_key)
    raw = sealing.from_text(public_key)
    key, kin = wrapping.unwrap(file["wrapped_key"], raw, " Baka baka baka", PROGRAMME, "2")
    assert (sealing.public_bytes(key.public_key()), kin) == (raw, ("Musha",))
    assert groups.replace(" ", "") == sealing.fingerprint(raw).hex()
    assert {len(group) for group in groups.split(" ")} == {4}


def test_there_are_2048_words_and_both_sides_have_them_in_one_order(library):
    words = wrapping.words()
    assert len(set(words)) == 2048
    assert {len(word) for word in words} == {4}
    assert in_library(library, "() => everyWord(WORD_RULE)") == list(words)


def test_a_passphrase_is_seven_of_the_words(library):
    every = set(wrapping.words())
    for passphrase in (wrapping.new_passphrase(), in_library(library, "() => newPassphrase(WORD_RULE)")):
        assert len(passphrase.split(" ")) == 7
        assert set(passphrase.split(" ")) <= every
    assert wrapping.new_passphrase() != wrapping.new_passphrase()


def test_the_page_takes_each_word_from_eleven_random_bits(library):
    """The first and last numbers of two bytes, and those around 2048, give the words of their remainders."""
    script = """() => {
        const real = crypto.getRandomValues;
        crypto.getRandomValues = (numbers) => (numbers.set([0, 1, 2047, 2048, 2049, 65534, 65535]), numbers);
        try { return newPassphrase(WORD_RULE); } finally { crypto.getRandomValues = real; } }"""
    words = wrapping.words()
    expected = [words[number] for number in (0, 1, 2047, 0, 1, 2046, 2047)]
    assert in_library(library, script) == " ".join(expected)


@pytest.mark.parametrize("typed", ["  BAKA\tbiku\n cado ", "baka biku cado", "ｂａｋａ biku cado"])
def test_a_passphrase_counts_the_same_however_it_is_typed(library, typed):
    assert wrapping.normalised(typed) == "baka biku cado"
    assert in_library(library, "(typed) => normalisedPassphrase(typed)", typed) == "baka biku cado"
