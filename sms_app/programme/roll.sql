-- name: contradictions(programme, since, unanswered, most, skip)
-- Check-ins of participants themselves whom the roll calls absent or excused, or whose session it calls not held; with
-- `unanswered` without those of whom the office has said so. At most `most` (null: no limit) after the first `skip`. It
-- reads sessions in their order, so that a limit ends it early.
select g.number as "group", g.id as group_id, s.starts_at, p.time_zone,
  -- nobody fixed the list of a session that was not held: then it is the number of now
  coalesce(l.list_number, m.list_number) as list_number,
  coalesce(c.status, r.outcome) as status, coalesce(c.source = 'staff', false) as by_office
from training_session s
join attendance a on a.training_session_id = s.id and a.source = 'self'
left join lateral (
  select c.status, c.source from presence c
  where c.training_session_id = a.training_session_id and c.participant_id = a.participant_id
    and c.source in ('coach', 'staff') and c.status in ('absent', 'excused') offset 0) c on true
join participant m on m.id = a.participant_id
join training_group g on g.id = s.group_id
join programme p on p.id = s.programme_id
left join session_list l on l.training_session_id = a.training_session_id and l.participant_id = a.participant_id
left join lateral (
  select r.outcome from roll r where r.training_session_id = s.id and r.outcome = 'not_held' offset 0) r on true
where s.programme_id = :programme and s.starts_at > :since and s.mismatched
  and coalesce(c.status, r.outcome) is not null
  and not (:unanswered and coalesce(c.source = 'staff', false))
order by s.starts_at, g.number, list_number limit :most offset :skip

-- name: of_day(programme, group, day)
-- The sessions of a group on a local day that were not cancelled.
select s.id, s.starts_at from training_session s
join training_group g on g.id = s.group_id
join programme p on p.id = s.programme_id
where s.programme_id = :programme and g.number = :group and s.cancelled_at is null
  and (s.starts_at at time zone p.time_zone)::date = :day
order by s.starts_at
