"""Compiled flows: blocks that refer to each other by `flow.block` ids. Immutable data, shared by all hops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Zero = Literal["back", "exit"]
Kind = Literal["number", "numbers", "money", "date", "pin", "text", "code", "member", "phone", "pairs"]
ValueKind = Literal["number", "money"]


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in a settings, flow or catalogue file, in words for the person who can correct it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class FlowFaults(Exception):
    """The settings, flows or catalogues can't be used; `faults` has all reasons."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Target:
    """The block that an answer, value or outcome leads to. `again` repeats that question with its error line. `resume`
    leads to the block that the person's bookmark names."""

    block: str
    again: bool = False
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class Block:
    """The fields that all blocks have. `line` is the block's line in the flow's file, `zero` what 0 does there,
    `resume` whether a bookmark may point to it."""

    id: str
    file: str
    line: int
    zero: Zero = "back"
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class Screen(Block):
    """A block that shows something. `say` is its message key. `show` names the facts that fill its placeholders. `each`
    maps a list fact to the message key that renders one of its rows; the rows are joined into one placeholder."""

    say: str
    show: tuple[str, ...] = ()
    each: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Menu(Screen):
    """Choices by digit. With `keep`, the chosen digit's value in `values` is kept under that name; `value_lines` has
    the line of each. With `alone` an answer counts only when it came alone, after the screen was shown."""

    choices: Mapping[str, Target]
    keep: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    value_lines: Mapping[str, int] = field(default_factory=dict)
    renumbered: bool = False
    alone: bool = False


@dataclass(frozen=True, kw_only=True)
class ListMenu(Screen):
    """A choice among the rows of a list fact, `page` rows at a time; 9 shows the next rows."""

    fact: str
    item: str
    keep: str
    page: int
    next: Target
    empty: Target


@dataclass(frozen=True, kw_only=True)
class Question(Screen):
    """A screen on which an answer is typed. `wrong` is the message key that replaces the error line and the question
    after a refused answer. `direct` allows the answer in a dialled code, though the phone's call log keeps it. `count`
    names the answer that says how many numbers a list has. `of` is the kind of the values of pairs."""

    kind: Kind
    keep: str
    next: Target
    of: ValueKind = "number"
    least: int = 1
    most: int = 0
    most_from: str = ""
    digits: int = 4
    star: bool = False
    wrong: str = ""
    direct: bool = False
    count: str = ""


@dataclass(frozen=True, kw_only=True)
class Review(Screen):
    """A list of people (or other rows) that is read back, `page` rows at a time: 9 shows the next rows, and only below
    the last ones stands `last`, the line of the digit 1, which leads to `next`."""

    fact: str
    item: str
    last: str
    page: int
    next: Target


@dataclass(frozen=True, kw_only=True)
class InfoScreen(Screen):
    """A screen to read, with nothing to choose but 0."""


@dataclass(frozen=True, kw_only=True)
class Branch(Block):
    """Goes on by a fact's named value."""

    fact: str
    when: Mapping[str, Target]


@dataclass(frozen=True, kw_only=True)
class Action(Block):
    """Asks the caller to do an action, and goes on by its outcome. A dialled code triggers the action only if `direct`;
    otherwise the screen before is shown and waits for a key."""

    do: str
    when: Mapping[str, Target]
    direct: bool = False


@dataclass(frozen=True, kw_only=True)
class Run(Block):
    """Runs another flow from its start, and goes on by the exit it takes."""

    flow: str
    when: Mapping[str, Target]


@dataclass(frozen=True, kw_only=True)
class Exit(Block):
    """Leaves a flow that was run, by a named exit."""

    name: str


@dataclass(frozen=True, kw_only=True)
class End(Block):
    """Shows a last sentence and ends the dialogue."""

    say: str


AnyBlock = Menu | ListMenu | Review | Question | InfoScreen | Branch | Action | Run | Exit | End


@dataclass(frozen=True)
class Flow:
    """One flow file. `start` is its first block's id. A dialled code that leads into a flow that is not `direct` shows
    the root. A dialogue may begin at a flow that is an `entry`."""

    name: str
    file: str
    line: int
    start: str
    direct: bool
    zero: Zero
    blocks: tuple[str, ...]
    entry: bool = False


@dataclass(frozen=True)
class Flows:
    """All flows of a programme. `root` is the first screen's id; `goodbye` is the End block that ends a dialogue
    politely; `reachable_facts[block]` are the facts that may be needed from that block to the next screen or action;
    `secrets` are the names of answers that are forgotten after an action."""

    flows: Mapping[str, Flow]
    blocks: Mapping[str, AnyBlock]
    root: str
    goodbye: str
    reachable_facts: Mapping[str, tuple[str, ...]]
    secrets: frozenset[str]

    @property
    def roots(self) -> tuple[str, ...]:
        """The blocks at which a dialogue can begin."""
        return (self.root, *(flow.start for flow in self.flows.values() if flow.entry))

    def flow_of(self, block: str) -> Flow:
        return self.flows[block.partition(".")[0]]


NO_FLOWS = Flows({}, {}, "", "", {}, frozenset())
