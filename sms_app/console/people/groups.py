"""Training groups: the list, and adding one."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from sms_app.console.people.changes import BOTH
from sms_app.console.people.confirming import Follows, answer
from sms_app.console.people.keyed import KeyedForm
from sms_app.console.request import Desk, desk, say
from sms_app.console.settings import Console
from sms_app.models.people import MAX_COACH_CODE_LENGTH, MAX_PLACE_LENGTH, ROLES
from sms_app.programme import audit, coaches, coaching, groups
from sms_app.programme.groups import MAX_NUMBER, NewGroup

ON_A_PAGE = 100


class NewGroupForm(KeyedForm):
    """A new group, and who coaches it."""

    role = RadioField("field.group_role", validators=[InputRequired("field.needed")])
    sector = SelectField("reach.sector", validators=[InputRequired("field.needed")])
    place = StringField(
        "field.group_place",
        validators=[DataRequired("field.needed"), Length(max=MAX_PLACE_LENGTH, message="field.too_long")],
        description="field.about_group_place",
        render_kw={"maxlength": MAX_PLACE_LENGTH},
    )
    number = IntegerField(
        "field.group_number",
        validators=[Optional(), NumberRange(1, MAX_NUMBER, message="field.no_group_number")],
        description="field.about_group_number",
        render_kw={"inputmode": "numeric", "maxlength": len(str(MAX_NUMBER))},
    )
    coach = StringField(
        "field.group_coach",
        validators=[Optional(), Length(max=MAX_COACH_CODE_LENGTH, message="field.too_long")],
        description="field.about_group_coach",
        render_kw={"maxlength": MAX_COACH_CODE_LENGTH},
    )


def blueprint(console: Console) -> Blueprint:
    """The two pages."""
    routes = Blueprint("groups", __name__)

    @routes.get("/groups")
    def listed() -> Response:
        with desk(console) as at:
            return _listed(at)

    @routes.route("/groups/new", methods=BOTH)
    def add() -> BaseResponse:
        with desk(console) as at:
            form = NewGroupForm()
            form.role.choices = [(role, say(f"person.{role}")) for role in ROLES]
            form.sector.choices = [(sector, sector) for sector in at.programme.loaded.settings.sectors]
            return answer(at, "group_new", form, lambda: _add(at, form), "/groups")

    return routes


def _listed(at: Desk) -> Response:
    written = request.args.get("after", "")
    after = int(written) if written.isascii() and written.isdigit() and len(written) < 5 else 0
    rows = groups.groups(at.office, after, ON_A_PAGE + 1)
    shown = rows[:ON_A_PAGE]
    contacts = coaches.contacts(at.conn, at.office.vault, [row.id for row in shown])
    seen = {contact.id for of_group in contacts.values() for contact in of_group}
    audit.record_each(at.conn, at.office.programme_id, at.account.who, "view", "coach", sorted(seen), at.now)
    page = render_template(
        "people/groups.html",
        rows=shown,
        coaches=contacts,
        after=after,
        next=shown[-1].number if len(rows) > ON_A_PAGE else None,
        done=request.args.get("done") == "group_new",
    )
    return Response(page)


def _add(at: Desk, form: NewGroupForm) -> Follows:
    at.office.lock()
    number = groups.number_of(at.office, form.row)
    if number is not None:
        return Follows((), address="/groups")
    settings = at.programme.loaded.settings
    new = NewGroup(form.role.data, form.sector.data, form.place.data, form.number.data)
    number = groups.add(at.office, new, tuple(settings.sectors), settings.banned_stems, form.row)
    sentences = [say("follows.group_number", group=number)]
    if form.coach.data:
        coach = coaching.by_code(at.office, form.coach.data)
        groups.coach(at.office, number, coach.code)
        name = coaching.name_of(at.office, coach)
        sentences.append(say("follows.group_coach", group=number, code=coach.code, name=name))
    else:
        sentences.append(say("follows.no_coach_left", group=number))
    sentences += [say("follows.group_empty"), say("follows.group_sessions"), say("follows.not_told")]
    return Follows(sentences, address="/groups")
