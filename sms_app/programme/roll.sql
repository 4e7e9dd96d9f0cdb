-- name: contradictions(programme, since)
-- Check-ins of participants themselves whom the roll calls absent or excused, or whose session it calls not held.
select g.number as "group", g.id as group_id, s.starts_at, p.time_zone,
  -- nobody fixed the list of a session that was not held: then it is the number of now
  coalesce(l.list_number, m.list_number) as list_number,
  coalesce(c.status, r.outcome) as status, coalesce(c.source = 'staff', false) as by_office
from attendance a
left join presence c on c.training_session_id = a.training_session_id and c.participant_id = a.participant_id
  and c.source in ('coach', 'staff') and c.status in ('absent', 'excused')
join participant m on m.id = a.participant_id
join training_session s on s.id = a.training_session_id
join training_group g on g.id = s.group_id
join programme p on p.id = s.programme_id
left join session_list l on l.training_session_id = a.training_session_id and l.participant_id = a.participant_id
left join roll r on r.training_session_id = a.training_session_id and r.outcome = 'not_held'
where a.source = 'self' and coalesce(c.status, r.outcome) is not null
  and s.programme_id = :programme and s.starts_at > :since
order by s.starts_at, g.number, list_number

-- name: of_day(programme, group, day)
-- The sessions of a group on a local day that were not cancelled.
select s.id, s.starts_at from training_session s
join training_group g on g.id = s.group_id
join programme p on p.id = s.programme_id
where s.programme_id = :programme and g.number = :group and s.cancelled_at is null
  and (s.starts_at at time zone p.time_zone)::date = :day
order by s.starts_at
