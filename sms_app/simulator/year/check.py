"""Compares the tally of a simulated year with what the service, its database and the provider's stand-in have."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from sms_app.simulator.year.post import Post
from sms_app.simulator.year.stage import Stage
from sms_app.vault import Vault


def check(
    conn: Connection, vault: Vault, stage: Stage, post: Post, programme_id: int
) -> tuple[Mapping[str, int], list[str]]:
    totals = dict(sorted(stage.tally.counts.items()))
    return totals, [*(f"{k}: {v}" for k, v in [*stage.tally.astray.items(), *stage.tally.faults.items()])]
