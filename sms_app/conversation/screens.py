"""Renders the engine's Show to the characters on the phone."""

from __future__ import annotations

from collections.abc import Mapping

from sms_app.engine.runner import MORE
from sms_app.engine.steps import ListRow, Show
from sms_app.programme.loaded import LoadedProgramme
from sms_app.texts import MAX_SCREEN_LENGTH, gsm7_length


def render(programme: LoadedProgramme, lang: str, show: Show, constants: Mapping[str, object]) -> str:
    """The reply to the network: `CON ` or `END ` and a screen of at most 160 GSM-7 septets.

    The checker proves the length for all values that facts may have. If a value is longer than its shape allows, the
    end of the screen's body is cut, never the line that says what 0 does."""
    values = {**constants, **show.values}
    for name, lines in show.each.items():
        values[name] = ", ".join(_line(programme, lang, line, constants) for line in lines)
    parts = [programme.texts.render(lang, "common.wrong", {})] if show.wrong else []
    parts.append(programme.texts.render(lang, show.say, values))
    parts += [f"{line.digit}. {_line(programme, lang, line, constants)}" for line in show.lines]
    if show.last:
        parts.append(programme.texts.render(lang, show.last, values))
    if show.more:
        parts.append(f"{MORE}. {programme.texts.render(lang, 'common.more', {})}")
    zero = programme.texts.render(lang, f"zero.{show.zero}", {}) if show.zero else ""
    body = _cut("\n".join(parts), MAX_SCREEN_LENGTH - (gsm7_length(zero) + 1 if zero else 0))
    return f"{'END' if show.ends else 'CON'} {body}" + (f"\n{zero}" if zero else "")


def _line(programme: LoadedProgramme, lang: str, line: ListRow, constants: Mapping[str, object]) -> str:
    return programme.texts.render(lang, line.say, {**constants, **line.values})


def _cut(body: str, most: int) -> str:
    while gsm7_length(body) > most:
        body = body[:-1]
    return body
