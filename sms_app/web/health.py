"""Tells whether the process is alive and whether it can serve."""

from __future__ import annotations

from time import monotonic

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from sms_app.conversation.service import Conversation
from sms_app.migrations import run as migrations
from sms_app.web.gate import Gate

REDIS_TIMEOUT_S = 1.0
OK, UNREACHABLE = "ok", "unreachable"


def blueprint(conversation: Conversation, gate: Gate, redis_url: str) -> Blueprint:
    """GET /healthz tells that the process answers. GET /readyz gives 200 `ready`, 200 `degraded` when only Redis is
    missing, since USSD works without it, or 503 `not ready`, each with the state of all parts."""
    routes = Blueprint("health", __name__)
    head = migrations.head()
    redis = _redis(redis_url)

    @routes.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="alive")

    @routes.get("/readyz")
    def readyz() -> ResponseReturnValue:
        states = _database(conversation, head)
        states["flows"] = OK if conversation.programmes else "no programme of the database has flows here"
        gate.is_open(monotonic())
        states["keys"] = "; ".join(map(str, gate.key_faults)) or OK
        states["installation"] = "; ".join(map(str, gate.refusals)) or OK
        ready = all(state == OK for state in states.values())
        states["redis"] = _ping(redis)
        status = "not ready" if not ready else "ready" if states["redis"] == OK else "degraded"
        return jsonify(status=status, **states), 200 if ready else 503

    return routes


def _database(conversation: Conversation, head: str) -> dict[str, str]:
    try:
        return conversation.retried(lambda conn, first_try: _look(conn, head))
    except SQLAlchemyError:
        return {"database": UNREACHABLE}


def _look(conn: Connection, head: str) -> dict[str, str]:
    owner = migrations.is_owner(conn)
    if owner is None:
        return {"database": OK, "migrations": "none"}
    revision = migrations.revision_of(conn)
    return {
        "database": "connected as its owner, who may change the tables: use the web role" if owner else OK,
        "migrations": OK if revision == head else f"at {revision}, this version needs {head}",
    }


def _redis(url: str) -> Redis | None:
    if not url:
        return None
    return Redis.from_url(url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S)


def _ping(redis: Redis | None) -> str:
    try:
        return OK if redis is not None and redis.ping() else UNREACHABLE
    except (RedisError, OSError):
        return UNREACHABLE
