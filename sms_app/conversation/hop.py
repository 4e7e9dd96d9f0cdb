"""A USSD hop is one atomic step: read the dialogue, take one step, store its new position, reply.

A hop that stores nothing else runs two statements on the dialogue's row: a SELECT, and an UPDATE that takes effect only
while the row has the very bytes that were read. A hop that stores something does so in one transaction with that
UPDATE. A hop that loses a race reads again and finds the reply. So a hop that arrives twice takes effect once, and gets
the same bytes. Every hop, in help or not, runs the same statements on the same padded row. A dialogue is over ten
minutes after its last hop, by the clock of the next hop: that hop is a first hop again, whether or not the row has been
deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sms_app.channel.inbound import UssdHop
from sms_app.conversation import bookmark, help
from sms_app.conversation import position as positions
from sms_app.conversation.actions import ACTIONS
from sms_app.conversation.caller import first_state
from sms_app.conversation.context import Context, DialogueValues
from sms_app.conversation.deferred_transaction import DeferredTransaction
from sms_app.conversation.facts import load
from sms_app.conversation.hop_connections import BINARY, BYTEA, BYTEAS, TIME, HopConnection, Statement, array
from sms_app.conversation.position import Position
from sms_app.conversation.screens import render
from sms_app.conversation.service import Conversation, LostRace
from sms_app.conversation.support_board import Offer
from sms_app.engine.runner import DialRefused, advance, takes_stars
from sms_app.engine.state import State
from sms_app.engine.steps import ActionOutcome, Ask, Do, Facts, FactValue, Input, Show, Start
from sms_app.models.ussd import touched_minute
from sms_app.programme.loaded import LoadedProgramme

READ_DIALOGUE = Statement(
    "read_dialogue", "select id, position from ussd_dialogue where id = any($1)", (BYTEAS,), BINARY
)
# A sealed position begins with its random nonce, so its first bytes identify this version of it.
UPDATE_POSITION = Statement(
    "update_position",
    """update ussd_dialogue set position = $2, touched_at = $3
    where id = $1 and substring(position for 13) = $4""",
    (BYTEA, BYTEA, TIME, BYTEA),
)
INSERT_DIALOGUE = Statement(
    "insert_dialogue",
    "insert into ussd_dialogue (id, position, touched_at) values ($1, $2, $3) on conflict do nothing",
    (BYTEA, BYTEA, TIME),
)
VERSION_BYTES = 13
MAX_STEPS = 12
BOOKMARKS = ("bookmark", "coach_bookmark", "groups_bookmark")


class TooManySteps(Exception):
    """The engine asked for facts and actions MAX_STEPS times without a screen."""


class FillerFailed(Exception):
    """A hop that stores a filler failed, and nothing was stored. `failure` says how."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure


def reply(
    conversation: Conversation,
    hop: UssdHop,
    now: datetime,
    note_failure: Callable[[Exception], object] = lambda _: None,
) -> str:
    """The reply to the network for a hop: `CON …` or `END …`, at most 160 septets of screen. `now` is aware UTC.

    Raises UnknownServiceCode. Any other exception is a failure of ours, and everything is rolled back. After a lost
    connection or a lost race the hop is tried again; it takes effect once. A hop that fails with a filler is taken once
    more without one; then `note_failure` gets the failure, so that it is noted like that of a request."""
    programme = conversation.programme(hop.service_code)

    def take(support: Offer) -> str:
        return conversation.retried_on_hop_connection(
            lambda connection, first_try: _Hop(
                conversation, programme, connection, hop, now, support, first_try
            ).reply()
        )

    support = conversation.support.offer(programme, now)
    try:
        return take(support)
    except FillerFailed as failed:
        words = take(replace(support, filler_share=0.0))
        note_failure(failed.failure)
        return words


def dialogue_name(hop: UssdHop) -> str:
    """The name of a dialogue: the provider's session id with the number and the code. It opens the sealed position."""
    return "\0".join((hop.session_id, hop.number, hop.service_code))


def sorry(conversation: Conversation, service_code: str) -> str:
    """The polite END for a failure of ours, in the programme's first language."""
    programme = conversation.programme(service_code)
    return f"END {programme.texts.render(programme.settings.languages[0], 'common.sorry', {})}"


