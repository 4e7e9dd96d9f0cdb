"""The docs say what is so: their examples compile, and each command, setting, file and link in them is there."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import typer
from babel.messages.pofile import read_po, write_po

from sms_app.channel.africastalking.gateway import STATUSES
from sms_app.cli.main import SUBJECTS, app
from sms_app.cli.readiness import real_people
from sms_app.config import ALL_MAY, ALL_MAY_IN_DEMO, PREFIX, VARIABLES, Config
from sms_app.conversation import checked, facts
from sms_app.conversation.actions import ACTION_SHAPES
from sms_app.conversation.facts import FACT_SHAPES, Fact
from sms_app.engine.blocks import KINDS
from sms_app.engine.checker.check import Checked
from sms_app.messaging import eligibility
from sms_app.messaging.reconcile import REVIVABLE
from sms_app.programme import rules, texts_said
from sms_app.programme.settings import load_programme, values
from sms_app.yaml_lines import parse
from tests.world.programme import RWANDA
from tests.world.records import Records
from tests.world.times import NOW

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(ROOT.glob("docs/*.md"))]
FLOWS = ROOT / "docs" / "flows.md"
MESSAGES = ROOT / "docs" / "messages.md"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`]+)`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
FILE = re.compile(r"(?:sms_app|worker|tests|flows|locales|docs|bench)/[\w./]*")
IN_FILE = re.compile(r"# in (\w+\.yaml)\n")
HOOKS = ("rwanda/root.yaml", "rwanda/examples.yaml")
"""The menus that lead to the examples; they have no sentences of their own."""


@dataclass(frozen=True)
class Example:
    """A fenced block of a page, and the line that it begins on."""

    kind: str
    body: str
    line: int


def examples(kind: str) -> list[Example]:
    text = FLOWS.read_text()
    found = [Example(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in FENCE.finditer(text)]
    return [example for example in found if example.kind == kind]


def code(path: Path) -> Iterator[str]:
    """Every code span of a page, and every line of its plain fenced blocks."""
    text = path.read_text()
    for fence in FENCE.finditer(text):
        if not fence[1]:
            yield from fence[2].splitlines()
    for span in SPAN.finditer(FENCE.sub("", text)):
        yield " ".join(span[1].split())


def rows(path: Path, head: str) -> list[list[str]]:
    """The cells of the table whose first heading is `head`."""
    _, _, after = path.read_text().partition(f"\n| {head} |")
    lines = after.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# --- the flow language


@pytest.fixture(scope="module")
def example_fact() -> tuple[str, Fact]:
    """The fact that the page adds."""
    (example,) = examples("python")
    ((name, fact),) = eval("{" + example.body + "}", dict(vars(facts))).items()
    return name, fact


@pytest.fixture(scope="module")
def all_examples(tmp_path_factory: pytest.TempPathFactory, example_fact: tuple[str, Fact]) -> Checked:
    """The programme in Rwanda with every example of the page in it, checked."""
    house = tmp_path_factory.mktemp("house")
    folder, locales = house / "flows" / "rwanda", house / "locales"
    shutil.copytree(ROOT / "flows" / "rwanda", folder)
    shutil.copytree(ROOT / "locales", locales)
    for example in examples("po"):
        add_sentences(locales, example)
    hooked = [name for example in examples("yaml") if (name := add_flow(folder, example))]
    hook(folder, hooked)
    name, fact = example_fact
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checked, "FACT_SHAPES", {**FACT_SHAPES, name: fact.shape})
        return checked.check_programme(load_programme(folder / "programme.yaml"), folder, locales)


def add_sentences(locales: Path, example: Example) -> None:
    """Sentences with review marks are Kinyarwanda's, those without English."""
    added = read_po(BytesIO(example.body.encode()))
    language = "rw" if all(message.user_comments for message in added if message.id) else "en"
    path = locales / language / "LC_MESSAGES" / "rwanda.po"
    catalogue = read_po(BytesIO(path.read_bytes()))
    for message in added:
        if message.id:
            catalogue.delete(message.id)
            catalogue.add(message.id, message.string, user_comments=message.user_comments)
    with path.open("wb") as file:
        write_po(file, catalogue)


