"""Sentences: lookup, placeholders, folding, lengths, and catalogues that must be up to date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_app.programme.settings import Currency
from sms_app.texts import (
    GSM7,
    GSM7_TWICE,
    CatalogueFaults,
    Size,
    Texts,
    compile_catalogue,
    fold,
    gsm7_length,
    placeholders,
    segments,
    size,
)

FRANCS, SHILLINGS = Currency("RWF", 0, "Frw"), Currency("GBP", 2, "GBP")
HEADER = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
)
SENTENCES = {
    "hello": "Muraho {name}",
    "price": "{amount:money} Frw",
    "when": "{starts:weekday} {starts:date} {starts:time}",
    "day": "{starts:daymonth}",
    "came": "{came:word}",
    "yes": "Yego",
    "weekday.6": "ku wa gatandatu",
    "month.3": "Werurwe",
    "curly": "Amakuru n’ubufasha",
}


def write(folder: Path, sentences: Mapping[str, str], extra: str = "", compiled: bool = True) -> Path:
    source = folder / "rw" / "LC_MESSAGES" / "tiny.po"
    source.parent.mkdir(parents=True, exist_ok=True)
    entries = "".join(f'msgid "{key}"\nmsgstr "{text}"\n\n' for key, text in sentences.items())
    source.write_text(HEADER + entries + extra, encoding="utf-8")
    if compiled:
        with source.open("rb") as read, source.with_suffix(".mo").open("wb") as written:
            write_mo(written, read_po(read))
    return source


def load(folder: Path, zone: str = "Africa/Kigali", currency: Currency = FRANCS) -> Texts:
    return Texts.load(folder, "tiny", ("rw",), zone, currency)


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    write(tmp_path, SENTENCES)
    return load(tmp_path)


def test_a_sentence_has_its_values_in_their_forms(texts: Texts) -> None:
    starts = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    assert texts.render("rw", "price", {"amount": 1234567}) == "1,234,567 Frw"
    assert texts.render("rw", "day", {"starts": date(2026, 3, 1)}) == "1 Werurwe"
    assert texts.render("rw", "came", {"came": "yes"}) == "Yego"
    with pytest.raises(KeyError, match=r"weekday\.7"):
        texts.render("rw", "when", {"starts": starts})  # in Kigali it is Sunday already
    assert texts.render("rw", "when", {"starts": starts.replace(hour=12)}) == "ku wa gatandatu 28/03 14:30"


def test_times_follow_the_programmes_zone_and_its_daylight_saving(tmp_path: Path) -> None:
    write(tmp_path, {"at": "{starts:time}"})
    texts = load(tmp_path, zone="Europe/London", currency=SHILLINGS)
    assert texts.render("rw", "at", {"starts": datetime(2026, 1, 5, 9, tzinfo=UTC)}) == "09:00"
    assert texts.render("rw", "at", {"starts": datetime(2026, 7, 6, 9, tzinfo=UTC)}) == "10:00"


def test_amounts_have_the_currencys_decimals(tmp_path: Path) -> None:
    write(tmp_path, SENTENCES)
    texts = load(tmp_path, currency=SHILLINGS)
    assert texts.render("rw", "price", {"amount": 123405}) == "1,234.05 Frw"
    assert texts.render("rw", "price", {"amount": 5}) == "0.05 Frw"


def test_values_and_sentences_are_folded(texts: Texts) -> None:
    assert texts.render("rw", "curly", {}) == "Amakuru n'ubufasha"
    assert texts.render("rw", "hello", {"name": "Béa\u200b “Ng’a”\u00a0Š 😀"}) == 'Muraho Béa "Ng\'a" S ?'


def test_unknown_keys_and_missing_values_are_errors(texts: Texts) -> None:
    with pytest.raises(KeyError, match="nothing"):
        texts.render("rw", "nothing", {})
    with pytest.raises(KeyError, match="name"):
        texts.render("rw", "hello", {})


def test_plural_forms_follow_the_catalogue(tmp_path: Path) -> None:
    plural = 'msgid "weeks"\nmsgid_plural "weeks"\nmsgstr[0] "Icyumweru {n}"\nmsgstr[1] "Ibyumweru {n}"\n'
    write(tmp_path, {}, extra=plural)
    texts = load(tmp_path)
    assert [texts.render("rw", "weeks", {"n": n}, n) for n in (1, 2)] == ["Icyumweru 1", "Ibyumweru 2"]


def test_placeholders_are_read_and_stray_braces_refused() -> None:
    assert [(p.name, p.spec) for p in placeholders("{a} {b:money}")] == [("a", "plain"), ("b", "money")]
    for wrong in ("{a", "a}", "{}", "{A}", "{a:loud}", "{0}", "{a.b}"):
        with pytest.raises(ValueError, match=r"brace|form"):
            placeholders(wrong)


@pytest.mark.parametrize("compiled", [True, False], ids=["out of date", "missing"])
def test_a_catalogue_that_is_not_compiled_stops_the_start(tmp_path: Path, compiled: bool) -> None:
    write(tmp_path, SENTENCES, compiled=compiled)
    write(tmp_path, SENTENCES | {"yes": "Yee"}, compiled=False)
    with pytest.raises(CatalogueFaults, match=r"rw/LC_MESSAGES/tiny.po:1: .*out of date"):
        load(tmp_path)


def test_a_compiled_catalogue_that_is_damaged_counts_as_out_of_date(tmp_path: Path) -> None:
    source = write(tmp_path, SENTENCES)
    for damage in (b"", b"no catalogue", source.with_suffix(".mo").read_bytes()[:60]):
        source.with_suffix(".mo").write_bytes(damage)
        with pytest.raises(CatalogueFaults, match="out of date"):
            load(tmp_path)
    compile_catalogue(source)
    assert load(tmp_path).render("rw", "yes", {}) == "Yego"


def test_every_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueFaults) as raised:
        Texts.load(tmp_path, "tiny", ("rw", "en"), "Africa/Kigali", FRANCS)
    assert [fault.partition(":")[0] for fault in raised.value.faults] == [
        f"{tmp_path}/{language}/LC_MESSAGES/tiny.po" for language in ("rw", "en")
    ]


def test_the_alphabet_is_gsm_7() -> None:
    assert len(GSM7) == 127  # the basic table of 3GPP TS 23.038 without the escape
    assert len(GSM7_TWICE) == 10
    assert not GSM7 & GSM7_TWICE
    printable = {chr(code) for code in range(32, 127)}
    assert printable - GSM7 - GSM7_TWICE == {"`"}
    assert not {"ç", "’", "\u00a0", "–", "ê"} & GSM7


@given(st.text())
def test_folded_text_is_gsm_7_and_folds_to_itself(text: str) -> None:
    folded = fold(text)
    assert set(folded) <= GSM7 | GSM7_TWICE
    assert fold(folded) == folded


def test_lengths_count_double_characters_twice() -> None:
    assert gsm7_length("a{b}€") == 8
    assert [segments("a" * n) for n in (0, 160, 161, 306, 307)] == [1, 1, 2, 2, 3]
    assert segments("€" * 80) == 1
    assert segments("a" * 152 + "€" + "a" * 10) == 2
    assert segments("a" * 152 + "€" * 77) == 3  # the first € moves whole into the second part


# --- segments, against the words of the standards (3GPP TS 23.038 and 23.040), written here a second time
# the basic table by its columns, the escape left out, and the extension table
BASIC = [
    "@£$¥èéùìòÇ\nØø\rÅå",
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    " !\"#¤%&'()*+,-./",
    "0123456789:;<=>?",
    "¡ABCDEFGHIJKLMNO",
    "PQRSTUVWXYZÄÖÑÜ§",
    "¿abcdefghijklmno",
    "pqrstuvwxyzäöñüà",
]
EXTENSION = "\f^{}\\[~]|€"


def octets(text: str) -> tuple[str, list[bytes]]:
    """Each character as it is coded: septets in a byte each, an extension as escape and code; else UTF-16."""
    basic = "".join(BASIC)
    if set(text) <= {*basic, *EXTENSION}:
        return "GSM-7", [b"\x1bx" if c in EXTENSION else b"x" for c in text]
    return "UCS-2", [c.encode("utf-16-be", "surrogatepass") for c in text]


def parts(text: str) -> tuple[str, int, list[int]]:
    """The units of each part: one user data of 140 octets, or several behind a header of 6 octets (UDHL, and an 8 bit
    concatenation element), which fills 7 septets of seven bits; and a character stays in one part."""
    encoding, characters = octets(text)
    bits = 7 if encoding == "GSM-7" else 16
    sizes = [len(c) if encoding == "GSM-7" else len(c) // 2 for c in characters]
    if sum(sizes) * bits <= 140 * 8:
        return encoding, sum(sizes), [sum(sizes)]
    room = (140 - 6) * 8 // bits
    filled = [0]
    for units in sizes:
        if filled[-1] + units > room:
            filled.append(0)
        filled[-1] += units
    return encoding, sum(sizes), filled


GSM7_TEXT = st.text(st.sampled_from("".join(BASIC) + EXTENSION * 6), max_size=700)
OTHER_TEXT = st.text(st.sampled_from("abcꙮ😀👩\u200déêИ{€"), max_size=300)
MIXED = st.builds(
    lambda a, b, n: (a * n)[:500] + b, st.text(max_size=40), st.text(max_size=40), st.integers(1, 60)
)


@settings(max_examples=400)
@given(st.one_of(GSM7_TEXT, OTHER_TEXT, MIXED))
def test_the_size_of_any_text_is_the_standards(text: str) -> None:
    encoding, units, filled = parts(text)
    assert size(text) == Size(encoding, units, len(filled))
    assert segments(text) == len(filled)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("a" * 158 + "€", "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3),  # the € would be half in the first part
        ("a" * 151 + "€" + "a" * 153, "GSM-7", 306, 2),
        ("é" * 160, "GSM-7", 160, 1),
        ("ê" * 70, "UCS-2", 70, 1),
        ("ê" * 71, "UCS-2", 71, 2),
        ("ê" * 134, "UCS-2", 134, 2),
        ("ê" * 135, "UCS-2", 135, 3),
        ("a" * 69 + "’", "UCS-2", 70, 1),
        ("{" * 70 + "’", "UCS-2", 71, 2),  # an extension character is one unit there
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("😀" * 67, "UCS-2", 134, 3),  # 33 whole ones fit into each part
        ("ê" + "😀" * 66, "UCS-2", 133, 2),
    ],
)
def test_texts_of_known_size_are_measured_right(text: str, encoding: str, units: int, count: int) -> None:
    assert size(text) == Size(encoding, units, count)
