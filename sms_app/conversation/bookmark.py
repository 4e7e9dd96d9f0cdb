"""The bookmark of a participant, or of a coach behind her own PIN: the place inside an item where a dialogue was broken
off and where the next can go on.

A coach's bookmark also stays while the dialogue goes on to a screen that can't be a place to continue, such as one with
an amount, until something is stored: the next dialogue goes on at the question before it. It has no amount and no code.

It is sealed and stored with the participant. Only blocks that a flow marks `resume` are stored, and the checker refuses
such a mark in help."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

from sms_app.conversation.context import DialogueValues
from sms_app.conversation.deferred_transaction import DeferredTransaction
from sms_app.conversation.hop_connections import HopConnection
from sms_app.engine.state import State, to_json
from sms_app.engine.steps import Show
from sms_app.vault import Vault

NOT_KEPT = ("amount", "shares", "pairs", "bought", "total", "members", "code", "opening")
"""What a coach typed or was told that a bookmark never has."""
SET_COACH_BOOKMARK = "update coach set bookmark = %(bookmark)s, bookmark_on = %(today)s where id = %(coach)s"
SET_BOOKMARK = "update participant set bookmark = %(bookmark)s, bookmark_on = %(today)s where id = %(person)s"


def update(
    connection: HopConnection,
    transaction: DeferredTransaction,
    vault: Vault,
    today: date,
    before: State,
    show: Show,
    bookmark_read: bool,
) -> bool:
    """Store the place of a screen that is marked `resume`, or delete the bookmark when the person has left that place
    or the offer to go on. `bookmark_read` says whether this hop read a bookmark among its facts.

    Gives whether this dialogue knows that the person has a bookmark."""
    dialogue = DialogueValues.of(show.state if show.resume else before)
    coach = dialogue.dial_context.get("coach") if dialogue.answers.get("coach_proved") else None
    # a refused answer shows the offer again without reading the bookmark
    offer_repeated = before.bookmarked and show.state.current_block == before.current_block and not show.ends
    left = before.bookmarked and not bookmark_read and not offer_repeated
    ahead = (
        coach is not None
        and left
        and not show.ends
        and not transaction.begun
        and len(show.state.history) > len(before.history)
    )
    if ahead and not show.resume:
        return True
    if coach is not None and (show.resume or left):
        id_ = UUID(str(coach))
        sealed = _sealed_place(vault, show.state, "coach", id_) if show.resume else None
        transaction.begin()
        connection.raw.execute(SET_COACH_BOOKMARK, {"bookmark": sealed, "coach": id_, "today": today})
    elif dialogue.person is not None and (show.resume or left):
        sealed = _sealed_place(vault, show.state, "participant", dialogue.person) if show.resume else None
        transaction.begin()
        connection.raw.execute(SET_BOOKMARK, {"bookmark": sealed, "person": dialogue.person, "today": today})
    return show.resume or bookmark_read or offer_repeated


def _sealed_place(vault: Vault, state: State, table: str, id_: UUID) -> bytes:
    answers = state.answers
    if table == "coach":
        answers = {name: value for name, value in answers.items() if name not in NOT_KEPT}
    place = State(state.lang, answers=answers, current_block=state.current_block)
    return vault.seal(json.dumps(to_json(place)), table, "bookmark", id_)
