"""One step of a dialogue, as a pure function: from a state and an event to facts to look up, an action to do, or a
screen to show.

The caller begins with `step = advance(flows, state, Start())`. Until the step is a Show, it calls
`advance(flows, step.state, event)` with the Facts or ActionOutcome that the step asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sms_app.engine.answers import read_answer
from sms_app.engine.flow import (
    Action,
    AnyBlock,
    Branch,
    End,
    Exit,
    Flows,
    InfoScreen,
    ListMenu,
    Menu,
    Question,
    Review,
    Run,
    Target,
)
from sms_app.engine.reachable_facts import facts_needed
from sms_app.engine.state import State, Value, VisitedScreen
from sms_app.engine.steps import (
    ActionOutcome,
    Ask,
    Do,
    Event,
    Facts,
    FactValue,
    Input,
    ListRow,
    Pending,
    Show,
    Start,
    Step,
)

MAX_STEPS = 40
MAX_WRONG = 3
MORE = "9"
CONFIRM = "1"


class EndlessFlow(Exception):
    """The flow went through MAX_STEPS blocks without coming to a screen."""


class DialRefused(Exception):
    """A dialled code leads to a block that it may not enter. The caller shows the root and ignores the code."""


def advance(flows: Flows, state: State | Pending, event: Event) -> Step:
    """Take one step. Raises EndlessFlow, DialRefused, and KeyError when the state belongs to other flows."""
    if isinstance(state, State):
        if isinstance(event, Input):
            return _answer(flows, state, event)
        if isinstance(event, Start):
            return _enter_root(flows, state, None)
        raise TypeError("a dialogue between two hops takes a Start or an Input")
    if isinstance(event, Facts):
        step = _looked_up(flows, state, event.values)
        return _stopped(step) if state.stop else step
    if isinstance(event, ActionOutcome):
        return _after(flows, state, event)
    raise TypeError("a pending step is answered with Facts or an ActionOutcome")


def _looked_up(flows: Flows, pending: Pending, facts: Mapping[str, FactValue]) -> Step:
    if pending.answering and pending.event is not None:
        return _typed(flows, pending.state, flows.blocks[pending.block], pending.event, facts)
    return _enter(flows, pending.state, pending.block, facts, pending.wrong, pending.event)


def takes_stars(flows: Flows, state: State) -> bool:
    """Whether the block that the dialogue waits at takes all that is typed as one answer, with the `*` in it.

    A question with `star` does, and a menu with `alone`, which refuses several answers in that way."""
    block = flows.blocks.get(state.current_block)
    return (isinstance(block, Question) and block.star) or (isinstance(block, Menu) and block.alone)


def _enter_root(flows: Flows, state: State, event: Input | None) -> Step:
    return _enter(flows, _rooted(state), _root(flows, state), {}, False, event)


def _root(flows: Flows, state: State) -> str:
    """The block at which the dialogue began, as long as the flows still have it."""
    return state.root if state.root in flows.blocks else flows.root


def _rooted(state: State) -> State:
    return replace(state, answers={}, calls=(), history=(), wrong=0, page=0)


def _answer(flows: Flows, state: State, event: Input) -> Step:
    block, typed = flows.blocks[state.current_block], event.text.strip()
    if typed == "00":
        return _enter_root(flows, state, event)
    if typed == "0":
        return _leave(flows, state, block, event)
    if isinstance(block, Menu) and typed in block.choices:
        answers = {**state.answers, block.keep: block.values[typed]} if block.keep else state.answers
        return _go(flows, _forward(state, block, answers), block.choices[typed], event)
    if isinstance(block, ListMenu | Review):
        needs = tuple(name for name in facts_needed(block) if name not in state.dial_context)
        return Ask(needs, Pending(state, block.id, event=replace(event, text=typed), answering=True))
    return _typed(flows, state, block, event, {})


def _typed(flows: Flows, state: State, block: AnyBlock, event: Input, facts: Mapping[str, FactValue]) -> Step:
    """Take an answer, with the facts that it needs."""
    if isinstance(block, ListMenu):
        return _picked(flows, state, block, event, facts)
    if isinstance(block, Review):
        return _reviewed(flows, state, block, event, facts)
    if not isinstance(block, Question):
        return _refuse(flows, state, block, event, facts)
    if event.direct and not block.direct:
        return _stopped(_enter(flows, state, block.id, facts, False, event))
    most = state.most if block.most_from else block.most
    wanted = state.value(block.count) if block.count else None
    count = wanted if isinstance(wanted, int) else None
    value = read_answer(block, event.text, most, event.decimals, event.currency_words, count)
    if value is None:
        return _refuse(flows, state, block, event, facts)
    return _go(flows, _forward(state, block, {**state.answers, block.keep: value}), block.next, event)


def _picked(
    flows: Flows, state: State, block: ListMenu, event: Input, facts: Mapping[str, FactValue]
) -> Step:
    rows = facts[block.fact].get("rows", ())
    first = state.page * block.page
    if event.text == MORE and first + block.page < len(rows):
        return _enter(flows, replace(state, page=state.page + 1), block.id, facts, False, event)
    digits = [str(n + 1) for n in range(len(rows[first : first + block.page]))]
    if event.text not in digits:
        return _refuse(flows, state, block, event, facts)
    chosen = rows[first + digits.index(event.text)]["id"]
    return _go(flows, _forward(state, block, {**state.answers, block.keep: chosen}), block.next, event)


def _reviewed(
    flows: Flows, state: State, block: Review, event: Input, facts: Mapping[str, FactValue]
) -> Step:
    """Show the next page of a review, or go on from its last page."""
    more = (state.page + 1) * block.page < len(facts[block.fact].get("rows", ()))
    if event.text == MORE and more:
        return _enter(flows, replace(state, page=state.page + 1), block.id, facts, False, event)
    if event.text == CONFIRM and not more:
        return _go(flows, _forward(state, block, state.answers), block.next, event)
    return _refuse(flows, state, block, event, facts)


def _forward(state: State, block: AnyBlock, answers: Mapping[str, Value]) -> State:
    here = VisitedScreen(block.id, state.calls, len(state.answers))
    return replace(state, answers=answers, history=(*state.history, here), page=0)


def _stopped(step: Step) -> Step:
    """The same step, marked so that no further answer of the same text is taken. A step that waits for facts keeps the
    mark for its screen."""
    if isinstance(step, Show):
        return replace(step, stop=True)
    return replace(step, state=replace(step.state, stop=True))


def _refuse(
    flows: Flows, state: State, block: AnyBlock, event: Input | None, facts: Mapping[str, FactValue]
) -> Step:
    """Repeat a screen with its error line; the MAX_WRONGth refusal in a row ends the dialogue politely."""
    again = replace(state, wrong=state.wrong + 1)
    if again.wrong >= MAX_WRONG:
        return _enter(flows, again, flows.goodbye, {}, False, event)
    return _enter(flows, again, block.id, facts, True, event)


def _leave(flows: Flows, state: State, block: AnyBlock, event: Input) -> Step:
    """Take the answer 0: end the dialogue, or go back to the screen before."""
    if isinstance(block, Menu | ListMenu | Review | Question | InfoScreen) and block.zero == "exit":
        return _enter(flows, state, flows.goodbye, {}, False, event)
    if not state.history or state.history[-1].block == _root(flows, state):
        return _enter_root(flows, state, event)
    last = state.history[-1]
    answers = dict(list(state.answers.items())[: last.answer_count])
    before = replace(state, answers=answers, calls=last.calls, history=state.history[:-1], page=0)
    return _enter(flows, before, last.block, {}, False, event)


def _go(
    flows: Flows,
    state: State,
    target: Target,
    event: Input | None,
    facts: Mapping[str, FactValue] | None = None,
) -> Step:
    if target.resume:
        place = str(state.value("bookmark_at") or "")
        sound = place in flows.blocks and flows.blocks[place].resume
        return _enter(flows, state, place if sound else _root(flows, state), {}, False, event)
    if target.again:
        question = flows.blocks[target.block]
        history = state.history
        while history and history[-1].block == question.id:
            history = history[:-1]
        return _refuse(flows, replace(state, history=history), question, event, facts or {})
    return _enter(flows, state, target.block, facts or {}, False, event)


def _after(flows: Flows, pending: Pending, outcome: ActionOutcome) -> Step:
    block = flows.blocks[pending.block]
    if not isinstance(block, Action):
        raise TypeError("an ActionOutcome answers an action")
    answers = {k: v for k, v in pending.state.answers.items() if k not in flows.secrets} | dict(outcome.gives)
    state = replace(pending.state, answers=answers, lang=outcome.lang or pending.state.lang)
    step = _go(flows, state, block.when[outcome.name], pending.event, outcome.facts)
    return _stopped(step) if pending.event is not None and pending.event.direct else step


def _enter(
    flows: Flows, state: State, name: str, facts: Mapping[str, FactValue], wrong: bool, event: Input | None
) -> Step:
    """Go from a block to the next screen, action or missing fact."""
    for _ in range(MAX_STEPS):
        block = flows.blocks[name]
        if event is not None and event.direct and not _may_be_dialled(flows, block):
            raise DialRefused
        loaded = facts.keys() | state.dial_context.keys()
        if any(need not in loaded for need in facts_needed(block)):
            missing = tuple(need for need in flows.reachable_facts[name] if need not in loaded)
            return Ask(missing, Pending(state, name, wrong, event))
        if isinstance(block, Action):
            ahead = {
                fact for target in block.when.values() for fact in flows.reachable_facts.get(target.block, ())
            }
            return Do(
                block.do, Pending(state, name, event=event), tuple(sorted(ahead - state.dial_context.keys()))
            )
        if isinstance(block, ListMenu) and not facts[block.fact].get("rows"):
            return _go(flows, state, block.empty, event, facts)
        if not isinstance(block, Branch | Run | Exit):
            return _shown(flows, state, block, facts, wrong)
        state, target = _pass_through(flows, state, block, facts)
        if target.again or target.resume:
            return _go(flows, state, target, event, facts)
        name = target.block
    raise EndlessFlow(name)


def _may_be_dialled(flows: Flows, block: AnyBlock) -> bool:
    """Whether a dialled code may enter a block: the flow must be `direct`, and an action must be `direct` itself."""
    return flows.flow_of(block.id).direct and (not isinstance(block, Action) or block.direct)


def _pass_through(
    flows: Flows, state: State, block: Branch | Run | Exit, facts: Mapping[str, FactValue]
) -> tuple[State, Target]:
    if isinstance(block, Branch):
        named = (
            state.dial_context[block.fact] if block.fact in state.dial_context else facts[block.fact]["is"]
        )
        return state, block.when[str(named)]
    if isinstance(block, Run):
        return replace(state, calls=(*state.calls, block.id)), Target(flows.flows[block.flow].start)
    run = flows.blocks[state.calls[-1]]
    if not isinstance(run, Run):
        raise TypeError("only a run is returned to")
    # 0 does not go back to a screen inside the run, which asked for a PIN or a member number
    history = tuple(p for p in state.history if len(p.calls) < len(state.calls))
    return replace(state, calls=state.calls[:-1], history=history), run.when[block.name]


def _shown(flows: Flows, state: State, block: AnyBlock, facts: Mapping[str, FactValue], wrong: bool) -> Show:
    if isinstance(block, End):
        return Show(block.say, state.answers, replace(_rooted(state), current_block=""), ends=True, stop=True)
    if not isinstance(block, Menu | ListMenu | Review | Question | InfoScreen):
        raise TypeError("only screens are shown")
    answers: Mapping[str, Value] = {} if block.id in flows.roots else state.answers
    shown = replace(
        state,
        current_block=block.id,
        answers=answers,
        history=_up_to(state, block.id),
        wrong=state.wrong if wrong else 0,
    )
    values: dict[str, Any] = {**state.dial_context, **answers}
    for fact in block.show:
        values |= facts[fact]
    if isinstance(block, Question) and block.most_from:
        fact, _, name = block.most_from.partition(".")
        shown = replace(shown, most=int(facts[fact].get(name, 0)))
    each = {
        fact: [ListRow("", key, row) for row in facts[fact].get("rows", ())]
        for fact, key in block.each.items()
    }
    lines, more = _page(block, state.page, facts) if isinstance(block, ListMenu) else ([], False)
    last = ""
    if isinstance(block, Review):
        rows = facts[block.fact].get("rows", ())
        first = state.page * block.page
        each[block.fact] = [ListRow("", block.item, row) for row in rows[first : first + block.page]]
        more = first + block.page < len(rows)
        last = "" if more else block.last
    own = isinstance(block, Question) and wrong and block.wrong
    say = block.wrong if isinstance(block, Question) and own else block.say
    return Show(
        say,
        values,
        shown,
        wrong=wrong and not own,
        lines=lines,
        each=each,
        more=more,
        last=last,
        zero=block.zero,
        stop=wrong or (isinstance(block, Menu) and block.alone),
        resume=block.resume,
    )


def _up_to(state: State, block: str) -> tuple[VisitedScreen, ...]:
    """The screens behind a screen: one that was left and is come to again is no longer behind itself."""
    for n, visited in enumerate(state.history):
        if (visited.block, visited.calls) == (block, state.calls):
            return state.history[:n]
    return state.history


def _page(block: ListMenu, page: int, facts: Mapping[str, FactValue]) -> tuple[list[ListRow], bool]:
    rows = facts[block.fact]["rows"]
    first = page * block.page
    here = rows[first : first + block.page]
    return [ListRow(str(n), block.item, row) for n, row in enumerate(here, 1)], first + block.page < len(rows)
