"""The two Flask routes that a hop is compared with, under the same server: a constant, and a bare transaction."""

from __future__ import annotations

import os
import threading

import psycopg
from flask import Flask, request

from sms_app.web.app import THREADS
from sms_app.web.server import Server

LOCK = "select position from bench_row where id = %s for update"
KEEP = "update bench_row set position = %s where id = %s"


def create_app() -> Flask:
    """`/constant` answers at once; `/transaction` parses the form, locks a row, updates it and commits."""
    app, local = Flask(__name__), threading.local()

    @app.post("/constant")
    def constant() -> tuple[str, int, dict[str, str]]:
        return "CON constant", 200, {"Content-Type": "text/plain"}

    @app.post("/transaction")
    def transaction() -> tuple[str, int, dict[str, str]]:
        if not hasattr(local, "conn"):
            local.conn = psycopg.connect(os.environ["BENCH_DATABASE_URL"])
        row = int(request.form["phoneNumber"][-4:])
        with local.conn.transaction():
            kept = local.conn.execute(LOCK, (row,)).fetchone()[0]
            local.conn.execute(KEEP, (kept, row))
        return f"CON {request.form['text']}", 200, {"Content-Type": "text/plain"}

    return app


def create_server() -> Server:
    """The two routes behind the server that our application uses."""
    return Server(create_app(), THREADS, 16 * 1024)
