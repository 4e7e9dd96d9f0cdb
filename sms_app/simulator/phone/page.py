"""The phone page: a basic phone in the browser. The page is the handset; this module is the network behind it.

It posts to the real webhook over HTTP, with the real secret, which never reaches the browser. It shows the messages
that the provider's stand-in took. Its own process serves it to this machine only, without a database and without keys.
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
"""What a handset shows when the network gives no answer."""
NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
NO_NUMBER = "Not sent: write the number as +250780000001."
NO_PROVIDER = "Not sent: the provider's stand-in does not answer."
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Callers:
    """The people to choose from, every programme's code, and the time zone for displayed times.
    `simulator.demo.callers` writes the file."""

    codes: Sequence[str]
    zone: ZoneInfo
    people: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> Callers:
        """Read the file. Raises OSError; ValueError when it is not such a file."""
        try:
            content = json.loads(path.read_text())
            return cls(content["codes"], ZoneInfo(content["time_zone"]), content["people"])
        except (KeyError, TypeError, ZoneInfoNotFoundError):
            raise ValueError(f"{path} is not a list of callers") from None


class NotACall(Exception):
    """The browser sent something that is not a call."""


def create_app(network: Network, inbox: Inbox, callers: Callers, moment: Callable[[], datetime]) -> Flask:
    """The phone page's application. `network` posts to the service's webhooks; `moment` gives the service's time."""
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
    routes.after_request(_add_security_headers)
    return routes


def _add_calls(routes: Blueprint, network: Network, codes: Sequence[str]) -> None:
    """Add the routes for dialling, answering and hanging up."""

    @routes.post("/phone/dial")
    def dial() -> ResponseReturnValue:
        body = _json_body()
        read = read_dialled(_text(body, "dialled"), codes)
        if read is None:
            return _no_screen(NO_SUCH_CODE)
        return _hop(network, new_call(_text(body, "number"), *read))

    @routes.post("/phone/answer")
    def answer() -> ResponseReturnValue:
        body = _json_body()
        return _hop(network, _call(body).typed(_text(body, "input")))

    @routes.post("/phone/hang-up")
    def hang_up() -> ResponseReturnValue:
        _tell_end(network, _call(_json_body()), "", orderly=False)
        return jsonify({})


def _add_messages(routes: Blueprint, inbox: Inbox, callers: Callers, moment: Callable[[], datetime]) -> None:
    """Add the routes for received messages, replies and opt-outs."""
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
                    "text": message.text,
                    "sender": message.sender,
                    "length": gsm7_length(message.text),
                    "at": message.at.astimezone(zone).strftime("%d/%m %H:%M"),
                }
                for message in arrived
            ],
        )

    @routes.post("/phone/reply")
    def reply() -> ResponseReturnValue:
        body = _json_body()
        number = _text(body, "number")
        if not NUMBER.fullmatch(number):
            return jsonify(available=True, taken=False, why=NO_NUMBER)
        return jsonify(available=True, taken=inbox.reply(number, _text(body, "text"), short_code))

    @routes.post("/phone/opt-out")
    def opt_out() -> ResponseReturnValue:
        number = _text(_json_body(), "number")
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
        # a lost notification only loses a cost; the real network loses some too
        return


def _no_screen(words: str) -> ResponseReturnValue:
    return jsonify(screen=words, length=None, ends=True, call=None)


def _json_body() -> dict[str, Any]:
    """The request's JSON object. A browser does not let another site post JSON here without a preflight request."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise NotACall
    return body


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or len(value) > MAX_INPUT_LENGTH:
        raise NotACall
    return value


def _call(body: dict[str, Any]) -> Call:
    try:
        call = Call(**body["call"])
    except (KeyError, TypeError):
        raise NotACall from None
    if not all(isinstance(v, str) for v in (call.session_id, call.number, call.service_code, call.text)):
        raise NotACall
    if type(call.hops) is not int:
        raise NotACall
    return call


def _add_security_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
