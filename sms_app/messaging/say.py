"""What a message will say, decided when it goes: every kind of message gives, for its rows, a `Say` or a `Drop`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app.programme.settings import Programme
from sms_app.texts import Texts
from sms_app.vault import Vault


@dataclass(frozen=True)
class Speaker:
    """What is needed to say anything in a programme: its row's id, settings, sentences and keys."""

    programme_id: int
    programme: Programme
    texts: Texts
    vault: Vault


@dataclass(frozen=True)
class Due:
    """A message that is about to go. `people` are the participants whom it was planned for, none for a coach."""

    id: UUID
    phone_number_id: UUID
    kind: str
    rule: str
    subject_id: UUID
    occasion: str
    gathering_id: UUID | None
    people: tuple[UUID, ...]
    due_at: datetime
    expires_at: datetime
    told_starts_at: datetime | None = None
    told_place: str | None = None
    told_cancelled: bool | None = None


@dataclass(frozen=True)
class Told:
    """What a text says about a gathering, or (`digest`) about a roll; kept with the message, so that a correction
    knows what was said."""

    starts_at: datetime | None = None
    place: str | None = None
    cancelled: bool | None = None
    digest: str | None = None


NOTHING = Told()


@dataclass(frozen=True)
class Say:
    """The sentence `message.<text>` with its values; or, for a broadcast, the words in each language."""

    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    told: Told = NOTHING


@dataclass(frozen=True)
class Drop:
    """The message is not to go, for a reason that staff will read; it becomes `cancelled`."""

    reason: str


Answers = Mapping[UUID, Say | Drop]
Sayer = Callable[[Connection, Speaker, Sequence[Due], datetime], Answers]
"""Says what each row of one kind says, from the truth at that moment, in a few statements for all of them."""
