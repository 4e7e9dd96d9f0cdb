"""What was typed into a form when the session had ended meanwhile.

Nothing is stored on the server. The fields are sealed with the console's own secret for the account whose session it
was, and go through the pages of the sign-in in a hidden field. After a sign-in of the same account within KEPT_FOR the
form's page is shown with what was typed. Nothing is sent again by itself."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sms_app.accounts.secret import TYPED_FORM, Secret, SecretError

KEPT_FOR = timedelta(minutes=30)
MAX_BYTES = 12_000
"""What is typed into a longer form is lost with its session: strangers may send the sealed field, too."""
PAGE, SEALED = "form_page", "kept"
"""The hidden fields with the page that a form stands on, and with a sealed form."""
NEVER = frozenset({"csrf_token", PAGE, SEALED, "old", "new", "again", "code"})
"""Fields that are not kept. Nor is one with a word of SECRET in its name."""
SECRET = frozenset({"password", "pin", "totp", "secret"})


@dataclass(frozen=True)
class Kept:
    """A form: the page that it stood on (path and query), where it was sent, and its fields in order."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]


def seal(
    secret: Secret, account: UUID, page: str, action: str, fields: Iterable[tuple[str, str]], now: datetime
) -> str:
    """The sealed form of an account, for a hidden field; "" when it is too large or on no page of ours."""
    kept = [[name, value] for name, value in fields if may_be_kept(name)]
    plain = json.dumps({"at": now.timestamp(), "page": page, "action": action, "fields": kept})
    if not is_ours(page) or len(plain.encode()) > MAX_BYTES:
        return ""
    packed = base64.b85encode(zlib.compress(plain.encode())).decode()
    return base64.urlsafe_b64encode(secret.seal(packed, account, TYPED_FORM)).decode()


def opened(secret: Secret, account: UUID, sealed: str, now: datetime) -> Kept | None:
    """The inverse of seal. None for another account's, for one that is too old, and for what is no sealed form."""
    try:
        packed = secret.open(base64.urlsafe_b64decode(sealed.encode()), account, TYPED_FORM)
    except (SecretError, ValueError):
        return None
    form = json.loads(zlib.decompress(base64.b85decode(packed)))
    age = now - datetime.fromtimestamp(form["at"], UTC)
    if not timedelta(0) <= age <= KEPT_FOR:
        return None
    return Kept(form["page"], form["action"], tuple((name, value) for name, value in form["fields"]))


def is_ours(page: str) -> bool:
    """Whether an address is a path of this console."""
    return page.startswith("/") and not page.startswith("//")


def may_be_kept(name: str) -> bool:
    """Whether a field may leave the form that it was typed into."""
    return name not in NEVER and SECRET.isdisjoint(re.split(r"[^a-z]+", name.lower()))
