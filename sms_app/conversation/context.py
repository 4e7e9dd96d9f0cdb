"""The arguments of facts and actions: the connection, the keys, the programme, the calling number and the time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection

from sms_app.conversation.support_board import OFF, Offer
from sms_app.engine.state import State, Value
from sms_app.programme.numbers import Number
from sms_app.programme.settings import Programme
from sms_app.vault import Vault


@dataclass(frozen=True)
class Context:
    """A hop's arguments for facts and actions. `conn` is for the modules of `programme`; `raw` is the driver's
    connection below it, for the statements of every hop. `now` is aware UTC, `today` the programme's day. `session`
    names the dialogue, `text` is everything typed in it. `ahead` are the facts that the next screen may need.
    `support` is what help offers now."""

    conn: Connection
    raw: PsycopgConnection[Any]
    vault: Vault
    programme_id: int
    settings: Programme
    number: str
    session: str
    text: str
    now: datetime
    today: date
    ahead: tuple[str, ...] = ()
    support: Offer = OFF

    @property
    def entry(self) -> UUID:
        """The id of this hop's entry. A hop that arrives again has the same id, so its entry is stored once."""
        return self.vault.entry_id(self.session, self.text)

    @property
    def calling(self) -> Number:
        """The number that calls."""
        return Number(self.programme_id, self.number)

    @property
    def week(self) -> date:
        """The Monday of the present week."""
        return self.today - timedelta(days=self.today.weekday())


@dataclass(frozen=True)
class DialogueValues:
    """The values of a dialogue by name: the person's answers, then the dial context for names that these do not
    have."""

    answers: Mapping[str, Value]
    dial_context: Mapping[str, Value]

    @classmethod
    def of(cls, state: State) -> DialogueValues:
        return cls(state.answers, state.dial_context)

    def get(self, name: str) -> Value:
        return self.answers[name] if name in self.answers else self.dial_context.get(name)

    @property
    def person(self) -> UUID | None:
        person = self.get("person")
        return UUID(str(person)) if person else None

    @property
    def phone(self) -> UUID | None:
        phone = self.dial_context.get("phone")
        return UUID(str(phone)) if phone else None
