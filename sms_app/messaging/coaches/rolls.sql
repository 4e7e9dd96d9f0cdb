-- name: marks(sessions, zone)
-- Who is on the list of a session, with what is known of her: who was expected when it started (of a session without
-- that list, who was a member on its day), and whoever of the group has a row all the same.
select s.id, p.id as participant_id, coalesce(l.list_number, p.list_number) as list_number, a.status
from training_session s
join lateral (
  select k.participant_id as id from session_list k where k.training_session_id = s.id
  union select m.id from participant m where m.group_id = s.group_id
) e on true
join participant p on p.id = e.id
left join session_list l on l.training_session_id = s.id and l.participant_id = p.id
left join presence a on a.training_session_id = s.id and a.participant_id = p.id
where s.id = any(:sessions) and (a.status is not null or l.list_number is not null
  or (not exists (select from session_list k where k.training_session_id = s.id)
    and p.enrolled_on <= (s.starts_at at time zone :zone)::date
    and (p.left_on is null or p.left_on > (s.starts_at at time zone :zone)::date)))
