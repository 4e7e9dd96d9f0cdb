"""Checks the sentences of SMS texts: a closed list of texts, each in one segment with its longest values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sms_app.engine.checker.catalogue import Sentences, names
from sms_app.engine.checker.screens import Material, unfilled
from sms_app.engine.checker.sizes import Fills, longest
from sms_app.engine.flow import Fault
from sms_app.engine.shapes import TextShape, Word
from sms_app.texts import PARTS, gsm7_length, size

PREFIX = "message."


def texts(material: Material) -> int:
    """The number of sentences of SMS texts in all languages."""
    keys = (key for sentences in material.catalogues.values() for key in sentences.by_key)
    return sum(key.startswith(PREFIX) for key in keys)


def message_faults(material: Material, shapes: Mapping[str, TextShape]) -> Iterator[Fault]:
    """The faults of the sentences of SMS texts. `pairing_faults` lists the sentences that only some languages have."""
    for sentences in material.catalogues.values():
        for key in sentences.by_key:
            if key.startswith(PREFIX) and key.removeprefix(PREFIX) not in shapes:
                yield sentences.fault(
                    key, f"`{key}`: there is no such text by SMS, and none may be added here"
                )
    for name, shape in shapes.items():
        key = PREFIX + name
        having = [sentences for sentences in material.catalogues.values() if key in sentences.by_key]
        if shape.needed and not having:
            for sentences in material.catalogues.values():
                yield Fault(sentences.file, 1, f"there is no `{key}`, which is said by SMS")
        having = [sentences for sentences in having if sentences.by_key[key].written]
        said = frozenset[str]().union(*(names(sentences.by_key[key]) for sentences in having))
        for sentences in having:
            faults = [*_fill_faults(sentences, key, shape, said)]
            yield from faults or _length_faults(material, sentences, key, shape)


def _fill_faults(sentences: Sentences, key: str, shape: TextShape, said: frozenset[str]) -> Iterator[Fault]:
    """Faults of a text that has other placeholders than its shape. `said` are the placeholders in any language."""
    for text in dict.fromkeys(unfilled(sentences, key, _fills(shape))):
        yield sentences.fault(key, f"`{key}`: {text}")
    for name in shape.fields:
        if name not in said:
            yield sentences.fault(key, f"`{key}` lacks the placeholder `{name}`")
    words = [word for filled in shape.fields.values() if isinstance(filled, Word) for word in filled.keys]
    for word in words:
        if word not in sentences.by_key:
            yield sentences.fault(key, f"`{key}`: there is no `{word}`")
    if len(sentences.by_key[key].forms) > 1:
        yield sentences.fault(key, f"`{key}` has plural forms, which no text by SMS has")


def longest_text(material: Material, language: str, name: str) -> int:
    """The length of a text with its longest values, in septets; 0 when it can't be rendered."""
    try:
        return gsm7_length(longest(material.texts, language, PREFIX + name, _fills(material.messages[name])))
    except (KeyError, ValueError):
        return 0


def _length_faults(material: Material, sentences: Sentences, key: str, shape: TextShape) -> Iterator[Fault]:
    try:
        text = longest(material.texts, sentences.language, key, _fills(shape))
    except (KeyError, ValueError):
        return  # another check lists this fault
    measured = size(text)
    if measured.segments > 1:
        fit = PARTS[measured.encoding][0]
        yield sentences.fault(
            key, f"`{key}` is up to {measured.units} characters long, {fit} fit into one segment"
        )


def _fills(shape: TextShape) -> Fills:
    return Fills({name: (filled,) for name, filled in shape.fields.items()})
