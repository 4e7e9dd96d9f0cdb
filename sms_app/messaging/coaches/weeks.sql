-- name: sessions(groups, starts, ends)
-- A group's sessions of a span of days (`in_week`), and before them the last two that have a roll at its end: who missed
-- both.
select s.id, s.group_id, s.starts_at, s.cancelled_at, s.starts_at >= w.starts as in_week,
  exists (select from presence a where a.training_session_id = s.id)
  and not exists (select from roll r where r.training_session_id = s.id and r.outcome = 'not_held') as held,
  exists (select from roll r where r.training_session_id = s.id and r.outcome = 'held') as has_roll,
  exists (select from roll r where r.training_session_id = s.id and r.outcome = 'not_held') as not_held
from unnest(:groups::uuid[], :starts::timestamptz[], :ends::timestamptz[]) as w(group_id, starts, ends)
cross join lateral (
  select * from training_session s where s.group_id = w.group_id and s.starts_at >= w.starts and s.starts_at < w.ends
  union
  (select * from training_session s
   where s.group_id = w.group_id and s.starts_at < w.ends and s.cancelled_at is null
   and exists (select from roll r where r.training_session_id = s.id and r.outcome = 'held')
   order by s.starts_at desc limit 2)
) s
order by s.starts_at

-- name: groups(groups, firsts, afters)
-- Groups with the numbers of their coaches. `recorded`: whether a meeting of any savings group of the group was entered
-- in a span of days; null without a savings group.
select g.id, g.number, array(select c.phone_number_id from coach_phone c where c.group_id = g.id) as coaches, (
  select bool_or(exists (
    select from cycle c join group_meeting m on m.cycle_id = c.id
    where c.savings_group_id = sg.id and m.held_on >= w.first and m.held_on < w.after
      and m.entered_on is not null))
  from savings_group sg where sg.training_group_id = g.id) as recorded
from unnest(:groups::uuid[], :firsts::date[], :afters::date[]) as w(group_id, first, after)
join training_group g on g.id = w.group_id
