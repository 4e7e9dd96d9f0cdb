"""Consents: all that was entered of somebody, and entering that she gives or withdraws one, with its paper."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, render_template
from werkzeug.wrappers import Response as BaseResponse
from wtforms import DateField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from sms_app.console.people.changes import BOTH, active
from sms_app.console.people.confirming import Follows, Person, change, person_of, waiting_for
from sms_app.console.people.keyed import KeyedForm
from sms_app.console.request import Desk, desk, say
from sms_app.console.settings import Console
from sms_app.programme import consent, lookup
from sms_app.programme.workbook.columns import MAX_TEXT_LENGTH, MAX_VERSION_LENGTH
from sms_app.programme.workbook.consent_sheet import (
    GUARDIAN,
    HERSELF,
    PURPOSES,
    WAYS,
    is_not_the_guardians,
    misses_privacy,
)

ALONE = {"yes": True, "no": False, "unknown": None}
OF_TEXTS = ("messages", "check_in")
"""The purposes that decide which texts go."""


class ConsentForm(KeyedForm):
    """What she said, and its paper: the version of the words, the way, the witness, who took it and when."""

    today = date.min
    purpose = SelectField("field.purpose", validators=[InputRequired("field.needed")])
    given = RadioField("field.given", validators=[InputRequired("field.needed")])
    version = StringField(
        "field.version",
        validators=[DataRequired("field.needed"), Length(max=MAX_VERSION_LENGTH, message="field.too_long")],
        description="field.about_version",
        render_kw={"maxlength": MAX_VERSION_LENGTH},
    )
    language = SelectField("field.language", validators=[InputRequired("field.needed")])
    how = RadioField("field.how", validators=[InputRequired("field.needed")])
    witness = StringField(
        "field.witness",
        validators=[Length(max=MAX_TEXT_LENGTH, message="field.too_long")],
        description="field.about_witness",
        render_kw={"maxlength": MAX_TEXT_LENGTH},
    )
    taken_by = StringField(
        "field.taken_by",
        validators=[DataRequired("field.needed"), Length(max=MAX_TEXT_LENGTH, message="field.too_long")],
        render_kw={"maxlength": MAX_TEXT_LENGTH},
    )
    taken_on = DateField("field.taken_on", validators=[InputRequired("field.needed")])
    given_by = RadioField("field.given_by", default=HERSELF, description="field.about_given_by")
    asked_alone = RadioField(
        "field.asked_alone",
        default="unknown",
        validators=[Optional()],
        description="field.about_asked_alone",
    )

    def validate_witness(self, field: StringField) -> None:
        """What is oral has a witness."""
        if self.how.data == "oral" and self.given.data == "yes" and not (field.data or "").strip():
            raise ValidationError("field.oral_needs_witness")

    def validate_taken_on(self, field: DateField) -> None:
        """A day that has come."""
        if field.data is not None and field.data > self.today:
            raise ValidationError("field.day_to_come")

    def validate_given_by(self, field: RadioField) -> None:
        """A guardian's word counts on some purposes only."""
        if is_not_the_guardians(self.purpose.data, field.data):
            raise ValidationError("field.only_her_own_word")

    def validate_asked_alone(self, field: RadioField) -> None:
        """A man is approached only if she was asked alone."""
        if misses_privacy(self.purpose.data, self.given.data == "yes", ALONE.get(field.data)):
            raise ValidationError("field.must_be_alone")


def blueprint(console: Console) -> Blueprint:
    """The list of her consents, and the form."""
    routes = Blueprint("consents", __name__)

    @routes.get("/people/<member>/consents")
    def listed(member: str) -> Response:
        with desk(console) as at:
            person = person_of(at, member)
            entries = consent.entries(at.office, person.shown.id)
        return Response(render_template("people/consents.html", person=person, entries=entries))

    @routes.route("/people/<member>/consent", methods=BOTH)
    def enter(member: str) -> BaseResponse:
        return change(console, member, "consent", ConsentForm, _prepare, _enter)

    return routes


def _prepare(at: Desk, person: Person, form: ConsentForm) -> None:
    active(person)
    form.today = at.today
    form.purpose.choices = [(purpose, say(f"consent.{purpose}")) for purpose in PURPOSES]
    form.given.choices = [("yes", say("people.given")), ("no", say("people.withdrawn"))]
    form.language.choices = [(code, code) for code in at.programme.loaded.settings.languages]
    form.how.choices = [(way, say(f"way.{way}")) for way in WAYS]
    form.given_by.choices = [(HERSELF, say("given_by.herself")), (GUARDIAN, say("people.guardian"))]
    form.asked_alone.choices = [(answer, say(f"alone.{answer}")) for answer in ALONE]
    if form.taken_on.data is None and not form.is_submitted():
        form.taken_on.data = at.today


def _enter(at: Desk, person: Person, form: ConsentForm) -> Follows:
    at.office.lock()
    if consent.is_stored(at.office, form.row):
        return Follows(())
    purpose, given = form.purpose.data, form.given.data == "yes"
    waiting = waiting_for(at, person.shown.id) if purpose in OF_TEXTS and not given else ()
    entry = consent.ConsentEntry(
        purpose,
        given,
        form.version.data,
        form.language.data,
        form.how.data,
        form.witness.data or None,
        form.taken_by.data,
        form.taken_on.data,
        form.given_by.data,
        ALONE[form.asked_alone.data],
    )
    consent.enter(at.office, person.shown.member_number, entry, form.row)
    counts = next(
        latest.given
        for latest in lookup.consents(at.office, person.shown.id)
        if (latest.purpose, latest.given_by) == (purpose, entry.given_by)
    )
    sentences = [say("follows.consents_stay")]
    if counts != given:
        sentences.append(say("follows.another_day_counts"))
    elif purpose in OF_TEXTS:
        sentences.append(say(f"follows.{purpose}_{'yes' if given else 'no'}"))
    else:
        sentences.append(say("follows.no_text_changes"))
    return Follows([*sentences, say("follows.not_told")], waiting)
