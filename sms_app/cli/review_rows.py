"""The sentences that a reviewer reads: out of the catalogues for a sheet, and back with what she says of them."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sms_app.conversation.checked import check_programmes
from sms_app.engine.checker.catalogue import SOURCE_LANGUAGE, Sentence, Sentences, digest, review_of
from sms_app.engine.checker.check import Checked
from sms_app.engine.checker.messages import PREFIX, longest_text
from sms_app.engine.checker.po_text import Change, changed
from sms_app.engine.checker.screens import longest_screen
from sms_app.engine.checker.sentence_paths import dialled
from sms_app.programme.settings import Programme
from sms_app.texts import STALE, catalogue_path, compile_catalogue, placeholders

GOOD, CORRECTED, UNSURE = "good", "corrected", "not sure"
VERDICTS = (GOOD, CORRECTED, UNSURE)
NO_SCREEN = "part of a screen or text"
NAME = re.compile(r"[^\W\d_].*[^\W\d_].*")


@dataclass(frozen=True)
class ReviewRow:
    """One sentence as it goes out. `longest` is its length in septets with the longest values in, of
    MAX_SCREEN_LENGTH."""

    key: str
    language: str
    screen: str
    english: str
    sentence: str
    longest: int
    reviewed: str
    place: str
    hash: str


@dataclass(frozen=True)
class Answer:
    """One row of a sheet that came back, as it was typed; `row` is its number there."""

    language: str
    row: int
    key: str
    sentence: str
    hash: str
    verdict: str
    correction: str
    reviewer: str
    day: date | str | None


@dataclass(frozen=True, order=True)
class RowFault:
    """What is wrong with a row, for whoever has the sheet before them."""

    language: str
    row: int
    text: str

    def __str__(self) -> str:
        return f"sheet {self.language}, row {self.row}: {self.text}"


@dataclass(frozen=True)
class Judged:
    """What is to be done with a row's sentence."""

    answer: Answer
    change: Change


def outgoing(settings: Programme, checked: Checked, language: str) -> list[ReviewRow]:
    """A language's sentences in the order of its catalogue."""
    material = checked.material
    sentences, english = material.catalogues[language], material.catalogues.get(SOURCE_LANGUAGE)
    screens = dialled(checked.flows, settings.service_code)
    return [
        ReviewRow(
            key,
            language,
            _where(key, screens),
            _text(english.by_key.get(key)) if english else "",
            _text(sentence),
            _longest(checked, language, key),
            review_of(sentence),
            f"{sentences.file}:{sentence.line}",
            sentence.hash,
        )
        for key, sentence in sentences.by_key.items()
    ]


def _where(key: str, screens: Mapping[str, str]) -> str:
    return "text by SMS" if key.startswith(PREFIX) else screens.get(key, NO_SCREEN)


def _text(sentence: Sentence | None) -> str:
    return sentence.forms[0] if sentence else ""


def _longest(checked: Checked, language: str, key: str) -> int:
    """A text's or a screen's length; that of the sentence alone when it is only a part of one."""
    if key.startswith(PREFIX):
        return longest_text(checked.material, language, key.removeprefix(PREFIX))
    return longest_screen(checked.material, language, key)


def judge(
    answers: Sequence[Answer], catalogues: Mapping[str, Sentences], went_out: date, today: date
) -> tuple[list[Judged], list[RowFault]]:
    """What each row asks for, and what is wrong with rows by themselves. A row with nothing in it asks for nothing."""
    judged: list[Judged] = []
    faults: list[RowFault] = []
    seen: dict[tuple[str, str], int] = {}
    for answer in answers:
        found = [*_twice(answer, seen), *_own_faults(answer, catalogues, went_out, today)]
        faults += [RowFault(answer.language, answer.row, text) for text in found]
        if not found and answer.verdict in (GOOD, CORRECTED):
            judged.append(Judged(answer, _change(answer)))
    return judged, faults


def _twice(answer: Answer, seen: dict[tuple[str, str], int]) -> Iterator[str]:
    first = seen.setdefault((answer.language, answer.key), answer.row)
    if first != answer.row:
        yield f"`{answer.key}` is in row {first}, too"


def _own_faults(
    answer: Answer, catalogues: Mapping[str, Sentences], went_out: date, today: date
) -> Iterator[str]:
    sentences = catalogues.get(answer.language)
    sentence = sentences.by_key.get(answer.key) if sentences else None
    if sentence is None:
        yield f"there is no sentence `{answer.key}` in {answer.language}"
        return
    if not (answer.verdict or answer.correction or answer.reviewer or answer.day):
        return
    if sentence.hash != answer.hash:
        yield "the sentence was changed in the catalogue since the sheet went out: read it in a new sheet"
    elif digest((answer.sentence,)) != answer.hash:
        yield "the sentence itself was changed in the sheet: write the new one under Correction"
    yield from _verdict_faults(answer, sentence)
    if not NAME.fullmatch(answer.reviewer):
        yield "the reviewer's name is missing" if not answer.reviewer else f"`{answer.reviewer}` is no name"
    yield from _day_faults(answer.day, went_out, today)


