"""A small programme's flows, written by a test and compiled against a few declared facts and actions."""

from __future__ import annotations

from pathlib import Path

from sms_app.engine.compiler import compile_folder
from sms_app.engine.flow import Fault, Flows
from sms_app.engine.shapes import ActionShape, FactShape, Money, Number, Text

FACTS = {
    "caller": FactShape(values=("one", "none")),
    "mode": FactShape({"price": Money(999), "most": Number(9)}, ("shares", "free")),
    "sessions": FactShape({"place": Text(10)}, many=True),
    "bookmark": FactShape(values=("yes", "no")),
}
ACTIONS = {
    "check_pin": ActionShape(("right", "wrong", "locked"), ("pin",)),
    "save": ActionShape(("saved",)),
    "open_bookmark": ActionShape(("opened",)),
}
ROOT = """
flow: root
start: menu
zero: exit
blocks:
  menu: {say: root.menu, choices: {1: 'flow:item', 3: 'flow:help'}}
  goodbye: {end: bye}
"""
HELP = """
flow: help
start: menu
zero: exit
direct: false
blocks:
  menu: {say: help.menu, choices: {1: line}}
  line: {tell: help.line}
"""
ITEM = """
flow: item
start: menu
blocks:
  menu: {say: item.menu, choices: {1: which, 2: secret, 3: pick, 4: roll, 5: code}}
  which: {branch: mode, when: {shares: shares, free: amount}}
  shares: {ask: number, say: item.shares, keep: shares, max: mode.most, show: [mode], next: confirm}
  amount: {ask: money, say: item.amount, keep: amount, max: 1000000, next: confirm}
  confirm: {say: item.confirm, choices: {1: save}}
  save: {do: save, when: {saved: thanks}}
  thanks: {end: thanks}
  secret: {run: guard, when: {proved: marked}}
  marked: {branch: bookmark, when: {yes: again, no: shown}}
  again: {say: item.again, choices: {1: open}}
  open: {do: open_bookmark, when: {opened: resume}}
  shown: {say: item.shown, choices: {1: what}}
  what: {say: item.what, resume: true, keep: about, values: {1: loan}, choices: {1: save}}
  pick: {list: sessions, say: item.pick, item: item.one, keep: session, page: 2, next: confirm, empty: thanks}
  roll: {ask: text, say: item.roll, keep: absent, star: true, next: confirm}
  code: {ask: code, say: item.code, keep: code, direct: true, next: arrive}
  arrive: {do: save, direct: true, when: {saved: thanks}}
"""
GUARD = """
flow: guard
start: pin
blocks:
  pin: {ask: pin, say: guard.pin, wrong: guard.again, keep: pin, next: check}
  check: {do: check_pin, when: {right: out, wrong: '!pin', locked: locked}}
  locked: {tell: guard.locked, zero: exit}
  out: {exit: proved}
"""


def compiled(folder: Path, **files: str) -> tuple[Flows, list[Fault]]:
    """Write the flows (each may be replaced by name) and compile them."""
    sources = {"root": ROOT, "help": HELP, "item": ITEM, "guard": GUARD} | files
    for name, text in sources.items():
        (folder / f"{name}.yaml").write_text(text)
    return compile_folder(folder, FACTS, ACTIONS)
