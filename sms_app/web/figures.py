"""The figures of sending, read from the database at each request of /metrics. None is by person, group or arm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sms_app.channel.rate import pace
from sms_app.messaging import sending_figures

REDIS_TIMEOUT_S = 1.0
# limits the use of a spare connection
GIVEN_UP_AFTER = "set local statement_timeout = '1s'"


class SendingFigures(Collector):
    """The figures of sending; two statements a request. When the database does not answer, `sms_app_sending_readable`
    is 0 and the other figures are left out."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    def describe(self) -> list[Gauge]:
        """No description, so that the registry does not ask the database at the start."""
        return []

    def collect(self) -> Iterator[Gauge]:
        """The present figures."""
        now = self._now()
        try:
            figures = self._read(now)
        except SQLAlchemyError:
            yield Gauge(
                "sms_app_sending_readable", "Whether the database told the figures of sending", value=0
            )
            return
        yield Gauge("sms_app_sending_readable", "Whether the database told the figures of sending", value=1)
        yield from _gauges(figures, now)

    def _read(self, now: datetime) -> sending_figures.Figures:
        with self._engine.connect() as conn:
            # the engine is in autocommit: the limit is for this transaction only
            conn.exec_driver_sql("begin")
            try:
                conn.exec_driver_sql(GIVEN_UP_AFTER)
                return sending_figures.figures(conn, now)
            finally:
                conn.exec_driver_sql("rollback")


class RateFigures(Collector):
    """The present rate of all workers, read from Redis; no figures without an answer, or before anything was sent."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_timeout=REDIS_TIMEOUT_S, socket_connect_timeout=REDIS_TIMEOUT_S
        )

    def describe(self) -> list[Gauge]:
        """No description, so that the registry does not ask Redis at the start."""
        return []

    def collect(self) -> Iterator[Gauge | Counter]:
        """The present figures."""
        try:
            present = pace(self._redis)
        except (RedisError, OSError):
            return
        if present is None:
            return
        yield Gauge(
            "sms_app_sms_per_second",
            "Recipients a second that may be sent to now: the limit, or less after HTTP 429",
            value=present.per_second,
        )
        yield Gauge(
            "sms_app_sms_per_second_limit", "SMS_APP_SMS_PER_SECOND of the workers", value=present.limit
        )
        yield Counter(
            "sms_app_provider_slow_downs",
            "Calls that the provider refused with HTTP 429",
            value=present.refused,
        )


def _gauges(figures: sending_figures.Figures, now: datetime) -> Iterator[Gauge]:
    messages = Gauge(
        "sms_app_messages_day", "Messages due in the last 24 hours, by status", labels=["status"]
    )
    for status in sending_figures.STATUSES:
        messages.add_metric([status], figures.by_status.get(status, 0))
    cost = Gauge(
        "sms_app_messages_day_cost", "What the messages due in the last 24 hours cost", labels=["currency"]
    )
    for currency, amount in sorted(figures.cost.items()):
        cost.add_metric([currency], float(amount))
    yield from (messages, cost)
    yield Gauge("sms_app_messages_waiting", "Messages planned or queued, due or not", value=figures.waiting)
    late = (now - figures.oldest_due).total_seconds() if figures.oldest_due else 0.0
    yield Gauge("sms_app_oldest_due_seconds", "For how long the oldest due message waits", value=late)
    yield Gauge("sms_app_sending_stopped", "Whether the sending switch is off", value=float(figures.stopped))
    yield Gauge(
        "sms_app_sending_stopped_by_provider",
        "Whether it is off because the provider refused (key, balance)",
        value=float(figures.halted),
    )
    unmatched = Gauge("sms_app_delivery_reports_unmatched", "Delivery reports of no message that we know")
    unmatched.add_metric([], figures.unmatched)
    yield unmatched
    if figures.clock_beat:
        age = (now - figures.clock_beat).total_seconds()
        yield Gauge("sms_app_clock_beat_age_seconds", "Since when the clock has not ticked", value=age)
    if figures.swept:
        age = (now - figures.swept).total_seconds()
        yield Gauge(
            "sms_app_sweep_age_seconds", "Since when no dialogue that had its time was deleted", value=age
        )
    if figures.rewritten:
        age = (now - figures.rewritten).total_seconds()
        yield Gauge("sms_app_rewrite_age_seconds", "Since when no request was moved and mixed", value=age)
