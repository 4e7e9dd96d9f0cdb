"""Who is not signed in gets the sign-in page, and for everything else the same 404."""

import base64
import re
from hashlib import sha256
from io import BytesIO

import pytest

from sms_app.private.console.app import MAX_FORM_BYTES, MAX_STRANGERS_BYTES
from tests.world.console import EMAILS, PASSWORDS, World

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
STRANGE = (
    "/nothing",
    "/static/console.css",
    "/setup/",
    "//setup",
    "/home/../home",
    "/%2e%2e/",
    "/favicon.ico",
    "/robots.txt",
)


def same(reply) -> tuple[object, ...]:
    return reply.status_code, sorted(reply.headers.items()), reply.data


@pytest.mark.parametrize("cookie", ["", "forged", "ended"])
def test_every_route_and_method_is_the_same_404(world: World, cookie: str) -> None:
    client = world.app.test_client()
    if cookie == "forged":
        client.set_cookie("__Host-support", "eyJ0b2tlbiI6ImEifQ.aaaaaa.bbbbbb")
    if cookie == "ended":
        browser = world.browser(signed_in=0)
        client = browser.client
        world.time.pass_(minutes=16)
        browser.get("/home")
    missing, head = same(client.get("/nothing")), same(client.head("/nothing"))
    assert (missing[0], head[0], head[2]) == (404, 404, b"")
    paths = {rule.rule for rule in world.app.url_map.iter_rules()} | set(STRANGE)
    assert len(paths) > 15
    for path in paths:
        for method in METHODS:
            if path == "/" and method in {"GET", "HEAD", "POST"}:
                continue
            reply = client.open(path, method=method)
            assert same(reply) == (head if method == "HEAD" else missing), (path, method)


def test_a_large_or_odd_form_of_a_stranger_is_the_same_404(world: World) -> None:
    client = world.app.test_client()
    missing = same(client.get("/nothing"))
    assert same(client.post("/", data=b"a=" + b"b" * 40_000_000)) == missing
    assert same(client.post("/reseal", data=b"a=" + b"b" * 40_000_000)) == missing
    assert same(client.post("/outcomes", data={"codes": "00000-R0"})) == missing


def test_every_page_has_the_strict_headers_and_no_script(world: World) -> None:
    browser, stranger = world.browser(signed_in=0), world.app.test_client()
    replies = [stranger.get("/"), stranger.get("/nothing"), stranger.post("/")]
    paths = (
        "/home",
        "/outcomes",
        "/duty",
        "/setup",
        "/setup/file",
        "/reseal",
        "/audit",
        "/password",
        "/nothing",
    )
    replies += [browser.get(path) for path in paths]
    for reply in replies:
        headers = reply.headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Strict-Transport-Security"] == "max-age=31536000"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        page = reply.text
        assert not re.search(r"<script|javascript:| on\w+=| style=|<link|<img|src=", page), page
        for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
            digest = base64.b64encode(sha256(style.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in policy
    assert "<style>" in replies[0].text


def test_the_cookie_is_of_this_console_only(world: World) -> None:
    reply = world.app.test_client().get("/")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-support=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert not re.search(r"Expires|Max-Age|Domain", cookie)


def test_who_is_signed_in_gets_the_same_404_for_what_is_not_there(world: World) -> None:
    missing = world.app.test_client().get("/nothing").data
    browser = world.browser(signed_in=0)
    assert (browser.get("/nothing").status_code, browser.get("/nothing").data) == (404, missing)
    assert browser.client.put("/home").data == missing


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_form_is_not_read_before_the_sign_in(world: World, chunked: bool) -> None:
    client = world.app.test_client()
    missing = client.get("/nothing").data
    for path in ("/", "/reseal"):
        for size, read in ((MAX_STRANGERS_BYTES, 0), (32 * 1024 * 1024, MAX_STRANGERS_BYTES)):
            body = BytesIO(b"a&" * (size // 2 + 1))
            said = {"wsgi.input_terminated": True} if chunked else {"CONTENT_LENGTH": str(size + 2)}
            reply = client.post(
                path,
                input_stream=body,
                content_type="application/x-www-form-urlencoded",
                environ_overrides=said,
            )
            assert (reply.status_code, reply.data) == (404, missing)
            assert body.tell() <= max(read, MAX_STRANGERS_BYTES) + 64 * 1024, "the rest was not read"


def test_a_caseworkers_form_is_large_only_where_requests_are_sealed_again(world: World) -> None:
    browser = world.browser(signed_in=0)
    text = "x" * (MAX_FORM_BYTES + 1)
    assert browser.post("/setup", text=text).status_code == 413
    assert browser.post("/reseal", text=text).status_code == 400
    assert browser.client.get("/home").status_code == 200
    stranger = world.browser()
    assert stranger.give_password(EMAILS[0], PASSWORDS[0]).status_code == 303
