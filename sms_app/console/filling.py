"""Puts what was typed back into the form of a page. Of a page only the values of its fields change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

TYPED = frozenset(
    {"text", "search", "email", "tel", "url", "number", "date", "month", "week", "time", "datetime-local"}
)
"""The types of fields that hold what was typed. Passwords, files and hidden fields are not among them."""
TICKED = frozenset({"checkbox", "radio"})
Attributes = Sequence[tuple[str, str | None]]


@dataclass
class Typed:
    """The fields of a form that was sent, in order; each value is put back once."""

    action: str
    fields: Sequence[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        """What was sent under a name."""
        return [value for key, value in self.fields if key == name]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for name, _ in self.fields)


@dataclass
class _Form:
    """A form of the page: where it is sent, its hidden fields, and the names of those to type in."""

    action: str
    hidden: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)


def filled(page: str, typed: Typed) -> str:
    """The page with what was typed in the form that it was typed in: the one with the same address and hidden fields;
    where no form has the address, the one that has most of the fields. A page without such a form stays as it is."""
    reader = _Reader()
    reader.feed(page)
    ratings = [(_rating(form, typed), -n) for n, form in enumerate(reader.forms)]
    best = max(ratings, default=((0, 0, 0), 0))
    if not best[0][1]:
        return page
    writer = _Writer(page, -best[1], typed)
    writer.feed(page)
    writer.close()
    return writer.text()


def _rating(form: _Form, typed: Typed) -> tuple[int, int, int]:
    shared = len(form.typed & typed.names)
    same = sum(value in typed.values(name) for name, value in form.hidden.items())
    return (int(form.action == typed.action), shared, same)


class _Reader(HTMLParser):
    """The forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.forms.append(_Form((given.get("action") or "").partition("?")[0]))
            self.inside = True
        elif self.inside and tag == "input" and given.get("type") == "hidden":
            self.forms[-1].hidden[name] = given.get("value") or ""
        elif self.inside and _takes_words(tag, given):
            self.forms[-1].typed.add(name)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


class _Writer(HTMLParser):
    """Writes a page anew, with the values in its form number `form`."""

    def __init__(self, page: str, form: int, typed: Typed) -> None:
        super().__init__(convert_charrefs=False)
        self.lines = page.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self.page, self.form, self.seen = page, form, -1
        self.left = {name: typed.values(name) for name in typed.names}
        self.sent = {name: typed.values(name) for name in typed.names}
        self.changes: list[tuple[int, int, str]] = []
        self.inside, self.select, self.area = False, "", ("", 0)

    def text(self) -> str:
        """The page with the changes."""
        parts, at = [], 0
        for start, end, new in self.changes:
            parts += [self.page[at:start], new]
            at = end
        return "".join([*parts, self.page[at:]])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form":
            self.seen += 1
            self.inside = self.seen == self.form
        elif self.inside:
            self._field(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.area[0]:
            name, start = self.area
            # a browser leaves out a line break at the start of a text
            self.changes.append((start, self._here(), "\n" + escape(self._next(name))))
            self.area = ("", 0)

    def _field(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self.select = name
        elif tag == "option" and self.select in self.sent:
            self._mark(tag, attrs, "selected", given.get("value") in self.sent[self.select])
        elif not _takes_words(tag, given):
            return
        elif tag == "textarea" and self.left.get(name):
            self.area = (name, self._end())
        elif tag == "input" and given.get("type") in TICKED:
            self._mark(tag, attrs, "checked", given.get("value", "on") in self.sent.get(name, []))
        elif tag == "input" and self.left.get(name):
            self._replace(tag, [pair for pair in attrs if pair[0] != "value"] + [("value", self._next(name))])

    def _next(self, name: str) -> str:
        """The next value of a name: a form may have several fields of one name."""
        return self.left[name].pop(0)

    def _mark(self, tag: str, attrs: Attributes, mark: str, on: bool) -> None:
        self._replace(tag, [pair for pair in attrs if pair[0] != mark] + ([(mark, None)] if on else []))

    def _replace(self, tag: str, attrs: Attributes) -> None:
        words = [f' {name}="{escape(value)}"' if value is not None else f" {name}" for name, value in attrs]
        self.changes.append((self._here(), self._end(), f"<{tag}{''.join(words)}>"))

    def _here(self) -> int:
        """Where the tag begins that is read."""
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def _end(self) -> int:
        return self._here() + len(self.get_starttag_text() or "")


def _takes_words(tag: str, given: dict[str, str | None]) -> bool:
    """Whether a field is one that a person fills in, and what is in it may be put back."""
    if tag in {"textarea", "select"}:
        return True
    return tag == "input" and (given.get("type") or "text") in TYPED | TICKED
