"""One USSD hop is one atomic step: read the dialogue, take one step, keep where it stands, answer.

A hop that stores nothing is two statements on its own row: a SELECT and an UPDATE that succeeds only on the very bytes
that were read. A hop that stores something does so in one transaction with that UPDATE. Whoever loses a race reads
again and finds the answer: a hop that arrives twice happens once and gets the same bytes. Every hop, in help or not,
runs the same statements on the same padded row. Ten minutes after its last hop a dialogue is over, by the clock of the
hop that comes then: that is a first hop again, whether the row is swept yet or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sms_app.channel.inbound import UssdHop
from sms_app.conversation import position as positions
from sms_app.conversation.actions import ACTIONS
from sms_app.conversation.caller import first_state
from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.deferred_transaction import DeferredTransaction
from sms_app.conversation.facts import load
from sms_app.conversation.links import BINARY, BYTEA, BYTEAS, TIME, Link, Statement, array
from sms_app.conversation.position import Position
from sms_app.conversation.screens import render
from sms_app.conversation.service import Conversation, LostRace
from sms_app.engine.runner import DialRefused, advance, takes_stars
from sms_app.engine.state import State, to_json
from sms_app.engine.steps import ActionOutcome, Ask, Facts, FactValue, Input, Pending, Show, Start
from sms_app.models.ussd import touched_minute
from sms_app.programme.loaded import LoadedProgramme

READ_DIALOGUE = Statement(
    "read_dialogue", "select id, position from ussd_dialogue where id = any($1)", (BYTEAS,), BINARY
)
# A sealed position begins with its random nonce, so its first bytes name this very version of it.
KEEP_DIALOGUE = Statement(
    "keep_dialogue",
    """update ussd_dialogue set position = $2, touched_at = $3
    where id = $1 and substring(position for 13) = $4""",
    (BYTEA, BYTEA, TIME, BYTEA),
)
OPEN_DIALOGUE = Statement(
    "open_dialogue",
    "insert into ussd_dialogue (id, position, touched_at) values ($1, $2, $3) on conflict do nothing",
    (BYTEA, BYTEA, TIME),
)
VERSION_BYTES = 13
SET_BOOKMARK = "update participant set bookmark = %(bookmark)s, bookmark_on = %(today)s where id = %(person)s"
MAX_STEPS = 12


class TooManySteps(Exception):
    """A flow kept asking for facts and actions without a screen."""


def answer(conversation: Conversation, hop: UssdHop, now: datetime) -> str:
    """The network's answer to a hop: `CON …` or `END …`, at most 160 septets of screen. `now` is aware UTC.

    Raises UnknownServiceCode; any other exception is a failure of ours, with everything rolled back. A lost
    connection or a lost race is tried again: what a hop does, it does once."""
    programme = conversation.programme(hop.service_code)
    return conversation.retried_on_link(
        lambda link, first_try: _Hop(conversation, programme, link, hop, now, first_try).answer()
    )


def dialogue_name(hop: UssdHop) -> str:
    """What names a dialogue: the provider's session id, on this number and code only. It opens the position."""
    return "\0".join((hop.session_id, hop.number, hop.service_code))


def sorry(conversation: Conversation, service_code: str) -> str:
    """The polite END for a failure of ours, in the programme's first language."""
    programme = conversation.programme(service_code)
    return f"END {programme.texts.render(programme.settings.languages[0], 'common.sorry', {})}"


