"""The metrics of a web process: hops by result and duration, and totals of delivery reports and incoming texts.

Nothing is counted by menu, keyword, person or dialogue, so that no figure, and no difference of figures, tells that
help was entered or asked for."""

from __future__ import annotations

import prometheus_client as prometheus
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.registry import Collector

REPORTS = ("delivered", "not_delivered", "under_way", "failed", "refused")
"""`failed` is a failure of ours; `refused` is a form that is no report."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The metrics of a process. `answered`, `failed` (our failure, also of a filler whose hop was answered without it)
    and `refused` (no hop of ours, or a flood) count hops."""

    def __init__(self) -> None:
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        hops = Counter("sms_app_ussd_hops", "USSD hops, by how they went", ["result"], registry=self.registry)
        self.answered, self.failed, self.refused = (
            hops.labels(result) for result in ("answered", "failed", "refused")
        )
        self.seconds = Histogram(
            "sms_app_ussd_hop_seconds",
            "Seconds from a hop to its answer",
            buckets=SECONDS,
            registry=self.registry,
        )
        told = Counter(
            "sms_app_delivery_reports",
            "Delivery reports, by what they say",
            ["result"],
            registry=self.registry,
        )
        self.reports = {result: told.labels(result) for result in REPORTS}
        # not by keyword or effect, so that no difference of figures tells what a text asked for
        texts = Counter(
            "sms_app_inbound_messages", "Texts and opt-outs that came in", ["result"], registry=self.registry
        )
        self.inbound = {result: texts.labels(result) for result in ("taken", "failed", "refused")}


def blueprint(metrics: Metrics, *asked: Collector) -> Blueprint:
    """GET /metrics in Prometheus's text format. The `asked` collectors read their figures at each request."""
    for collector in asked:
        metrics.registry.register(collector)
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return routes
