"""Makes the files of a new programme, from another one's flows, and those of a new language for a programme.

All files are prepared before one is written, so that a refusal leaves the folders as they were."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template

from sms_app.cli import countries, yaml_edit
from sms_app.conversation.actions import ACTION_SHAPES
from sms_app.conversation.facts import FACT_SHAPES
from sms_app.engine.checker.catalogue import DRAFT, SAME, SOURCE_LANGUAGE, Sentences, read_sentences
from sms_app.engine.checker.po_text import Change, changed, new_entry
from sms_app.engine.compiler import NOT_FLOWS, compile_folder
from sms_app.engine.flow import Fault, Flows, Menu
from sms_app.paths import on_disk
from sms_app.programme.settings import Programme, load_programme
from sms_app.texts import catalogue_path, compile_catalogue

TEMPLATE = Path(__file__).with_name("programme_template.yaml")
LANGUAGE = re.compile(r"[a-z]{2,3}")
MAX_CHOICES = 9
HEADER = """\
# Every sentence that participants read. A message is a whole screen; the line that says what 0 does is added below it.
msgid ""
msgstr ""
"Project-Id-Version: {slug}\\n"
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""
Files = dict[Path, str]


class CannotMake(Exception):
    """Nothing was written; the message says why and what to do."""


@dataclass(frozen=True)
class Model:
    """An existing programme: its folder, settings and flows, and its catalogues by language."""

    folder: Path
    settings: Programme
    flows: Flows
    catalogues: Mapping[str, Sentences]

    def menus(self) -> list[Menu]:
        """The menus on which a language is chosen."""
        kept = {shape.language for shape in ACTION_SHAPES.values() if shape.language}
        return [
            block for block in self.flows.blocks.values() if isinstance(block, Menu) and block.keep in kept
        ]

    @property
    def first(self) -> Sentences:
        """The catalogue whose keys, in their order, are those of the programme."""
        return self.catalogues.get(SOURCE_LANGUAGE) or next(iter(self.catalogues.values()))


def model(flows_dir: Path, locales_dir: Path, slug: str = "") -> Model:
    """The programme with this short name; the first one for an empty name. Raises CannotMake, SettingsFaults."""
    for path in sorted(flows_dir.glob("*/programme.yaml")):
        settings = load_programme(path)
        if slug in ("", settings.slug):
            read = {code: read_sentences(locales_dir, code, settings.slug) for code in settings.languages}
            broken = [str(result) for result in read.values() if isinstance(result, Fault)]
            if broken:
                raise CannotMake("\n".join(broken))
            catalogues = {code: result for code, result in read.items() if isinstance(result, Sentences)}
            flows, _ = compile_folder(path.parent, FACT_SHAPES, ACTION_SHAPES)
            return Model(path.parent, settings, flows, catalogues)
    named = f"There is no programme `{slug}`" if slug else "There is no programme to take flows from"
    raise CannotMake(f"{named} in {on_disk(flows_dir)}.")


@dataclass(frozen=True)
class Wanted:
    """The settings of a new programme."""

    slug: str
    name: str
    country: str
    service_code: str
    time_zone: str
    currency: str
    decimals: int
    label: str
    languages: tuple[str, ...]


def new_programme(like: Model, wanted: Wanted, flows_dir: Path, locales_dir: Path, today: date) -> Files:
    """The files, by path, of a new programme with another one's flows. Raises CannotMake."""
    folder = flows_dir / wanted.slug
    targets = [catalogue_path(locales_dir, code, wanted.slug) for code in wanted.languages]
    existing = [on_disk(path) for path in (folder, *targets) if path.exists()]
    if existing:
        raise CannotMake(f"{', '.join(existing)} exists already: choose another name.")
    files: Files = {folder / "programme.yaml": _settings(like, wanted, today)}
    for path in sorted(like.folder.glob("*.yaml")):
        if path.name not in NOT_FLOWS:
            menus = [menu for menu in like.menus() if menu.id.startswith(f"{path.stem}.")]
            text = path.read_text(encoding="utf-8")
            files[folder / path.name] = _with_languages(text, menus, wanted.languages)
    sources = {code: catalogue_path(locales_dir, code, like.settings.slug) for code in wanted.languages}
    for code, target in zip(wanted.languages, targets, strict=True):
        files[target] = _catalogue(like, wanted, code, sources[code])
    return files


