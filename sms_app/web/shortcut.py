"""The shortcut answers ordinary hops before Flask, whose routing, contexts and forms cost more than a third of a hop's
processor time.

An ordinary hop is a POST to the hop's path with a valid secret, with a form in ASCII of a stated and allowed length,
while the gate is open. All other requests go to Flask, whose route does the same for a hop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication

FORM = "application/x-www-form-urlencoded"
BEFORE_SECRET, AFTER_SECRET = "/at/", "/ussd"
MAX_DIGITS = 10


class Shortcut:
    """A WSGI application that answers ordinary hops, and passes other requests to Flask's."""

    def __init__(
        self,
        long_way: WSGIApplication,
        knows_secret: Callable[[str], bool],
        is_open: Callable[[], bool],
        take: Callable[[Mapping[str, str]], tuple[str, int]],
        longest: int,
        plain: str,
    ) -> None:
        """`take` gives the reply and HTTP status for a hop's form, and raises nothing. `longest` is the limit of a form
        in bytes, `plain` the content type of the reply."""
        self._long_way, self._knows_secret, self._is_open = long_way, knows_secret, is_open
        self._take, self._longest, self._plain = take, longest, plain

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer an ordinary hop, or pass the request to Flask."""
        form = self._form(environ)
        if form is None:
            return self._long_way(environ, start_response)
        words, status = self._take(form)
        body = words.encode()
        start_response(
            f"{status} {HTTPStatus(status).phrase}",
            [("Content-Type", self._plain), ("Content-Length", str(len(body)))],
        )
        return (body,)

    def _form(self, environ: dict[str, Any]) -> Mapping[str, str] | None:
        """The form of an ordinary hop, or None for any other request, which stays as it was."""
        path, length = environ["PATH_INFO"], environ.get("CONTENT_LENGTH", "")
        if (
            environ["REQUEST_METHOD"] != "POST"
            or not path.startswith(BEFORE_SECRET)
            or not path.endswith(AFTER_SECRET)
            or environ.get("CONTENT_TYPE") != FORM
            or not (length.isascii() and length.isdigit() and len(length) < MAX_DIGITS)
            or int(length) > self._longest
            or not self._knows_secret(path[len(BEFORE_SECRET) : -len(AFTER_SECRET)])
            or not self._is_open()
        ):
            return None
        body = environ["wsgi.input"].read(int(length))
        try:
            # the first value of a repeated name counts
            return dict(reversed(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")))
        except ValueError:
            environ["wsgi.input"] = BytesIO(body)
            return None
