"""The rows of a review sheet: reads sentences from the catalogues, and writes verdicts and corrections back."""

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
    """A sentence in an outgoing sheet. `longest` is the length in septets of its screen with the longest values, of
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
    """A row of a returned sheet, as it was typed; `row` is its number in the sheet."""

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
    """A fault in a row, for the person who has the sheet."""

    language: str
    row: int
    text: str

    def __str__(self) -> str:
        return f"sheet {self.language}, row {self.row}: {self.text}"


@dataclass(frozen=True)
class Judged:
    """A row's answer, and the change of the catalogue that it asks for."""

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
    """The length of the text or screen that a sentence makes; that of the sentence when it is only a part of one."""
    if key.startswith(PREFIX):
        return longest_text(checked.material, language, key.removeprefix(PREFIX))
    return longest_screen(checked.material, language, key)


def judge(
    answers: Sequence[Answer], catalogues: Mapping[str, Sentences], went_out: date, today: date
) -> tuple[list[Judged], list[RowFault]]:
    """The changes that the rows ask for, and the faults of single rows. An empty row asks for no change."""
    judged: list[Judged] = []
    faults: list[RowFault] = []
    seen: dict[tuple[str, str], int] = {}
    for answer in answers:
        row_faults = [*_twice(answer, seen), *_own_faults(answer, catalogues, went_out, today)]
        faults += [RowFault(answer.language, answer.row, text) for text in row_faults]
        if not row_faults and answer.verdict in (GOOD, CORRECTED):
            judged.append(Judged(answer, _change(answer)))
    return judged, faults


def _twice(answer: Answer, seen: dict[tuple[str, str], int]) -> Iterator[str]:
    first = seen.setdefault((answer.language, answer.key), answer.row)
    if first != answer.row:
        yield f"`{answer.key}` is also in row {first}"


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
        yield (
            "the reviewer's name is missing" if not answer.reviewer else f"`{answer.reviewer}` is not a name"
        )
    yield from _day_faults(answer.day, went_out, today)


def _verdict_faults(answer: Answer, sentence: Sentence) -> Iterator[str]:
    if answer.verdict not in VERDICTS:
        given = f"not `{answer.verdict}`" if answer.verdict else "it is empty"
        yield f"the verdict is one of {', '.join(VERDICTS)}: {given}"
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
            yield "it has plural forms, which a sheet cannot hold: correct them in the catalogue"


def _placeholder_faults(correction: str, sentence: Sentence) -> Iterator[str]:
    if not sentence.written:
        return  # the checker compares it with the other languages
    try:
        had, has = set(placeholders(sentence.forms[0])), set(placeholders(correction))
    except ValueError as error:
        yield f"the correction has {error}"
        return
    for missing in sorted(had - has, key=str):
        yield f"the correction lacks `{_named(missing.name, missing.spec)}`"
    for extra in sorted(has - had, key=str):
        yield f"the correction has `{_named(extra.name, extra.spec)}`, which the sentence does not have"


def _named(name: str, spec: str) -> str:
    return f"{{{name}}}" if spec == "plain" else f"{{{name}:{spec}}}"


def _day_faults(day: date | str | None, went_out: date, today: date) -> Iterator[str]:
    if day is None or day == "":
        yield "the day is missing"
    elif not isinstance(day, date):
        yield f"`{day}` is not a day like {today}"
    elif day > today:
        yield f"the day {day} is in the future"
    elif day < went_out:
        yield f"the day {day} is before the sheet went out, on {went_out}"


def _with_ends(correction: str, sentence: str) -> str:
    """A correction with the sentence's leading and trailing spaces, which separate it from other parts of a screen."""
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
    """The faults that the corrections would cause, each with its row.

    Runs the checker on a copy of the catalogues: letters, length, digits, banned stems and every other check.
    """
    corrected = [row for row in judged if row.change.sentence is not None]
    before = _faults({}, slug, flows_dir, locales_dir)
    if not corrected or _faults(_texts(corrected, slug, locales_dir), slug, flows_dir, locales_dir) <= before:
        return []
    faults = []
    for row in corrected:
        new = _faults(_texts([row], slug, locales_dir), slug, flows_dir, locales_dir) - before
        faults += [
            RowFault(row.answer.language, row.answer.row, f"the correction: {text}") for text in sorted(new)
        ]
    if not faults:  # only together they are too long: name every row, since any of them may be the cause
        new = _faults(_texts(corrected, slug, locales_dir), slug, flows_dir, locales_dir) - before
        faults = [
            RowFault(row.answer.language, row.answer.row, text) for row in corrected for text in sorted(new)
        ]
    return faults


def _faults(texts: Mapping[Path, str], slug: str, flows_dir: Path, locales_dir: Path) -> set[str]:
    """The checker's faults with some catalogues' texts replaced. Without line numbers, since lines move."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "locales"
        shutil.copytree(locales_dir, copy)
        for path, text in texts.items():
            target = copy / path.relative_to(locales_dir)
            target.write_bytes(text.encode())
            compile_catalogue(target)
        faults = check_programmes(flows_dir, copy, slug).every
    return {fault.text for fault in faults if fault.text != STALE}


def _texts(judged: Iterable[Judged], slug: str, locales_dir: Path) -> dict[Path, str]:
    """The catalogues' texts with the changes made, by path."""
    changes: dict[Path, dict[str, Change]] = {}
    for row in judged:
        path = catalogue_path(locales_dir, row.answer.language, slug)
        changes.setdefault(path, {})[row.answer.key] = row.change
    return {path: changed(path.read_bytes().decode(), wanted) for path, wanted in changes.items()}


def write(judged: Sequence[Judged], slug: str, locales_dir: Path) -> list[Path]:
    """Write sentences and marks into the catalogues, and compile them. Returns the catalogues' paths."""
    texts = _texts(judged, slug, locales_dir)
    for path, text in texts.items():
        half = path.with_suffix(".half")
        half.write_bytes(text.encode())
        half.replace(path)
        compile_catalogue(path)
    return list(texts)
