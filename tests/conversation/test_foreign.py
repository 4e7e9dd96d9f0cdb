"""A programme in Tanzania beside the one in Rwanda: what one has of the other is a fault, at its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sms_app.conversation.checked import check_programmes
from sms_app.conversation.foreign import CODE, NUMBER
from sms_app.engine.flow import Fault
from sms_app.texts import compile_catalogue

ROOT = Path(__file__).parents[2]
SETTINGS, SWAHILI = "flows/tanzania/programme.yaml", "locales/sw/LC_MESSAGES/tanzania.po"
LINES = {"0788 000 000": "0744 123 456", '"3512"': '"199"', '"3029"': '"117"'}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both programmes without a fault. The Swahili is the Kinyarwanda: what is checked here can't tell them apart."""
    folder = tmp_path_factory.mktemp("sound")
    for slug in ("rwanda", "tanzania"):
        shutil.copytree(ROOT / "flows" / "rwanda", folder / "flows" / slug)
        for language, source in (("en", "en"), ("rw" if slug == "rwanda" else "sw", "rw")):
            target = folder / "locales" / language / "LC_MESSAGES" / f"{slug}.po"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "locales" / source / "LC_MESSAGES" / "rwanda.po", target)
            compile_catalogue(target)
    path = folder / SETTINGS
    text = path.read_text()
    for old, new in {
        "slug: rwanda": "slug: tanzania",
        "country: RW": "country: TZ",
        '"*801#"': '"*384*55#"',
        "Africa/Kigali": "Africa/Dar_es_Salaam",
        "code: RWF": "code: TZS",
        "label: Frw": "label: TSh",
        "[rw, en]": "[sw, en]",
        ", words: [f, fr, frs, franc, francs, faranga, amafaranga]": "",
        **LINES,
    }.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    for name in ("other", "coach_other"):
        flow = folder / f"flows/tanzania/{name}.yaml"
        flow.write_text(flow.read_text().replace("{1: rw, 2: en}", "{1: sw, 2: en}"))
    (folder / "flows/tanzania/published.yaml").unlink()
    assert faults(folder) == []
    return folder


@pytest.fixture
def two_programmes(sound: Path, tmp_path: Path) -> Path:
    """The test's own copy of both programmes."""
    return shutil.copytree(sound, tmp_path / "two")


def faults(folder: Path) -> list[Fault]:
    return check_programmes(folder / "flows", folder / "locales").every


def change(folder: Path, file: str, old: str, new: str) -> tuple[str, int]:
    """Replace a part of a file; gives the place of what replaced it."""
    path = folder / file
    text = path.read_text()
    assert old in text
    before = text[: text.index(old)]
    path.write_text(text.replace(old, new, 1))
    if path.suffix == ".po":
        compile_catalogue(path)
        before = before[: before.rindex("msgid")]
    return str(path), before.count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            'service_code: "*384*55#"',
            'service_code: "*801#"',
            "`*801#` is the service_code of {}/flows/rwanda/",
        ),
        ("slug: tanzania", "slug: rwanda", "`rwanda` is the slug of {}/flows/rwanda/programme.yaml, too"),
        (
            'safety_line:   {number: "199"',
            'safety_line: {number: "3512"',
            "`3512` is a line of rwanda, in RW",
        ),
        (
            "programme: {number: 0744 123 456",
            "programme: {number: 0788 000 000",
            "`0788 000 000` is a line of rwanda",
        ),
        (
            "programme: {number: 0744 123 456",
            'programme: {number: "+250 788 123 456"',
            "is no telephone number of TZ",
        ),
        (
            "programme: {number: 0744 123 456",
            "programme: {number: 0144 123 456",
            "is no telephone number of TZ",
        ),
        ("label: TSh", "label: Frw", "`Frw` is a word for RWF"),
        ("code: TZS", "code: KES", "`TSh` is a word for TZS, the programme's currency is KES"),
        (
            'police:        {number: "112", verified_on: }',
            'police: {number: "000", verified_on: 2026-11-02}',
            "nobody can have called 000",
        ),
    ],
)
def test_a_setting_of_another_country_is_a_fault(two_programmes: Path, old: str, new: str, says: str) -> None:
    place = change(two_programmes, SETTINGS, old, new)
    found = [fault for fault in faults(two_programmes) if (fault.file, fault.line) == place]
    assert [says.format(two_programmes) in fault.text for fault in found] == [True], faults(two_programmes)


def test_a_code_twice_is_named_in_both_files(two_programmes: Path) -> None:
    change(two_programmes, SETTINGS, '"*384*55#"', '"*801#"')
    assert [fault.file for fault in faults(two_programmes)] == [
        f"{two_programmes}/flows/{slug}/programme.yaml" for slug in ("rwanda", "tanzania")
    ]
    (only,) = check_programmes(two_programmes / "flows", two_programmes / "locales", "tanzania").every
    assert only.file == f"{two_programmes}/{SETTINGS}"


