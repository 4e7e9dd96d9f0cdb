"""The real application on a test's database, with the programme's own flows and a few people, and over real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, pool
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import TestResponse

from sms_app.config import Config, sqlalchemy_url
from sms_app.vault import Vault
from sms_app.web.app import create_app
from tests.world.databases import CALLBACK_SECRET, METRICS_TOKEN, Database
from tests.world.programme import start_from

CODE = "*801#"
WOMAN, SHARED, COACH, STRANGER = "+250780000001", "+250780000002", "+250780000003", "+250780000009"


def populate(database: Database, vault: Vault) -> int:
    """The programme with one woman alone on WOMAN in a savings group of free amounts, two on SHARED, a coach on
    COACH; gives the programme's id."""
    engine = create_engine(sqlalchemy_url(database.owner), poolclass=pool.NullPool)
    with engine.begin() as conn:
        records = start_from(conn, vault)
        people = [records.participant(n) for n in (1, 2, 3)]
        phones = [records.number(WOMAN), records.number(SHARED)]
        for person, phone in zip(people, (phones[0], phones[1], phones[1]), strict=True):
            records.link(person, phone)
        records.cycle(people[0], mode="free")
        records.coach(records.number(COACH))
    return records.programme


@contextmanager
def application(config: Config) -> Iterator[Flask]:
    """The web process's application; its database connections are closed at the end."""
    app = create_app(config)
    try:
        yield app
    finally:
        app.extensions["engine"].dispose()


def form(text: str, /, **other: str) -> dict[str, str]:
    """A hop as the provider posts it."""
    return {
        "sessionId": "ATUid_1",
        "phoneNumber": WOMAN,
        "serviceCode": CODE,
        "networkCode": "63510",
        "text": text,
        **other,
    }


def hop(client: FlaskClient, text: str, /, **other: str) -> str:
    """Post a hop that must be answered in words; the words."""
    reply = client.post(f"/at/{CALLBACK_SECRET}/ussd", data=form(text, **other))
    words = reply.get_data(as_text=True)
    assert_words(reply, words)
    return words


def assert_words(reply: TestResponse, words: str) -> None:
    assert reply.status_code == 200
    assert reply.content_type == "text/plain; charset=utf-8"
    assert "Set-Cookie" not in reply.headers
    assert words[:4] in {"CON ", "END "}


def counts(database: Database, *tables: str) -> Mapping[str, int]:
    """How many rows each table has, seen as the owner."""
    engine = create_engine(sqlalchemy_url(database.owner), poolclass=pool.NullPool)
    with engine.connect() as conn:
        return {t: conn.exec_driver_sql(f"select count(*) from {t}").scalar_one() for t in tables}


def metrics(client: FlaskClient) -> str:
    """What `/metrics` says to whoever has its token."""
    reply = client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert reply.status_code == 200
    return reply.get_data(as_text=True)


def figures(client: FlaskClient) -> dict[str, float]:
    """The service's figures, by name and labels."""
    lines = (line.rpartition(" ") for line in metrics(client).splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def totals(client: FlaskClient) -> dict[str, float]:
    """Every figure but those that hold how long a hop took, which is left to chance."""
    return {
        name: value
        for name, value in figures(client).items()
        if "_bucket" not in name and not name.endswith("_sum")
    }


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        pass


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The application over real HTTP on a free port; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    # a request still under way when the test ends holds a connection of the pool: closing waits for it
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
