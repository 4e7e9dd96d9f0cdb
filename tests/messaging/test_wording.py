"""The words of texts: sentences with their values, broadcasts, fallbacks, and one rendering for many numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sms_app.messaging.content import Content
from sms_app.messaging.wording import Renderer, render
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import load_programme
from sms_app.texts import Texts, segments
from sms_app.vault import Vault
from tests.world.databases import KEYS

ROOT = Path(__file__).parents[2]
START = datetime(2026, 2, 28, 12, tzinfo=UTC)  # 14:00 in Kigali
MOVED = datetime(2026, 3, 7, 12, tzinfo=UTC)
PLACE = "Rwamagana, Kigabiro"


def programme(folder: Path, locales: Path) -> LoadedProgramme:
    programme = load_programme(folder / "programme.yaml")
    texts = Texts.load(locales, programme.slug, programme.languages, programme.time_zone, programme.currency)
    return LoadedProgramme(1, programme, texts, Vault.parse(KEYS))


@pytest.fixture(scope="module")
def rwanda() -> LoadedProgramme:
    return programme(ROOT / "flows" / "rwanda", ROOT / "locales")


SAID: Mapping[str, tuple[Mapping[str, object], str, str]] = {
    "session_tomorrow": (
        {"start": START, "place": PLACE},
        "Hello! We remind you: Saturday 28 February at 14:00, Rwamagana, Kigabiro. Thank you.",
        "Muraho! Turakwibutsa: ku wa gatandatu tariki ya 28 Gashyantare saa 14:00, Rwamagana, Kigabiro. Murakoze.",
    ),
    "session_today": (
        {"start": START, "place": PLACE},
        "Hello! We remind you: today 28/02 at 14:00, Rwamagana, Kigabiro. Thank you.",
        "Muraho! Turakwibutsa: uyu munsi 28/02 saa 14:00, Rwamagana, Kigabiro. Murakoze.",
    ),
    "session_moved": (
        {"was": START, "start": MOVED, "place": PLACE},
        "Hello! Change: not 28/02. It is Saturday 7 March at 14:00, Rwamagana, Kigabiro. Thank you.",
        "Muraho! Byahindutse: si 28/02. Ni ku wa gatandatu tariki ya 7 Werurwe saa 14:00, Rwamagana, Kigabiro. "
        "Murakoze.",
    ),
    "session_changed": (
        {"start": START.replace(hour=14), "place": PLACE},
        "Hello! Change: Saturday 28 February at 16:00, Rwamagana, Kigabiro. Thank you.",
        "Muraho! Byahindutse: ku wa gatandatu tariki ya 28 Gashyantare saa 16:00, Rwamagana, Kigabiro. Murakoze.",
    ),
    "session_cancelled": (
        {"start": START},
        "Hello! Saturday 28 February at 14:00 is cancelled. We will tell you the new date. Thank you.",
        "Muraho! Byahagaritswe: ku wa gatandatu tariki ya 28 Gashyantare saa 14:00. Mwihangane. Murakoze.",
    ),
    "please_dial": (
        {"service_code": "*801#", "by": date(2026, 3, 15)},
        "Hello! Please dial *801# before 15/03. Thank you.",
        "Muraho! Hamagara *801# kugeza tariki ya 15/03. Murakoze.",
    ),
    "number_test": (
        {"service_code": "*801#"},
        "Hello! This is the test message. Dial *801#. Thank you.",
        "Muraho! Hamagara *801#. Murakoze.",
    ),
    "leader_month": (
        {"service_code": "*801#"},
        "Hello! We remind you: this month's information. Dial *801#. Thank you.",
        "Muraho! Turakwibutsa amakuru y'uku kwezi. Hamagara *801#. Murakoze.",
    ),
}


@pytest.mark.parametrize("text", SAID)
def test_each_text_is_said_in_both_languages(rwanda: LoadedProgramme, text: str) -> None:
    values, english, kinyarwanda = SAID[text]
    assert [render(rwanda, language, Content(text, values)) for language in ("en", "rw")] == [
        english,
        kinyarwanda,
    ]
    assert segments(english) == segments(kinyarwanda) == 1


def test_a_language_that_is_not_the_programmes_is_its_first_one(rwanda: LoadedProgramme) -> None:
    say = Content("number_test", {"service_code": "*801#"})
    assert render(rwanda, "sw", say) == render(rwanda, "rw", say)


def test_a_broadcast_has_its_own_words_folded(rwanda: LoadedProgramme) -> None:
    say = Content(words={"rw": "Inama ni ku wa mbere – “saa 9”", "en": "Meeting on Monday"})
    assert render(rwanda, "en", say) == "Meeting on Monday"
    assert render(rwanda, "rw", say) == render(rwanda, "sw", say) == 'Inama ni ku wa mbere - "saa 9"'


@pytest.mark.parametrize(
    "say",
    [
        Content("absence"),
        Content(""),
        Content("session_today", {"start": START}),
        Content(words={"en": "Meeting"}),
    ],
    ids=["no such text", "nothing", "no place", "no words in the first language"],
)
def test_what_has_no_words_is_an_error(rwanda: LoadedProgramme, say: Content) -> None:
    with pytest.raises(KeyError):
        Renderer(rwanda).render("rw", say)


class Listed(Texts):
    """Catalogues with a sentence too many."""

    def sentence(self, language: str, key: str, n: int | None = None) -> str:
        return "We missed you." if key == "message.absence" else super().sentence(language, key, n)


def test_a_text_outside_the_table_is_not_said_though_it_had_a_sentence(rwanda: LoadedProgramme) -> None:
    other = replace(rwanda, texts=Listed(rwanda.texts.catalogues, rwanda.texts.zone, 0))
    assert other.texts.render("en", "message.absence", {}) == "We missed you."
    with pytest.raises(KeyError, match="no text by SMS `absence`"):
        render(other, "en", Content("absence"))


def test_many_numbers_are_told_the_same_and_each_text_is_made_once(
    rwanda: LoadedProgramme, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    real = Texts.render

    def counted(
        self: Texts, language: str, key: str, values: Mapping[str, object], n: int | None = None
    ) -> str:
        made.append(f"{language} {key}")
        return real(self, language, key, values, n)

    monkeypatch.setattr(Texts, "render", counted)
    renderer = Renderer(rwanda)
    for _ in range(50):
        for language in ("rw", "en"):
            for start in (START, MOVED):
                say = Content("session_today", {"start": start, "place": PLACE})
                assert renderer.render(language, say).text == render(rwanda, language, say)
    renderer_made = len(made) - 200  # the other 200 are those that were compared with
    assert renderer_made == 4
