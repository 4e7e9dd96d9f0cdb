"""Coaches: who they are, their phones and groups, and who may not coach any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from sms_app.console.people.changes import BOTH
from sms_app.console.people.choosing import GroupField
from sms_app.console.people.confirming import BAD, ChangeForm, Follows, answer
from sms_app.console.people.keyed import KeyedForm
from sms_app.console.people.numbers import MAX_NUMBER_LENGTH
from sms_app.console.request import Desk, desk, say
from sms_app.console.settings import Console
from sms_app.models.people import MAX_COACH_CODE_LENGTH
from sms_app.programme import audit, coaching, groups, pins, telephones
from sms_app.programme.coaching import Coach
from sms_app.programme.desk import Refused
from sms_app.programme.workbook.columns import MAX_TEXT_LENGTH

Prepare = Callable[[Desk, Coach], ChangeForm]
Make = Callable[[Desk, Coach, Any], Follows]
ON_A_PAGE = 50
DONE = frozenset(
    {"coach_new", "coach_number", "coach_group", "coach_group_ends", "coach_suspend", "coach_restore"}
)


class CoachNumberForm(ChangeForm):
    """A coach's number, or none."""

    country = ""
    number = StringField(
        "field.number",
        validators=[Optional(), Length(max=MAX_NUMBER_LENGTH, message="field.too_long")],
        description="field.about_coach_number",
        render_kw={"type": "tel", "inputmode": "tel", "maxlength": MAX_NUMBER_LENGTH},
    )

    def validate_number(self, field: StringField) -> None:
        """A number of the country, as people write it there."""
        if telephones.e164(field.data or "", self.country) is None:
            raise ValidationError("field.no_telephone_number")


class NewCoachForm(KeyedForm, CoachNumberForm):
    """A new coach."""

    name = StringField(
        "field.name",
        validators=[DataRequired("field.needed"), Length(max=MAX_TEXT_LENGTH, message="field.too_long")],
        render_kw={"maxlength": MAX_TEXT_LENGTH},
    )
    code = StringField(
        "field.coach_code",
        validators=[
            Optional(),
            Regexp(rf"\s*[A-Za-z0-9]{{1,{MAX_COACH_CODE_LENGTH}}}\s*\Z", message="field.no_coach_code"),
        ],
        description="field.about_coach_code",
        render_kw={"maxlength": MAX_COACH_CODE_LENGTH},
    )


class CoachGroupForm(ChangeForm):
    """A group that the coach is to run."""

    group = GroupField("field.group", validators=[InputRequired("field.needed")])


class OwnGroupForm(ChangeForm):
    """A group that the coach does not run any more."""

    group = SelectField("field.group", coerce=int, validators=[InputRequired("field.needed")])


class CoachPinForm(ChangeForm):
    """The coach is there, and asks for it."""

    present = BooleanField("field.coach_present", validators=[InputRequired("field.must_be_present")])


def blueprint(console: Console) -> Blueprint:
    """The list, a coach's page, and the pages of changes; each shows what follows before it does it."""
    routes = Blueprint("coaches", __name__)
    _add_views(routes, console)
    _add_changes(routes, console)
    return routes


def _add_views(routes: Blueprint, console: Console) -> None:
    """The list, and a coach's page."""

    @routes.get("/coaches")
    def listed() -> Response:
        looked_for, after = _asked("looked_for"), _asked("after")
        with desk(console) as at:
            listed = coaching.page(at.office, looked_for, after, ON_A_PAGE + 1)
            rows = [
                (coach, coaching.name_of(at.office, coach), coaching.number_of(at.office, coach))
                for coach in listed[:ON_A_PAGE]
            ]
            seen = [coach.id for coach, _, _ in rows]
            audit.record_each(at.conn, at.programme.loaded.id, at.account.who, "view", "coach", seen, at.now)
        page = render_template(
            "people/coaches.html",
            rows=rows,
            looked_for=looked_for,
            after=after,
            more=rows[-1][0].code if len(listed) > ON_A_PAGE else "",
        )
        return Response(page)

    @routes.get("/coaches/<code>")
    def coach(code: str) -> Response:
        with desk(console) as at:
            shown = _coach(at, code)
            at.office.record("view", "coach", shown.id)
            done = request.args.get("done", "")
            page = render_template(
                "people/coach.html",
                coach=shown,
                name=coaching.name_of(at.office, shown),
                number=coaching.number_of(at.office, shown),
                done=done if done in DONE else "",
            )
        return Response(page)


def _add_changes(routes: Blueprint, console: Console) -> None:
    """The pages of changes."""

    @routes.route("/coaches/new", methods=BOTH)
    def add() -> BaseResponse:
        with desk(console) as at:
            form = NewCoachForm()
            form.country = at.office.country
            return answer(at, "coach_new", form, lambda: _add(at, form), "/coaches")

    for endpoint, (address, name, prepare, make) in CHANGES.items():
        view = partial(_change, console, name=name, prepare=prepare, make=make)
        routes.add_url_rule(f"/coaches/<code>/{address}", endpoint, view, methods=BOTH)

    @routes.route("/coaches/<code>/pin", methods=BOTH)
    def open_pin(code: str) -> Response:
        with desk(console) as at:
            coach, form, opened = _coach(at, code), CoachPinForm(), ""
            if coach.suspended_on is not None:
                abort(404)
            asked = request.method == "POST"
            wrong = asked and not form.validate()
            if asked and not wrong:
                loaded = at.programme.loaded
                opened = pins.open_coach_pin(
                    at.conn, loaded.vault, loaded.id, coach.code, at.account.who, at.now
                )
            values = {"change": "coach_pin", "who": coaching.name_of(at.office, coach), "number": coach.code}
            page = render_template(
                "people/pin.html", back=f"/coaches/{coach.code}", form=form, code=opened, **values
            )
        return Response(page, BAD if wrong else 200)


