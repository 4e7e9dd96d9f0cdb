"""Checks texts that staff write: how phones show them, their size, and their problems."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sms_app.messaging import safety
from sms_app.messaging.broadcasts.problems import Problem
from sms_app.programme.settings import Programme
from sms_app.texts import GSM7, GSM7_TWICE, Size, fold, size

MAX_SEGMENTS = 3
PLACEHOLDER = re.compile(r"\{[^{}\n]*\}")
INSTEAD = {
    "«": '"',
    "»": '"',
    "‹": "'",
    "›": "'",
    "•": "-",
    "·": "-",
    "→": "->",
    "←": "<-",
    "⇒": "=>",
    "×": "x",
    "÷": "/",
    "°": "o",
    "½": "1/2",
    "¼": "1/4",
    "¾": "3/4",
    "©": "(c)",
    "®": "(r)",
    "œ": "oe",
    "Œ": "OE",
    "✓": "OK",
    "✔": "OK",
    "−": "-",
    "±": "+/-",
    "≤": "<=",
    "≥": ">=",
    "☎": "Tel.",
    "₣": "F",
}
"""What to write instead of a character that folding can't write in GSM-7."""


@dataclass(frozen=True)
class OddCharacter:
    """A character that not every phone shows: where it stands first (counted from 1), and what to write instead, empty
    when it is to be left out."""

    character: str
    place: int
    instead: str


@dataclass(frozen=True)
class CheckedText:
    """A text in one language: `typed` as staff wrote it, `shown` as every phone can show it, its size, what was changed
    for that (a character and what it became), and what is wrong."""

    language: str
    typed: str
    shown: str
    size: Size
    changes: tuple[tuple[str, str], ...] = ()
    odd: tuple[OddCharacter, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, for commands."""
        return tuple(problem.text for problem in self.problems)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed, for commands."""
        pairs = ", ".join(f"{named(letter)} becomes {named(became)}" for letter, became in self.changes)
        return (f"In {self.language}, so that every phone can show it: {pairs}.",) if pairs else ()


def check_text(programme: Programme, language: str, text: str) -> CheckedText:
    """A text as phones show it: trimmed and folded to GSM-7."""
    # a browser sends two characters for the end of a line
    typed = text.replace("\r\n", "\n").strip()
    shown = fold(typed)
    shown_size = size(shown)
    odd = _odd(typed)
    problems = []
    if not typed:
        problems.append(Problem("empty", {"language": language}))
    if language not in programme.languages:
        problems.append(
            Problem("not_a_language", {"language": language, "languages": ", ".join(programme.languages)})
        )
    if odd:
        characters = " ".join(each.character for each in odd)
        problems.append(
            Problem(
                "not_shown",
                {"language": language, "characters": characters, "segments": size(typed).segments},
            )
        )
    # The words as typed are checked too: folding could hide a stem.
    stem = safety.banned(programme.banned_stems, typed) or safety.banned(programme.banned_stems, shown)
    if stem:
        problems.append(Problem("banned", {"language": language, "stem": stem}))
    placeholder = PLACEHOLDER.search(typed)
    if placeholder:
        problems.append(Problem("placeholder", {"language": language, "placeholder": placeholder[0]}))
    if shown_size.segments > MAX_SEGMENTS:
        problems.append(
            Problem("too_long", {"language": language, "segments": shown_size.segments, "most": MAX_SEGMENTS})
        )
    return CheckedText(language, typed, shown, shown_size, _changes(typed), odd, tuple(problems))


def _odd(text: str) -> tuple[OddCharacter, ...]:
    """The characters that folding can't write in GSM-7, once each."""
    return tuple(
        OddCharacter(letter, text.index(letter) + 1, INSTEAD.get(letter, ""))
        for letter in dict.fromkeys(text)
        if letter != "?" and fold(letter) == "?"
    )


def _changes(text: str) -> tuple[tuple[str, str], ...]:
    """What folding changes: each character with what it becomes."""
    return tuple(
        (letter, fold(letter))
        for letter in dict.fromkeys(text)
        if letter not in GSM7 and letter not in GSM7_TWICE and fold(letter) != "?"
    )


def named(text: str) -> str:
    """A character for a sentence, an invisible one by its code."""
    if not text:
        return "nothing"
    return (
        f"`{text}`"
        if text.isprintable() and not text.isspace()
        else " ".join(f"U+{ord(c):04X}" for c in text)
    )


def check_texts(programme: Programme, texts: Mapping[str, str]) -> dict[str, CheckedText]:
    """Each language's text as phones show it, with its problems."""
    return {language: check_text(programme, language, text) for language, text in texts.items()}
