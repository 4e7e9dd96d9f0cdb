"""Decides at a tick which plans are made: those that read something that changed, and those whose hour has come.

Triggers note each change in `plan_change` (revision 0011), in the transaction that makes it, whoever makes it and in
whatever way. A tick first takes the changes that are committed and marks the plans that read them, in one transaction;
then each plan that is marked is made in a transaction of its own, which begins later, sees all of these changes, and
takes its mark off. What is committed in between is noted still, for the next tick; a plan that fails stays marked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sms_app.messaging.reconcile import Planned
from sms_app.programme.loaded import LoadedProgramme
from sms_app.programme.settings import Programme

LASTS = timedelta(hours=1)
"""A plan is made anew after this, whatever it said. No promise rests on it."""

# a row for each plan of each programme, before any plan is made, so that each can be marked
KNOWN = """
insert into plan_state (programme_id, plan, changed)
select programme, plan, true from unnest(%(programmes)s::int[]) as programme, unnest(%(plans)s::varchar[]) as plan
on conflict (programme_id, plan) do nothing
"""
TAKE = """
with taken as (delete from plan_change returning about) select distinct about from taken
"""
MARK = "update plan_state set changed = true where plan = any(%(plans)s) and not changed"
# one that was made by a clock that runs ahead is made again by this one
HOLDS = """
select not changed and settings = %(settings)s and planned_at <= %(now)s and holds_until > %(now)s from plan_state
where programme_id = %(programme)s and plan = %(plan)s for update
"""
MADE = """
update plan_state set changed = %(changed)s, settings = %(settings)s, planned_at = %(now)s, holds_until = %(until)s
where programme_id = %(programme)s and plan = %(plan)s
"""


@dataclass(frozen=True)
class Plan:
    """A plan that the clock makes: what makes it, and what it reads, as `plan_change.about` says it."""

    name: str
    make: Callable[[Connection, LoadedProgramme, datetime], Planned]
    reads: Collection[str]


def mark(conn: Connection, programmes: Sequence[int], plans: Sequence[Plan]) -> None:
    """Mark the plans that read what changed since the last time. The caller commits before any plan is made."""
    conn.exec_driver_sql(KNOWN, {"programmes": list(programmes), "plans": [plan.name for plan in plans]})
    about = set(conn.exec_driver_sql(TAKE).scalars())
    names = [plan.name for plan in plans if about & set(plan.reads)]
    if names:
        conn.exec_driver_sql(MARK, {"plans": names})


def follow(
    conn: Connection, programme: LoadedProgramme, plan: Plan, now: datetime, *, anew: bool = False
) -> Planned | None:
    """Make a plan if it is marked, if the settings are others, or if it does not hold at `now`; None when it holds.

    `anew` makes it in any case."""
    values: dict[str, Any] = {
        "programme": programme.id,
        "plan": plan.name,
        "now": now,
        "settings": digest(programme.settings),
    }
    if conn.exec_driver_sql(HOLDS, values).scalar_one() and not anew:
        return None
    done = plan.make(conn, programme, now)
    until = min(done.holds_until, now + LASTS)
    # what somebody had in hand is looked at again
    conn.exec_driver_sql(MADE, {**values, "changed": done.skipped > 0, "until": until})
    return done


def digest(programme: Programme) -> bytes:
    """The same for programmes whose settings say the same, in every process."""
    return hashlib.sha256(json.dumps(_plain(programme), sort_keys=True).encode()).digest()


def _plain(value: Any) -> Any:
    """A setting as JSON: the order of a set, and where it stands in its file, make no difference."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value) if field.compare}
    if isinstance(value, Mapping):
        return {str(key): _plain(setting) for key, setting in value.items()}
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, tuple):
        return [_plain(setting) for setting in value]
    return str(value)
