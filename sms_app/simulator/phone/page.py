"""A basic phone in the browser, to try the service on: the page is the handset, this is the network behind it.

It drives the real webhook over HTTP, with the real secret, which never reaches the page; its messages are those that
the provider's stand-in took. Off unless the process was started with the phone, and then only for this machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from sms_app.conversation.service import Conversation
from sms_app.simulator.phone.inbox import Inbox, NoInbox
from sms_app.simulator.phone.network import Call, Network, NetworkError, new_call, read_dialled
from sms_app.texts import gsm7_length

INPUT_LONGEST = 160
NO_SUCH_CODE = "Connection problem or invalid MMI code."
"""What a handset itself says when the network has no answer to show."""
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
NO_NUMBER = "Not sent: write the number as +250780000001."
NO_PROVIDER = "Not sent: the provider's stand-in does not answer."
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PEOPLE = """
select p.role, g.number as "group", g.place, p.member_number as member, n.id as phone, n.number_sealed,
  p.pin is not null as pin, count(*) over (partition by n.id) as people, c.mode
from participant p
join participant_phone l on l.participant_id = p.id and l.to_on is null
join phone_number n on n.id = l.phone_number_id
left join training_group g on g.id = p.group_id
left join savings_member m on m.participant_id = p.id and m.to_on is null
left join cycle c on c.savings_group_id = m.savings_group_id and c.closed_on is null
where p.programme_id = %(programme)s and p.left_on is null
order by array_position(array['woman', 'man', 'leader'], p.role), g.number, p.list_number
"""
COACHES = """
select 'coach' as role, g.number as "group", g.place, null as member, n.id as phone, n.number_sealed,
  false as pin, 1 as people, null as mode
from coach c
join phone_number n on n.id = c.phone_number_id
left join group_coach k on k.coach_id = c.id and k.to_on is null
left join training_group g on g.id = k.group_id
where c.programme_id = %(programme)s
order by g.number
"""


class NotACall(Exception):
    """The page sent something that is no call of ours."""


def blueprint(
    conversation: Conversation, secret: str, demo: bool, inbox: Inbox, moment: Callable[[], datetime]
) -> Blueprint:
    """The page and what it asks for. People are listed only when they are the demo's."""
    routes = Blueprint("phone", __name__, template_folder="templates", static_folder="static",
                       static_url_path="/phone/static")  # fmt: skip
    codes = sorted(conversation.rooms)

    @routes.get("/")
    def home() -> ResponseReturnValue:
        return redirect("/phone")

    @routes.get("/phone")
    def page() -> ResponseReturnValue:
        return render_template("phone.html", code=codes[0] if codes else "")

    @routes.get("/phone/people")
    def people() -> ResponseReturnValue:
        with conversation.engine.connect() as conn:
            found = _people(conn, conversation) if demo else []
        try:
            told = inbox.numbers() if found else frozenset()
        except NoInbox:
            told = frozenset()
        return jsonify([{**person, "told": person["number"] in told} for person in found])

    @routes.post("/phone/dial")
    def dial() -> ResponseReturnValue:
        asked = _asked()
        read = read_dialled(_text(asked, "dialled"), codes)
        if read is None:
            return _no_screen(NO_SUCH_CODE)
        return _hop(secret, new_call(_text(asked, "number"), *read))

    @routes.post("/phone/answer")
    def answer() -> ResponseReturnValue:
        asked = _asked()
        return _hop(secret, _call(asked).typed(_text(asked, "input")))

    @routes.post("/phone/hang-up")
    def hang_up() -> ResponseReturnValue:
        _tell_end(secret, _call(_asked()), "", orderly=False)
        return jsonify({})

    _add_messages(routes, conversation, inbox, moment)
    routes.register_error_handler(NotACall, lambda error: (jsonify(error="not a call"), 400))
    routes.after_request(_shut)
    return routes


