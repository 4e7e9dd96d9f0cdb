"""What a request for support says, as it is inside its seal. Every content has the same length."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

CONTENT_BYTES = 320
CALL, DO_NOT_CALL, NOTHING = "call", "do_not_call", "nothing"
KINDS = (CALL, DO_NOT_CALL, NOTHING)
ALONE, OTHERS, OTHER_PHONE = "alone", "others", "other_phone"
WHO_ANSWERS = (ALONE, OTHERS, OTHER_PHONE)


class ContentError(Exception):
    """The content of a seal is no request, or a request does not fit."""


@dataclass(frozen=True)
class SupportRequest:
    """A request. `kind` is one of KINDS; `at` is aware, to the second; `dialled_from` is the calling number.

    A `call` also has: `number`, the one to call; `who_answers`, one of WHO_ANSWERS; `band`, the hours that she chose,
    such as `08:00-11:00`; `until`, the last day of the call. `sectors` are those in which the caller's participants are
    registered (none: unknown), `role` is theirs when all have the same. Everything else is empty."""

    kind: str
    at: datetime
    dialled_from: str = ""
    number: str = ""
    who_answers: str = ""
    band: str = ""
    until: date | None = None
    sectors: tuple[str, ...] = ()
    role: str = ""

    def encode(self) -> bytes:
        """CONTENT_BYTES bytes: JSON, then spaces. Sectors that do not fit are left out: then they are unknown. Raises
        ContentError when the request does not fit even so."""
        for request in (self, replace(self, sectors=())):
            content = json.dumps(request._values(), ensure_ascii=False, separators=(",", ":")).encode()
            if len(content) <= CONTENT_BYTES:
                return content.ljust(CONTENT_BYTES)
        raise ContentError

    def _values(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "at": int(self.at.timestamp()),
            "from": self.dialled_from,
            "number": self.number,
            "answers": self.who_answers,
            "band": self.band,
            "until": self.until.isoformat() if self.until else "",
            "sectors": self.sectors,
            "role": self.role,
        }

    @classmethod
    def decode(cls, content: bytes) -> SupportRequest:
        """The inverse of encode. Raises ContentError."""
        try:
            values = json.loads(content)
            return cls(
                values["kind"],
                datetime.fromtimestamp(values["at"], UTC),
                values["from"],
                values["number"],
                values["answers"],
                values["band"],
                date.fromisoformat(values["until"]) if values["until"] else None,
                tuple(values["sectors"]),
                values["role"],
            )
        except (ValueError, KeyError, TypeError, OverflowError, OSError):
            raise ContentError from None
