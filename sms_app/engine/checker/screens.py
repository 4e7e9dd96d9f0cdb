"""Checks every screen of the flows in every language, with its longest values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sms_app.engine.checker.catalogue import Sentences
from sms_app.engine.checker.sizes import Fills, constant_shape, longest
from sms_app.engine.flow import AnyBlock, End, Fault, Flows, ListMenu, Menu, Question, Review, Screen
from sms_app.engine.known_names import KnownNames
from sms_app.engine.runner import MORE
from sms_app.engine.shapes import FactShape, Shape, Text, TextShape
from sms_app.texts import MAX_SCREEN_LENGTH, Texts, gsm7_length, placeholders

ALWAYS = ("common.wrong", "common.more", "common.sorry", "zero.back", "zero.exit")
PRINTED_DIGIT = re.compile(r"^([0-9])\. ", re.MULTILINE)


@dataclass(frozen=True)
class Material:
    """The flows, facts, sentences and values that screens are made of."""

    flows: Flows
    facts: Mapping[str, FactShape]
    known_names: KnownNames
    catalogues: Mapping[str, Sentences]
    texts: Texts
    constants: Mapping[str, object]
    messages: Mapping[str, TextShape] = field(default_factory=dict)
    everywhere: Mapping[str, tuple[Shape, ...]] = field(init=False)

    def __post_init__(self) -> None:
        shapes = {name: (constant_shape(value),) for name, value in self.constants.items()}
        object.__setattr__(self, "everywhere", shapes)

    def fills(self, block: AnyBlock, language: str) -> Fills:
        """The shapes of the values for the placeholders of a block's own sentence."""
        shapes = dict(self.everywhere)
        for name in self.known_names.at.get(block.id, frozenset()):
            shapes[name] = self.known_names.shapes.get(name, ())
        if isinstance(block, Screen):
            for fact in block.show:
                shapes |= {name: (shape,) for name, shape in self._fields(fact).items()}
            for fact, key in block.each.items():
                shapes[fact] = (self._joined(fact, key, language),)
        if isinstance(block, Review):
            shapes[block.fact] = (self._joined(block.fact, block.item, language, block.page),)
        return Fills(shapes)

    def item_fills(self, fact: str) -> Fills:
        """The shapes of the values for the sentence of one row of a list fact."""
        return Fills(dict(self.everywhere) | {name: (shape,) for name, shape in self._fields(fact).items()})

    def _fields(self, fact: str) -> Mapping[str, Shape]:
        return self.facts[fact].fields if fact in self.facts else {}

    def _joined(self, fact: str, key: str, language: str, rows: int = 0) -> Shape:
        """The shape of the joined text of a list fact's rows: of `rows` rows, or of all of them."""
        rows = rows or (self.facts[fact].rows if fact in self.facts else 0)
        try:
            item = gsm7_length(longest(self.texts, language, key, self.item_fills(fact)))
        except (KeyError, ValueError):
            item = 0
        return Text(rows * item + max(rows - 1, 0) * len(", "))


def sentences_of(material: Material, block: AnyBlock) -> Iterator[tuple[str, Mapping[str, Fills]]]:
    """The key of each sentence of a block, with the shapes of its values by language."""
    if isinstance(block, Screen | End):
        own = {language: material.fills(block, language) for language in material.catalogues}
        yield block.say, own
        if isinstance(block, Question) and block.wrong:
            yield block.wrong, own
    if isinstance(block, Review):
        yield block.last, {language: material.fills(block, language) for language in material.catalogues}
    if isinstance(block, ListMenu | Review):
        yield block.item, dict.fromkeys(material.catalogues, material.item_fills(block.fact))
    if isinstance(block, Screen):
        for fact, key in block.each.items():
            yield key, dict.fromkeys(material.catalogues, material.item_fills(fact))


def drawn(material: Material, block: AnyBlock, language: str) -> Iterator[str]:
    """The screens of a block with their longest values: as first shown, and as shown after a refused answer.

    Raises KeyError when a sentence or a value is missing."""
    if not isinstance(block, Screen | End):
        return
    fills = material.fills(block, language)
    body = longest(material.texts, language, block.say, fills)
    if isinstance(block, End):
        yield body
        return
    if isinstance(block, ListMenu):
        item = longest(material.texts, language, block.item, material.item_fills(block.fact))
        body = "\n".join([body, *(f"{digit}. {item}" for digit in range(1, block.page + 1))])
        body += f"\n{MORE}. {material.texts.render(language, 'common.more', {})}"
    if isinstance(block, Review):
        last = longest(material.texts, language, block.last, fills)
        more = f"{MORE}. {material.texts.render(language, 'common.more', {})}"
        body = f"{body}\n{max(last, more, key=gsm7_length)}"
    zero = material.texts.render(language, f"zero.{block.zero}", {})
    yield f"{body}\n{zero}"
    if isinstance(block, Question) and block.wrong:
        yield f"{longest(material.texts, language, block.wrong, fills)}\n{zero}"
    else:
        yield f"{material.texts.render(language, 'common.wrong', {})}\n{body}\n{zero}"


