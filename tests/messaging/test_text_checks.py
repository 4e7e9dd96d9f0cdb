"""Texts that staff write, as they will go, and what is said of them."""

from __future__ import annotations

import pytest

from sms_app.messaging.broadcasts.text_checks import check_text
from sms_app.programme.settings import load_programme
from tests.world.programme import RWANDA

PROGRAMME = load_programme(RWANDA)


@pytest.mark.parametrize(
    ("text", "shown", "notes", "faults"),
    [
        ("Hello!\n", "Hello!", [], []),
        ("It’s on", "It's on", ["`’` becomes `'`"], []),
        ("Nyara\u00a0ka", "Nyara ka", ["U+00A0 becomes U+0020"], []),
        ("ok\u200b", "ok", ["U+200B becomes nothing"], []),
        ("Price €5 {a", "Price €5 {a", [], []),
        ("Dear {name}", "Dear {name}", [], ["has `{name}` in it, which everybody would read as it stands"]),
        ("Good 👍", "Good ?", [], ["characters that not every phone shows: 👍"]),
        ("Why?", "Why?", [], []),
        ("", "", [], ["is empty"]),
        ("  \n", "", [], ["is empty"]),
        ("Stop vio-len ce", "Stop vio-len ce", [], ["has `violen` in it"]),
        ("G.B.V", "G.B.V", [], ["has `gbv` in it"]),
        ("a" * 459, "a" * 459, [], []),
        ("a" * 460, "a" * 460, [], ["makes 4 segments"]),
    ],
)
def test_faults_of_a_text_are_named(text: str, shown: str, notes: list[str], faults: list[str]) -> None:
    found = check_text(PROGRAMME, "en", text)
    assert found.shown == shown
    for said, wanted in ((found.notes, notes), (found.faults, faults)):
        assert len(said) == len(wanted)
        assert all(part in whole for part, whole in zip(wanted, said, strict=True)), said


def test_a_stem_that_folding_would_hide_is_found() -> None:
    """A letter of another alphabet that looks Latin."""
    assert any("violen" in fault for fault in check_text(PROGRAMME, "en", "stop vi\u043elence").faults)


def test_a_language_that_is_not_the_programmes_is_said() -> None:
    (fault,) = check_text(PROGRAMME, "fr", "Bonjour").faults
    assert fault == "`fr` is not one of the programme's languages: rw, en."
