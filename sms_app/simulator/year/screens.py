"""Reads screens by the sentences of the catalogue: which one it is, the values in it, the lines to choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sms_app.texts import Texts, fold, parse

MORE = "9"
_LINE = re.compile(r"^([0-9]+)\. (.*)$", re.MULTILINE)


class Screens:
    """The sentences of a programme, in all its languages."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._pattern = lru_cache(maxsize=4096)(self._made)

    def shows(self, answer: str, key: str) -> bool:
        """Whether an answer (`CON …` or `END …`) is the screen of this key."""
        return self.values(answer, key) is not None

    def values(self, answer: str, key: str) -> Mapping[str, str] | None:
        """The values in the screen of this key, as they are written there; None when it is another screen."""
        return self._match(answer[4:], key, (), r"(?=\n|$)")

    def digit(self, answer: str, key: str, values: Mapping[str, str] | None = None) -> str | None:
        """The digit of the line of a list whose sentence is this key with these values, by placeholder (`group`,
        `starts:date`); None when there is none."""
        fixed = tuple((values or {}).items())
        lines = ((match[1], match[2]) for match in _LINE.finditer(answer))
        return next((digit for digit, line in lines if self._match(line, key, fixed, "$") is not None), None)

    def has_more(self, answer: str) -> bool:
        """Whether a list goes on on another page."""
        return self.digit(answer, "common.more") == MORE

    def _match(
        self, text: str, key: str, fixed: tuple[tuple[str, str], ...], end: str
    ) -> Mapping[str, str] | None:
        for language in self._texts.catalogues:
            match = self._pattern(language, key, fixed, end).match(text)
            if match is not None:
                return match.groupdict()
        return None

    def _made(self, language: str, key: str, fixed: tuple[tuple[str, str], ...], end: str) -> re.Pattern[str]:
        given, seen, parts = dict(fixed), set[str](), list[str]()
        for part in parse(self._texts.sentence(language, key)):
            if isinstance(part, str):
                parts.append(re.escape(fold(part)))
            elif part.name in given or f"{part.name}:{part.spec}" in given:
                parts.append(re.escape(given.get(part.name) or given[f"{part.name}:{part.spec}"]))
            else:
                parts.append(".*?" if part.name in seen else f"(?P<{part.name}>.*?)")
                seen.add(part.name)
        return re.compile("".join(parts) + end, re.DOTALL)