def _settings(like: Model, wanted: Wanted, today: date) -> str:
    """The text of programme.yaml: the country's settings are left open, the others are copied from `like`."""
    text = (like.folder / "programme.yaml").read_text(encoding="utf-8")
    emergency = [f'  {name}: {{number: "000", verified_on: }}' for name in like.settings.emergency]
    messages = re.sub(
        r"(?m)^(  segment_price: ).*$", r'\1"0.00"   # what one segment costs', _part(text, "messages")
    )
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        slug=wanted.slug,
        title=json.dumps(wanted.name, ensure_ascii=False),
        country=wanted.country,
        service_code=wanted.service_code,
        time_zone=wanted.time_zone,
        currency=wanted.currency,
        decimals=wanted.decimals,
        label=wanted.label,
        languages=", ".join(map(_scalar, wanted.languages)),
        emergency="\n".join(emergency),
        banned_stems=", ".join(like.settings.banned_stems),
        adviser_first=today + timedelta(days=14 - today.weekday()),
        arms=_part(text, "arms"),
        curriculum=_part(text, "curriculum"),
        messages=messages,
    )


def _part(text: str, name: str) -> str:
    """The source of a top-level setting, without the comments around it."""
    match = re.search(rf"(?m)^{name}:.*\n(?:(?:[ -].*)?\n)*", text)
    return match[0].rstrip() if match else f"{name}:"


def _with_languages(text: str, menus: Sequence[Menu], languages: Sequence[str]) -> str:
    """A flow file with these languages on its language menus, in this order. Raises CannotMake."""
    for menu in menus:
        name = menu.id.partition(".")[2]
        target = str(yaml_edit.load(text)["blocks"][name]["choices"][next(iter(_written(text, name)))])
        for key, items in (
            ("choices", [f"{n}: {target}" for n in range(1, len(languages) + 1)]),
            ("values", [f"{n}: {_scalar(code)}" for n, code in enumerate(languages, 1)]),
        ):
            try:
                text = yaml_edit.replaced(text, yaml_edit.load(text)["blocks"][name], key, items)
            except yaml_edit.CannotEdit:
                raise CannotMake(
                    f"{menu.file}:{menu.line}: write `{key}` of `{name}` on one line first."
                ) from None
    return text


def _written(text: str, name: str) -> Mapping[object, object]:
    choices: Mapping[object, object] = yaml_edit.load(text)["blocks"][name]["choices"]
    return choices


def _scalar(code: str) -> str:
    """A language's code in YAML, quoted where YAML would read it as a boolean (`no`)."""
    return f'"{code}"' if code in {"no", "on", "y", "n"} else code


def _catalogue(like: Model, wanted: Wanted, code: str, source: Path) -> str:
    """A catalogue with the model's sentences in this language as drafts; with empty sentences if the model has none."""
    marks = () if code == SOURCE_LANGUAGE else (DRAFT,)
    menus = {menu.say for menu in like.menus()}
    rows = [f"{n}. {countries.language_name(language)}" for n, language in enumerate(wanted.languages, 1)]
    if code in like.catalogues:
        sentences = like.catalogues[code].by_key
        text = source.read_text(encoding="utf-8").replace(
            f'"Project-Id-Version: {like.settings.slug}\\n"', f'"Project-Id-Version: {wanted.slug}\\n"', 1
        )
        changes = {
            key: Change("\n".join([*_head(sentence.forms[0]), *rows]) if key in menus else None, *marks)
            for key, sentence in sentences.items()
        }
        return changed(text, changes)
    parts = [HEADER.format(slug=wanted.slug, language=code)]
    for key in like.first.by_key:
        if key in menus:
            parts.append(new_entry(key, "\n".join(rows), f"{SAME} names of languages", *marks))
        else:
            parts.append(new_entry(key, "", *marks))
    return "\n".join(parts)


