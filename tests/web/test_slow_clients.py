"""The real server, spoken to by raw sockets: clients that never finish what they send stop nobody, and are cut off."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from sms_app.vault import Vault
from sms_app.web.app import THREADS
from sms_app.web.server import Server
from tests.world.app import form, populate
from tests.world.databases import CALLBACK_SECRET, Database, environment_of, redis_of
from tests.world.up import BARE
from tests.world.waiting import PATIENCE_S, wait_for

SERVER_WAITS_S = 1.0
SERVER_WAITS_LONG_S = 3600.0
TRICKLE_S = 0.1
SERVE = "from sms_app.cli.serve import serve; serve('127.0.0.1', {port}, {waits})"
PATH = f"/at/{CALLBACK_SECRET}/ussd"
HEAD = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
MANY = 3 * THREADS


@pytest.fixture(scope="module")
def module_environment(
    module_database: Database, server_urls: dict[str, str], worker_id: str, vault: Vault
) -> dict[str, str]:
    """The variables of a web process on one database for all tests."""
    populate(module_database, vault)
    return environment_of(module_database, redis_of(server_urls, worker_id))


@pytest.fixture(scope="module")
def port(request: pytest.FixtureRequest, module_environment: dict[str, str]) -> Iterator[int]:
    """`sms-app web` as production runs it, but for how long it waits: a second unless a test says more. One process
    for the tests that follow each other with the same wait."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = int(probe.getsockname()[1])
    serve = SERVE.format(port=found, waits=getattr(request, "param", SERVER_WAITS_S))
    command = [sys.executable, "-c", serve]
    process = subprocess.Popen(command, env=BARE | module_environment)
    try:
        wait_for(lambda: process.poll() is not None or _listens(found), "web")
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _connected(port: int, begin: str) -> socket.socket:
    found = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    found.sendall(begin.encode())
    return found


def _hop(port: int, session: str) -> bytes:
    """A complete hop's answer."""
    body = urlencode(form("", sessionId=session))
    with _connected(port, f"{HEAD}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}") as conn:
        return b"".join(iter(lambda: conn.recv(65536), b""))


NEVER_END = [
    pytest.param(HEAD + "Content-Length: 1000\r\n\r\nsessionId=1", b"", id="body stalls"),
    pytest.param(HEAD + "Content-Length: 1000\r\n\r\n", b"1", id="body trickles"),
    pytest.param(HEAD + "Transfer-Encoding: chunked\r\n\r\n4\r\ntext\r\n", b"", id="chunks stall"),
    pytest.param(HEAD + "Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n", id="chunks trickle"),
    pytest.param(HEAD, b"", id="head stalls"),
    pytest.param(HEAD, b"X-A: 1\r\n", id="head trickles"),
]


@pytest.mark.parametrize("port", [SERVER_WAITS_LONG_S], indirect=True)
@pytest.mark.parametrize(("begin", "more"), NEVER_END)
def test_requests_that_never_end_stop_nobody_else(port: int, begin: str, more: bytes) -> None:
    """The server waits for it longer than a hop's answer is waited for here."""
    with ExitStack() as stack:
        stalled = [stack.enter_context(_connected(port, begin)) for _ in range(MANY)]
        for n in range(5):
            answer = _hop(port, f"ATUid_{n}")
            assert answer.startswith(b"HTTP/1.1 200"), answer
            assert b"\r\n\r\nCON " in answer
            for conn in stalled:
                conn.sendall(more)
        assert not any(_ended(conn) for conn in stalled)


@pytest.mark.parametrize(("begin", "more"), NEVER_END)
def test_a_request_that_never_ends_is_cut(port: int, begin: str, more: bytes) -> None:
    with ExitStack() as stack:
        began = time.monotonic()
        stalled = [stack.enter_context(_connected(port, begin)) for _ in range(MANY)]
        wait_for(
            lambda: not [conn for conn in stalled if not _ended(conn, more)],
            "connections that are still open",
        )
        assert time.monotonic() - began > SERVER_WAITS_S * 0.9, "cut before its time was over"
    assert b"CON " in _hop(port, "ATUid_z")


