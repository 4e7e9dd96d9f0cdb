"""What a composer gives for each message that is about to go: a `Content`, or a `Skip` with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from sms_app.programme.loaded import LoadedProgramme


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
class ToldSnapshot:
    """What a text says about a gathering, or (`digest`) about a roll; kept with the message, so that a correction
    knows what was said."""

    starts_at: datetime | None = None
    place: str | None = None
    cancelled: bool | None = None
    digest: str | None = None


NOTHING = ToldSnapshot()


@dataclass(frozen=True)
class Content:
    """The sentence `message.<text>` with its values; or, for a broadcast, the words in each language."""

    text: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    told: ToldSnapshot = NOTHING


@dataclass(frozen=True)
class Skip:
    """The message is not to go, for a reason that staff will read; it becomes `cancelled`."""

    reason: str


Answers = Mapping[UUID, Content | Skip]
Composer = Callable[[Connection, LoadedProgramme, Sequence[Due], datetime], Answers]
"""Says what each row of one kind says, from the truth at that moment, in a few statements for all of them."""