@dataclass
class _Hop:
    conversation: Conversation
    programme: LoadedProgramme
    link: Link
    hop: UssdHop
    now: datetime
    first_try: bool
    saw_bookmark: bool = False

    def __post_init__(self) -> None:
        self.session = dialogue_name(self.hop)
        self.seal = self.conversation.vault.positions(self.session)
        self.today = self.now.astimezone(self.programme.texts.zone).date()
        self.transaction = DeferredTransaction(self.link)

    def answer(self) -> str:
        """Take the hop: what it stores is committed with its position, or not at all."""
        with self.transaction:
            return self._answer()

    def _answer(self) -> str:
        vault, text = self.conversation.vault, self.hop.text
        found = None
        if text or not self.first_try:  # a first hop is nearly always new: the INSERT tells when it is not
            found = self.link.run(READ_DIALOGUE, array(vault.dialogue_ids(self.session)))
        if found is None or not found.ntuples:
            position = self._begin(text)
            self._keep(OPEN_DIALOGUE, vault.dialogue_id(self.session), position)
            return position.last_answer
        id_, sealed = found.get_value(0, 0) or b"", found.get_value(0, 1) or b""
        before = positions.read(self.seal.open(sealed))
        if before.is_over(self.now):  # whether the clock has swept it yet or not
            position = self._begin(text)
        else:
            known, typed = before.answer_to(text), before.new_input(text)
            if known is not None or before.state is None or typed is None:
                return known if known is not None else before.last_answer
            position = self._continue(before, before.state, typed)
        self._keep(KEEP_DIALOGUE, id_, position, sealed[:VERSION_BYTES])
        return position.last_answer

    def _keep(self, statement: Statement, id_: bytes, position: Position, *version: bytes) -> None:
        """Store the position. Raises LostRace when another delivery of a hop stored one since it was read."""
        sealed = positions.write(position, self.now, self.seal.seal)
        minute = touched_minute(self.now).isoformat().encode()
        if not self.link.run(statement, id_, sealed, minute, *version).command_tuples:
            raise LostRace

    def _begin(self, text: str) -> Position:
        """The first hop: the root, or what a direct dial chose from it."""
        state = first_state(self.link, self.conversation.vault, self.programme, self.hop.number)
        show = self._step(state, Start(), "")
        root = Position.begin(state).after("", show.state, self._render(show))
        return self._dialled(root, show.state, text) if text else root

    def _dialled(self, root: Position, state: State, text: str) -> Position:
        """Take a dialled code to its last answer, or show the root and take nothing of it.

        It may as well be the last hop of a dialogue whose row is gone: then no answer may be taken for another one.
        So only the last one may be wrong, private, an end, or a code that does something."""
        position, stopped = root, False
        try:
            for answer, upto in _answers(text):
                if stopped:
                    raise DialRefused
                position, show = self._input(position, state, answer, upto, direct=True)
                state, stopped = show.state, show.stop or show.ends
        except DialRefused:
            self.transaction.roll_back()
            return root.after(text, root.state, root.last_answer)
        return position

    def _continue(self, position: Position, state: State, typed: str) -> Position:
        if takes_stars(self.programme.flows, state):
            return self._input(position, state, typed, self.hop.text, direct=False)[0]
        return self._take(position, state, typed)

    def _take(self, position: Position, state: State, typed: str) -> Position:
        """Take the answers that one text adds, one by one, until one is refused or nothing may follow it."""
        before = self.hop.text[: len(self.hop.text) - len(typed)]
        for answer, upto in _answers(typed):
            position, show = self._input(position, state, answer, before + upto, direct=False)
            if show.stop or show.ends:
                break
            state = show.state
        return position.after(self.hop.text, position.state, position.last_answer)

    def _input(
        self, position: Position, state: State, typed: str, text: str, direct: bool
    ) -> tuple[Position, Show]:
        currency = self.programme.settings.currency
        show = self._step(state, Input(typed, direct, currency.decimals, currency.words), text)
        bookmarked = self._bookmark(state, show)
        show = replace(show, state=replace(show.state, bookmarked=bookmarked))
        return position.after(text, None if show.ends else show.state, self._render(show)), show

    def _step(self, state: State, event: Start | Input, text: str) -> Show:
        """Run the engine to its next screen, giving it the facts and outcomes that it asks for."""
        flows, context = self.programme.flows, self._context(text)
        step = advance(flows, state, event)
        for _ in range(MAX_STEPS):
            if isinstance(step, Show):
                return step
            known = _known(step.state)
            answer: Facts | ActionOutcome
            found: Mapping[str, FactValue]
            if isinstance(step, Ask):
                found = load(context, known, step.facts)
                answer = Facts(found)
            else:
                action = ACTIONS[step.action]
                if not action.reads_only:
                    self.transaction.begin()
                answer = action.run(replace(context, ahead=step.facts), known)
                found = answer.facts
            self.saw_bookmark |= found.get("bookmark", {}).get("is") == "yes"
            step = advance(flows, step.state, answer)
        raise TooManySteps

    def _context(self, text: str) -> Context:
        vault = self.conversation.vault
        return Context(
            self.link.conn,
            self.link.raw,
            vault,
            self.programme.id,
            self.programme.settings,
            self.hop.number,
            self.session,
            text,
            self.now,
            self.today,
        )

    def _render(self, show: Show) -> str:
        return render(self.programme, show.state.lang, show, self.programme.constants(self.today))

    def _bookmark(self, before: State, show: Show) -> bool:
        """Keep the place inside an item to go on at after a drop, or clear it once it, or the offer to go on, was left.
        Only blocks that a flow marks `resume` are kept, and the checker lets no such mark into help.

        Gives whether the person has a bookmark that this dialogue knows of."""
        whose = show.state if show.resume else before
        person = DialogueValues(whose.answers, whose.dial_context).person
        # a slip shows the offer again, without asking for the bookmark
        stays = before.bookmarked and show.state.current_block == before.current_block and not show.ends
        left = before.bookmarked and not self.saw_bookmark and not stays
        if person is not None and (show.resume or left):
            sealed = None
            if show.resume:
                place = json.dumps(
                    to_json(
                        State(
                            show.state.lang,
                            answers=show.state.answers,
                            current_block=show.state.current_block,
                        )
                    )
                )
                sealed = self.conversation.vault.seal(place, "participant", "bookmark", person)
            self.transaction.begin()
            self.link.raw.execute(SET_BOOKMARK, {"bookmark": sealed, "person": person, "today": self.today})
        return show.resume or self.saw_bookmark or stays


def _answers(typed: str) -> Iterator[tuple[str, str]]:
    """Each answer in a text with the text up to its end."""
    end = 0
    for answer in typed.split("*"):
        end += len(answer)
        yield answer, typed[:end]
        end += 1


def _known(pending: Pending) -> DialogueValues:
    return DialogueValues(pending.state.answers, pending.state.dial_context)
