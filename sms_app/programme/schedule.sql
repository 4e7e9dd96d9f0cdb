-- name: list_gatherings(programme, after, before)
-- Sessions and meetings from `after` on and before `before`, and how many replied that they will come or cannot come to
-- the session on its present day. A reply from before the session was moved to another day does not count.
select g.id, g.starts_at, g.ends_at, g.place, g.cancelled_at is not null as cancelled,
  coalesce('group ' || t.number, k.name) as group_name, coalesce(g.training_group_id, k.training_group_id) as coached,
  s.check_in_code,
  (select count(*) from session_reply r
    join participant p on p.id = r.participant_id and p.group_id = s.group_id and p.left_on is null
    join programme z on z.id = s.programme_id
    where r.training_session_id = s.id and r.coming
    and (r.session_on is null or r.session_on = (s.starts_at at time zone z.time_zone)::date)) as will_come,
  (select count(*) from session_reply r
    join participant p on p.id = r.participant_id and p.group_id = s.group_id and p.left_on is null
    join programme z on z.id = s.programme_id
    where r.training_session_id = s.id and not r.coming
    and (r.session_on is null or r.session_on = (s.starts_at at time zone z.time_zone)::date)) as cannot_come
from gathering g left join training_group t on t.id = g.training_group_id
  left join savings_group k on k.id = g.savings_group_id
  left join training_session s on s.id = g.id
where g.programme_id = :programme and g.starts_at >= :after and g.starts_at < :before
order by g.starts_at, group_name

-- name: find(programme, start)
-- Find by the beginning of an id, so that staff need not type all of it.
select g.id, g.starts_at, g.ends_at, g.place, g.cancelled_at is not null as cancelled,
  coalesce('group ' || t.number, k.name) as group_name, g.savings_group_id is null as is_session, t.id as session_group,
  coalesce(g.training_group_id, g.savings_group_id) as whose
from gathering g left join training_group t on t.id = g.training_group_id
  left join savings_group k on k.id = g.savings_group_id
where g.programme_id = :programme and left(g.id::text, length(:start)) = :start
limit 2

-- name: find_whole(programme, id)
-- Find by a whole id.
select g.id, g.starts_at, g.ends_at, g.place, g.cancelled_at is not null as cancelled,
  coalesce('group ' || t.number, k.name) as group_name, g.savings_group_id is null as is_session, t.id as session_group,
  coalesce(g.training_group_id, g.savings_group_id) as whose
from gathering g left join training_group t on t.id = g.training_group_id
  left join savings_group k on k.id = g.savings_group_id
where g.programme_id = :programme and g.id = :id

-- name: move_session(starts, ends, id)!
-- Give a training session another start and end.
update training_session set starts_at = :starts, ends_at = :ends where id = :id

-- name: move_meeting(starts, ends, id)!
-- Give a savings group's meeting another start and end.
update planned_meeting set starts_at = :starts, ends_at = :ends where id = :id

-- name: cancel_session(now, id)!
-- Cancel a training session.
update training_session set cancelled_at = :now where id = :id

-- name: cancel_meeting(now, id)!
-- Cancel a meeting.
update planned_meeting set cancelled_at = :now where id = :id

-- name: restore_session(id)!
-- Take back a session's cancellation.
update training_session set cancelled_at = null where id = :id

-- name: restore_meeting(id)!
-- Take back a meeting's cancellation.
update planned_meeting set cancelled_at = null where id = :id

-- name: place_session(place, id)!
-- Change a session's place.
update training_session set place = :place where id = :id

-- name: place_meeting(place, id)!
-- Change a meeting's place.
update planned_meeting set place = :place where id = :id
