"""Redirects a person who opens the web process's address to the phone page, which another process serves.

Only `sms-app up` sets the phone page's address. Without an address there is no such route."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue


def blueprint(phone_url: str) -> Blueprint:
    """Redirect `/`, and `/phone` for bookmarks, to the phone page at an address like http://127.0.0.1:8011."""
    routes = Blueprint("start_page", __name__)

    @routes.get("/")
    @routes.get("/phone")
    def to_the_phone() -> ResponseReturnValue:
        return redirect(f"{phone_url.rstrip('/')}/phone")

    return routes
