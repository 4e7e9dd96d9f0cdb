"""Writes people into a coach's text by their numbers on the group's list, never by name, and never cut off."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sms_app.messaging.content import Content, ToldSnapshot
from sms_app.messaging.wording import render
from sms_app.programme.loaded import LoadedProgramme
from sms_app.texts import segments

NOBODY = "0"
"""No list has a number 0, so this can't be taken for someone."""


def fitting(
    programme: LoadedProgramme,
    text: str,
    values: Mapping[str, object],
    name: str,
    listed: Collection[int],
    total: int,
    told: ToldSnapshot,
) -> Content:
    """A text whose placeholder `name` has these list numbers, in the plainest form with which it is one segment in each
    of the programme's languages. The last form always is: the checker counts more for it."""
    contents = (Content(text, {**values, name: form}, told=told) for form in forms(listed, total))
    languages = programme.settings.languages
    for content in contents:
        if all(segments(render(programme, language, content)) == 1 for language in languages):
            break
    return content


def forms(listed: Collection[int], total: int) -> Iterator[str]:
    """Ways to write list numbers, the plainest first: each number, `3*4*5*12`; three and more in a row as `3-5*12`;
    how many of the list they are, `4/25`. Nobody is `0`."""
    if not listed:
        yield NOBODY
        return
    numbers = sorted(set(listed))
    yield "*".join(map(str, numbers))
    yield "*".join(_run(run) for run in _runs(numbers))
    yield f"{len(listed)}/{total}"


def _runs(numbers: list[int]) -> Iterator[list[int]]:
    """Numbers that follow each other, together."""
    run = numbers[:1]
    for number in numbers[1:]:
        if number == run[-1] + 1:
            run.append(number)
        else:
            yield run
            run = [number]
    yield run


def _run(run: list[int]) -> str:
    return f"{run[0]}-{run[-1]}" if len(run) > 2 else "*".join(map(str, run))
