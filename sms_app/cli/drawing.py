"""Draws flows as text and as HTML: each screen in every language with its longest length, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from sms_app.engine.checker.check import Checked
from sms_app.engine.checker.screens import drawn
from sms_app.engine.flow import (
    Action,
    AnyBlock,
    Branch,
    End,
    Exit,
    Flow,
    ListMenu,
    Menu,
    Question,
    Run,
    Screen,
    Target,
)
from sms_app.texts import MAX_SCREEN_LENGTH, gsm7_length

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)(:[a-z]+)?\}")


@dataclass(frozen=True)
class Shown:
    """A block's screen in one language: the sentence with its placeholders, and its length with the longest values."""

    language: str
    text: str
    length: int


@dataclass(frozen=True)
class Transition:
    """A transition from a block: the condition, and the id of the next block (empty: none)."""

    when: str
    to: str
    again: bool = False


def screens(checked: Checked) -> Iterator[Shown]:
    """Every screen of every flow in every language."""
    for block in checked.flows.blocks.values():
        yield from shown(checked, block)


def shown(checked: Checked, block: AnyBlock) -> list[Shown]:
    """A block's screen in each language; nothing for a block that shows none."""
    if not isinstance(block, Screen | End):
        return []
    screens_ = []
    for language, sentences in checked.material.catalogues.items():
        parts = [block.say, *([block.item] if isinstance(block, ListMenu) else [])]
        parts += [f"zero.{block.zero}"] if isinstance(block, Screen) else []
        lines = [sentences.by_key[key].forms[0] if key in sentences.by_key else f"({key})" for key in parts]
        try:
            length = max(map(gsm7_length, drawn(checked.material, block, language)))
        except (KeyError, ValueError):
            length = 0
        screens_.append(Shown(language, _readable(checked, "\n".join(lines)), length))
    return screens_


def _readable(checked: Checked, text: str) -> str:
    """The text with the programme's own words filled in; other placeholders keep their names."""
    words = {name: value for name, value in checked.material.constants.items() if isinstance(value, str)}
    return PLACEHOLDER.sub(lambda match: words.get(match[1], f"{{{match[1]}}}"), text)


def transitions(block: AnyBlock) -> list[Transition]:
    """Every transition from a block."""
    if isinstance(block, Menu):
        return [_transition(digit, target) for digit, target in block.choices.items()]
    if isinstance(block, Question):
        return [_transition(f"any {_answer(block)}", block.next)]
    if isinstance(block, ListMenu):
        return [_transition("a row", block.next), _transition("no rows", block.empty)]
    if isinstance(block, Branch):
        return [_transition(f"{block.fact} is {value}", target) for value, target in block.when.items()]
    if isinstance(block, Action):
        return [_transition(f"{block.do}: {outcome}", target) for outcome, target in block.when.items()]
    if isinstance(block, Run):
        return [_transition(f"{block.flow}: {name}", target) for name, target in block.when.items()]
    return []


def _transition(when: str, target: Target) -> Transition:
    return Transition(when, "" if target.resume else target.block, target.again)


def _answer(block: Question) -> str:
    if block.kind in {"pin", "code"}:
        return f"{block.kind} of {block.digits} digits"
    if block.kind in {"number", "money"}:
        return f"{block.kind} from {block.least} to {block.most_from or block.most}"
    if block.kind == "pairs":
        return f"pairs of list number and {block.of} from {block.least} to {block.most_from or block.most}"
    return block.kind


def _title(block: AnyBlock) -> str:
    name = block.id.partition(".")[2]
    return f"{name} (leaves by `{block.name}`)" if isinstance(block, Exit) else name


def _place(to: str, flow: str) -> str:
    """A block's name, with its flow's name in front when that is another flow."""
    other, _, name = to.partition(".")
    return name if other == flow else to


def text(checked: Checked, name: str) -> str:
    """One flow as text."""
    flow = checked.flows.flows[name]
    lines = [f"flow {name}   {flow.file}", ""]
    for block in _blocks(checked, flow):
        lines.append(_title(block))
        for screen in shown(checked, block):
            lines.append(f"  {screen.language}, at most {screen.length} of {MAX_SCREEN_LENGTH}")
            lines += [f"    | {line}" for line in screen.text.splitlines()]
        for transition in transitions(block):
            place = _place(transition.to, name) if transition.to else "where she stopped"
            lines.append(f"  {transition.when} -> {'again: ' if transition.again else ''}{place}")
        lines.append("")
    return "\n".join(lines)