def _verdict_faults(answer: Answer, sentence: Sentence) -> Iterator[str]:
    if answer.verdict not in VERDICTS:
        said = f"not `{answer.verdict}`" if answer.verdict else "nothing is there"
        yield f"the verdict is one of {', '.join(VERDICTS)}: {said}"
    elif answer.verdict == CORRECTED and not answer.correction:
        yield "it says corrected, and there is no correction"
    elif answer.verdict == CORRECTED and answer.correction.strip() == sentence.forms[0].strip():
        yield "the correction is the sentence as it is: choose good"
    elif answer.verdict == GOOD and answer.correction:
        yield "it says good, and there is a correction: choose corrected, or take it away"
    if answer.verdict == GOOD and not sentence.written:
        yield "the sentence is empty: write it under Correction"
    if answer.correction:
        yield from _placeholder_faults(answer.correction, sentence)
        if len(sentence.forms) > 1:
            yield "it has plural forms, which only the catalogue can hold: correct them there"


def _placeholder_faults(correction: str, sentence: Sentence) -> Iterator[str]:
    if not sentence.written:
        return  # the checker holds it against the other languages
    try:
        had, has = set(placeholders(sentence.forms[0])), set(placeholders(correction))
    except ValueError as error:
        yield f"the correction has {error}"
        return
    for one in sorted(had - has, key=str):
        yield f"the correction lacks `{_named(one.name, one.spec)}`"
    for one in sorted(has - had, key=str):
        yield f"the correction has `{_named(one.name, one.spec)}`, which the sentence has not"


def _named(name: str, spec: str) -> str:
    return f"{{{name}}}" if spec == "plain" else f"{{{name}:{spec}}}"


def _day_faults(day: date | str | None, went_out: date, today: date) -> Iterator[str]:
    if day is None or day == "":
        yield "the day is missing"
    elif not isinstance(day, date):
        yield f"`{day}` is no day like {today}"
    elif day > today:
        yield f"the day {day} is yet to come"
    elif day < went_out:
        yield f"the day {day} is before the sheet went out, on {went_out}"


def _with_ends(correction: str, sentence: str) -> str:
    """A correction with the spaces at the ends that the sentence has: other parts of a screen stand beside it."""
    body = sentence.strip(" ")
    before, _, after = sentence.partition(body) if body else ("", "", "")
    return f"{before}{correction.strip()}{after}"


def _change(answer: Answer) -> Change:
    assert isinstance(answer.day, date)
    text = _with_ends(answer.correction, answer.sentence) if answer.verdict == CORRECTED else None
    name = " ".join(answer.reviewer.split())
    mark = f"reviewed: {name} {answer.day.isoformat()} {digest((answer.sentence if text is None else text,))}"
    return Change(text, mark)


def checked_corrections(
    judged: Sequence[Judged], slug: str, flows_dir: Path, locales_dir: Path
) -> list[RowFault]:
    """The faults that corrections would bring in, found by the checker on a copy of the catalogues: letters, length,
    digits, banned stems and all else that a sentence is checked for. Each is told at the row that brings it in."""
    corrected = [one for one in judged if one.change.sentence is not None]
    before = _faults({}, slug, flows_dir, locales_dir)
    if not corrected or _faults(_texts(corrected, slug, locales_dir), slug, flows_dir, locales_dir) <= before:
        return []
    faults = []
    for one in corrected:
        new = _faults(_texts([one], slug, locales_dir), slug, flows_dir, locales_dir) - before
        faults += [
            RowFault(one.answer.language, one.answer.row, f"the correction: {text}") for text in sorted(new)
        ]
    if not faults:  # only together they are too long: every row is named, for any of them may be the one
        new = _faults(_texts(corrected, slug, locales_dir), slug, flows_dir, locales_dir) - before
        faults = [
            RowFault(one.answer.language, one.answer.row, text) for one in corrected for text in sorted(new)
        ]
    return faults


def _faults(texts: Mapping[Path, str], slug: str, flows_dir: Path, locales_dir: Path) -> set[str]:
    """What the checker says of the programme with some catalogues' texts replaced, without places: lines move."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "locales"
        shutil.copytree(locales_dir, copy)
        for path, text in texts.items():
            target = copy / path.relative_to(locales_dir)
            target.write_bytes(text.encode())
            compile_catalogue(target)
        every = check_programmes(flows_dir, copy, slug).every
    return {fault.text for fault in every if fault.text != STALE}


def _texts(judged: Iterable[Judged], slug: str, locales_dir: Path) -> dict[Path, str]:
    """The catalogues' texts with the changes in, by path."""
    changes: dict[Path, dict[str, Change]] = {}
    for one in judged:
        path = catalogue_path(locales_dir, one.answer.language, slug)
        changes.setdefault(path, {})[one.answer.key] = one.change
    return {path: changed(path.read_bytes().decode(), wanted) for path, wanted in changes.items()}


def write(judged: Sequence[Judged], slug: str, locales_dir: Path) -> list[Path]:
    """Write sentences and marks into the catalogues, and their compiled files; gives the catalogues."""
    texts = _texts(judged, slug, locales_dir)
    for path, text in texts.items():
        half = path.with_suffix(".half")
        half.write_bytes(text.encode())
        half.replace(path)
        compile_catalogue(path)
    return list(texts)