def test_a_line_of_another_country_that_someone_called_is_right(two_programmes: Path) -> None:
    first = "flows/rwanda/programme.yaml"
    change(two_programmes, SETTINGS, '{number: "199", verified_on: }', '{number: "3512", verified_on: }')
    # nobody can say whose it is: whoever calls it knows
    assert [fault.file for fault in faults(two_programmes)] == [
        f"{two_programmes}/{first}",
        f"{two_programmes}/{SETTINGS}",
    ]
    change(
        two_programmes,
        SETTINGS,
        '{number: "3512", verified_on: }',
        '{number: "3512", verified_on: 2026-11-02}',
    )
    change(
        two_programmes, first, '{number: "3512", verified_on: }', '{number: "3512", verified_on: 2026-11-02}'
    )
    assert faults(two_programmes) == []


def test_a_number_that_is_not_known_yet_is_no_fault(two_programmes: Path) -> None:
    change(two_programmes, SETTINGS, "programme: {number: 0744 123 456", 'programme: {number: "000 000 000"')
    assert faults(two_programmes) == []


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("Piga 3512.", "has the telephone line `3512` of rwanda, in RW"),
        ("Piga 0788 000 000.", "has the telephone line `0788 000 000` of rwanda, in RW"),
        (
            "Piga +250 788 123 456.",
            "has the telephone number `+250 788 123 456` of RW, the programme is in TZ",
        ),
        ("Piga 00250788123456.", "has the telephone number `00250788123456` of RW"),
        ("Piga 250788123456.", "has the telephone number `250788123456` of RW"),
        ("Piga 0144 123 456.", "has `0144 123 456`, which is no telephone number of TZ"),
        ("Piga *801# tena.", "dials `*801#`, the code of rwanda: write {service_code}"),
        ("Andika 2000 Frw.", "says `Frw`, a word for RWF, and the currency is TZS: write {currency}"),
        ("Andika 2000frw.", "says `Frw`, a word for RWF"),
        ("Andika RWF 2000.", "says `RWF`, a word for RWF"),
        ("Andika faranga ngapi.", "says `faranga`, a word for "),
        ("Andika 20 USD.", "says `USD`, a word for USD"),
        ("Andika $20.", "says `$`, a word for "),
    ],
)
def test_a_sentence_of_another_country_is_a_fault(two_programmes: Path, sentence: str, says: str) -> None:
    place = change(two_programmes, SWAHILI, "Andika umubare w'ibanga.", sentence)
    found = [fault for fault in faults(two_programmes) if (fault.file, fault.line) == place]
    assert [says in fault.text for fault in found] == [True], faults(two_programmes)


@pytest.mark.parametrize(
    "sentence",
    [
        "Piga 112.",
        "Piga 0744 123 456, 08:00-17:00.",
        "Piga +255 744 123 456.",
        "Tarehe 28/02/2026.",
        "Piga 3510.",
        "Namba 2000, 12.50, 1,000 na 10 000 000.",
        "TSh 2000 au 2000/=.",
        "SOS! ALL TRY",
        "Nafrwa shingo",
        "Piga *150*00#.",
    ],
)
def test_what_is_its_own_or_nobodys_is_no_fault(two_programmes: Path, sentence: str) -> None:
    change(two_programmes, SWAHILI, "Andika umubare w'ibanga.", sentence)
    assert faults(two_programmes) == []


def test_a_country_without_a_numbering_plan_is_not_judged(two_programmes: Path) -> None:
    change(two_programmes, SETTINGS, "country: TZ", "country: XX")
    change(two_programmes, SWAHILI, "Andika umubare w'ibanga.", "Piga 0144 123 456.")
    assert faults(two_programmes) == []


def test_a_compiled_catalogue_that_is_out_of_date_is_a_fault(two_programmes: Path) -> None:
    (two_programmes / SWAHILI).with_suffix(".mo").write_bytes(b"")
    (two_programmes / "locales/en/LC_MESSAGES/rwanda.mo").unlink()
    text = "its compiled file is missing or out of date"
    assert faults(two_programmes) == [
        Fault(f"{two_programmes}/locales/en/LC_MESSAGES/rwanda.po", 1, text),
        Fault(f"{two_programmes}/{SWAHILI}", 1, text),
    ]


def test_numbers_and_codes_are_told_from_other_digits() -> None:
    text = "28/02/2026 08:00-17:00 *384*55# 12.50 1,000 4 +255 744 123 456, 112. 0744-123-456"
    assert NUMBER.findall(text) == ["4", "+255 744 123 456", "112", "0744-123-456"]
    assert CODE.findall(text) == ["*384*55#"]