def _blocks(checked: Checked, flow: Flow) -> list[AnyBlock]:
    return [checked.flows.blocks[id_] for id_ in flow.blocks if id_ in checked.flows.blocks]


STYLE = """
body { font: 15px/1.4 sans-serif; color: #111; margin: 1.5rem; }
h1 { font-size: 1.6rem; } h2 { margin: 2rem 0 .5rem; border-bottom: 2px solid #111; break-after: avoid; }
.blocks { display: flex; flex-wrap: wrap; gap: .8rem; align-items: flex-start; }
.block { border: 1px solid #999; border-radius: 6px; padding: .5rem .7rem; break-inside: avoid; }
.block h3 { margin: 0 0 .3rem; font-size: 1rem; }
.step { background: #f1f1f1; border-style: dashed; }
.screens { display: flex; gap: .6rem; }
figure { margin: 0; } figcaption { font-size: .8rem; color: #444; }
pre { margin: 0; width: 15rem; min-height: 6rem; padding: .5rem; border: 2px solid #333; border-radius: 8px;
  background: #eef4e4; font: 14px/1.35 monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.long figcaption { color: #b00020; font-weight: bold; }
ul { margin: .4rem 0 0; padding-left: 1.1rem; } a { color: #0b4f8a; }
:target { outline: 3px solid #d98200; }
@media print { body { margin: 0; } a { color: #111; text-decoration: none; } pre { background: #fff; } }
"""


def document(pages: Sequence[str]) -> str:
    """A complete HTML document with the programmes' pages. It loads no other file."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Screens</title>\n'
        f"<style>{STYLE}</style></head>\n<body>\n{''.join(pages)}</body></html>\n"
    )


def page(title: str, checked: Checked) -> str:
    """A programme's page: a section for each flow, the root first, with each block's screens and transitions."""
    slug = escape(checked.folder.name)
    flows = sorted(checked.flows.flows.values(), key=lambda flow: flow.name != "root")
    index = " · ".join(f'<a href="#{slug}.{escape(flow.name)}">{escape(flow.name)}</a>' for flow in flows)
    sections = "".join(_section(checked, flow, slug) for flow in flows)
    note = f"Length with the longest values, of {MAX_SCREEN_LENGTH}; {{…}} is filled in."
    return f"<h1>{escape(title)}</h1>\n<p>{index}</p>\n<p>{note}</p>\n{sections}"


def _section(checked: Checked, flow: Flow, slug: str) -> str:
    blocks = "".join(_card(checked, block, slug) for block in _blocks(checked, flow))
    return f'<h2 id="{slug}.{escape(flow.name)}">{escape(flow.name)}</h2>\n<div class="blocks">\n{blocks}</div>\n'


def _card(checked: Checked, block: AnyBlock, slug: str) -> str:
    screens_ = "".join(_figure(screen) for screen in shown(checked, block))
    items = "".join(f"<li>{_link(transition, block, slug)}</li>" for transition in transitions(block))
    body = (f'<div class="screens">{screens_}</div>' if screens_ else "") + (
        f"<ul>{items}</ul>" if items else ""
    )
    kind = "block" if screens_ else "block step"
    return (
        f'<div class="{kind}" id="{slug}.{escape(block.id)}"><h3>{escape(_title(block))}</h3>{body}</div>\n'
    )


def _figure(screen: Shown) -> str:
    long = ' class="long"' if screen.length > MAX_SCREEN_LENGTH else ""
    caption = f"{escape(screen.language)}, {screen.length} of {MAX_SCREEN_LENGTH}"
    return f"<figure{long}><pre>{escape(screen.text)}</pre><figcaption>{caption}</figcaption></figure>"


def _link(transition: Transition, block: AnyBlock, slug: str) -> str:
    if not transition.to:
        return f"{escape(transition.when)} → where she stopped"
    place = escape(_place(transition.to, block.id.partition(".")[0]))
    again = "again: " if transition.again else ""
    return f'{escape(transition.when)} → {again}<a href="#{slug}.{escape(transition.to)}">{place}</a>'
