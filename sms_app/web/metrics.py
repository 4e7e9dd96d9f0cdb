"""What is counted: hops by how they went, and how long they took. Nothing by menu, person or dialogue, so that no
figure tells that help was entered, or lets it be found by subtraction."""

from __future__ import annotations

import prometheus_client as prometheus
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest

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


def blueprint(metrics: Metrics) -> Blueprint:
    """GET /metrics in Prometheus's text format."""
    routes = Blueprint("metrics", __name__)

    @routes.get("/metrics")
    def show() -> Response:
        return Response(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)

    return routes
