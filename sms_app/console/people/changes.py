"""Moving somebody to another group, her leaving the programme, and her coming back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast
from uuid import UUID

from flask import Blueprint, abort
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from sms_app.console.people.choosing import GroupField
from sms_app.console.people.confirming import ChangeForm, Follows, Person, change, waiting_for
from sms_app.console.request import Desk, say
from sms_app.console.settings import Console
from sms_app.programme import coaches, membership, training
from sms_app.programme.groups import NamedGroup

BOTH = ["GET", "POST"]


class GroupForm(ChangeForm):
    """Which group she goes to."""

    group = GroupField("field.group", validators=[InputRequired("field.needed")])

    @property
    def chosen(self) -> NamedGroup:
        """The group that was chosen, after the form was checked."""
        return cast(NamedGroup, self.group.chosen)


class LeaveForm(ChangeForm):
    """Why she leaves, and whether she leaves her savings group too."""

    reason = RadioField("field.reason", validators=[InputRequired("field.needed")])
    savings_too = BooleanField("field.savings_too", description="field.about_savings_too")


def blueprint(console: Console) -> Blueprint:
    """The three pages; each shows what follows before it does it."""
    routes = Blueprint("changes", __name__)

    @routes.route("/people/<member>/move", methods=BOTH)
    def move(member: str) -> BaseResponse:
        return change(console, member, "move", GroupForm, _prepare_move, _move)

    @routes.route("/people/<member>/leave", methods=BOTH)
    def leave(member: str) -> BaseResponse:
        return change(console, member, "leave", LeaveForm, _prepare_leave, _leave)

    @routes.route("/people/<member>/return", methods=BOTH)
    def come_back(member: str) -> BaseResponse:
        return change(console, member, "return", GroupForm, _prepare_return, _return)

    return routes


def active(person: Person) -> None:
    """A change of somebody who takes part: the page is not there for who left."""
    if person.shown.left_on is not None:
        abort(404)


def _prepare_move(at: Desk, person: Person, form: GroupForm) -> None:
    active(person)
    now = person.shown.group_number
    form.group.offer(at, person.shown.role, () if now is None else (now,))


def _move(at: Desk, person: Person, form: GroupForm) -> Follows:
    waiting = waiting_for(at, person.shown.id)
    old = membership.find_active(at.office, person.shown.member_number)
    place = membership.move(at.office, person.shown.member_number, form.chosen.number)
    sentences = [say("follows.place", group=place.group, number=place.list_number)]
    if old.group_number is not None:
        sentences.append(say("follows.old_number", group=old.group_number, number=old.list_number or "-"))
    sentences.append(say("follows.not_told"))
    sentences.append(say("follows.new_groups_texts", group=place.group))
    sentences += _next_session(at, form.chosen)
    if place.saves:
        sentences.append(say("follows.saves_as_before"))
    tell = {form.chosen.id} | ({old.group_id} if old.group_id else set())
    return Follows(sentences, waiting, coaches_of(at, tell))


def _prepare_leave(at: Desk, person: Person, form: LeaveForm) -> None:
    # who left before may leave the savings group later
    if person.shown.merged_number or (person.shown.left_on and not person.shown.savings_group):
        abort(404)
    form.reason.choices = [(reason, say(f"left.{reason}")) for reason in membership.REASONS]
    if not person.shown.savings_group:
        del form.savings_too


def _leave(at: Desk, person: Person, form: LeaveForm) -> Follows:
    shown, waiting = person.shown, waiting_for(at, person.shown.id)
    savings_too = bool("savings_too" in form and form.savings_too.data)
    group = membership.find_any(at.office, shown.member_number).group_id
    saves = membership.leave(at.office, shown.member_number, form.reason.data, savings_too)
    sentences = []
    if shown.left_on is None:
        sentences = [
            say("follows.no_text_any_more"),
            say("follows.number_retires", number=shown.member_number),
            say("follows.not_told"),
        ]
    if shown.savings_group:
        key = "follows.saving_stays" if saves else "follows.saving_ends"
        sentences.append(say(key, group=shown.savings_group))
    return Follows(sentences, waiting, coaches_of(at, {group} if group else ()))


def _prepare_return(at: Desk, person: Person, form: GroupForm) -> None:
    if person.shown.left_on is None or person.shown.merged_number:
        abort(404)
    form.group.offer(at, person.shown.role)


def _return(at: Desk, person: Person, form: GroupForm) -> Follows:
    place = membership.come_back(at.office, person.shown.member_number, form.chosen.number)
    sentences = [
        say("follows.place", group=place.group, number=place.list_number),
        say("follows.enter_number"),
        say("follows.not_told"),
        *_next_session(at, form.chosen),
    ]
    return Follows(sentences, (), coaches_of(at, {form.chosen.id}))


def coaches_of(at: Desk, of_groups: Collection[UUID]) -> Sequence[coaches.Contact]:
    """The coaches of these groups, each once, who are to be told by somebody."""
    by_group = coaches.contacts(at.conn, at.programme.loaded.vault, of_groups)
    return tuple(dict.fromkeys(contact for contacts in by_group.values() for contact in contacts))


def _next_session(at: Desk, group: NamedGroup) -> list[str]:
    session = training.next_of_group(at.conn, group.id, at.programme.zone, at.now)
    if session is None:
        return [say("follows.no_session", group=group.number)]
    return [say("follows.next_session", group=group.number, at=session.starts_at, place=session.place)]
