"""What the pages of a request share: who is signed in, the programme, the words in the account's language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from uuid import UUID

from flask import Request, abort, g, request, session
from sqlalchemy import Connection

from sms_app.console.settings import LANGUAGES, Console, ConsoleProgramme
from sms_app.console.tables import Account
from sms_app.programme.desk import OfficeTransaction

MAX_TYPED, MAX_PAGE = 300, 1000


class MemoryRequest(Request):
    """A request whose files stay in memory: they have names and numbers, and a temporary file would be in clear."""

    def _get_file_stream(self, *_about: object, **_more: object) -> BytesIO:
        return BytesIO()


@dataclass(frozen=True)
class Desk:
    """A request of an account that is signed in: the transaction, who acts, the programme, and the time."""

    conn: Connection
    account: Account
    programme: ConsoleProgramme
    now: datetime
    today: date

    @property
    def office(self) -> OfficeTransaction:
        """The same for the functions that the commands call too."""
        loaded = self.programme.loaded
        return OfficeTransaction(
            self.conn,
            loaded.vault,
            loaded.id,
            self.account.who,
            self.now,
            self.today,
            loaded.settings.country,
        )


@contextmanager
def desk(console: Console) -> Iterator[Desk]:
    """A transaction for the account that is signed in, committed at its end. The caller sends nothing before."""
    account: Account = g.account
    programme, now = console.programmes[account.programme_id], console.clock()
    with console.engine.begin() as conn:
        yield Desk(conn, account, programme, now, programme.day(now))


def begin_session(token: str, account: Account) -> None:
    """Let the cookie say who is signed in; of an ended session it still says whose it was."""
    session.clear()
    session["token"], session["account"] = token, account.id.hex


def say(key: str, n: int | None = None, **values: object) -> str:
    """A sentence of the console in the language of whoever reads, with the programme's times and money."""
    texts = g.texts
    return str(texts.render(g.language, key, values if n is None else {"n": n, **values}, n))


def why_of(reason: str) -> str:
    """Why a text was not sent, in words; the provider's own code where we have no words for it."""
    try:
        return say(f"why.{reason}")
    except KeyError:
        return say("console.code", code=reason)


def rule_words(name: str) -> str:
    """What a rule's text is, in words; with the rule's name where several rules of the programme send this text. The
    code's own where we have no sentence for it."""
    rules = g.messages.rules
    text = rules[name].text if name in rules else name
    words = _word("rule", text)
    many = sum(rule.text == text for rule in rules.values())
    return f"{words} ({name})" if many > 1 else words


def did(what: str) -> str:
    """What an entry of the trail says was done, in words; the code's own where we have no sentence for it."""
    return _word("did", what)


def table(subject: str) -> str:
    """What the rows of a table are, in words, for the trail."""
    return _word("table", subject)


def _word(kind: str, code: str) -> str:
    try:
        return say(f"{kind}.{code}")
    except KeyError:
        return code.replace("_", " ")


def asked_language() -> str:
    """The language that the browser asks for, of those that the console has."""
    asked = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((language for language in asked if language in LANGUAGES), LANGUAGES[0])


def typed(name: str) -> str:
    """A field of the form, at most MAX_TYPED characters; PostgreSQL takes no NUL."""
    return request.form.get(name, "")[:MAX_TYPED].replace("\0", "")


def page_number() -> int:
    """The page of a list that the address asks for, from 1 to MAX_PAGE; 1 for anything else."""
    written = request.args.get("page", "")
    is_number = written.isascii() and written.isdigit() and len(written) <= len(str(MAX_PAGE))
    return min(max(int(written), 1), MAX_PAGE) if is_number else 1


def id_of(written: str) -> UUID:
    """An id in an address; what is none is not found."""
    try:
        return UUID(written)
    except ValueError:
        abort(404)
