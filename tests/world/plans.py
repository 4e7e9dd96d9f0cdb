"""Plans made as the clock makes them: only when something changed, or an hour has come; and held against a plan that is
made in any case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from sms_app.messaging import changes
from sms_app.messaging.reconcile import PlanResult
from sms_app.programme.loaded import LoadedProgramme
from worker import clock

# what is noted once in a transaction is noted again: a tick would be another transaction
ANOTHER = "select set_config('sms_app.plan_change', '', true)"


def follow(conn: Connection, programme: LoadedProgramme, now: datetime, names: Collection[str]) -> PlanResult:
    """Run the plans of these names that are due. One that is not due must find nothing when it runs."""
    changes.mark(conn, [programme.id], clock.PLANS)
    conn.exec_driver_sql(ANOTHER)
    done = PlanResult()
    for plan in clock.PLANS:
        if plan.name in names:
            result = changes.run_if_due(conn, programme, plan, now)
            if result is None:
                assert plan.run(conn, programme, now) == PlanResult(), f"{plan.name} did not follow"
            done += result or PlanResult()
    return done