def _ended(conn: socket.socket, more: bytes = b"") -> bool:
    """Whether the server ended a connection; sends a little more if it did not."""
    conn.settimeout(TRICKLE_S / MANY)
    try:
        return conn.recv(65536) == b""
    except TimeoutError:
        with suppress(OSError):
            conn.sendall(more)
        return False
    except OSError:
        return True


def test_a_body_that_comes_in_parts_but_in_time_is_taken(port: int) -> None:
    body = urlencode(form(""))
    with _connected(port, f"{HEAD}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n") as conn:
        for letter in body[:-1]:
            conn.sendall(letter.encode())
        conn.sendall(body[-1].encode())
        assert b"\r\n\r\nCON " in b"".join(iter(lambda: conn.recv(65536), b""))
    with _connected(port, f"{HEAD}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n") as conn:
        for part in (body[:20], body[20:]):
            conn.sendall(f"{len(part):x}\r\n{part}\r\n".encode())
        conn.sendall(b"0\r\n\r\n")
        assert b"\r\n\r\nCON " in b"".join(iter(lambda: conn.recv(65536), b""))


@pytest.mark.parametrize("length", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
def test_a_body_that_is_too_long_is_refused_before_it_is_here(port: int, length: str) -> None:
    part = f"{0x8000:x}\r\n{'1' * 0x8000}\r\n" if "chunked" in length else "1" * 10
    with _connected(port, f"{HEAD}{length}\r\n\r\n{part}") as conn:
        assert conn.recv(65536).startswith(b"HTTP/1.1 400")


def test_a_client_that_goes_away_in_the_middle_stores_nothing(port: int, module_database: Database) -> None:
    with psycopg.connect(module_database.owner) as conn:
        conn.execute("delete from ussd_dialogue")
    body = urlencode(form("", sessionId="ATUid_9"))
    for length in (f"Content-Length: {len(body) + 1}", "Transfer-Encoding: chunked"):
        sent = f"{len(body):x}\r\n{body}\r\n" if "chunked" in length else body
        _connected(port, f"{HEAD}{length}\r\n\r\n{sent}").close()
    assert b"CON " in _hop(port, "ATUid_8")
    with psycopg.connect(module_database.owner) as conn:
        assert conn.execute("select count(*) from ussd_dialogue").fetchone() == (1,)


def test_the_application_sees_the_request_as_it_was_sent() -> None:
    seen: dict[str, object] = {}

    def app(environ: dict[str, object], start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("418 I'm a teapot", [("X-Kept", "yes")])
        return [b"short ", b"and stout"]

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/a/b/\xe9",
        "raw_path": b"/a%2Fb/%C3%A9",
        "query_string": b"q=%20",
        "scheme": "http",
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.9", 4711),
        "headers": [
            (b"host", b"here"),
            (b"content-type", b"text/plain"),
            (b"content-length", b"4"),
            (b"via", b"a"),
            (b"via", b"b"),
            (b"x_real_ip", b"127.0.0.1"),
        ],
    }
    parts = [
        {"type": "http.request", "body": b"mu", "more_body": True},
        {"type": "http.request", "body": b"ra"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return parts.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Server(app, 1, 100)(scope, receive, send))  # type: ignore[arg-type]
    assert (seen["PATH_INFO"], seen["QUERY_STRING"]) == ("/a/b/\xc3\xa9", "q=%20")
    assert (seen["REMOTE_ADDR"], seen["SERVER_PORT"], seen["HTTP_VIA"]) == ("127.0.0.9", "8000", "a,b")
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"], seen["HTTP_HOST"]) == ("text/plain", "4", "here")
    assert "HTTP_X_REAL_IP" not in seen
    assert seen["wsgi.input"].read() == b"mura"  # type: ignore[attr-defined]
    assert [message.get("status") or message["body"] for message in sent] == [418, b"short and stout"]
    assert sent[0]["headers"] == [(b"x-kept", b"yes")]
