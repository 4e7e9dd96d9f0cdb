"""Renders a text as a phone will show it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from sms_app.messaging import safety
from sms_app.messaging.content import Content
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.texts_said import TEXTS
from sms_app.texts import fold, segments


@dataclass(frozen=True)
class Rendered:
    """A text folded to GSM-7, how many segments it has, its index (`Vault.index`), and whether it has a banned stem."""

    text: str
    segments: int
    index: bytes
    is_banned: bool


class Renderer:
    """Renders the texts of one batch. Many numbers get the same text; each text is rendered, measured and checked
    once."""

    def __init__(self, programme: LoadedProgramme) -> None:
        self._programme = programme
        self._rendered: dict[Hashable, Rendered] = {}

    def render(self, language: str, content: Content) -> Rendered:
        """The text as `render` gives it, with its size and checks. Raises KeyError as `render` does."""
        key = (language, content.text, tuple(content.values.items()), tuple(content.words.items()))
        if key not in self._rendered:
            self._rendered[key] = self._render(language, content)
        return self._rendered[key]

    def _render(self, language: str, content: Content) -> Rendered:
        text = render(self._programme, language, content)
        stems = self._programme.settings.banned_stems
        # The words as typed are checked too: folding makes `?` of letters that resemble other letters.
        is_banned = any(safety.banned(stems, words) for words in (text, *content.words.values()))
        return Rendered(text, segments(text), self._programme.vault.index(text, "text"), is_banned)


def render(programme: LoadedProgramme, language: str, content: Content) -> str:
    """One text in a language, folded to GSM-7; in the programme's first language when it has no text in that one.

    Raises KeyError when there is no such sentence, a value is missing, or a broadcast has no words for this."""
    first = programme.settings.languages[0]
    if content.words:
        return fold(content.words[language if language in content.words else first])
    if content.text not in TEXTS:
        raise KeyError(f"there is no text by SMS `{content.text}`")
    spoken = language if language in programme.texts.catalogues else first
    return programme.texts.render(spoken, f"message.{content.text}", content.values)
