"""The number on which somebody is reached, whose phone it is, who else uses it, and texts that she wants again."""

from __future__ import annotations

from flask import Blueprint, abort
from werkzeug.wrappers import Response as BaseResponse
from wtforms import RadioField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from sms_app.console.people.changes import BOTH, active
from sms_app.console.people.confirming import ChangeForm, Follows, Person, change, waiting_for
from sms_app.console.request import Desk, say
from sms_app.console.settings import Console
from sms_app.programme import contact, lookup, numbers, telephones
from sms_app.programme.desk import Refused

MAX_NUMBER_LENGTH = 30
SHARING: dict[str, numbers.Sharing] = {"private": "private", "shared": "marked_shared"}


class NumberForm(ChangeForm):
    """Her new number, and whose phone it is."""

    country = ""
    number = StringField(
        "field.number",
        validators=[DataRequired("field.needed"), Length(max=MAX_NUMBER_LENGTH, message="field.too_long")],
        description="field.about_number",
        render_kw={"type": "tel", "inputmode": "tel", "maxlength": MAX_NUMBER_LENGTH},
    )
    contact = RadioField("field.contact", validators=[InputRequired("field.needed")])

    def validate_number(self, field: StringField) -> None:
        """A number of the country, as people write it there."""
        if telephones.e164(field.data or "", self.country) is None:
            raise ValidationError("field.no_telephone_number")


class SharingForm(ChangeForm):
    """Who uses her phone, as she says."""

    sharing = RadioField("field.sharing", validators=[InputRequired("field.needed")])


def blueprint(console: Console) -> Blueprint:
    """The pages of a number; each shows what follows before it does it."""
    routes = Blueprint("numbers", __name__)

    @routes.route("/people/<member>/number", methods=BOTH)
    def give(member: str) -> BaseResponse:
        return change(console, member, "number", NumberForm, _prepare_number, _give)

    @routes.route("/people/<member>/no-number", methods=BOTH)
    def remove(member: str) -> BaseResponse:
        return change(console, member, "no_number", ChangeForm, _prepare_with_number, _remove)

    @routes.route("/people/<member>/sharing", methods=BOTH)
    def mark(member: str) -> BaseResponse:
        return change(console, member, "sharing", SharingForm, _prepare_sharing, _mark)

    @routes.route("/people/<member>/texts-again", methods=BOTH)
    def resume(member: str) -> BaseResponse:
        return change(console, member, "texts_again", ChangeForm, _prepare_with_number, _resume)

    return routes


def _prepare_number(at: Desk, person: Person, form: NumberForm) -> None:
    active(person)
    form.country = at.office.country
    form.contact.choices = [(kind, say(f"contact.{kind}")) for kind in contact.KINDS]


def _give(at: Desk, person: Person, form: NumberForm) -> Follows:
    shown, waiting, before = person.shown, waiting_for(at, person.shown.id), person.phones
    others = contact.give(at.office, shown.member_number, form.number.data, form.contact.data)
    now = lookup.phones(at.office, shown.id)
    kept = {phone.id for phone in now}
    sentences = [
        say("follows.not_hers", number=lookup.number_of(at.office, phone))
        for phone in before
        if phone.id not in kept
    ]
    if others:
        sentences.append(say("follows.others", n=others))
    sentences.append(say("follows.old_not_told"))
    if any(phone.stopped for phone in now):
        sentences.append(say("follows.number_is_stopped"))
    elif not person.gets_texts:
        sentences.append(say("follows.no_consent"))
    return Follows(sentences, waiting)


def _prepare_with_number(at: Desk, person: Person, form: ChangeForm) -> None:
    active(person)
    if not person.phones:
        abort(404)


def _remove(at: Desk, person: Person, form: ChangeForm) -> Follows:
    shown, waiting = person.shown, waiting_for(at, person.shown.id)
    contact.remove(at.office, shown.member_number)
    ended = [say("follows.not_hers", number=lookup.number_of(at.office, phone)) for phone in person.phones]
    return Follows([*ended, say("follows.on_no_number"), say("follows.old_not_told")], waiting)


def _prepare_sharing(at: Desk, person: Person, form: SharingForm) -> None:
    _prepare_with_number(at, person, form)
    form.sharing.choices = [(mark, say(f"sharing.{mark}")) for mark in SHARING]


def _mark(at: Desk, person: Person, form: SharingForm) -> Follows:
    """As `sms-app people mark-phone`. Raises Refused."""
    mark, member = form.sharing.data, person.shown.member_number
    try:
        numbers.mark_for_coach(at.conn, at.programme.loaded.id, member, SHARING[mark], at.account.who, at.now)
    except numbers.UsedByOthers:
        raise Refused(
            "This number belongs to other participants too, so it cannot be private.", key="used_by_others"
        ) from None
    return Follows([say(f"follows.marked_{mark}")])


def _resume(at: Desk, person: Person, form: ChangeForm) -> Follows:
    """As `sms-app people resume-messages`."""
    numbers.resume_hers(at.conn, at.programme.loaded.id, person.shown.member_number, at.account.who, at.now)
    sentences = [say("follows.texts_again")]
    if not person.gets_texts:
        sentences.append(say("follows.no_consent"))
    return Follows(sentences)
