-- name: groups(programme, sector, after, most)
-- Training groups in the order of their numbers, those of a sector or of all (empty); `sectors` are all that there are.
select g.id, g.number, g.sector,
  array(select distinct o.sector from training_group o where o.programme_id = :programme order by 1) as sectors
from training_group g
where g.programme_id = :programme and :sector in ('', g.sector) and g.number > :after
order by g.number limit :most

-- name: weeks(groups, start, end, zone)
-- By group and week (its Monday in the zone): the sessions that began in a span, those with a roll, those not held, and of
-- those with a roll how many were on the list and came.
select s.group_id, date_trunc('week', s.starts_at at time zone :zone)::date as monday, count(*) as sessions,
  count(*) filter (where r.outcome = 'held') as held, count(*) filter (where r.outcome = 'not_held') as not_held,
  coalesce(sum(c.listed), 0)::bigint as listed, coalesce(sum(c.came), 0)::bigint as came
from training_session s
-- `offset 0` keeps this a look-up by index for each session: a plain join reads all rolls
left join lateral (select outcome from roll where training_session_id = s.id offset 0) r on true
left join lateral (
  select count(*) as listed, count(*) filter (where a.status in ('present', 'late')) as came
  from session_list l
  left join presence a on a.training_session_id = l.training_session_id and a.participant_id = l.participant_id
  where l.training_session_id = s.id
) c on r.outcome = 'held'
where s.group_id = any(:groups) and s.starts_at >= :start and s.starts_at < :end and s.cancelled_at is null
group by 1, 2

-- name: group(programme, number)
select g.id, g.number, g.sector, g.place from training_group g
where g.programme_id = :programme and g.number = :number

-- name: sessions(group, start, end)
-- The sessions of a group in a span that were not cancelled, the earliest first.
select s.id, s.starts_at, s.title, r.outcome
from training_session s left join roll r on r.training_session_id = s.id
where s.group_id = :group and s.starts_at >= :start and s.starts_at < :end and s.cancelled_at is null
order by s.starts_at

-- name: marks(sessions)
-- Everyone on the lists of some sessions, with what is known of each; the number on the group's list of now, or else that
-- of the latest of these lists.
select l.training_session_id as session, p.id, p.name_sealed, p.member_number::text as member_number, v.status,
  case when p.left_on is null and p.group_id = s.group_id then p.list_number end as number_now,
  l.list_number
from session_list l join training_session s on s.id = l.training_session_id
join participant p on p.id = l.participant_id
left join presence v on v.training_session_id = l.training_session_id and v.participant_id = l.participant_id
where l.training_session_id = any(:sessions)
order by s.starts_at, l.list_number

-- name: session(programme, session)
-- A session with its roll, and the coach who entered it.
select s.id, g.number as "group", g.sector, s.title, s.starts_at, s.ends_at, s.place,
  s.cancelled_at is not null as cancelled, r.outcome, r.reason, r.headcount, r.taken_on, r.changed_on, r.coach_id,
  c.name_sealed as coach_name_sealed
from training_session s join training_group g on g.id = s.group_id
left join roll r on r.training_session_id = s.id left join coach c on c.id = r.coach_id
where s.programme_id = :programme and s.id = :session

-- name: listed(session)
-- Who was expected at a session, with what counts of her, who said so, and what she said herself.
select l.list_number, p.id, p.name_sealed, v.status, v.source,
  exists (
    select from attendance a where a.training_session_id = l.training_session_id
      and a.participant_id = l.participant_id and a.source = 'self') as checked_in,
  exists (
    select from cannot_come c where c.training_session_id = l.training_session_id
      and c.participant_id = l.participant_id) as cannot_come
from session_list l join participant p on p.id = l.participant_id
left join presence v on v.training_session_id = l.training_session_id and v.participant_id = l.participant_id
where l.training_session_id = :session
order by l.list_number

-- name: substitutes(session)
-- The coaches who stood in at a session.
select c.id, c.name_sealed from session_substitute b join coach c on c.id = b.coach_id
where b.training_session_id = :session order by b.from_on, c.id
