"""What a flow is, once compiled: blocks that know each other by `flow.block` ids. Data only, shared by every hop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Zero = Literal["back", "exit"]
Kind = Literal["number", "money", "date", "pin", "text", "code", "member", "phone", "pairs"]
ValueKind = Literal["number", "money"]


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong in a settings, flow or catalogue file, for the person who can mend it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class FlowFaults(Exception):
    """The settings, flows or catalogues can't be used; `faults` has every reason."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True)
class Target:
    """Where an answer, value or outcome leads: a block; `again` repeats that question with its error line;
    `resume` goes to the block that the person's bookmark names."""

    block: str
    again: bool = False
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class Block:
    """What every block has. `line` is its line in the flow's file, `zero` what 0 does there."""

    id: str
    file: str
    line: int
    zero: Zero = "back"
    resume: bool = False


@dataclass(frozen=True, kw_only=True)
class Screen(Block):
    """A block that shows something: `say` is its message key; `show` names the facts that fill its placeholders;
    `each` joins a list fact's rows, each rendered by a key, into one placeholder."""

    say: str
    show: tuple[str, ...] = ()
    each: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Menu(Screen):
    """Choices by digit. With `keep`, the chosen digit's value in `values` is kept under that name; `value_lines` has
    the line of each."""

    choices: Mapping[str, Target]
    keep: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    value_lines: Mapping[str, int] = field(default_factory=dict)
    renumbered: bool = False


@dataclass(frozen=True, kw_only=True)
class ListMenu(Screen):
    """A choice from a list of facts, `page` rows at a time; 9 shows the next rows."""

    fact: str
    item: str
    keep: str
    page: int
    next: Target
    empty: Target


@dataclass(frozen=True, kw_only=True)
class Question(Screen):
    """An answer typed in. `wrong` is said instead of the error line and the question when it is refused; `direct`
    lets a direct dial carry the answer, though the phone's call log keeps it; `of` is what the values of pairs are."""

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
    """Asks the caller to do something, and goes on by its outcome. A dialled code alone does it only if `direct`;
    else the screen before is shown, and waits for a key."""

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
    """Says a last word and ends the dialogue."""

    say: str


AnyBlock = Menu | ListMenu | Question | InfoScreen | Branch | Action | Run | Exit | End


@dataclass(frozen=True)
class Flow:
    """One flow file: `start` is its first block's id; a direct dial into a flow that is not `direct` shows the root."""

    name: str
    file: str
    line: int
    start: str
    direct: bool
    zero: Zero
    blocks: tuple[str, ...]


@dataclass(frozen=True)
class Flows:
    """All flows of a programme. `root` is the first screen's id; `goodbye` the End block of every polite ending;
    `reachable_facts[block]` the facts that entering it can need before the next screen or action."""

    flows: Mapping[str, Flow]
    blocks: Mapping[str, AnyBlock]
    root: str
    goodbye: str
    reachable_facts: Mapping[str, tuple[str, ...]]
    secrets: frozenset[str]

    def flow_of(self, block: str) -> Flow:
        return self.flows[block.partition(".")[0]]


NO_FLOWS = Flows({}, {}, "", "", {}, frozenset())