def _add_messages(
    routes: Blueprint, conversation: Conversation, inbox: Inbox, moment: Callable[[], datetime]
) -> None:
    """What arrived on the phone, and what is sent from it."""
    settings = next((room.settings for _, room in sorted(conversation.rooms.items())), None)
    zone = ZoneInfo(settings.time_zone if settings else "UTC")
    short_code = (settings.service_code if settings else "").strip("*#")

    @routes.get("/phone/messages")
    def messages() -> ResponseReturnValue:
        time = moment().astimezone(zone).strftime("%H:%M")
        try:
            arrived = inbox.of(request.args.get("number", ""))
        except NoInbox:
            return jsonify(available=False, time=time)
        return jsonify(available=True, time=time, messages=[
            {"text": each.text, "sender": each.sender, "length": gsm7_length(each.text),
             "at": each.at.astimezone(zone).strftime("%d/%m %H:%M")}
            for each in arrived
        ])  # fmt: skip

    @routes.post("/phone/reply")
    def reply() -> ResponseReturnValue:
        asked = _asked()
        number = _text(asked, "number")
        if not NUMBER.fullmatch(number):
            return jsonify(available=True, taken=False, why=NO_NUMBER)
        return jsonify(available=True, taken=inbox.reply(number, _text(asked, "text"), short_code))

    @routes.post("/phone/opt-out")
    def opt_out() -> ResponseReturnValue:
        number = _text(_asked(), "number")
        if not NUMBER.fullmatch(number):
            return jsonify(available=True, taken=False, why=NO_NUMBER)
        return jsonify(available=True, taken=inbox.opt_out(number))

    routes.register_error_handler(
        NoInbox, lambda error: jsonify(available=False, taken=False, why=NO_PROVIDER)
    )


def _people(conn: Connection, conversation: Conversation) -> list[dict[str, Any]]:
    """Who can be chosen, in the order of the groups' lists."""
    found = []
    for code, room in sorted(conversation.rooms.items()):
        for query in (PEOPLE, COACHES):
            for row in conn.exec_driver_sql(query, {"programme": room.id}).mappings():
                sealed, phone = bytes(row["number_sealed"]), UUID(str(row["phone"]))
                number = conversation.vault.open(sealed, "phone_number", "number_sealed", phone)
                shown = {
                    key: row[key] for key in ("role", "group", "place", "member", "pin", "people", "mode")
                }
                found.append({"number": number, "code": code, **shown})
    return found


def _hop(secret: str, call: Call) -> ResponseReturnValue:
    network = _network(secret)
    try:
        after, reply = network.hop(call)
    except NetworkError:
        return _no_screen(NO_SUCH_CODE)
    if reply.ends:
        _tell_end(secret, after, reply.screen, orderly=True)
    return jsonify(screen=reply.screen, length=gsm7_length(reply.screen), ends=reply.ends, call=asdict(after))


def _tell_end(secret: str, call: Call, last: str, orderly: bool) -> None:
    try:
        _network(secret).ended(call, last, orderly)
    except NetworkError:
        # a notification that is lost loses a cost, and the participant nothing: the real network's are lost too
        return


def _network(secret: str) -> Network:
    # the port we were reached on, never the Host header's: whoever can reach us can't have the secret sent elsewhere
    return Network(f"http://127.0.0.1:{request.environ['SERVER_PORT']}", secret)


def _no_screen(words: str) -> ResponseReturnValue:
    return jsonify(screen=words, length=None, ends=True, call=None)


def _asked() -> dict[str, Any]:
    """The request's JSON object. Another site's page can't send one here without asking first."""
    asked = request.get_json(silent=True)
    if not isinstance(asked, dict):
        raise NotACall
    return asked


def _text(asked: dict[str, Any], key: str) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or len(value) > INPUT_LONGEST:
        raise NotACall
    return value


def _call(asked: dict[str, Any]) -> Call:
    try:
        call = Call(**asked["call"])
    except (KeyError, TypeError):
        raise NotACall from None
    if not all(isinstance(v, str) for v in (call.session_id, call.number, call.service_code, call.text)):
        raise NotACall
    if type(call.hops) is not int:
        raise NotACall
    return call


def _shut(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
