"""Digits are learned by heart: what was published is remembered, also of a choice that is gone."""

from __future__ import annotations

from pathlib import Path

from sms_app.engine.checker.published import FILE, gone, publish, read_published, renumbered
from sms_app.engine.compiler import compile_folder
from sms_app.engine.flow import Flows

FLOW = """\
flow: root
start: {menu}
blocks:
  {menu}: {{say: menu, choices: {{{choices}}}, renumbered: {renumbered}}}
  told: {{tell: told}}
  more: {{tell: told}}
  goodbye: {{end: bye}}
"""


def flows(folder: Path, choices: str, menu: str = "menu", renumbered: str = "false") -> Flows:
    text = FLOW.format(choices=choices, menu=menu, renumbered=renumbered)
    (folder / "root.yaml").write_text(text, encoding="utf-8")
    compiled, faults = compile_folder(folder, {}, {})
    assert faults == []
    return compiled


def test_nothing_is_published_at_first(tmp_path: Path) -> None:
    assert read_published(tmp_path) == ({}, [])
    assert list(renumbered(flows(tmp_path, "1: told"), {})) == []


def test_publishing_writes_what_it_reads(tmp_path: Path) -> None:
    assert publish(tmp_path, flows(tmp_path, "1: told, 2: more")) == tmp_path / FILE
    assert read_published(tmp_path) == ({"root": {"menu": {"1": "told", "2": "more"}}}, [])


def test_a_dropped_digit_is_not_given_away_later(tmp_path: Path) -> None:
    publish(tmp_path, flows(tmp_path, "1: told, 2: more"))
    fewer = flows(tmp_path, "1: told")
    assert list(renumbered(fewer, read_published(tmp_path)[0])) == []
    publish(tmp_path, fewer)
    again = list(renumbered(flows(tmp_path, "1: told, 2: told"), read_published(tmp_path)[0]))
    assert [fault.text for fault in again] == [
        "digit 2 of `menu` was published as `more` and now leads to `told`"
    ]


def test_a_renumbering_that_is_said_is_published(tmp_path: Path) -> None:
    publish(tmp_path, flows(tmp_path, "1: told, 2: more"))
    turned = flows(tmp_path, "1: more, 2: told", renumbered="true")
    assert list(renumbered(turned, read_published(tmp_path)[0])) == []
    publish(tmp_path, turned)
    assert list(renumbered(flows(tmp_path, "1: more, 2: told"), read_published(tmp_path)[0])) == []


def test_a_menu_that_is_gone_is_named_until_it_is_retired(tmp_path: Path) -> None:
    publish(tmp_path, flows(tmp_path, "1: told"))
    renamed = flows(tmp_path, "1: told", menu="start")
    assert [str(fault) for fault in gone(tmp_path, renamed, read_published(tmp_path)[0])] == [
        f"{tmp_path}/published.yaml:3: published menu `menu` of `root` is gone: publish again to retire it"
    ]
    publish(tmp_path, renamed)
    assert list(gone(tmp_path, renamed, read_published(tmp_path)[0])) == []
