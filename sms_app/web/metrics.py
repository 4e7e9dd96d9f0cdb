"""What is counted: hops by how they went, and how long they took; what the provider tells about texts, in totals.
Nothing by menu, keyword, person or dialogue, so that no figure tells that help was entered or asked for, or lets it be
found by subtraction."""

from __future__ import annotations

import prometheus_client as prometheus
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.registry import Collector

REPORTS = ("delivered", "not_delivered", "under_way", "failed", "refused")
"""`failed` is a failure of ours, `refused` was no report."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One process's figures. `answered`, `failed` (ours) and `refused` (not a hop of ours, or a flood) are counts."""

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
        # by no keyword and no effect: what a text asked for is not to be found by subtraction
        texts = Counter(
            "sms_app_inbound_messages", "Texts and opt-outs that came in", ["result"], registry=self.registry
        )
        self.inbound = {result: texts.labels(result) for result in ("taken", "failed", "refused")}


def blueprint(metrics: Metrics, *asked: Collector) -> Blueprint:
    """GET /metrics in Prometheus's text format; `asked` are figures that are read when they are asked for."""
    for collector in asked:
        metrics.registry.register(collector)
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return routes
