"""Plans made as the clock makes them: only when something changed, or an hour has come; and held against a plan that is
made in any case."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from sms_app.messaging import changes
from sms_app.messaging.reconcile import Planned
from sms_app.programme.loaded import LoadedProgramme
from worker import clock

# what is noted once in a transaction is noted again: a tick would be another transaction
ANOTHER = "select set_config('sms_app.plan_change', '', true)"


def follow(conn: Connection, programme: LoadedProgramme, now: datetime, names: Collection[str]) -> Planned:
    """Make the plans of these names that have something to do. One that has not must find nothing when it is made."""
    changes.mark(conn, [programme.id], clock.PLANS)
    conn.exec_driver_sql(ANOTHER)
    done = Planned()
    for plan in clock.PLANS:
        if plan.name in names:
            found = changes.follow(conn, programme, plan, now)
            if found is None:
                assert plan.make(conn, programme, now) == Planned(), f"{plan.name} did not follow"
            done += found or Planned()
    return done
