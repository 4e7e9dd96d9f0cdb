"""The only way in: a hop stores a sealed request. Nothing here reads what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from sms_app.private import sealing
from sms_app.private.support_request import SupportRequest

INSERT = "insert into private.inbox (programme_id, id, envelope) values (%b, %b, %b)"


def store(
    raw: psycopg.Connection[Any],
    request: SupportRequest,
    programme_id: int,
    programme: str,
    recipients: Mapping[int, bytes],
) -> None:
    """Seal a request and insert it, in the caller's transaction. `programme` is the short name of its programme,
    `recipients` has the public keys by slot."""
    row = sealing.new_row()
    raw.execute(INSERT, (programme_id, row, sealing.seal(request, row, programme, recipients)))
