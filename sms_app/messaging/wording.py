"""Renders a text as a phone will show it."""

from __future__ import annotations

from collections.abc import Hashable

from sms_app.messaging.content import Content
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.texts_said import TEXTS
from sms_app.texts import fold


class Renderer:
    """Renders the texts of one batch. Many numbers are told the same; each text is made once."""

    def __init__(self, programme: LoadedProgramme) -> None:
        self._programme = programme
        self._made: dict[Hashable, str] = {}

    def render(self, language: str, content: Content) -> str:
        """The words in a language, folded to GSM-7; in the programme's first one when there are none in that language.

        Raises KeyError when there is no such sentence, a value is missing, or a broadcast has no words for this."""
        key = (language, content.text, tuple(content.values.items()), tuple(content.words.items()))
        if key not in self._made:
            self._made[key] = render(self._programme, language, content)
        return self._made[key]


def render(programme: LoadedProgramme, language: str, content: Content) -> str:
    """One text; as `Renderer.render`."""
    first = programme.settings.languages[0]
    if content.words:
        return fold(content.words[language if language in content.words else first])
    if content.text not in TEXTS:
        raise KeyError(f"there is no text by SMS `{content.text}`")
    spoken = language if language in programme.texts.catalogues else first
    return programme.texts.render(spoken, f"message.{content.text}", content.values)
