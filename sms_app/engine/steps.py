"""The inputs and results of a step of a dialogue. They are plain values, so that tests can look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sms_app.engine.flow import Zero
from sms_app.engine.state import State, Value

FactValue = Mapping[str, Any]


@dataclass(frozen=True)
class Start:
    """Someone dialled: show the root."""


@dataclass(frozen=True)
class Input:
    """One answer. `direct` says that it came inside the dialled code. `decimals` and `currency_words` (casefolded) are
    the currency's."""

    text: str
    direct: bool = False
    decimals: int = 0
    currency_words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """The facts asked for, by name. A fact's `is` is its named value, its `rows` are a list fact's."""

    values: Mapping[str, FactValue]


@dataclass(frozen=True)
class ActionOutcome:
    """The outcome of an action (`name`), the values that it adds to the answers, the dialogue's language if it changed,
    and those of its Do's facts that it has looked up."""

    name: str
    gives: Mapping[str, Value] = field(default_factory=dict)
    lang: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)


Event = Start | Input | Facts | ActionOutcome


@dataclass(frozen=True)
class Pending:
    """A step that waits for the caller: the block that is entered, whether with its error line, and the event that led
    to it. `answering` says that the facts are needed to read the answer, not to show the block. `stop` is as in
    Show."""

    state: State
    block: str
    wrong: bool = False
    event: Input | None = None
    answering: bool = False
    stop: bool = False


@dataclass(frozen=True)
class Ask:
    """The caller loads all of `facts` and gives Facts."""

    facts: tuple[str, ...]
    state: Pending


@dataclass(frozen=True)
class Do:
    """The caller does `action` with the state's answers, and gives its ActionOutcome. `facts` may be needed before the
    next screen: an action that changes nothing may look them up in its own statement."""

    action: str
    state: Pending
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListRow:
    """One row of a list: its digit (empty in a joined list), message key and values."""

    digit: str
    say: str
    values: FactValue


@dataclass(frozen=True)
class Show:
    """A screen: message keys and values to render. After `stop` no more answers of the same text are taken, because an
    answer was wrong, or the dialled code had a private answer, which is asked for again, or the code did an action, or
    the screen is a menu whose answer must come alone.
    `last` is the key of a line below the rows. `resume` says that the person's bookmark may point here."""

    say: str
    values: FactValue
    state: State
    wrong: bool = False
    lines: Sequence[ListRow] = ()
    each: Mapping[str, Sequence[ListRow]] = field(default_factory=dict)
    more: bool = False
    last: str = ""
    zero: Zero | None = None
    ends: bool = False
    stop: bool = False
    resume: bool = False


Step = Ask | Do | Show
