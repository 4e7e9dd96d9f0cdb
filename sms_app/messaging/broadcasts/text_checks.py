"""Checks texts that staff write: how phones show them, their size, and their faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sms_app.messaging import safety
from sms_app.programme.settings import Programme
from sms_app.texts import GSM7, GSM7_TWICE, Size, fold, size

MAX_SEGMENTS = 3


@dataclass(frozen=True)
class CheckedText:
    """A text in one language: `shown` as every phone can show it, its size, notes on what was changed for that, and its
    faults."""

    language: str
    shown: str
    size: Size
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def check_text(programme: Programme, language: str, text: str) -> CheckedText:
    """A text as phones show it: trimmed and folded to GSM-7."""
    typed = text.strip()
    shown = fold(typed)
    shown_size = size(shown)
    faults = []
    if not typed:
        faults.append(f"The text in {language} is empty.")
    if language not in programme.languages:
        faults.append(
            f"`{language}` is not one of the programme's languages: {', '.join(programme.languages)}."
        )
    lost = _lost(typed)
    if lost:
        faults.append(
            f"The text in {language} has characters that not every phone shows: {' '.join(lost)}. With them it would"
            f" go as UCS-2 and cost {size(typed).segments} x a segment: write it without."
        )
    # The words as typed are checked too: folding could hide a stem.
    stem = safety.banned(programme.banned_stems, typed) or safety.banned(programme.banned_stems, shown)
    if stem:
        faults.append(f"The text in {language} has `{stem}` in it, which no text may have.")
    if shown_size.segments > MAX_SEGMENTS:
        faults.append(
            f"The text in {language} makes {shown_size.segments} segments; at most {MAX_SEGMENTS} may go."
        )
    return CheckedText(language, shown, shown_size, tuple(_changes(language, typed)), tuple(faults))


def _lost(text: str) -> list[str]:
    """The characters that folding can't write in GSM-7, once each."""
    return [letter for letter in dict.fromkeys(text) if letter != "?" and fold(letter) == "?"]


def _changes(language: str, text: str) -> list[str]:
    """What folding changes, as a note."""
    odd = [
        letter
        for letter in dict.fromkeys(text)
        if letter not in GSM7 and letter not in GSM7_TWICE and fold(letter) != "?"
    ]
    pairs = ", ".join(f"{_named(letter)} becomes {_named(fold(letter))}" for letter in odd)
    return [f"In {language}, so that every phone can show it: {pairs}."] if pairs else []


def _named(text: str) -> str:
    """A character for a sentence, an invisible one by its code."""
    if not text:
        return "nothing"
    return (
        f"`{text}`"
        if text.isprintable() and not text.isspace()
        else " ".join(f"U+{ord(c):04X}" for c in text)
    )


def check_texts(programme: Programme, texts: Mapping[str, str]) -> dict[str, CheckedText]:
    """Each language's text as phones show it, with its faults."""
    return {language: check_text(programme, language, text) for language, text in texts.items()}