@dataclass
class _Hop:
    conversation: Conversation
    programme: LoadedProgramme
    connection: HopConnection
    hop: UssdHop
    now: datetime
    support: Offer
    first_try: bool
    bookmark_read: bool = False
    has_filler: bool = False

    def __post_init__(self) -> None:
        self.session = dialogue_name(self.hop)
        self.seal = self.conversation.vault.positions(self.session)
        self.today = self.now.astimezone(self.programme.texts.zone).date()
        self.transaction = DeferredTransaction(self.connection)

    def reply(self) -> str:
        """Take the hop. What it stores is committed together with its position, or not at all."""
        try:
            with self.transaction:
                return self._reply()
        except LostRace:
            raise
        except Exception as error:
            if self.has_filler and not self.connection.raw.closed:
                raise FillerFailed(error) from error
            raise

    def _reply(self) -> str:
        vault, text = self.conversation.vault, self.hop.text
        result = None
        if text or not self.first_try:  # a first hop is nearly always new; if it is not, the INSERT fails
            result = self.connection.run(READ_DIALOGUE, array(vault.dialogue_ids(self.session)))
        if result is None or not result.ntuples:
            position = self._start_dialogue(text)
            self._store_position(INSERT_DIALOGUE, vault.dialogue_id(self.session), position)
            return position.last_reply
        id_, sealed = result.get_value(0, 0) or b"", result.get_value(0, 1) or b""
        before = positions.read(self.seal.open(sealed))
        if before.is_over(self.now):  # also when the clock has not deleted its row yet
            position = self._start_dialogue(text)
        else:
            earlier_reply, typed = before.reply_to(text), before.new_input(text)
            if earlier_reply is not None or before.state is None or typed is None:
                return earlier_reply if earlier_reply is not None else before.last_reply
            position = self._continue_dialogue(before, before.state, typed)
            self._store_filler()
        self._store_position(UPDATE_POSITION, id_, position, sealed[:VERSION_BYTES])
        return position.last_reply

    def _store_filler(self) -> None:
        """In some hops that store nothing else, store a "nothing" that looks like a request for support, so that
        counters, locks and sizes of the database do not tell of requests."""
        if not self.transaction.begun and self.support.draw_filler():
            self.has_filler = True
            self.transaction.begin()
            help.store_filler(self._context(self.hop.text))

    def _store_position(self, statement: Statement, id_: bytes, position: Position, *version: bytes) -> None:
        """Store the position. Raises LostRace when another delivery of a hop stored a position since it was read."""
        sealed = positions.write(position, self.now, self.seal.seal)
        minute = touched_minute(self.now).isoformat().encode()
        if not self.connection.run(statement, id_, sealed, minute, *version).command_tuples:
            raise LostRace

    def _start_dialogue(self, text: str) -> Position:
        """The position after a first hop: the root, or the screen that a dialled code leads to."""
        state = first_state(self.connection, self.conversation.vault, self.programme, self.hop.number)
        show = self._next_screen(state, Start(), "")
        root = Position.begin(state).after("", show.state, self._render(show))
        return self._take_dialled_code(root, show.state, text) if text else root

    def _take_dialled_code(self, root: Position, state: State, text: str) -> Position:
        """Take a dialled code to its last answer, or show the root and ignore the code.

        The text may also be the last hop of a dialogue whose row is gone, and then no answer may be taken as the answer
        to another question. So only the last answer may be wrong, private, an end, or a code that does an action."""
        position, stopped = root, False
        try:
            for answer, text_so_far in _split_answers(text):
                if stopped:
                    raise DialRefused
                position, show = self._take_answer(position, state, answer, text_so_far, direct=True)
                state, stopped = show.state, show.stop or show.ends
        except DialRefused:
            self.transaction.roll_back()
            return root.after(text, root.state, root.last_reply)
        return position

    def _continue_dialogue(self, position: Position, state: State, typed: str) -> Position:
        if takes_stars(self.programme.flows, state):
            return self._take_answer(position, state, typed, self.hop.text, direct=False)[0]
        return self._take_answers(position, state, typed)

    def _take_answers(self, position: Position, state: State, typed: str) -> Position:
        """Take the answers that a text adds in turn, until an answer is refused or no answer may follow it."""
        before = self.hop.text[: len(self.hop.text) - len(typed)]
        for answer, typed_so_far in _split_answers(typed):
            position, show = self._take_answer(position, state, answer, before + typed_so_far, direct=False)
            if show.stop or show.ends:
                break
            state = show.state
            rest = typed[len(typed_so_far) + 1 :]
            if rest and takes_stars(self.programme.flows, state):
                return self._take_answer(position, state, rest, self.hop.text, direct=False)[0]
        return position.after(self.hop.text, position.state, position.last_reply)

    def _take_answer(
        self, position: Position, state: State, answer: str, text: str, direct: bool
    ) -> tuple[Position, Show]:
        """The position after an answer, and the screen that it leads to. `text` is the hop's text up to its end."""
        currency = self.programme.settings.currency
        show = self._next_screen(state, Input(answer, direct, currency.decimals, currency.words), text)
        bookmarked = bookmark.update(
            self.connection,
            self.transaction,
            self.conversation.vault,
            self.today,
            state,
            show,
            self.bookmark_read,
        )
        show = replace(show, state=replace(show.state, bookmarked=bookmarked))
        return position.after(text, None if show.ends else show.state, self._render(show)), show

    def _next_screen(self, state: State, first_event: Start | Input, text: str) -> Show:
        """Run the engine to its next screen, giving it the facts and outcomes that it asks for."""
        flows, context = self.programme.flows, self._context(text)
        step = advance(flows, state, first_event)
        for _ in range(MAX_STEPS):
            if isinstance(step, Show):
                return step
            dialogue = DialogueValues.of(step.state.state)
            if isinstance(step, Ask):
                facts: Mapping[str, FactValue] = load(context, dialogue, step.facts)
                event: Facts | ActionOutcome = Facts(facts)
            else:
                outcome = self._run_action(step, context, dialogue)
                event, facts = outcome, outcome.facts
            self.bookmark_read |= any(facts.get(name, {}).get("is") == "yes" for name in BOOKMARKS)
            step = advance(flows, step.state, event)
        raise TooManySteps

    def _run_action(self, step: Do, context: Context, dialogue: DialogueValues) -> ActionOutcome:
        action = ACTIONS[step.action]
        if not action.reads_only:
            self.transaction.begin()
        return action.run(replace(context, ahead=step.facts), dialogue)

    def _context(self, text: str) -> Context:
        return Context(
            self.connection.conn,
            self.connection.raw,
            self.conversation.vault,
            self.programme.id,
            self.programme.settings,
            self.hop.number,
            self.session,
            text,
            self.now,
            self.today,
            support=self.support,
        )

    def _render(self, show: Show) -> str:
        return render(self.programme, show.state.lang, show, self.programme.constants(self.today))


def _split_answers(typed: str) -> Iterator[tuple[str, str]]:
    """Each answer in a text, and the text up to the end of that answer."""
    end = 0
    for answer in typed.split("*"):
        end += len(answer)
        yield answer, typed[:end]
        end += 1
