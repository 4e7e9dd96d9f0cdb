-- name: sessions(sessions)
-- Sessions as they are now, with the numbers of their group's coaches and how many said that they cannot come.
select s.id, g.number, s.starts_at, s.place, s.cancelled_at,
  array(select c.phone_number_id from coach_phone c where c.group_id = g.id) as coaches,
  (select count(*) from cannot_come c where c.training_session_id = s.id) as cannot_come
from training_session s join training_group g on g.id = s.group_id where s.id = any(:sessions)

-- name: count_to_tell(session, starts, place, cancelled)$
-- How many coaches of now, who take texts, were told last something else of a session than these facts.
with latest as (
  -- what each coach's number was told last of this session
  select distinct on (m.phone_number_id) m.phone_number_id, m.told_cancelled, m.told_starts_at, m.told_place
  from message m
  where m.subject_id = :session and m.kind = 'coach_gathering' and m.status in ('sent', 'delivered', 'unknown')
  order by m.phone_number_id, coalesce(m.sent_at, m.claimed_at, m.planned_at) desc
)
select count(*) from latest l join phone_number n on n.id = l.phone_number_id and n.stopped_on is null
where case when :cancelled or l.told_cancelled then :cancelled <> l.told_cancelled
    else (l.told_starts_at, l.told_place) <> (:starts, :place) end
  and exists (
    select from training_session s join coach_phone c on c.group_id = s.group_id
    where s.id = :session and c.phone_number_id = l.phone_number_id)
