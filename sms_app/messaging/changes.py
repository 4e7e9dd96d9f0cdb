"""Decides at each tick which plans run: those that read data that changed, and those whose result has expired.

Triggers record each change in `plan_change` (revision 0011), in the transaction that makes the change. A tick first
takes the committed changes and marks the plans that read them, in one transaction. Then each marked plan runs in a
transaction of its own, which begins later, sees all of these changes, and removes the mark. A change that is committed
in between stays recorded for the next tick; a plan that fails stays marked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sms_app.messaging.reconcile import PlanResult
from sms_app.programme.loaded import LoadedProgramme

LASTS = timedelta(hours=1)
"""A plan runs at least this often. No guarantee depends on it."""

# a row for each plan of each programme, before any plan runs, so that each can be marked
ADD_PLAN_STATES = """
insert into plan_state (programme_id, plan, changed)
select programme, plan, true from unnest(%(programmes)s::int[]) as programme, unnest(%(plans)s::varchar[]) as plan
on conflict (programme_id, plan) do nothing
"""
TAKE_CHANGES = """
with taken as (delete from plan_change returning about) select distinct about from taken
"""
MARK = "update plan_state set changed = true where plan = any(%(plans)s) and not changed"
# A plan that ran by a clock that is ahead of this one runs again.
IS_UP_TO_DATE = """
select not changed and settings = %(settings)s and planned_at <= %(now)s and holds_until > %(now)s from plan_state
where programme_id = %(programme)s and plan = %(plan)s for update
"""
RECORD_RUN = """
update plan_state set changed = %(changed)s, settings = %(settings)s, planned_at = %(now)s, holds_until = %(until)s
where programme_id = %(programme)s and plan = %(plan)s
"""


@dataclass(frozen=True)
class Plan:
    """A plan that the clock runs: its function, and what it reads, in the words of `plan_change.about`."""

    name: str
    run: Callable[[Connection, LoadedProgramme, datetime], PlanResult]
    reads: Collection[str]


def mark(conn: Connection, programmes: Sequence[int], plans: Sequence[Plan]) -> None:
    """Mark the plans that read what changed since the last time. The caller commits before any plan runs."""
    conn.exec_driver_sql(
        ADD_PLAN_STATES, {"programmes": list(programmes), "plans": [plan.name for plan in plans]}
    )
    about = set(conn.exec_driver_sql(TAKE_CHANGES).scalars())
    names = [plan.name for plan in plans if about & set(plan.reads)]
    if names:
        conn.exec_driver_sql(MARK, {"plans": names})


def run_if_due(
    conn: Connection, programme: LoadedProgramme, plan: Plan, now: datetime, *, force: bool = False
) -> PlanResult | None:
    """Run a plan if it is marked, if the settings have changed, or if its result has expired at `now`; None when it is
    up to date.

    `force` runs it in any case."""
    values: dict[str, Any] = {
        "programme": programme.id,
        "plan": plan.name,
        "now": now,
        "settings": programme.settings.digest,
    }
    if conn.exec_driver_sql(IS_UP_TO_DATE, values).scalar_one() and not force:
        return None
    done = plan.run(conn, programme, now)
    until = min(done.holds_until, now + LASTS)
    # Rows that another transaction had locked were skipped: run the plan again at the next tick.
    conn.exec_driver_sql(RECORD_RUN, {**values, "changed": done.skipped > 0, "until": until})
    return done
