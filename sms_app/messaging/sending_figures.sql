-- name: of_the_day(day_ago, now)
-- Messages by status and their cost, of what fell due in the last day; by the index on due_at.
select status, currency, count(*) as many, sum(cost) as cost from message
where due_at > :day_ago and due_at <= :now group by status, currency

-- name: standing(now)
-- What waits, the oldest message that is due, and the state of the clock, the reports and the switch.
select (select count(*) from message where status in ('planned', 'queued')) as waiting,
  -- by programme and status, so that each subquery reads one row of an index
  (select min(first.due_at) from programme cross join lateral (
    (select due_at from message where programme_id = programme.id and status = 'planned' and due_at <= :now
      order by due_at limit 1)
    union all
    (select due_at from message where programme_id = programme.id and status = 'queued' and due_at <= :now
      order by due_at limit 1)) first) as oldest_due,
  (select beat_at from heartbeat where name = 'clock') as clock_beat,
  (select beat_at from heartbeat where name = 'sweep') as swept,
  (select beat_at from heartbeat where name = 'rewrite') as rewritten,
  (select count(*) from delivery_report where message_id is null) as unmatched,
  coalesce((select stopped from sending_switch), true) as stopped,
  exists (select from sending_switch where stopped and changed_by = 'provider') as halted