def add_flow(folder: Path, example: Example) -> str | None:
    """Put an example where it belongs; gives the name of the flow that was made around mere blocks."""
    body = parse(example.body)
    if "flow" in body:
        (folder / f"{body['flow']}.yaml").write_text(example.body)
        return None
    if replaced := IN_FILE.match(example.body):
        flow = parse((folder / replaced[1]).read_text())
        assert flow["blocks"].keys() >= body.keys()
        flow["blocks"].update(body)
        (folder / replaced[1]).write_text(json.dumps(flow))  # JSON is YAML
        return None
    name = f"line_{example.line}"
    indented = "".join(f"  {line}\n" for line in example.body.splitlines())
    (folder / f"{name}.yaml").write_text(f"flow: {name}\nstart: {next(iter(body))}\nblocks:\n{indented}")
    return name


def hook(folder: Path, names: list[str]) -> None:
    """Menus that lead to each of the flows."""
    root = folder / "root.yaml"
    assert "4: flow:other}" in root.read_text()
    root.write_text(root.read_text().replace("4: flow:other}", "4: flow:other, 5: flow:examples}"))
    menus = []
    for n in range(0, len(names), 8):
        choices = [f"{digit}: flow:{name}" for digit, name in enumerate(names[n : n + 8], 1)]
        choices += [f"9: m{n + 8}"] if n + 8 < len(names) else []
        menus.append(f"  m{n}: {{say: common.thanks, choices: {{{', '.join(choices)}}}}}\n")
    (folder / "examples.yaml").write_text("flow: examples\nstart: m0\nblocks:\n" + "".join(menus))


def test_every_example_flow_is_sound(all_examples: Checked) -> None:
    # a flow named `line_N` is the example at line N of docs/flows.md
    assert sum(name.startswith("line_") for name in all_examples.flows.flows) >= len(KINDS)
    assert [str(fault) for fault in all_examples.every if not fault.file.endswith(HOOKS)] == []


def test_a_fault_in_an_example_is_seen(all_examples: Checked) -> None:
    """The menus to the examples have digits that no sentence prints, and nothing else is wrong with them."""
    hooks = [fault for fault in all_examples.every if fault.file.endswith(HOOKS)]
    assert hooks
    assert all("prints" in fault.text for fault in hooks), hooks


def test_every_kind_of_block_has_an_example() -> None:
    blocks = [block for example in examples("yaml") for block in blocks_of(example)]
    used = {key for block in blocks for key in block}
    assert set(KINDS) <= used
    # and every other word that a block knows is in an example or named in the text
    words = {word for known in KINDS.values() for word in known}
    assert {word for word in words - used if f"`{word}`" not in FLOWS.read_text()} == set()


def blocks_of(example: Example) -> list[dict[str, Any]]:
    body = parse(example.body)
    return list(body.get("blocks", body).values())


def test_the_example_fact_finds_rows_to_choose_from(example_fact: tuple[str, Fact], records: Records) -> None:
    person, session = records.participant(1), records.session(NOW + timedelta(days=1))
    sql_values = {"person": person, "now": NOW}
    select = f"{facts.SQL['person_by_id']} select ({example_fact[1].sql}) from person"
    found = records.conn.exec_driver_sql(select, sql_values).scalar_one()
    read: Any = example_fact[1].read
    assert read(found, None, None) == {"rows": [{"id": str(session), "starts": NOW + timedelta(days=1)}]}
    assert read(None, None, None) == {"rows": []}


def test_every_fact_is_listed_as_it_is() -> None:
    listed = {SPAN.findall(row[0])[0]: row for row in rows(FLOWS, "fact")}
    assert list(listed) == list(FACT_SHAPES)
    for name, shape in FACT_SHAPES.items():
        assert [set(SPAN.findall(cell)) for cell in listed[name][2:]] == [
            set(shape.fields),
            set(shape.values),
            set(shape.needs),
        ], name
        assert ("a list" in listed[name][1]) == shape.many, name


def test_every_action_is_listed_as_it_is() -> None:
    listed = {SPAN.findall(row[0])[0]: row for row in rows(FLOWS, "action")}
    assert set(listed) == set(ACTION_SHAPES)
    for name, shape in ACTION_SHAPES.items():
        assert [set(SPAN.findall(cell)) for cell in listed[name][2:]] == [
            set(shape.outcomes),
            set(shape.needs),
            set(shape.gives),
        ], name


def test_every_text_by_sms_is_listed_as_it_is() -> None:
    listed = {SPAN.findall(row[0])[0]: set(SPAN.findall(row[2])) for row in rows(FLOWS, "text")}
    assert listed == {name: set(fills) for name, fills in texts_said.TEXTS.items()}


def test_every_value_that_any_screen_may_use_is_named() -> None:
    programme = load_programme(RWANDA)
    text = FLOWS.read_text()
    assert [name for name in values(programme, NOW.date()) if f"`{{{name}}}`" not in text] == []


