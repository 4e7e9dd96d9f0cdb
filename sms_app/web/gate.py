"""The gate lets a process serve only with the keys of its database, and on the kind of installation that its settings
are for.

While it is shut, a hop gets the polite END, since the network shows its own error for any other answer. All other
requests get 503: the provider delivers reports and texts again later, so nothing is lost. Once the gate is open it does
not look again, and costs a hop nothing."""

from __future__ import annotations

from threading import Lock
from time import monotonic

import structlog
from flask import Response, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from sms_app.channel.africastalking.inbound import parse_ussd
from sms_app.channel.inbound import Malformed
from sms_app.config import Config, made_up_keys
from sms_app.conversation import support_board
from sms_app.conversation.hop import sorry
from sms_app.conversation.service import Conversation, UnknownServiceCode
from sms_app.programme import installation, key_check
from sms_app.programme.installation import StartFault
from sms_app.web.metrics import Metrics
from sms_app.web.webhooks import PLAIN

AGAIN_AFTER_S = 1.0
NOT_NOW = "service unavailable"
log = structlog.get_logger("sms_app.web")


class Gate:
    """Looks at the database, at most once a second, until the process may serve."""

    def __init__(self, conversation: Conversation, config: Config) -> None:
        """Look once. Raises StartRefused when the installation is of another kind than the settings are for."""
        self._conversation, self._config = conversation, config
        self._made_up = made_up_keys(config.keys)
        self._lock, self._looked_at = Lock(), monotonic()
        self.refusals: list[StartFault] = []
        self.key_faults: list[StartFault] = []
        self.open = False
        self._look()
        if self.refusals:
            raise installation.StartRefused(self.refusals)

    def is_open(self, now: float) -> bool:
        """Whether this process may serve. Looks again when the last look is long enough ago. `now` is in seconds of a
        monotonic clock."""
        # one thread looks; the others do not wait for it
        if not self.open and now - self._looked_at >= AGAIN_AFTER_S and self._lock.acquire(blocking=False):
            try:
                self._looked_at = now
                self._look()
            finally:
                self._lock.release()
        return self.open

    def _look(self) -> None:
        before = self.key_faults
        try:
            self.refusals, self.key_faults = self._conversation.retried(lambda conn, _: self._faults(conn))
        except OperationalError:
            self.key_faults = [StartFault("the database does not answer")]
        except SQLAlchemyError:
            self.key_faults = [StartFault("the database's tables are not those of this version")]
        self.open = not (self.refusals or self.key_faults)
        if not self.open and self.key_faults != before:
            log.error("not serving", why=list(map(str, self.refusals + self.key_faults)))

    def _faults(self, conn: Connection) -> tuple[list[StartFault], list[StartFault]]:
        kind = installation.kind(conn)
        refused = installation.refusals(kind, self._config.demo, bool(self._config.phone_url), self._made_up)
        key_faults = key_check.faults(conn, self._conversation.vault)
        # a database without keys may be without tables, too; a demo whose folder is gone goes on without help
        if not key_faults and not self._config.demo:
            refused += support_board.start_faults(conn, self._conversation.pins)
        return refused, key_faults

    def unavailable(self) -> ResponseReturnValue | None:
        """Called before a request: 503 while the gate is shut."""
        return None if self.is_open(monotonic()) else Response(NOT_NOW, 503, content_type=PLAIN)

    def webhook(self, metrics: Metrics) -> ResponseReturnValue | None:
        """Called before a callback of the provider: while the gate is shut, the polite END for a hop, 503 for the
        rest."""
        if self.is_open(monotonic()):
            return None
        if request.endpoint != "webhooks.ussd":
            return Response(NOT_NOW, 503, content_type=PLAIN)
        try:
            words = sorry(self._conversation, parse_ussd(request.form).service_code)
        except (Malformed, UnknownServiceCode, HTTPException):
            metrics.refused.inc()
            return Response("bad request", 400, content_type=PLAIN)
        metrics.failed.inc()
        return Response(words, content_type=PLAIN)
