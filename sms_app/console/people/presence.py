"""What the office does while she is there herself: opening her PIN, and confirming the number of her new phone."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Regexp

from sms_app.console.people.changes import BOTH, active
from sms_app.console.people.confirming import BAD, ChangeForm, Follows, Person, change, person_of, waiting_for
from sms_app.console.request import Desk, desk, say
from sms_app.console.settings import Console
from sms_app.messaging.reminders import planning as reminders
from sms_app.programme import lookup, numbers, pins
from sms_app.programme.desk import Refused

NO_CLAIM = "No phone shows this code for her now. A code lasts 10 minutes: dial again from the new phone."
CODE = r"\s*[0-9]{4}\s*\Z"


class PresentForm(ChangeForm):
    """She is there, and asks for it."""

    present = BooleanField("field.present", validators=[InputRequired("field.must_be_present")])


class NewNumberForm(PresentForm):
    """The code that her new phone shows."""

    code = StringField(
        "field.code",
        validators=[DataRequired("field.needed"), Regexp(CODE, message="field.four_digits")],
        description="field.about_code",
        render_kw={"inputmode": "numeric", "maxlength": 8},
    )


def blueprint(console: Console) -> Blueprint:
    """The two pages. The code for a PIN is shown once, in the answer to the form."""
    routes = Blueprint("presence", __name__)

    @routes.route("/people/<member>/pin", methods=BOTH)
    def open_pin(member: str) -> Response:
        with desk(console) as at:
            person, form, code = person_of(at, member), PresentForm(), ""
            active(person)
            asked = request.method == "POST"
            wrong = asked and not form.validate()
            if asked and not wrong:
                number, who = person.shown.member_number, at.account.who
                loaded = at.programme.loaded
                code = pins.open_pin(at.conn, loaded.vault, loaded.id, number, who, at.now)
            values = {"change": "pin", "who": person.name, "number": person.shown.member_number}
            page = render_template(
                "people/pin.html", back=f"/people/{values['number']}", form=form, code=code, **values
            )
        return Response(page, BAD if wrong else 200)

    @routes.route("/people/<member>/new-number", methods=BOTH)
    def confirm_number(member: str) -> BaseResponse:
        return change(console, member, "new_number", NewNumberForm, _prepare, _confirm)

    return routes


def _prepare(at: Desk, person: Person, form: NewNumberForm) -> None:
    active(person)


def _confirm(at: Desk, person: Person, form: NewNumberForm) -> Follows:
    """As `sms-app people confirm-number`. Raises Refused."""
    loaded, shown, waiting = at.programme.loaded, person.shown, waiting_for(at, person.shown.id)
    member, before = shown.member_number, person.phones
    code = form.code.data.strip()
    if not numbers.confirm(at.conn, loaded.vault, loaded.id, member, code, at.account.who, at.now, at.today):
        raise Refused(NO_CLAIM, key="no_claim")
    reminders.plan_number_tests(at.conn, loaded.id, member, at.now, at.today)
    hers = lookup.phones(at.office, shown.id)
    sentences = [say("follows.is_hers", number=lookup.number_of(at.office, phone)) for phone in hers]
    sentences += [
        say("follows.not_hers", number=lookup.number_of(at.office, phone))
        for phone in before
        if phone.id not in {her.id for her in hers}
    ]
    if any(phone.stopped for phone in hers):
        sentences.append(say("follows.number_is_stopped"))
    elif person.gets_texts:
        sentences.append(say("follows.number_test"))
    else:
        sentences.append(say("follows.no_consent"))
    return Follows([*sentences, say("follows.old_not_told")], waiting)
