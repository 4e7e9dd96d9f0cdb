"""What can be wrong with a broadcast, as data: commands say it in English, the console in the account's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ENGLISH = {
    "empty": "The text in {language} is empty.",
    "not_a_language": "`{language}` is not one of the programme's languages: {languages}.",
    "not_shown": "The text in {language} has characters that not every phone shows: {characters}. With them it would"
    " go as UCS-2 and cost {segments} x a segment: write it without.",
    "banned": "The text in {language} has `{stem}` in it, which no text may have.",
    "too_long": "The text in {language} makes {segments} segments; at most {most} may go.",
    "placeholder": "The text in {language} has `{placeholder}` in it, which everybody would read as it stands: write"
    " the words.",
    "no_text": "There is no text in {language}, which {numbers:,} of the numbers are told things in.",
    "nobody": "Nobody would get it.",
    "past": "The hour to send at is past.",
}


@dataclass(frozen=True)
class Problem:
    """Why a broadcast can't be sent: its kind, a key of ENGLISH, and the values of that sentence."""

    kind: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The sentence for commands."""
        return ENGLISH[self.kind].format(**self.values)
