"""Catalogues as their translators wrote them: each sentence with its line and its review mark, and the faults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from gettext import GNUTranslations
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from sms_app.banned import banned_in
from sms_app.engine.flow import Fault
from sms_app.paths import on_disk
from sms_app.texts import GSM7, GSM7_TWICE, catalogue_path, placeholders

SOURCE_LANGUAGE = "en"
DRAFT = "draft"
SAME = "same:"
"""The beginning of the comment that says why a sentence is the same in two languages."""
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
NAME = re.compile(r"(?<![^\W\d_])[A-Z]+(?![^\W\d_])")
REVIEWED = re.compile(r"reviewed: (\S.*) (\d{4}-\d\d-\d\d) ([0-9a-f]{8})")


def digest(forms: Iterable[str]) -> str:
    """Eight hex digits that change with a sentence's forms."""
    return sha256("\0".join(forms).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Sentence:
    """One message: its forms (one, or one for each plural), the comments above it, and its line."""

    key: str
    forms: tuple[str, ...]
    comments: tuple[str, ...]
    fuzzy: bool
    line: int

    @property
    def written(self) -> bool:
        """Whether the sentence is written, in all its forms."""
        return all(self.forms)

    @property
    def hash(self) -> str:
        """The hash in a review mark: eight hex digits that change with the sentence."""
        return digest(self.forms)


@dataclass(frozen=True)
class Sentences:
    """The catalogue of a language. `file` is its name in faults."""

    language: str
    file: str
    by_key: Mapping[str, Sentence]
    translations: GNUTranslations

    def fault(self, key: str, text: str) -> Fault:
        """A fault at a key's line, or at line 1 when the catalogue does not have the key."""
        return Fault(self.file, self.by_key[key].line if key in self.by_key else 1, text)


def read_sentences(locales_dir: Path, language: str, domain: str) -> Sentences | Fault:
    """Read a catalogue's source (.po), or give the fault why it can't be read."""
    return read_catalogue(catalogue_path(locales_dir, language, domain), language)


def read_catalogue(path: Path, language: str) -> Sentences | Fault:
    """Read a catalogue's source by its path, or give the fault why it can't be read."""
    file = on_disk(path)
    try:
        with path.open("rb") as opened:
            catalogue = read_po(opened, abort_invalid=True)
    except FileNotFoundError:
        return Fault(file, 1, "there is no such catalogue")
    except PoFileError as error:
        return Fault(file, error.lineno + 1, f"not a catalogue: `{error.line.strip()}`")
    except UnicodeDecodeError:
        return Fault(file, 1, "not a catalogue: it is not UTF-8")
    by_key = {str(_id(message)): _sentence(message) for message in catalogue if message.id}
    return Sentences(language, file, by_key, _translations(catalogue))


def _id(message: Message) -> object:
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def _sentence(message: Message) -> Sentence:
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    comments = tuple(str(comment).strip() for comment in message.user_comments)
    return Sentence(
        str(_id(message)), tuple(form or "" for form in forms), comments, message.fuzzy, message.lineno or 1
    )


def _translations(catalogue: Catalog) -> GNUTranslations:
    packed = BytesIO()
    write_mo(packed, catalogue)
    packed.seek(0)
    return GNUTranslations(packed)


def sentence_faults(sentences: Sentences, banned: tuple[str, ...]) -> Iterator[Fault]:
    """The faults of each sentence by itself."""
    for sentence in sentences.by_key.values():
        for text in _own_faults(sentence, sentences.language, banned):
            yield sentences.fault(sentence.key, f"`{sentence.key}` {text}")


def _own_faults(sentence: Sentence, language: str, banned: tuple[str, ...]) -> Iterator[str]:
    if not sentence.written:
        yield "is empty: write it"
        return
    if sentence.fuzzy:
        yield "is marked fuzzy"
    for form in dict.fromkeys(sentence.forms):
        foreign = sorted({c for c in form if c not in GSM7 and c not in GSM7_TWICE})
        if foreign:
            named = ", ".join(f"`{c}` (U+{ord(c):04X})" for c in foreign)
            yield f"has a character that simple phones cannot show: {named}"
        try:
            placeholders(form)
        except ValueError as error:
            yield str(error)
        for stem in banned_in(form, banned):
            yield f"has the banned stem `{stem}`"
    if language != SOURCE_LANGUAGE:
        yield from _mark_faults(sentence)


def _mark_faults(sentence: Sentence) -> Iterator[str]:
    marks = [comment for comment in sentence.comments if comment == DRAFT or comment.startswith("reviewed")]
    if len(marks) != 1:
        yield "needs one mark above it: `# draft`, or `# reviewed: NAME DATE HASH`"
    elif marks[0] != DRAFT:
        match = REVIEWED.fullmatch(marks[0])
        if match is None or match[3] != sentence.hash:
            yield f"was changed after its review: `# draft`, or read again and `# reviewed: NAME DATE {sentence.hash}`"


def review_of(sentence: Sentence) -> str:
    """The name and date of the review of the present sentence; empty when nobody has reviewed it."""
    for comment in sentence.comments:
        match = REVIEWED.fullmatch(comment)
        if match and match[3] == sentence.hash:
            return f"{match[1]} {match[2]}"
    return ""


def is_reviewed(sentence: Sentence) -> bool:
    """Whether a native speaker has reviewed the present sentence."""
    return DRAFT not in sentence.comments and bool(review_of(sentence))


def drafts(catalogues: Iterable[Sentences]) -> int:
    """The number of sentences that are drafts, SMS texts included."""
    return sum(
        DRAFT in sentence.comments
        for sentences in catalogues
        if sentences.language != SOURCE_LANGUAGE
        for sentence in sentences.by_key.values()
    )


def pairing_faults(catalogues: list[Sentences]) -> Iterator[Fault]:
    """Faults for sentences, and placeholders within a sentence, that one language has and another lacks."""
    keys = dict.fromkeys(key for sentences in catalogues for key in sentences.by_key)
    for key in keys:
        having = [sentences for sentences in catalogues if key in sentences.by_key]
        for sentences in catalogues:
            if sentences not in having:
                yield sentences.fault(key, f"there is no `{key}`, which {having[0].language} has")
        # an empty sentence has a fault of its own already
        written = [sentences for sentences in having if sentences.by_key[key].written]
        named = {sentences.language: names(sentences.by_key[key]) for sentences in written}
        every = set[str]().union(*named.values())
        for sentences in written:
            for name in sorted(every - named[sentences.language]):
                other = next(
                    language for language, placeholder_names in named.items() if name in placeholder_names
                )
                yield sentences.fault(key, f"`{key}` lacks the placeholder `{name}`, which {other} has")


def copy_faults(catalogues: list[Sentences]) -> Iterator[Fault]:
    """Faults for sentences that are the same in two languages, which means that one is not translated, unless a comment
    says why.

    A sentence without a word of a language (numbers, placeholders, names in capitals such as SMS) may be the same."""
    ordered = sorted(catalogues, key=lambda sentences: sentences.language != SOURCE_LANGUAGE)
    for n, sentences in enumerate(ordered):
        for key, sentence in sentences.by_key.items():
            said = _words(sentence)
            if not said or any(c.startswith(SAME) and c != SAME for c in sentence.comments):
                continue
            for other in ordered[:n]:
                if key in other.by_key and _words(other.by_key[key]) == said:
                    do = "translate it, or say why above it: `# same: REASON`"
                    yield sentences.fault(key, f"`{key}` is the same in {other.language}: {do}")
                    break


def _words(sentence: Sentence) -> tuple[str, ...]:
    """A sentence's forms in lower case with single spaces; empty when no word in it belongs to a language."""
    plain = [PLACEHOLDER.sub("", form) for form in sentence.forms]
    if not any(re.search(r"[^\W\d_]", NAME.sub("", form)) for form in plain):
        return ()
    return tuple(" ".join(form.casefold().split()) for form in sentence.forms)


def names(sentence: Sentence) -> set[str]:
    """The names of a sentence's placeholders; none when they can't be read."""
    try:
        return {placeholder.name for form in sentence.forms for placeholder in placeholders(form)}
    except ValueError:
        return set()
