-- name: check_in(participant, code, starts, ends, day)
-- Store that she says she is at her group's session with this code, once. Gives a row if there is such a session.
with here as (
  -- the session of the day with this code, of her group
  select s.id as session_id, p.id as participant_id from participant p
  join training_session s on s.group_id = p.group_id
  where p.id = :participant and s.check_in_code = :code and s.cancelled_at is null
  and s.starts_at >= :starts and s.starts_at < :ends order by s.starts_at limit 1
), marked as (
  insert into attendance (training_session_id, participant_id, status, source, assisted, recorded_on)
  select session_id, participant_id, 'present', 'self', false, :day from here
  on conflict (training_session_id, participant_id, source) do nothing
)
select 1 from here

-- name: check_in_as_member(programme, code, starts, ends, member, day, limit)
-- Mark the person of a member number present, or store the number if nobody in the session's group has it. Gives a row
-- if any session of the day has this code.
with today as (
  -- the day's sessions with this code
  select s.id, s.group_id from training_session s
  where s.programme_id = :programme and s.check_in_code = :code and s.cancelled_at is null
  and s.starts_at >= :starts and s.starts_at < :ends
), hers as (
  -- those of the member's group
  select t.id as session_id, p.id as participant_id from today t join participant p on p.group_id = t.group_id
  where p.id = member_of(:programme, :member)
), marked as (
  insert into attendance (training_session_id, participant_id, status, source, assisted, recorded_on)
  select session_id, participant_id, 'present', 'self', false, :day from hers
  on conflict (training_session_id, participant_id, source) do nothing
), unmatched as (
  -- at most `limit` for a session: anyone who knows its code can make them
  insert into unmatched_check_in (training_session_id, member_number, recorded_on)
  select t.id, :member, :day from today t where not exists (select from hers)
  and (select count(*) from unmatched_check_in u where u.training_session_id = t.id) < :limit
  on conflict do nothing
)
select 1 from today limit 1

-- name: cannot_come(programme, now, since, most, skip)
-- Replies that nobody dealt with: she did not come after all, was not excused, and the office entered nothing of her.
select g.number as "group", s.starts_at, s.starts_at <= :now as begun, p.member_number,
  coalesce(l.list_number, p.list_number) as list_number
from cannot_come c join training_session s on s.id = c.training_session_id
join training_group g on g.id = s.group_id join participant p on p.id = c.participant_id
left join session_list l on l.training_session_id = s.id and l.participant_id = p.id
where s.programme_id = :programme and s.cancelled_at is null and s.starts_at > :since
and not exists (
  select from presence a where a.training_session_id = s.id and a.participant_id = p.id
  and (a.status <> 'absent' or a.source = 'staff'))
and not exists (select from roll r where r.training_session_id = s.id and r.outcome = 'not_held')
order by s.starts_at, g.number, list_number limit :most offset :skip

-- name: sessions_of(person, most)
-- The latest sessions on whose fixed list she was, with what is known of her there.
select s.starts_at, s.title, a.status, r.outcome
from session_list l join training_session s on s.id = l.training_session_id
left join presence a on a.training_session_id = s.id and a.participant_id = l.participant_id
left join roll r on r.training_session_id = s.id
where l.participant_id = :person order by s.starts_at desc limit :most
