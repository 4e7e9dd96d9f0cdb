"""Calls the web application in this process, as its server would: no HTTP, the same forms."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication

FORM = "application/x-www-form-urlencoded"


class Webhooks:
    """The provider's webhooks of a WSGI application."""

    def __init__(self, app: WSGIApplication, secret: str, metrics_token: str) -> None:
        """`secret` is that of the webhooks, `metrics_token` opens the figures."""
        self._app, self._secret, self._token = app, secret, metrics_token

    def post(self, path: str, form: Mapping[str, str]) -> tuple[int, str]:
        """Post a form to a webhook (`ussd`, `ussd-events`, `sms`, `delivery`). Gives the status and the body."""
        body = urlencode(form).encode()
        asked = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(len(body))}
        return self._ask(f"/at/{self._secret}/{path}", body, asked)

    def figures(self) -> Mapping[str, float]:
        """The service's own figures, by name and labels."""
        _, body = self._ask(
            "/metrics", b"", {"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": f"Bearer {self._token}"}
        )
        lines = (line.rpartition(" ") for line in body.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def _ask(self, path: str, body: bytes, more: Mapping[str, str]) -> tuple[int, str]:
        environ: dict[str, Any] = {
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **more,
        }
        statuses: list[str] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            statuses.append(status)

        parts = self._app(environ, start)
        try:
            text = b"".join(parts).decode()
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        return int(statuses[-1].split(" ", 1)[0]), text
