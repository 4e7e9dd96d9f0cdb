"""A change of one person in three steps: a form, what would follow, and then the change.

What would follow is found out by making the change and taking it back, so that it is what the change then does. A check
page stores nothing but that somebody looked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from flask import Response, abort, redirect, render_template, request
from flask_wtf import FlaskForm
from markupsafe import Markup
from psycopg.errors import UniqueViolation
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as BaseResponse
from wtforms import Field

from sms_app.console.people.choosing import GroupField
from sms_app.console.request import Desk, desk, say
from sms_app.console.settings import Console
from sms_app.messaging import history
from sms_app.programme import coaches, lookup
from sms_app.programme.desk import Refused
from sms_app.programme.lookup import LatestConsent, Phone, Shown

BAD, CONFLICT = 400, 409
CONFIRM, BACK = "confirm", "back"
"""The names of the buttons of a check page."""


class ChangeForm(FlaskForm):  # type: ignore[misc]
    """A form whose token the application has checked already. The label and the description of a field are keys of
    sentences."""

    class Meta:
        csrf = False


Form = TypeVar("Form", bound=ChangeForm)


@dataclass(frozen=True)
class Person:
    """Whom a page changes, as the office may see her. Her numbers and consents of before the change are read when they
    are asked for."""

    at: Desk
    shown: Shown
    name: str

    @cached_property
    def phones(self) -> Sequence[Phone]:
        """The numbers on which she is reached."""
        return lookup.phones(self.at.office, self.shown.id)

    @cached_property
    def consents(self) -> Sequence[LatestConsent]:
        """Her latest word on each purpose."""
        return lookup.consents(self.at.office, self.shown.id)

    @property
    def gets_texts(self) -> bool:
        """Whether she agreed to texts: her own latest word."""
        return any(entry.purpose == "messages" and entry.given for entry in self.consents)


@dataclass(frozen=True)
class Follows:
    """What a change does, in sentences; `waiting` are texts that wait for her now, `tell` the coaches who are to be
    told; `address` is the page to go to afterwards, if it is not the one before."""

    sentences: Sequence[str]
    waiting: Sequence[history.HerText] = ()
    tell: Sequence[coaches.Contact] = ()
    address: str = ""


def person_of(at: Desk, member: str) -> Person:
    """Whose member number it is; that she was seen is in the trail. Somebody of another programme is not found."""
    if not (member.isascii() and member.isdigit()):
        abort(404)
    try:
        shown = lookup.shown(at.office, member)
    except Refused:
        abort(404)
    return Person(at, shown, lookup.name(at.office, shown))


def change(
    console: Console,
    member: str,
    name: str,
    form_class: type[Form],
    prepare: Callable[[Desk, Person, Form], None],
    make: Callable[[Desk, Person, Form], Follows],
) -> BaseResponse:
    """Answer a request of the page of a change of one person. `prepare` fills in what the form offers and refuses with
    404 whom it is not for; `make` makes the change. `name` is as for `answer`."""
    with desk(console) as at:
        person, form = person_of(at, member), form_class()
        prepare(at, person, form)
        number = person.shown.member_number
        return answer(
            at, name, form, lambda: make(at, person, form), f"/people/{number}", person.name, number
        )


def answer(
    at: Desk,
    name: str,
    form: ChangeForm,
    make: Callable[[], Follows],
    back: str,
    who: str = "",
    code: str = "",
) -> BaseResponse:
    """Answer a request of the page of a change: the form, the check page, or the change and the way `back`. `name` is
    that of its sentences, as `change.<name>` and `done.<name>`; `who` and `code` say whom it changes."""
    follows, problem, status = None, None, 200
    if request.method == "POST" and BACK not in request.form:
        status = 200 if form.validate() else BAD
        if status != BAD:
            follows, problem = attempt(at, make)
            status = CONFLICT if problem else 200
    if follows is not None and CONFIRM in request.form:
        return redirect(f"{follows.address or back}?done={name}", 303)
    values = {"who": who, "code": code, "form": form, "follows": follows, "problem": problem}
    page = render_template("people/change.html", change=name, address=request.path, back=back, **values)
    return Response(page, status)


def attempt(at: Desk, make: Callable[[], Follows]) -> tuple[Follows | None, Refused | None]:
    """Make a change: for good when it is confirmed, and otherwise only to see what would follow. Gives what follows, or
    why it is refused; then nothing is stored."""
    savepoint = at.conn.begin_nested()
    try:
        follows = make()
    except Refused as refused:
        savepoint.rollback()
        return None, refused
    except IntegrityError as error:
        # the form's key is the id of a row of another programme
        if not _is_key_taken(error):
            raise
        abort(404)
    if CONFIRM in request.form:
        savepoint.commit()
    else:
        savepoint.rollback()
    return follows, None


def _is_key_taken(error: IntegrityError) -> bool:
    violated = error.orig
    return isinstance(violated, UniqueViolation) and (violated.diag.constraint_name or "").startswith("pk_")


def waiting_for(at: Desk, person: UUID) -> Sequence[history.HerText]:
    """The texts that wait for somebody."""
    return history.waiting_for(at.conn, at.programme.loaded.id, person)


def fault(error: str) -> str:
    """What is wrong with a field: a sentence of ours by its key, or that it can't be read."""
    try:
        return say(error)
    except KeyError:
        return say("field.unreadable")


def refusal(refused: Refused) -> Markup:
    """Why a change is refused, in the language of whoever reads; where the console has no sentence, in the command's
    English."""
    if refused.key:
        return Markup("{}").format(say(f"refused.{refused.key}", None, **refused.values))
    return Markup('<span lang="en">{}</span>').format(str(refused))


def shown_value(field: Field) -> str:
    """What was chosen or typed in a field, as the check page says it; empty when nothing was."""
    if isinstance(field, GroupField):
        return field.shown
    if field.type == "BooleanField":
        return say("field.yes") if field.data else ""
    if field.type in {"SelectField", "RadioField"}:
        return next((str(label) for value, label in field.choices if value == field.data), "")
    if field.type == "DateField":
        return field.data.strftime("%d/%m/%Y") if field.data else ""
    if field.type == "TimeField":
        return field.data.strftime("%H:%M") if field.data else ""
    return "" if field.data is None else str(field.data)