def _head(sentence: str) -> list[str]:
    """The lines of a menu before its first digit."""
    lines = sentence.split("\n")
    return lines[: next((n for n, line in enumerate(lines) if re.match(r"\d\. ", line)), len(lines))]


def new_language(of: Model, code: str, locales_dir: Path) -> Files:
    """The changed and the new files, by path, for another language of a programme. Raises CannotMake."""
    target = catalogue_path(locales_dir, code, of.settings.slug)
    if code in of.settings.languages or target.exists():
        raise CannotMake(f"{of.settings.slug} has `{code}` already.")
    if not LANGUAGE.fullmatch(code):
        raise CannotMake(f"`{code}` is not a language code, such as sw.")
    path = of.folder / "programme.yaml"
    text = path.read_text(encoding="utf-8")
    languages = (*of.settings.languages, code)
    try:
        files = {
            path: yaml_edit.replaced(text, yaml_edit.load(text), "languages", [_scalar(c) for c in languages])
        }
    except yaml_edit.CannotEdit:
        raise CannotMake(f"{on_disk(path)}: write `languages` on one line first.") from None
    menus = of.menus()
    for menu in menus:
        file = of.folder / f"{menu.id.partition('.')[0]}.yaml"
        files[file] = _with_language(files.get(file) or file.read_text(encoding="utf-8"), menu, code)
    for language, sentences in of.catalogues.items():
        source = catalogue_path(locales_dir, language, of.settings.slug)
        mark = None if language == SOURCE_LANGUAGE else DRAFT
        changes = {
            menu.say: Change(f"{sentences.by_key[menu.say].forms[0]}\n{_row(menu, code)}", mark)
            for menu in menus
            if menu.say in sentences.by_key
        }
        files[source] = changed(source.read_text(encoding="utf-8"), changes)
    files[target] = _empty(of, menus, code)
    return files


def _empty(of: Model, menus: Sequence[Menu], code: str) -> str:
    """A catalogue with empty sentences; only the language menus have their names of languages."""
    says = {menu.say: menu for menu in menus}
    parts = [HEADER.format(slug=of.settings.slug, language=code)]
    for key, sentence in of.first.by_key.items():
        if key in says:
            head = _head(sentence.forms[0])
            rows = [*sentence.forms[0].split("\n")[len(head) :], _row(says[key], code)]
            parts.append(new_entry(key, "\n".join(rows), f"{SAME} names of languages", DRAFT))
        else:
            parts.append(new_entry(key, "", DRAFT))
    return "\n".join(parts)


def _digit(menu: Menu) -> int:
    """The first free digit of a menu. Raises CannotMake when it has none."""
    digit = max(map(int, menu.choices), default=0) + 1
    if digit > MAX_CHOICES:
        raise CannotMake(f"{menu.file}:{menu.line}: this menu has no free digit.")
    return digit


def _row(menu: Menu, code: str) -> str:
    return f"{_digit(menu)}. {countries.language_name(code)}"


def _with_language(text: str, menu: Menu, code: str) -> str:
    """A flow file with a language added to its language menu. Raises CannotMake."""
    name, digit = menu.id.partition(".")[2], _digit(menu)
    block = yaml_edit.load(text)["blocks"][name]
    choices = [f"{key}: {value}" for key, value in block["choices"].items()]
    choices.append(f"{digit}: {next(iter(block['choices'].values()))}")
    values = [f"{key}: {_scalar(str(value))}" for key, value in block["values"].items()] + [
        f"{digit}: {_scalar(code)}"
    ]
    try:
        text = yaml_edit.replaced(text, block, "choices", choices)
        return yaml_edit.replaced(text, yaml_edit.load(text)["blocks"][name], "values", values)
    except yaml_edit.CannotEdit as error:
        raise CannotMake(f"{menu.file}:{menu.line}: write `{error}` of `{name}` on one line first.") from None


def write(files: Files) -> None:
    """Write the files, make the folders that they need, and compile the catalogues."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.suffix == ".po":
            compile_catalogue(path)
