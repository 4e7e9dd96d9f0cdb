"""A basic phone in the browser, to try the service on: the page is the handset, this is the network behind it.

It drives the real webhook over HTTP, with the real secret, which never reaches the page; its messages are those that
the provider's stand-in took. A process of its own serves it, for this machine only; it has no database and no key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Flask, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from sms_app.simulator.phone.inbox import Inbox, NoInbox
from sms_app.simulator.phone.network import Call, Network, NetworkError, new_call, read_dialled
from sms_app.texts import gsm7_length
from sms_app.web import auth

MAX_BODY_BYTES = 16 * 1024
MAX_INPUT_LENGTH = 160
NO_SUCH_CODE = "Connection problem or invalid MMI code."
"""What a handset itself says when the network has no answer to show."""
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
NO_NUMBER = "Not sent: write the number as +250780000001."
NO_PROVIDER = "Not sent: the provider's stand-in does not answer."
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Callers:
    """Who can be chosen, every programme's code, and the zone in which hours are shown: `simulator.demo.callers` writes
    it."""

    codes: Sequence[str]
    zone: ZoneInfo
    people: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> Callers:
        """Raises OSError, and ValueError for what is no such file."""
        try:
            found = json.loads(path.read_text())
            return cls(found["codes"], ZoneInfo(found["time_zone"]), found["people"])
        except (KeyError, TypeError, ZoneInfoNotFoundError):
            raise ValueError(f"{path} is no list of callers") from None


class NotACall(Exception):
    """The page sent something that is no call of ours."""


def create_app(network: Network, inbox: Inbox, callers: Callers, moment: Callable[[], datetime]) -> Flask:
    """The page's application. `network` leads to the service's webhooks, `moment` gives the service's time."""
    app = Flask("sms_app.simulator.phone", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    auth.register(app, _blueprint(network, inbox, callers, moment), auth.this_machine)
    auth.refuse_unguarded(app)
    return app


def _blueprint(network: Network, inbox: Inbox, callers: Callers, moment: Callable[[], datetime]) -> Blueprint:
    routes = Blueprint(
        "phone",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/phone/static",
    )

    @routes.get("/")
    def home() -> ResponseReturnValue:
        return redirect("/phone")

    @routes.get("/phone")
    def page() -> ResponseReturnValue:
        return render_template("phone.html", code=callers.codes[0] if callers.codes else "")

    @routes.get("/phone/people")
    def people() -> ResponseReturnValue:
        try:
            told = inbox.numbers() if callers.people else frozenset()
        except NoInbox:
            told = frozenset()
        return jsonify([{**person, "told": person["number"] in told} for person in callers.people])

    _add_calls(routes, network, callers.codes)
    _add_messages(routes, inbox, callers, moment)
    routes.register_error_handler(NotACall, lambda error: (jsonify(error="not a call"), 400))
    routes.after_request(_shut)
    return routes


def _add_calls(routes: Blueprint, network: Network, codes: Sequence[str]) -> None:
    """What is dialled and typed."""

    @routes.post("/phone/dial")
    def dial() -> ResponseReturnValue:
        asked = _asked()
        read = read_dialled(_text(asked, "dialled"), codes)
        if read is None:
            return _no_screen(NO_SUCH_CODE)
        return _hop(network, new_call(_text(asked, "number"), *read))

    @routes.post("/phone/answer")
    def answer() -> ResponseReturnValue:
        asked = _asked()
        return _hop(network, _call(asked).typed(_text(asked, "input")))

    @routes.post("/phone/hang-up")
    def hang_up() -> ResponseReturnValue:
        _tell_end(network, _call(_asked()), "", orderly=False)
        return jsonify({})


def _add_messages(routes: Blueprint, inbox: Inbox, callers: Callers, moment: Callable[[], datetime]) -> None:
    """What arrived on the phone, and what is sent from it."""
    zone, short_code = callers.zone, (callers.codes[0] if callers.codes else "").strip("*#")

    @routes.get("/phone/messages")
    def messages() -> ResponseReturnValue:
        time = moment().astimezone(zone).strftime("%H:%M")
        try:
            arrived = inbox.of(request.args.get("number", ""))
        except NoInbox:
            return jsonify(available=False, time=time)
        return jsonify(
            available=True,
            time=time,
            messages=[
                {
                    "text": each.text,
                    "sender": each.sender,
                    "length": gsm7_length(each.text),
                    "at": each.at.astimezone(zone).strftime("%d/%m %H:%M"),
                }
                for each in arrived
            ],
        )

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


def _hop(network: Network, call: Call) -> ResponseReturnValue:
    try:
        after, reply = network.hop(call)
    except NetworkError:
        return _no_screen(NO_SUCH_CODE)
    if reply.ends:
        _tell_end(network, after, reply.screen, orderly=True)
    return jsonify(screen=reply.screen, length=gsm7_length(reply.screen), ends=reply.ends, call=asdict(after))


def _tell_end(network: Network, call: Call, last: str, orderly: bool) -> None:
    try:
        network.ended(call, last, orderly)
    except NetworkError:
        # a notification that is lost loses a cost, and the participant nothing: the real network's are lost too
        return


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
    if not isinstance(value, str) or len(value) > MAX_INPUT_LENGTH:
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