def longest_screen(material: Material, language: str, key: str) -> int:
    """The length of the longest screen with this sentence, in septets. For a sentence that is only a part of a screen
    it is the sentence's own length; 0 when it can't be rendered."""
    lengths = [0]
    try:
        for block in material.flows.blocks.values():
            if isinstance(block, Screen | End) and key in (block.say, getattr(block, "wrong", "")):
                lengths += map(gsm7_length, drawn(material, block, language))
            for name, fills in sentences_of(material, block):
                if name == key:
                    lengths.append(gsm7_length(longest(material.texts, language, key, fills[language])))
        if len(lengths) == 1:
            fills_anywhere = Fills(dict(material.everywhere))
            lengths.append(gsm7_length(longest(material.texts, language, key, fills_anywhere)))
    except (KeyError, ValueError):
        return 0
    return max(lengths)


def screen_faults(material: Material) -> Iterator[Fault]:
    """The faults of all screens: unknown sentences, placeholders, printed digits, length."""
    for sentences in material.catalogues.values():
        for key in ALWAYS:
            if key not in sentences.by_key:
                yield Fault(sentences.file, 1, f"there is no `{key}`, which every programme needs")
    for block in material.flows.blocks.values():
        faults = [*_key_faults(material, block), *_fill_faults(material, block)]
        yield from faults
        yield from _digit_faults(material, block)
        if not faults:
            yield from _length_faults(material, block)


def _key_faults(material: Material, block: AnyBlock) -> Iterator[Fault]:
    """Faults for keys that no language has. A key that only some languages lack is a fault of their catalogues."""
    keys = [key for key, _ in sentences_of(material, block)]
    for key in dict.fromkeys(keys):
        if key and not any(key in sentences.by_key for sentences in material.catalogues.values()):
            yield Fault(block.file, block.line, f"unknown key `{key}`")


def _fill_faults(material: Material, block: AnyBlock) -> Iterator[Fault]:
    for key, fills in sentences_of(material, block):
        wanting: dict[str, list[str]] = {}
        for language, sentences in material.catalogues.items():
            for text in dict.fromkeys(unfilled(sentences, key, fills[language])):
                wanting.setdefault(text, []).append(language)
        having = [language for language, sentences in material.catalogues.items() if key in sentences.by_key]
        for text, languages in wanting.items():
            if languages == having:
                yield Fault(block.file, block.line, f"`{key}`: {text}")
            else:
                yield from (
                    material.catalogues[language].fault(key, f"`{key}`: {text}") for language in languages
                )


def unfilled(sentences: Sentences, key: str, fills: Fills) -> Iterator[str]:
    """The placeholders of a sentence that nothing fills, or whose form does not suit the value."""
    if key not in sentences.by_key:
        return
    for form in sentences.by_key[key].forms:
        try:
            used = placeholders(form)
        except ValueError:
            continue
        for placeholder in used:
            if placeholder.name not in fills.shapes:
                yield f"nothing fills the placeholder `{placeholder.name}`"
            elif text := fills.wrong_form(placeholder):
                yield text


def _digit_faults(material: Material, block: AnyBlock) -> Iterator[Fault]:
    """Faults for sentences that print other digits than their block takes, or in another order."""
    if not isinstance(block, Screen | End):
        return
    taken = list(block.choices) if isinstance(block, Menu) else []
    printed = {
        language: PRINTED_DIGIT.findall("\n".join(sentences.by_key[block.say].forms[:1]))
        for language, sentences in material.catalogues.items()
        if block.say in sentences.by_key and sentences.by_key[block.say].written
    }
    off = {language: digits for language, digits in printed.items() if digits != taken}
    for language, digits in off.items():
        text = f"`{block.say}` prints {_listed(digits)}, its block takes {_listed(taken)}"
        if len(off) == len(printed):
            yield Fault(block.file, block.line, text)
            return
        yield material.catalogues[language].fault(block.say, text)
    if isinstance(block, Review):
        for sentences in material.catalogues.values():
            written = sentences.by_key.get(block.last)
            if written is not None and written.written and PRINTED_DIGIT.findall(written.forms[0]) != ["1"]:
                yield sentences.fault(
                    block.last, f"`{block.last}` is the line of the digit 1, and of no other"
                )


def _listed(digits: list[str]) -> str:
    return " ".join(digits) or "no digit"


def _length_faults(material: Material, block: AnyBlock) -> Iterator[Fault]:
    name = block.id.partition(".")[2]
    for language in material.catalogues:
        try:
            length = max(map(gsm7_length, drawn(material, block, language)), default=0)
        except (KeyError, ValueError):
            continue  # another check lists this fault
        if length > MAX_SCREEN_LENGTH:
            yield Fault(
                block.file,
                block.line,
                f"screen `{name}` in {language} is up to {length} characters long, {MAX_SCREEN_LENGTH} fit",
            )
