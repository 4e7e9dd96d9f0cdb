"""The console's sentences in each language, by key: `en.json`, `rw.json`. They are for staff, apart from the catalogues
of what participants read; the opening page has its own in the same form.

A person chooses a language on any page; the cookie keeps it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from flask import g, request, session
from markupsafe import Markup

FILES = sorted(Path(__file__).parent.glob("*.json"))
SENTENCES: Mapping[str, Mapping[str, str]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8")) for file in FILES
}
"""The sentences by language and key. A `{name}` in one stands for a value."""
FIRST = "en"
"""The language of commands, and of who did not choose one and whose browser asks for none of ours."""
KEPT = "language"


class Fault(Exception):
    """Something that a person has to mend. Its text is in FIRST; `said` gives it in the page's language."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(SENTENCES[FIRST][key].format(**values))
        self.key, self.values = key, values

    def said(self) -> Markup:
        """The sentence in the language of this request."""
        return say(self.key, **self.values)


def say(key: str, **values: object) -> Markup:
    """A sentence in the language of this request, as HTML; the values are escaped. Raises KeyError."""
    return Markup(SENTENCES[g.language][key]).format(**values)  # noqa: S704


def day(value: date) -> Markup:
    """A day as people read it: `Monday 09/03`."""
    return Markup("{} {}").format(say(f"weekday_{value.isoweekday()}"), value.strftime("%d/%m"))


def did(what: str) -> str:
    """What an entry of the audit trail says, in words."""
    return say(f"did_{what}") if f"did_{what}" in SENTENCES[FIRST] else what


def choose() -> str:
    """The language of this request: what its address asks for, which the cookie then keeps, or what the cookie has, or
    what the browser asks for."""
    asked = request.args.get(KEPT, "")
    if asked in SENTENCES and asked != session.get(KEPT):
        session[KEPT] = asked
    kept = str(session.get(KEPT))
    return kept if kept in SENTENCES else request.accept_languages.best_match(sorted(SENTENCES), FIRST)


def clear_session() -> None:
    """Empty the cookie, but for the language."""
    kept = session.get(KEPT)
    session.clear()
    if kept in SENTENCES:
        session[KEPT] = kept