# --- messages


def test_every_part_of_a_rule_is_listed() -> None:
    listed = {name for row in rows(MESSAGES, "part") for name in SPAN.findall(row[0])}
    assert listed == {field.name for field in fields(rules.Rule)} - {"name"}
    settings = {name for row in rows(MESSAGES, "setting") for name in SPAN.findall(row[0])}
    assert settings == {field.name for field in fields(rules.Messages)}


def test_what_a_rule_may_say_and_when_is_listed_as_it_is() -> None:
    table = {SPAN.findall(row[0])[0]: row for row in rows(MESSAGES, "about")}
    assert {about: tuple(SPAN.findall(row[1])) for about, row in table.items()} == rules.TEXTS
    times = {about: set(SPAN.findall(row[2])) for about, row in table.items()}
    assert times == {about: {*needed, *allowed} for about, (needed, allowed) in rules.TIMES.items()}


def test_every_reason_is_listed() -> None:
    listed = {name for row in rows(MESSAGES, "reason") for name in SPAN.findall(row[0])}
    assert set(eligibility.REASONS) <= listed
    assert set(REVIVABLE) <= set(code(MESSAGES))
    said = set()
    for path in (ROOT / "sms_app" / "messaging").rglob("*.py"):
        said |= set(re.findall(r'(?:Skip|NotSent)\((?:"\w+", )?"(\w+)"', path.read_text()))
    assert said - {"queued"} <= set(code(MESSAGES))


def test_every_answer_of_the_provider_is_listed_as_it_is_taken() -> None:
    taken = {
        "sent": "`sent`",
        "refused": "`failed`",
        "halt": "stops",
        "retry": "tried again",
        "unknown": "`unknown`",
    }
    table = [row for row in rows(MESSAGES, "the answer") if not row[0].startswith("HTTP")]
    for number, (word, kind) in STATUSES.items():
        (row,) = [row for row in table if f"{number} `{word}`" in row[0]]
        assert taken[kind] in row[1], word


def test_the_log_settings_of_postgresql_are_one_list() -> None:
    for page in ("configuration.md", "operations.md"):
        text = (ROOT / "docs" / page).read_text()
        found = dict(re.findall(r"\b(log_(?!format)[a-z_]+) = (-?\w+)", text))
        assert found == real_people.LOG_SETTINGS, page


