"""Guards: who may use which routes. Each blueprint is registered with its guard; a route without a guard stops the
start.

A guard refuses with 404 and the body of an unknown path, so that a refusal does not tell that the path exists.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from ipaddress import ip_address

from flask import Blueprint, Flask, abort, request
from flask.typing import ResponseReturnValue

Guard = Callable[[], None]
Gate = Callable[[], ResponseReturnValue | None]
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class UnguardedRoute(Exception):
    """A route has no guard, so anyone could use it."""


def register(app: Flask, blueprint: Blueprint, guard: Guard, gate: Gate | None = None) -> None:
    """Register a blueprint. The guard checks every request to it, then the gate, which may answer it."""
    blueprint.before_request(guard)
    if gate is not None:
        blueprint.before_request(gate)
    app.register_blueprint(blueprint)
    guards(app)[blueprint.name] = guard


def guards(app: Flask) -> dict[str, Guard]:
    """Each registered blueprint's guard, by the blueprint's name."""
    by_blueprint: dict[str, Guard] = app.extensions.setdefault("guards", {})
    return by_blueprint


def refuse_unguarded(app: Flask) -> None:
    """Raise UnguardedRoute for a route whose blueprint was not registered with `register`."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[0] not in guards(app):
            raise UnguardedRoute(
                f"{rule.rule} has no guard: register its blueprint with sms_app.web.auth.register"
            )


def anyone() -> None:
    """The guard of a route that is open to all on purpose, since it tells nothing about anybody."""


def knows_secret(secrets: Sequence[str]) -> Callable[[str], bool]:
    """A function that tells whether a text is one of the callback secrets."""
    valid = tuple(secret.encode() for secret in secrets)

    def knows(given: str) -> bool:
        # all secrets are compared, so that the time does not tell which was nearly right
        return max([hmac.compare_digest(given.encode(), secret) for secret in valid], default=False)

    return knows


def provider(secrets: Sequence[str]) -> Guard:
    """The guard that admits requests with a callback secret in their path. Two secrets may be valid during a change."""
    knows = knows_secret(secrets)

    def guard() -> None:
        if not knows(str((request.view_args or {}).get("secret", ""))):
            abort(404)

    return guard


def bearer(token: str) -> Guard:
    """The guard that admits requests with `Authorization: Bearer` and the token. Without a token it admits none."""
    expected = f"Bearer {token}".encode()

    def guard() -> None:
        given = request.headers.get("Authorization", "").encode()
        if not token or not hmac.compare_digest(given, expected):
            abort(404)

    return guard


def this_machine() -> None:
    """The guard that admits only a browser on this machine, under a name of this machine. It also refuses a web page
    whose name was made to point here (DNS rebinding), requests of pages from elsewhere, and requests through a
    proxy."""
    try:
        near = ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        near = False
    name, colon, port = request.host.rpartition(":")
    here = (name if colon and port.isdigit() else request.host) in LOOPBACK_NAMES
    passed_on = any(header in request.headers for header in FORWARDED)
    own = request.headers.get("Sec-Fetch-Site", "none") in {"none", "same-origin"}
    own &= request.headers.get("Origin", f"http://{request.host}") == f"http://{request.host}"
    if not (near and here and own) or passed_on:
        abort(404)
