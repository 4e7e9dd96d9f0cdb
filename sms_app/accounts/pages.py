"""What is true of every page of a console: its cookie, its headers, the tokens of its forms, and who calls."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address, ip_network

from flask import Flask, Response, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

MAX_PARTS = 100
"""Fields of a form that is sent in parts."""
NETWORK_BITS = 64
"""Of IPv6: so much of an address is the network of one customer."""
WITH_PORT = re.compile(r"\[([^\]]*)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    # a browser that came by https asks by https only; over http it does not count
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def policy(style: str, images: str = "'none'") -> str:
    """A Content-Security-Policy for pages without scripts; `style` and `images` are where theirs come from."""
    return (
        f"default-src 'none'; style-src {style}; img-src {images}; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )


def bare_app(
    module: str, key: bytes, cookie: str, secure: bool, max_body_bytes: int, templates: str = "templates"
) -> Flask:
    """An application without routes. `key` signs its cookie; `secure` is False for http on this machine only;
    `templates` is the folder of its templates, below the module's."""
    app = Flask(module, static_folder=None, template_folder=templates)
    app.config.update(
        SECRET_KEY=key,
        # a name with this prefix can be set only by this host, over HTTPS
        SESSION_COOKIE_NAME=f"__Host-{cookie}" if secure else cookie,
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=max_body_bytes,
        MAX_FORM_MEMORY_SIZE=max_body_bytes,
        MAX_FORM_PARTS=MAX_PARTS,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        # the console checks it after the session; a session's token is as old as the session
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        # no page sends a referrer
        WTF_CSRF_SSL_STRICT=False,
    )
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.jinja_env.globals["token"] = token_field
    return app


def token_field() -> Markup:
    """The hidden field with a form's token."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def address() -> str:
    """The caller's address: what the proxy on this machine says, if there is one. Of IPv6 it is the network of 64 bits,
    since who has one address of it has them all."""
    given = request.remote_addr or ""
    try:
        near = ip_address(given).is_loopback
    except ValueError:
        near = False
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() if near else ""
    return _whose(forwarded or given)


def _whose(written: str) -> str:
    """An address or its network in one form, without a port; what is no address stays as it is."""
    match = WITH_PORT.fullmatch(written)
    try:
        read = ip_address(match[1] or match[2] if match else written)
    except ValueError:
        return written
    if isinstance(read, IPv4Address):
        return str(read)
    return str(read.ipv4_mapped or ip_network((read, NETWORK_BITS), strict=False))


def with_headers(response: Response, content_policy: str) -> Response:
    """Add the headers that every page has; a header that the page set stays."""
    for name, value in (*HEADERS.items(), ("Content-Security-Policy", content_policy)):
        response.headers.setdefault(name, value)
    return response
