-- name: people_of_occasions(programme, kind, roles, groups, starts, occasions, days)
-- Everyone whom these moments of the rules are about, by the number (from 1) of the moment, whether she would get a text
-- or not. `is_late`: she was enrolled, or got the number, after the moment's day.
with moment as materialized (
  -- the moments of the rules, with their number
  select roles::text[] as roles, groups::int[] as groups, starts_at, occasion, day, n
  from unnest(:roles::text[], :groups::text[], :starts::timestamptz[], :occasions::text[], :days::date[])
    with ordinality as t(roles, groups, starts_at, occasion, day, n)
)
select t.n, a.gathering_id, a.participant_id, a.agrees, p.member_number, p.list_number, g.number as group_number,
  l.phone_number_id, a.enrolled_on > t.day or coalesce(l.from_on > t.day, false) as is_late
from moment t
  cross join lateral reminder_audience(:programme, :kind, t.starts_at, t.occasion, t.roles, t.groups) a
  join participant p on p.id = a.participant_id
  left join training_group g on g.id = p.group_id
  left join participant_phone l on l.participant_id = a.participant_id and l.to_on is null
order by t.n, g.number, p.member_number
