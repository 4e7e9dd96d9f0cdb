"""Enrolling a woman, a man or a leader."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, RadioField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from sms_app.console.people.changes import BOTH
from sms_app.console.people.choosing import GroupField
from sms_app.console.people.confirming import Follows, answer
from sms_app.console.people.household import reference_field
from sms_app.console.people.keyed import KeyedForm
from sms_app.console.people.numbers import MAX_NUMBER_LENGTH
from sms_app.console.request import Desk, desk, say
from sms_app.console.settings import Console
from sms_app.models.people import ROLES
from sms_app.models.programme import MAX_VILLAGE_LENGTH
from sms_app.programme import contact, enrolment, telephones
from sms_app.programme.workbook.columns import MAX_TEXT_LENGTH
from sms_app.programme.workbook.sheets import FIRST_YEAR, IN_HOUSEHOLD


def _words(name: str, longest: int, needed: bool = False, about: str = "") -> StringField:
    """A field of words with its longest length."""
    need = DataRequired("field.needed") if needed else Optional()
    return StringField(
        f"field.{name}",
        validators=[need, Length(max=longest, message="field.too_long")],
        description=about,
        render_kw={"maxlength": longest},
    )


class EnrolForm(KeyedForm):
    """Who is enrolled."""

    country = ""
    name = _words("name", MAX_TEXT_LENGTH, needed=True)
    role = RadioField("people.role", validators=[InputRequired("field.needed")])
    group = GroupField("field.group", validators=[Optional()], description="field.about_group")
    number = StringField(
        "field.number",
        validators=[Optional(), Length(max=MAX_NUMBER_LENGTH, message="field.too_long")],
        description="field.about_number",
        render_kw={"type": "tel", "inputmode": "tel", "maxlength": MAX_NUMBER_LENGTH},
    )
    contact = RadioField("field.contact", default="own")
    language = SelectField("account.language", validators=[InputRequired("field.needed")])
    born_in = IntegerField("field.born_in", validators=[Optional()], render_kw={"inputmode": "numeric"})
    reference = reference_field("reference", Optional(), "field.about_reference")
    household = reference_field("household", Optional(), "field.about_household")
    relation = SelectField("field.relation", default="other")
    village = _words("village", MAX_VILLAGE_LENGTH)

    def validate_number(self, field: StringField) -> None:
        """A number of the country, as people write it there."""
        if telephones.e164(field.data or "", self.country) is None:
            raise ValidationError("field.no_telephone_number")

    def validate_village(self, field: StringField) -> None:
        """A village is a household's."""
        if (field.data or "").strip() and not (self.household.data or "").strip():
            raise ValidationError("field.village_without_household")


def blueprint(console: Console) -> Blueprint:
    """The page."""
    routes = Blueprint("enrolling", __name__)

    @routes.route("/people/new", methods=BOTH)
    def enrol() -> BaseResponse:
        with desk(console) as at:
            form = EnrolForm()
            _prepare(at, form)
            return answer(at, "enrol", form, lambda: _enrol(at, form), "/people")

    return routes


def _prepare(at: Desk, form: EnrolForm) -> None:
    form.country = at.office.country
    form.role.choices = [(role, say(f"person.{role}")) for role in ROLES]
    form.group.offer(at, may_be_none=True)
    form.contact.choices = [(kind, say(f"contact.{kind}")) for kind in contact.KINDS]
    form.language.choices = [(code, code) for code in at.programme.loaded.settings.languages]
    if not form.is_submitted():
        form.language.data = at.programme.loaded.settings.languages[0]
    form.relation.choices = [(relation, say(f"relation.{relation}")) for relation in IN_HOUSEHOLD]
    form.born_in.validators = [
        Optional(),
        NumberRange(FIRST_YEAR, at.today.year, message="field.no_year_of_birth"),
    ]


def _enrol(at: Desk, form: EnrolForm) -> Follows:
    at.office.lock()
    member = enrolment.member_of(at.office, form.row)
    if member is not None:
        return Follows((), address=f"/people/{member}")
    new = enrolment.NewPerson(
        form.name.data,
        form.role.data,
        form.language.data,
        form.group.data or None,
        form.number.data or "",
        form.contact.data,
        form.reference.data or "",
        form.household.data or "",
        form.relation.data,
        form.born_in.data,
        form.village.data or "",
    )
    enrolled = enrolment.enrol(at.office, new, form.row)
    sentences = [say("follows.member_number_drawn")]
    if new.group is not None:
        sentences.append(say("follows.place", group=new.group, number=enrolled.list_number))
    if enrolled.others:
        sentences.append(say("follows.others", n=enrolled.others))
    if enrolled.new_household:
        sentences.append(say("follows.new_household", household=new.household))
    sentences += [say("follows.no_text_before_consent"), say("follows.not_told")]
    return Follows(sentences, address=f"/people/{enrolled.member}")
