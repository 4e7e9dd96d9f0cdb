"""Reads one block of a flow file: turns its YAML map into its dataclass and notes each fault with its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from sms_app.engine.flow import (
    Action,
    AnyBlock,
    Branch,
    End,
    Exit,
    InfoScreen,
    Kind,
    ListMenu,
    Menu,
    Question,
    Review,
    Run,
    Target,
    ValueKind,
)
from sms_app.engine.reading import Reading, Source, flag_of, line_of, zero_of
from sms_app.engine.shapes import Money, Number
from sms_app.yaml_lines import YamlList, YamlMap

COMMON = frozenset({"zero", "resume"})
SCREEN = frozenset({"show", "each"})
KINDS: Mapping[str, frozenset[str]] = {
    "choices": COMMON | SCREEN | {"say", "choices", "keep", "values", "renumbered", "alone"},
    "list": COMMON | SCREEN | {"list", "say", "item", "keep", "page", "next", "empty"},
    "review": COMMON | SCREEN | {"review", "say", "item", "last", "page", "next"},
    "ask": COMMON
    | SCREEN
    | {"ask", "say", "keep", "next", "of", "min", "max", "digits", "star", "wrong", "direct", "count"},
    "tell": COMMON | SCREEN | {"tell"},
    "branch": frozenset({"branch", "when"}),
    "do": frozenset({"do", "when", "direct"}),
    "run": frozenset({"run", "when"}),
    "exit": frozenset({"exit"}),
    "end": frozenset({"end"}),
}
MAX_PAGE = 8
MAX_REVIEWED = 12


class BlockReader:
    """Turns one block's YAML map into its dataclass, and notes each fault with its line."""

    def __init__(self, reading: Reading, source: Source, name: str, body: YamlMap) -> None:
        self.reading, self.source, self.name, self.body = reading, source, name, body
        self.line = line_of(source.map["blocks"], name)

    def build(self) -> AnyBlock | None:
        makers: dict[str, Callable[[], AnyBlock]] = {
            "choices": self._menu,
            "list": self._list_menu,
            "review": self._review,
            "ask": self._question,
            "tell": self._info_screen,
            "branch": self._branch,
            "do": self._action,
            "run": self._run,
            "exit": self._exit,
            "end": self._end,
        }
        kinds = [key for key in makers if key in self.body]
        if len(kinds) != 1:
            self._fault(f"block `{self.name}` needs exactly one of {', '.join(makers)}")
            return None
        for key in self.body:
            if key not in KINDS[kinds[0]]:
                self.reading.fault(
                    self.source.file, line_of(self.body, key), f"`{key}` is unknown in `{self.name}`"
                )
        return makers[kinds[0]]()

    def _fault(self, text: str, key: object = None) -> None:
        line = line_of(self.body, key) if key is not None else self.line
        self.reading.fault(self.source.file, line, text)

    def _base(self) -> dict[str, Any]:
        return {"id": f"{self.source.name}.{self.name}", "file": self.source.file, "line": self.line}

    def _screen(self, say: str) -> dict[str, Any]:
        """The arguments that all kinds of screens share."""
        zero = zero_of(self.reading, self.body, self.source.file, self.line, self.source.zero)
        show, each = self._list("show"), self._map("each")
        for fact in [*show, *each]:
            self._defined(fact, self.reading.facts, "fact", "show" if fact in show else "each")
        for fact in each:
            if fact in self.reading.facts and not self.reading.facts[fact].many:
                self._fault(f"fact `{fact}` is not a list", "each")
        return self._base() | {
            "say": self._text(say),
            "zero": zero,
            "resume": self._flag("resume"),
            "show": show,
            "each": each,
        }

    def _text(self, key: str) -> str:
        value = self.body.get(key)
        if not isinstance(value, str) or not value:
            self._fault(f"block `{self.name}` needs `{key}`")
            return ""
        return value

    def _word(self, key: str) -> str:
        return self._text(key) if key in self.body else ""

    def _list(self, key: str) -> tuple[str, ...]:
        written = self.body.get(key, YamlList())
        if not isinstance(written, YamlList):
            self._fault(f"`{key}` is a list", key)
            return ()
        return tuple(map(str, written))

    def _map(self, key: str) -> dict[str, str]:
        written = self.body.get(key, YamlMap())
        if not isinstance(written, YamlMap):
            self._fault(f"`{key}` is a map", key)
            return {}
        return {str(name): str(value) for name, value in written.items()}

    def _flag(self, key: str) -> bool:
        return flag_of(self.reading, self.body, self.source.file, key, default=False)

    def _whole(self, key: str, default: int, least: int = 0) -> int:
        value = self.body.get(key, default)
        if key in self.body and (isinstance(value, bool) or not isinstance(value, int) or value < least):
            self._fault(f"`{key}` is a whole number, {least} or more", key)
            return default
        return int(value)

    def _defined(self, name: str, table: Mapping[str, object], what: str, key: str) -> bool:
        if name not in table:
            self._fault(f"unknown {what} `{name}`", key)
        return name in table

    def _target(self, key: str) -> Target:
        if key not in self.body:
            self._fault(f"block `{self.name}` needs `{key}`")
            return Target("")
        return self._resolve(str(self.body[key]), line_of(self.body, key))

    def _resolve(self, written: str, line: int) -> Target:
        """The target for what is written: `block`, `!block` (ask again, with its error line), `flow:NAME`, or
        `resume`."""
        if written == "resume":
            return Target("", resume=True)
        if written.startswith("flow:"):
            flow = self.reading.sources.get(written[5:])
            if flow is None:
                self.reading.fault(self.source.file, line, f"unknown flow `{written[5:]}`")
                return Target("")
            return Target(f"{flow.name}.{flow.map.get('start', '')}")
        again, name = written.startswith("!"), written.removeprefix("!")
        if name not in self.source.blocks:
            self.reading.fault(self.source.file, line, f"unknown block `{name}`")
        elif again and "ask" not in self.source.blocks[name]:
            self.reading.fault(self.source.file, line, f"`!{name}` is not a question that can be asked again")
        return Target(f"{self.source.name}.{name}", again=again)

    def _targets(self, key: str) -> dict[str, Target]:
        written = self.body.get(key)
        if not isinstance(written, YamlMap) or not written:
            self._fault(f"block `{self.name}` needs `{key}`, a map from answer to block")
            return {}
        return {str(value): self._resolve(str(to), line_of(written, value)) for value, to in written.items()}

    def _handled(self, when: Mapping[str, Target], names: tuple[str, ...], what: str) -> None:
        for name in names:
            if name not in when:
                self._fault(f"{what} `{name}` is not handled", "when")
        for name in when:
            if name not in names:
                self.reading.fault(
                    self.source.file, line_of(self.body["when"], name), f"there is no {what} `{name}`"
                )

    def _menu(self) -> Menu:
        choices = self._targets("choices")
        for digit in choices:
            if digit not in {"1", "2", "3", "4", "5", "6", "7", "8", "9"}:
                self._fault(f"a choice is a digit from 1 to 9, not `{digit}`", "choices")
        values, keep = self._map("values"), self._word("keep")
        if keep and set(values) != set(choices):
            self._fault("`values` needs one value for each choice", "keep")
        written = self.body["values"] if values else YamlMap()
        value_lines = {str(digit): line for digit, line in written.lines.items()}
        return Menu(
            **self._screen("say"),
            choices=choices,
            keep=keep,
            values=values,
            value_lines=value_lines,
            renumbered=self._flag("renumbered"),
            alone=self._flag("alone"),
        )

    def _list_menu(self) -> ListMenu:
        fact = self._text("list")
        if self._defined(fact, self.reading.facts, "fact", "list") and not self.reading.facts[fact].many:
            self._fault(f"fact `{fact}` is not a list", "list")
        page = self._whole("page", 4)
        if not 1 <= page <= MAX_PAGE:
            self._fault(f"`page` is from 1 to {MAX_PAGE}", "page")
        return ListMenu(
            **self._screen("say"),
            fact=fact,
            item=self._text("item"),
            keep=self._text("keep"),
            page=page,
            next=self._target("next"),
            empty=self._target("empty"),
        )

    def _review(self) -> Review:
        fact = self._text("review")
        if self._defined(fact, self.reading.facts, "fact", "review") and not self.reading.facts[fact].many:
            self._fault(f"fact `{fact}` is not a list", "review")
        page = self._whole("page", 8)
        if not 1 <= page <= MAX_REVIEWED:
            self._fault(f"`page` is from 1 to {MAX_REVIEWED}", "page")
        return Review(
            **self._screen("say"),
            fact=fact,
            item=self._text("item"),
            last=self._text("last"),
            page=page,
            next=self._target("next"),
        )

    def _count(self, kind: str) -> str:
        """The answer that says how many numbers a list has."""
        if "count" in self.body and kind != "numbers":
            self._fault(f"`count` is for `numbers`, not for a {kind}", "count")
            return ""
        return self._word("count")

    def _question(self) -> Question:
        kind = self._text("ask")
        if kind not in get_args(Kind):
            self._fault(f"`ask` is one of {', '.join(get_args(Kind))}, not `{kind}`", "ask")
            kind = "text"
        if kind in {"number", "numbers", "money", "pairs"} and "max" not in self.body:
            self._fault("pairs need `max`" if kind == "pairs" else f"a {kind} needs `max`")
        of = str(self.body.get("of", "number"))
        if of not in get_args(ValueKind) or ("of" in self.body and kind != "pairs"):
            self._fault(f"`of` is {' or '.join(get_args(ValueKind))}, the value of `ask: pairs`", "of")
        least, (most, most_from) = self._whole("min", 1), self._most()
        if most and least > most:
            self._fault(f"`min` is {least}, above `max`, which is at most {most}", "min")
        return Question(
            **self._screen("say"),
            kind=kind,  # type: ignore[arg-type]
            keep=self._text("keep"),
            next=self._target("next"),
            of=of,  # type: ignore[arg-type]
            least=least,
            most=0 if most_from else most,
            most_from=most_from,
            digits=self._whole("digits", 4, least=1),
            star=self._flag("star") or kind in {"numbers", "pairs"},
            count=self._count(kind),
            wrong=self._word("wrong"),
            direct=self._direct(kind),
        )

    def _most(self) -> tuple[int, str]:
        """The largest answer that a question can ever take, and the `fact.field` that gives the limit of the moment."""
        written = self.body.get("max")
        if not isinstance(written, str):
            return self._whole("max", 0, least=1), ""
        fact, _, name = written.partition(".")
        if not self._defined(fact, self.reading.facts, "fact", "max"):
            return 0, ""
        shape = self.reading.facts[fact]
        field_ = None if shape.many else shape.fields.get(name)
        if not isinstance(field_, Number | Money):
            self._fault(f"`{written}` is not a number or an amount of fact `{fact}`", "max")
            return 0, ""
        return field_.most, written

    def _direct(self, kind: str) -> bool:
        """Whether a dialled code may carry the answer. Only a code that is read out to many may stay in a call log."""
        direct = self._flag("direct")
        if direct and kind != "code":
            self._fault(f"a direct dial can't carry a {kind}: the phone's call log keeps it", "direct")
        return direct

    def _info_screen(self) -> InfoScreen:
        return InfoScreen(**self._screen("tell"))

    def _branch(self) -> Branch:
        fact, when = self._text("branch"), self._targets("when")
        if self._defined(fact, self.reading.facts, "fact", "branch"):
            self._handled(when, self.reading.facts[fact].values, f"value of `{fact}`,")
        return Branch(**self._base(), fact=fact, when=when)

    def _action(self) -> Action:
        do, when = self._text("do"), self._targets("when")
        if self._defined(do, self.reading.actions, "action", "do"):
            self._handled(when, self.reading.actions[do].outcomes, f"outcome of `{do}`,")
        return Action(**self._base(), do=do, when=when, direct=self._flag("direct"))

    def _run(self) -> Run:
        flow = self._text("run")
        self._defined(flow, self.reading.sources, "flow", "run")
        return Run(**self._base(), flow=flow, when=self._targets("when"))

    def _exit(self) -> Exit:
        return Exit(**self._base(), name=self._text("exit"))

    def _end(self) -> End:
        return End(**self._base(), say=self._text("end"))
