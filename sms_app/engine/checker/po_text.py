"""Changes single sentences and marks in a catalogue's text. All other bytes stay as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from babel.messages.pofile import unescape

MARK = re.compile(r"#\s*(draft|reviewed\b.*)\s*$")


@dataclass(frozen=True)
class Change:
    """A message's new sentence and new mark (`draft`, or `reviewed: NAME DATE HASH`); None leaves the old."""

    sentence: str | None = None
    mark: str | None = None


@dataclass
class _Entry:
    """The indexes of a message's lines: the first of its comments, its `msgid`, its `msgstr`, and the line after it."""

    key: str
    comments: int
    msgid: int
    msgstr: int
    end: int


def quoted(sentence: str) -> str:
    """A sentence as a catalogue writes it: on one line, or with a line for each line of the screen."""
    rows = sentence.splitlines(keepends=True) or [""]
    strings = ['"' + row.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"' for row in rows]
    return strings[0] if len(strings) == 1 else "\n".join(['""', *strings])


def new_entry(key: str, sentence: str, *comments: str) -> str:
    """A new message, with its comments above it."""
    return "".join(f"# {comment}\n" for comment in comments) + f'msgid "{key}"\nmsgstr {quoted(sentence)}\n'


def changed(text: str, changes: Mapping[str, Change]) -> str:
    """A catalogue's text with some of its messages changed. Raises KeyError for an unknown message, and ValueError for
    a new sentence of a message with plural forms."""
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    entries = {entry.key: entry for entry in _entries(lines)}
    for key in sorted(
        changes, key=lambda key: entries[key].msgid, reverse=True
    ):  # from below: lines above stay
        entry, change = entries[key], changes[key]
        if change.sentence is not None:
            if not lines[entry.msgstr].startswith("msgstr "):
                raise ValueError(f"`{key}` has plural forms")
            written = f"msgstr {quoted(change.sentence)}".replace("\n", newline)
            end = newline if lines[entry.end - 1].endswith("\n") else ""
            lines[entry.msgstr : entry.end] = [written + end]
        if change.mark is not None:
            marks = [n for n in range(entry.comments, entry.msgid) if MARK.match(lines[n])]
            at = slice(marks[0], marks[0] + 1) if marks else slice(entry.msgid, entry.msgid)
            lines[at] = [f"# {change.mark}{newline}"]
    return "".join(lines)


def _entries(lines: list[str]) -> list[_Entry]:
    entries: list[_Entry] = []
    comments = 0
    for n, line in enumerate(lines):
        if line.startswith("msgid "):
            entries.append(_Entry(_string(lines, n), comments, n, n, n + 1))
        elif line.startswith("msgstr") and entries:
            last = entries[-1]
            last.msgstr = n if last.msgstr == last.msgid else last.msgstr
            last.end = n + 1
        elif line.startswith('"') and entries:
            entries[-1].end = n + 1
        if not line.startswith("#"):
            comments = n + 1
    return entries


def _string(lines: list[str], n: int) -> str:
    """The string that begins on a line `msgid "…"`, with the lines that continue it."""
    parts = [lines[n].removeprefix("msgid").strip()]
    for line in lines[n + 1 :]:
        if not line.startswith('"'):
            break
        parts.append(line.strip())
    return "".join(str(unescape(part)) for part in parts)
