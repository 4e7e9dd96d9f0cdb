"""The good Rwanda flows, broken in each way that the checker knows: each time it names the fault with its line."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from sms_app.conversation.checked import check_programme
from sms_app.engine.flow import Fault
from sms_app.programme.settings import load_programme

ROOT = Path(__file__).parents[2]
EN, RW = "locales/en/LC_MESSAGES/rwanda.po", "locales/rw/LC_MESSAGES/rwanda.po"


@dataclass(frozen=True)
class Mutation:
    """One way to break a good file: `old` becomes `new`; the fault says `says`, at the line where `at` stands (the
    first one; empty: the line of the change), in `file` or in `named`."""

    name: str
    file: str
    old: str
    new: str
    says: str
    at: str = ""
    named: str = ""


FLOWS = [
    Mutation(
        "not YAML",
        "savings",
        "choices: {1: wrong}\n  counted_money:",
        "choices: {1: wrong\n  counted_money:",
        "not YAML",
        at="counted_money:",
    ),
    Mutation("no start", "help", "start: menu", "start: main", "start `main` is not a block", at="# Item 3"),
    Mutation("no goodbye", "root", "goodbye:", "good_bye:", "needs a block `goodbye`", at="# The first"),
    Mutation("unknown block", "savings", "proved: allowed", "proved: alowed", "unknown block `alowed`"),
    Mutation("unknown flow", "root", "4: flow:other", "4: flow:others", "unknown flow `others`"),
    Mutation(
        "unknown key",
        "help",
        "{tell: help.line}",
        "{tell: help.line, show_all: true}",
        "`show_all` is unknown",
    ),
    Mutation("unknown action", "other", "do: stop_messages", "do: stop_all", "unknown action `stop_all`"),
    Mutation(
        "unknown fact", "training", "branch: next_session", "branch: next_one", "unknown fact `next_one`"
    ),
    Mutation(
        "unknown fact shown", "training", "show: [next_session]", "show: [session]", "unknown fact `session`"
    ),
    Mutation(
        "unknown run",
        "training",
        "{run: pin_guard, when: {proved: attended}}",
        "{run: pin_gard, when: {proved: attended}}",
        "unknown flow `pin_gard`",
    ),
    Mutation("unknown sentence", "help", "tell: help.meet", "tell: help.met", "unknown key `help.met`"),
    Mutation("unknown question", "savings_week", "ask: money", "ask: francs", "not `francs`"),
    Mutation("no next", "pin_guard", "digits: 4, next: check}", "digits: 4}", "needs `next`"),
    Mutation(
        "no largest amount", "savings_week", "    max: 10000000\n", "", "a money needs `max`", at="  money:\n"
    ),
    Mutation(
        "outcome forgotten",
        "training",
        "{saved: thanks, gone: next_none}",
        "{saved: thanks}",
        "`gone` is not handled",
    ),
    Mutation("outcome invented", "other", "{set: thanks, easy:", "{sett: thanks, easy:", "`sett`"),
    Mutation("value forgotten", "savings", "free: counted_money, none:", "none:", "`free` is not handled"),
    Mutation(
        "exit forgotten",
        "savings",
        "{total: report_save, more: report_add}",
        "{total: report_save}",
        "exit `more` of flow `savings_week` is not handled",
    ),
    Mutation(
        "exit invented",
        "savings",
        "total: report_save",
        "total: report_save, refused: thanks",
        "has no exit `refused`",
    ),
    Mutation(
        "another name than its file",
        "help",
        "flow: help",
        "flow: aid",
        "must be named like its file",
        at="# Item 3",
    ),
    Mutation("unknown key of a flow", "help", "direct: false", "directly: false", "unknown key `directly`"),
    Mutation(
        "unknown way of 0", "other", "zero: exit}", "zero: leave}", "`zero` is back or exit, not `leave`"
    ),
    Mutation(
        "empty block",
        "help",
        "  days:    {tell: help.meet, show: [of_sector]}\n",
        "  days:\n",
        "block `days` is empty",
    ),
    Mutation(
        "two kinds",
        "help",
        "{tell: help.call_us}",
        "{tell: help.call_us, end: common.thanks}",
        "needs exactly one of",
    ),
    Mutation(
        "no list",
        "savings",
        "{say: common.resume,",
        "{say: common.resume, each: {balance: pin.changed},",
        "fact `balance` is not a list",
    ),
    Mutation("no whole number", "savings_week", "max: 10000000", "max: 1e7", "a whole number"),
    Mutation(
        "a PIN in a direct dial",
        "pin_guard",
        "{ask: pin, ",
        "{ask: pin, direct: true, ",
        "a direct dial can't carry a pin",
    ),
    Mutation(
        "a dialled code that stores",
        "savings",
        "{do: report_nothing, ",
        "{do: report_nothing, direct: true, ",
        "a dialled code alone would do `report_nothing`",
    ),
    Mutation("digit of two", "help", "4: numbers}", "44: numbers}", "a digit from 1 to 9, not `44`"),
    Mutation(
        "value without choice",
        "other",
        "values: {1: rw, 2: en}",
        "values: {1: rw}",
        "`values` needs one value for each choice",
        at="keep: language",
    ),
    Mutation(
        "asks again what is no question",
        "other",
        'wrong: "!pin_code"',
        'wrong: "!messages"',
        "`!messages` is not a question",
    ),
    Mutation(
        "unreachable",
        "savings",
        "5: group}",
        "5: no_cycle}",
        "block `group` can't be reached",
        at="  group:  ",
    ),
    Mutation(
        "dead end",
        "training",
        "  next_none:  {tell: training.next_none}\n",
        "  next_none: {say: training.round, choices: {1: next_none}}\n",
        "dead end",
    ),
    Mutation(
        "exit without a run",
        "training",
        "{run: pin_guard, when: {proved: attended}}",
        "{branch: pin_state, when: {set: flow:pin_guard, none: attended}}",
        "can be reached without running",
        at="proved:         {",
        named="pin_guard",
    ),
    Mutation(
        "no way back", "other", "{say: other.messages, ", "{say: other.messages, zero: exit, ", "no way back"
    ),
    Mutation(
        "loop",
        "who_reports",
        '{found: known, unknown: "!member"}',
        "{found: known, unknown: find}",
        "a loop without a screen: find",
    ),
    Mutation(
        "amount before the PIN",
        "savings",
        "{run: pin_guard, when: {proved: allowed}}",
        "{run: who_reports, when: {known: allowed}}",
        "needs `proved`",
        at="counted:    {",
    ),
    Mutation(
        "nobody known",
        "training",
        "{run: who_reports, when: {known: code}}",
        "{branch: caller, when: {one: code, several: code, none: code}}",
        "`check_in` needs `person`",
        at="arrive:   {",
    ),
    Mutation(
        "resume in help",
        "help",
        "{tell: help.call_us}",
        "{tell: help.call_us, resume: true}",
        "can't be a place to resume",
    ),
    Mutation(
        "a yes before the question",
        "help",
        "choices: {1: stop}, alone: true}",
        "choices: {1: stop}}",
        "`store_do_not_call` may only follow a choice of a menu with `alone: true`",
    ),
    Mutation(
        "a digit renumbered",
        "savings",
        "4: nothing, 5: group",
        "4: group, 5: nothing",
        "digit 4 of `menu` was published as `nothing`",
        at="  menu:\n",
    ),
    Mutation(
        "a value renumbered",
        "other",
        "{1: rw, 2: en}",
        "{1: en, 2: rw}",
        "digit 1 of `language` was published as `speak language=rw`",
        at="  language:\n",
    ),
    Mutation(
        "a published menu renamed",
        "other",
        "  messages: {",
        "  texts: {",
        "published menu `messages` of `other` is gone",
        at="  messages:\n    '1': stop",
        named="published",
    ),
    Mutation(
        "a choice dropped",
        "savings",
        "choices: {1: report, 2: balance, 3: correct, 4: nothing, 5: group}",
        "choices: {1: report, 2: balance, 3: correct, 4: nothing}",
        "prints 1 2 3 4 5, its block takes 1 2 3 4",
        at="  menu:\n",
    ),
    Mutation(
        "a fact no longer shown",
        "training",
        "    show: [next_session]\n",
        "",
        "nothing fills the placeholder `starts`",
        at="  next_shown:\n",
    ),
    Mutation(
        "an answer kept under another name",
        "other",
        "claim_number",
        "share_phone",
        "nothing fills the placeholder `claim`",
        at="claimed:     {",
    ),
]
SENTENCES = [
    Mutation(
        "missing",
        EN,
        'msgid "help.meet"\n',
        'msgid "help.met"\n',
        "there is no `help.meet`, which rw has",
        at="# Every",
    ),
    Mutation("empty", RW, 'msgstr "Murakoze."', 'msgstr ""', "is empty", at='msgid "common.thanks"'),
    Mutation(
        "fuzzy",
        RW,
        '# draft\nmsgid "pin.ask"',
        '# draft\n#, fuzzy\nmsgid "pin.ask"',
        "is marked fuzzy",
        at='msgid "pin.ask"',
    ),
    Mutation(
        "placeholder lost",
        RW,
        'iyi kode: {claim}. Iminota 10."',
        'iyi kode. Iminota 10."',
        "lacks the placeholder `claim`",
        at='msgid "new.code"',
    ),
    Mutation(
        "placeholder misspelt",
        RW,
        "{starts:weekday}",
        "{start:weekday}",
        "nothing fills the placeholder `start`",
        at='msgid "training.next"',
    ),
    Mutation(
        "form of a day for an amount",
        EN,
        "{amount:money} {currency}, week",
        "{amount:date} {currency}, week",
        "`amount` is a Money",
        at='msgid "savings.read_shares"',
    ),
    Mutation(
        "unknown form",
        EN,
        "{day:date}: received",
        "{day:dat}: received",
        "unknown form `dat`",
        at='msgid "training.received"',
    ),
    Mutation(
        "stray brace",
        EN,
        "{day:date}: received",
        "{day:date: received",
        "a brace that is no placeholder",
        at='msgid "training.received"',
    ),
    Mutation(
        "curly apostrophe",
        RW,
        "Amakuru n'ubufasha\\n",
        "Amakuru n’ubufasha\\n",
        "U+2019",
        at='msgid "root.menu"',
    ),
    Mutation(
        "too long",
        RW,
        "Nta somo ririho ubu.",
        "Nta somo ririho ubu. " * 7,
        "characters long",
        at="next_none:  {",
        named="training",
    ),
    Mutation(
        "too long with its values",
        RW,
        "Isomo: {starts",
        "Isomo: " + "{place} " * 3 + "{starts",
        "`next_shown` in rw is up to 218 characters",
        at="  next_shown:\n",
        named="training",
    ),
    Mutation(
        "digits in another order",
        RW,
        '1. Nzaza\\n"\n"2. Sinzabasha',
        '2. Nzaza\\n"\n"1. Sinzabasha',
        "prints 2 1, its block takes 1 2",
        at='msgid "training.next"',
    ),
    Mutation(
        "banned stem", EN, "Health centre: ", "G-b v centre: ", "banned stem `gbv`", at='msgid "help.health"'
    ),
    Mutation(
        "banned stem in capitals",
        EN,
        'Thank you."',
        'I S A N G E"',
        "banned stem `isange`",
        at='msgid "common.thanks"',
    ),
    Mutation(
        "no mark",
        RW,
        '# draft\nmsgid "pin.again"',
        'msgid "pin.again"',
        "needs one mark",
        at='msgid "pin.again"',
    ),
    Mutation(
        "stale mark",
        RW,
        '# draft\nmsgid "pin.again"',
        '# reviewed: A. Reader 2026-11-24 0badc0de\nmsgid "pin.again"',
        "changed after its review",
        at='msgid "pin.again"',
    ),
    Mutation(
        "not a catalogue",
        EN,
        'msgstr "Type your PIN."',
        'msgtsr "Type your PIN."',
        "not a catalogue",
        at="msgtsr",
    ),
]

MESSAGES = [
    Mutation(
        "a text too many",
        EN,
        'msgid "weekday.1"',
        'msgid "message.absence"\nmsgstr "."\n\nmsgid "weekday.1"',
        "there is no such text by SMS",
        at='msgid "message.absence"',
    ),
    Mutation(
        "a text renamed",
        EN,
        'msgid "message.number_test"',
        'msgid "message.test"',
        "there is no `message.number_test`, which rw has",
        at="# Every",
    ),
    Mutation(
        "a name in a text",
        RW,
        "Muraho! Turakwibutsa: uyu",
        "Muraho {name}! Turakwibutsa: uyu",
        "nothing fills the placeholder `name`",
        at='msgid "message.session_today"',
    ),
    Mutation(
        "a value of the screens in a text",
        EN,
        "This is the test message.",
        "This is the test. {programme_line}.",
        "nothing fills the placeholder `programme_line`",
        at='msgid "message.number_test"',
    ),
    Mutation(
        "a place too few",
        RW,
        "saa {start:time}, {place}. Murakoze.",
        "saa {start:time}. Murakoze.",
        "lacks the placeholder `place`",
        at='msgid "message.session_tomorrow"',
    ),
    Mutation(
        "an hour of a day",
        EN,
        "before {by:date}",
        "before {by:time}",
        "`by` is a Day",
        at='msgid "message.please_dial"',
    ),
    Mutation(
        "two segments",
        EN,
        "We will tell you the new date. Thank you.",
        "We will tell you the new date. Thank you." + " Thank you." * 8,
        "characters long, 160 fit",
        at='msgid "message.session_cancelled"',
    ),
    Mutation(
        "a banned stem in a text",
        RW,
        "Mwihangane. Murakoze.",
        "I-s a\u200bn-g-e.",
        "banned stem `isange`",
        at='msgid "message.session_cancelled"',
    ),
    Mutation(
        "no simple phone's letter",
        RW,
        "amakuru y'uku kwezi",
        "amakuru y’uku kwezi",
        "U+2019",
        at='msgid "message.leader_month"',
    ),
    Mutation(
        "a text without a mark",
        RW,
        '# draft\nmsgid "message.please_dial"',
        'msgid "message.please_dial"',
        "needs one mark",
        at='msgid "message.please_dial"',
    ),
    Mutation(
        "a text changed after its review",
        RW,
        '# draft\nmsgid "message.please_dial"',
        '# reviewed: A. Reader 2026-11-24 0badc0de\nmsgid "message.please_dial"',
        "changed after its review",
        at='msgid "message.please_dial"',
    ),
]


def _copy(folder: Path) -> None:
    shutil.copytree(ROOT / "flows" / "rwanda", folder / "flows" / "rwanda")
    for language in ("en", "rw"):
        target = folder / "locales" / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        shutil.copy(ROOT / "locales" / language / "LC_MESSAGES" / "rwanda.po", target)


def _check(folder: Path) -> list[Fault]:
    flows = folder / "flows" / "rwanda"
    return check_programme(load_programme(flows / "programme.yaml"), flows, folder / "locales").every


def _path(file: str) -> str:
    return file if file.endswith(".po") else f"flows/rwanda/{file}.yaml"


def _line(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1 + (part.startswith("\n"))


def test_the_good_flows_have_no_fault() -> None:
    assert _check(ROOT) == []


@pytest.mark.parametrize("mutation", [*FLOWS, *SENTENCES, *MESSAGES], ids=lambda mutation: mutation.name)
def test_a_broken_flow_is_named_with_its_line(mutation: Mutation, tmp_path: Path) -> None:
    _copy(tmp_path)
    path = tmp_path / _path(mutation.file)
    good = path.read_text(encoding="utf-8")
    assert mutation.old in good
    path.write_text(good.replace(mutation.old, mutation.new, 1), encoding="utf-8")

    named = mutation.named or mutation.file
    text = (tmp_path / _path(named)).read_text(encoding="utf-8")
    line = _line(text, mutation.at or mutation.new)
    place = (str(tmp_path / _path(named)), line)
    found = _check(tmp_path)
    assert [f for f in found if (f.file, f.line) == place and mutation.says in f.text], (
        f"not named at {place}: " + "\n".join(map(str, found))
    )
