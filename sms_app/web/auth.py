"""Who may ask for what. Each blueprint is registered beside its guard; a route without one stops the start.

A guard that refuses answers 404 with the body of any unknown path: what is not yours is not there.
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
    """A route that anyone could reach because nobody said who may."""


def register(app: Flask, blueprint: Blueprint, guard: Guard, gate: Gate | None = None) -> None:
    """Register a blueprint; every request to it passes the guard first, and then the gate, which may answer it."""
    blueprint.before_request(guard)
    if gate is not None:
        blueprint.before_request(gate)
    app.register_blueprint(blueprint)
    guards(app)[blueprint.name] = guard


def guards(app: Flask) -> dict[str, Guard]:
    """Each registered blueprint's guard, by the blueprint's name."""
    found: dict[str, Guard] = app.extensions.setdefault("guards", {})
    return found


def refuse_unguarded(app: Flask) -> None:
    """Deny by default: raises UnguardedRoute for a route that no `register` covers."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.rpartition(".")[0] not in guards(app):
            raise UnguardedRoute(
                f"{rule.rule} has no guard: register its blueprint with sms_app.web.auth.register"
            )


def anyone() -> None:
    """Open to all, by intent: says nothing about anybody."""


def knows_secret(secrets: Sequence[str]) -> Callable[[str], bool]:
    """Whether what was given is one of the callback secrets."""
    valid = tuple(secret.encode() for secret in secrets)

    def knows(given: str) -> bool:
        # every secret is compared, so that the time taken does not tell which one was nearly right
        return max([hmac.compare_digest(given.encode(), secret) for secret in valid], default=False)

    return knows


def provider(secrets: Sequence[str]) -> Guard:
    """Whoever knows the callback secret, which is the path's first part. Two may be valid while one is replaced."""
    knows = knows_secret(secrets)

    def guard() -> None:
        if not knows(str((request.view_args or {}).get("secret", ""))):
            abort(404)

    return guard


def bearer(token: str) -> Guard:
    """Whoever sends `Authorization: Bearer` with the token. No token set: nobody."""
    expected = f"Bearer {token}".encode()

    def guard() -> None:
        given = request.headers.get("Authorization", "").encode()
        if not token or not hmac.compare_digest(given, expected):
            abort(404)

    return guard


def this_machine() -> None:
    """Only a browser on this machine, and only under a name of this machine: a page elsewhere on the web whose name
    was made to point here (DNS rebinding), a foreign page's request and what a proxy passes on are refused too."""
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
