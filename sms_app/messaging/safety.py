"""The check for banned stems, which no text may contain, whoever wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from sms_app.banned import banned_in


def banned(stems: Sequence[str], text: str) -> str | None:
    """The first banned stem in a text, however it is written (`sms_app.banned`); None when there is none.

    Ask it of words as they were typed, before folding makes `?` of letters that simple phones can't show."""
    return next(banned_in(text, stems), None)
