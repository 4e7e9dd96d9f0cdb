"""The household of somebody: another one, or none."""

from __future__ import annotations

from flask import Blueprint, abort
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from sms_app.console.people.changes import BOTH, active
from sms_app.console.people.confirming import ChangeForm, Follows, Person, change
from sms_app.console.request import Desk, say
from sms_app.console.settings import Console
from sms_app.models.programme import MAX_REFERENCE_LENGTH, MAX_VILLAGE_LENGTH
from sms_app.programme import households
from sms_app.programme.workbook.sheets import IN_HOUSEHOLD

REFERENCE = r"\s*[A-Za-z0-9_./-]+\s*\Z"
"""As a workbook has it."""


def reference_field(name: str, need: DataRequired | Optional, about: str) -> StringField:
    """A field for the reference of somebody or of a household."""
    return StringField(
        f"field.{name}",
        validators=[
            need,
            Length(max=MAX_REFERENCE_LENGTH, message="field.too_long"),
            Regexp(REFERENCE, message="field.no_reference"),
        ],
        description=about,
        render_kw={"maxlength": MAX_REFERENCE_LENGTH},
    )


class HouseholdForm(ChangeForm):
    """Which household, and what the person is there."""

    household = reference_field("household", DataRequired("field.needed"), "field.about_household")
    relation = SelectField("field.relation", default="other")
    village = StringField(
        "field.village",
        validators=[Length(max=MAX_VILLAGE_LENGTH, message="field.too_long")],
        render_kw={"maxlength": MAX_VILLAGE_LENGTH},
    )


def blueprint(console: Console) -> Blueprint:
    """The two pages; each shows what follows before it does it."""
    routes = Blueprint("household", __name__)

    @routes.route("/people/<member>/household", methods=BOTH)
    def join(member: str) -> BaseResponse:
        return change(console, member, "household", HouseholdForm, _prepare, _join)

    @routes.route("/people/<member>/no-household", methods=BOTH)
    def leave(member: str) -> BaseResponse:
        return change(console, member, "no_household", ChangeForm, _prepare_leave, _leave)

    return routes


def _prepare(at: Desk, person: Person, form: HouseholdForm) -> None:
    active(person)
    form.relation.choices = [(relation, say(f"relation.{relation}")) for relation in IN_HOUSEHOLD]


def _join(at: Desk, person: Person, form: HouseholdForm) -> Follows:
    name, member = form.household.data, person.shown.member_number
    is_new = households.change(at.office, member, name, form.relation.data, form.village.data or "")
    return _follows(person, [say("follows.new_household", household=name)] if is_new else [])


def _prepare_leave(at: Desk, person: Person, form: ChangeForm) -> None:
    active(person)
    if not person.shown.household:
        abort(404)


def _leave(at: Desk, person: Person, form: ChangeForm) -> Follows:
    households.leave(at.office, person.shown.member_number)
    return _follows(person, [])


def _follows(person: Person, sentences: list[str]) -> Follows:
    if person.shown.household:
        sentences.append(say("follows.household_ends", household=person.shown.household))
    return Follows([*sentences, say("follows.arm_is_the_households"), say("follows.not_told")])