# --- commands, settings, files, links


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def command_fault(words: list[str]) -> str | None:
    """What is wrong with the words after `sms-app`; None when there is such a command with such options."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "get_command") and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        command = command.get_command(None, words[0])
        if command is None:
            return f"no command {words[0]}"
        words = words[1:]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    unknown = [word for word in words if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in options]
    return f"no option {unknown[0]}" if unknown else None


@pytest.mark.parametrize("path", DOCS, ids=[path.name for path in DOCS])
def test_every_command_is_there(path: Path) -> None:
    found = list(code(path))
    made = {target for text in found for target in re.findall(r"\bmake ([a-z]+)", text)}
    assert made <= targets()
    given = [m[1].split() for text in found for m in re.finditer(r"sms-app\b(?!-)([^|;&]*)", text)]
    # after the first command of a sentence the others are named without `sms-app`
    given += [text.split() for text in found if re.match(rf"({'|'.join(SUBJECTS)}) [a-z-]+\b(?!:)", text)]
    assert [fault for words in given if (fault := command_fault(words))] == []


def line_fault(line: str) -> str | None:
    """What is wrong with a command line, its comment after two spaces left out; None when it can be typed like that:
    with all that the command needs, and with no value of the wrong type."""
    words = shlex.split(re.split(r"\s{2,}|\s*[|;>]", line)[0])
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "get_command") and (below := command.get_command(None, words[0])):
        command, words = below, words[1:]
    try:
        command.make_context("sms-app", words)
    except Exception as error:
        return f"{line}: {getattr(error, 'message', error) or type(error).__name__}"
    return None


@pytest.mark.parametrize("path", DOCS, ids=[path.name for path in DOCS])
def test_every_command_line_can_be_typed_as_it_is_written(path: Path) -> None:
    blocks = [fence[2] for fence in FENCE.finditer(path.read_text()) if fence[1] in ("", "sh")]
    lines = [line for block in blocks for line in re.sub(r"\\\n\s*", " ", block).splitlines()]
    given = [m[1] for line in lines if (m := re.search(r"(?:^|/bin/|\| )sms-app (?!/)(.*)", line))]
    assert [fault for line in given if (fault := line_fault(line))] == []


def test_a_command_line_that_lacks_something_is_seen() -> None:
    assert line_fault("people move 123455 --group 5   to another group") is None
    assert line_fault("people move 123455") is not None
    assert line_fault("people move 123455 --group five") is not None
    assert line_fault("flows publish now") is not None


def test_a_command_that_is_not_there_is_seen() -> None:
    assert command_fault(["flows", "check"]) is None
    assert command_fault(["flows", "chek"]) == "no command chek"
    assert command_fault(["clock", "--twice"]) == "no option --twice"


@pytest.mark.parametrize("path", DOCS, ids=[path.name for path in DOCS])
def test_every_link_and_file_is_there(path: Path) -> None:
    links = [link for link in LINK.findall(path.read_text()) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []
    # a path with a <name> or a * in it stands for many
    files = [text for text in code(path) if FILE.fullmatch(text)]
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_every_setting_is_in_the_table_and_no_other() -> None:
    names = {field.name.upper() for field in fields(Config)} - {"CALLBACK_SECRETS"} | {"CALLBACK_SECRET"}
    read = {f"{PREFIX}{name}" for name in names}
    assert {
        f"{PREFIX}{name}" for used in VARIABLES.values() for name in (*used.needs, *used.may, *used.demo)
    } < read
    for folder in ("sms_app", "worker"):
        for path in (ROOT / folder).rglob("*.py"):
            read |= set(re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]\b", path.read_text()))
    table = rows(ROOT / "docs" / "configuration.md", "variable")
    listed = [name for row in table for name in SPAN.findall(row[0]) if name.startswith(PREFIX)]
    assert sorted(listed) == sorted(read)


@pytest.mark.parametrize("process", ["web", "clock", "worker", "support", "provider", "phone"])
def test_the_variables_of_a_process_are_listed_for_it(process: str) -> None:
    used = VARIABLES[process]
    variables = {*used.needs, *used.may, *used.demo} - {*ALL_MAY, *ALL_MAY_IN_DEMO}
    listed = {
        name.removeprefix(PREFIX)
        for row in rows(ROOT / "docs" / "configuration.md", "variable")
        for name in SPAN.findall(row[0])
        if name.startswith(PREFIX) and process in SPAN.findall(row[1])
    }
    # the simulator takes SMS_APP_WEB_URL as an option, which `up` gives
    assert listed - {*ALL_MAY, *ALL_MAY_IN_DEMO, "WEB_URL"} == variables


def test_every_command_of_the_office_is_listed_for_its_database() -> None:
    table = rows(ROOT / "docs" / "configuration.md", "variable")
    (commands,) = [row[1] for row in table if "`SMS_APP_STAFF_DATABASE_URL`" in row[0]]
    opens = re.compile(r"\b(staff_context|loaded_programme|office_transaction)\(")
    # `support` has a role of its own, and needs this one for numbers only
    of_office = {
        subject
        for subject, target in SUBJECTS.items()
        if opens.search((ROOT / target.partition(":")[0].replace(".", "/")).with_suffix(".py").read_text())
    } - {"support"}
    assert of_office
    assert of_office <= set(SPAN.findall(commands))


def test_every_make_target_that_is_offered_is_explained_somewhere() -> None:
    offered = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {t for path in DOCS for text in code(path) for t in re.findall(r"\bmake ([a-z]+)", text)}
    assert offered <= named


# --- the modules


def test_the_table_of_modules_has_the_layers_of_import_linter() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    (layers,) = [c["layers"] for c in tool["importlinter"]["contracts"] if c["type"] == "layers"]
    contracts = [
        (str(n), {name.removeprefix("sms_app.") for name in layer.split(" | ")})
        for n, layer in zip(range(len(layers), 0, -1), layers, strict=True)
    ]
    listed: dict[str, set[str]] = {}
    for module, layer, _ in rows(ROOT / "docs" / "architecture.md", "module"):
        listed.setdefault(layer, set()).update(name.partition(".")[0] for name in SPAN.findall(module))
    assert listed == dict(contracts)


def test_what_the_clock_sweeps_is_in_the_table_of_what_is_kept() -> None:
    source = (ROOT / "worker" / "clock.py").read_text()
    swept = {name.lower() for name in re.findall(r"delete\(([A-Za-z]+)\)", source)}
    kept = [name for row in rows(ROOT / "docs" / "architecture.md", "what") for name in SPAN.findall(row[0])]
    assert swept <= {name.replace("_", "") for name in kept}
