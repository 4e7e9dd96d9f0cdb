-- name: sessions_of_day(programme, start, end, most)
-- The first training sessions that begin in a span, with how many are expected, said no, and came; `many` is how many
-- there are in all.
with sessions as materialized (
  -- which sessions: the rest is counted for these only
  select s.id, s.group_id, g.number, g.sector, s.starts_at, s.place, s.cancelled_at, count(*) over () as many
  from training_session s join training_group g on g.id = s.group_id
  where s.programme_id = :programme and s.starts_at >= :start and s.starts_at < :end
  order by s.starts_at, g.number limit :most
)
select s.number as "group", s.sector, s.starts_at, s.place, s.cancelled_at is not null as cancelled,
  (select count(*) from participant p where p.group_id = s.group_id and p.left_on is null) as people,
  (select count(*) from cannot_come c where c.training_session_id = s.id) as cannot,
  (select r.outcome from roll r where r.training_session_id = s.id) as outcome,
  (select count(*) from presence a
    where a.training_session_id = s.id and a.status in ('present', 'late')) as came,
  s.many
from sessions s order by s.starts_at, s.number

-- name: texts_of_day(programme, start, end, duty)
-- What became of the texts that are due in a span, by status and reason; by the index on due_at.
select status, coalesce(reason, '') as reason, count(*) as many from message
where programme_id = :programme and due_at >= :start and due_at < :end and kind <> :duty
group by 1, 2 order by 3 desc, 1, 2

-- name: count_stopped_numbers(programme)
-- How many numbers to which nothing is sent are used by a participant or a coach.
select count(*) from phone_number n
where n.programme_id = :programme and n.stopped_on is not null and exists (
  select from participant_phone l join participant p on p.id = l.participant_id and p.left_on is null
  where l.phone_number_id = n.id and l.to_on is null
  union all
  select from coach c where c.phone_number_id = n.id and c.suspended_on is null)

-- name: stopped_numbers(programme, most, skip)
-- The numbers to which nothing is sent and that a participant or a coach uses, the latest stop first.
with stopped as (
  -- those of this page: who uses each is looked up for these only
  select n.id, n.stopped_on from phone_number n
  where n.programme_id = :programme and n.stopped_on is not null and exists (
    select from participant_phone l join participant p on p.id = l.participant_id and p.left_on is null
    where l.phone_number_id = n.id and l.to_on is null
    union all
    select from coach c where c.phone_number_id = n.id and c.suspended_on is null)
  order by n.stopped_on desc, n.id limit :most offset :skip
)
select s.stopped_on, h.groups, h.members, c.coaches
from stopped s
-- people who are in the programme
cross join lateral (
  select coalesce(array_agg(distinct g.number) filter (where g.number is not null), '{}') as groups,
    coalesce(array_agg(p.member_number::text order by p.member_number), '{}') as members
  from participant_phone l join participant p on p.id = l.participant_id and p.left_on is null
  left join training_group g on g.id = p.group_id
  where l.phone_number_id = s.id and l.to_on is null) h
cross join lateral (
  select count(*) as coaches from coach where phone_number_id = s.id and suspended_on is null) c
order by s.stopped_on desc, h.groups, h.members