def _asked(name: str) -> str:
    """What an address asks for; PostgreSQL takes no NUL."""
    return request.args.get(name, "").strip()[:MAX_COACH_CODE_LENGTH].replace("\0", "")


def _coach(at: Desk, code: str) -> Coach:
    """The coach of a code in an address; of nobody, or of another programme's, is not found."""
    if not (code.isascii() and code.isalnum()):
        abort(404)
    try:
        return coaching.by_code(at.office, code)
    except Refused:
        abort(404)


def _change(console: Console, code: str, name: str, prepare: Prepare, make: Make) -> BaseResponse:
    """Answer a request of the page of a change of one coach."""
    with desk(console) as at:
        coach = _coach(at, code)
        form = prepare(at, coach)
        at.office.record("view", "coach", coach.id)
        called, back = coaching.name_of(at.office, coach), f"/coaches/{coach.code}"
        return answer(at, name, form, lambda: make(at, coach, form), back, called, coach.code)


def _number_form(at: Desk, _: Coach) -> CoachNumberForm:
    form = CoachNumberForm()
    form.country = at.office.country
    return form


def _other_groups(at: Desk, coach: Coach) -> CoachGroupForm:
    form = CoachGroupForm()
    form.group.offer(at, without=coach.groups)
    return form


def _own_groups(_: Desk, coach: Coach) -> OwnGroupForm:
    if not coach.groups:
        abort(404)
    form = OwnGroupForm()
    form.group.choices = [(n, say("reach.group_n", number=n)) for n in coach.groups]
    return form


def _if_active(_: Desk, coach: Coach) -> ChangeForm:
    if coach.suspended_on is not None:
        abort(404)
    return ChangeForm()


def _if_suspended(_: Desk, coach: Coach) -> ChangeForm:
    if coach.suspended_on is None:
        abort(404)
    return ChangeForm()


def _add(at: Desk, form: NewCoachForm) -> Follows:
    at.office.lock()
    code = coaching.code_of(at.office, form.row)
    if code is None:
        code = coaching.add(at.office, form.name.data, form.number.data or "", form.code.data or "", form.row)
    sentences = [say("follows.coach_code", code=code), say("follows.coach_without_group")]
    if form.number.data:
        sentences.append(say("follows.coach_number"))
    return Follows([*sentences, say("follows.not_told")], address=f"/coaches/{code}")


def _number(at: Desk, coach: Coach, form: Any) -> Follows:
    coaching.give_number(at.office, coach.code, form.number.data or "")
    sentences = [say("follows.coach_number" if form.number.data else "follows.coach_no_number")]
    if coach.phone_id is not None:
        sentences.append(say("follows.coach_old_number", number=coaching.number_of(at.office, coach)))
    return Follows([*sentences, say("follows.not_told")])


def _runs(at: Desk, coach: Coach, form: Any) -> Follows:
    groups.coach(at.office, form.group.data, coach.code)
    return Follows([say("follows.coach_runs", group=form.group.data), say("follows.not_told")])


def _runs_no_more(at: Desk, coach: Coach, form: Any) -> Follows:
    number = form.group.data
    groups.uncoach(at.office, number, coach.code)
    sentences = [say("follows.coach_runs_no_more", group=number)]
    left = coaching.codes_of_group(at.office, number)
    if left:
        sentences.append(say("follows.coaches_left", group=number, codes=", ".join(left)))
    else:
        sentences.append(say("follows.no_coach_left", group=number))
    return Follows([*sentences, say("follows.not_told")])


def _suspend(at: Desk, coach: Coach, _: ChangeForm) -> Follows:
    coaching.suspend(at.office, coach.code)
    sentences = [say("follows.coach_suspended")]
    if coach.groups:
        sentences.append(say("follows.coach_keeps_groups", groups=", ".join(map(str, coach.groups))))
    return Follows([*sentences, say("follows.not_told")])


def _restore(at: Desk, coach: Coach, _: ChangeForm) -> Follows:
    coaching.restore(at.office, coach.code)
    return Follows([say("follows.coach_restored"), say("follows.not_told")])


CHANGES: Mapping[str, tuple[str, str, Prepare, Make]] = {
    "number": ("number", "coach_number", _number_form, _number),
    "runs": ("group", "coach_group", _other_groups, _runs),
    "runs_no_more": ("group-ends", "coach_group_ends", _own_groups, _runs_no_more),
    "suspend": ("suspend", "coach_suspend", _if_active, _suspend),
    "restore": ("restore", "coach_restore", _if_suspended, _restore),
}
"""The changes of a coach, by endpoint: the last part of the address, the name of its sentences, its form, and what
makes it."""
