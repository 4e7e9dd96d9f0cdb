-- name: loads_by_number(programme, midnight, ahead, lately, until, least)
-- What numbers were sent on this local day and what waits for them, one text after the other. Numbers with fewer than
-- `least` texts are left out.
with counted as (
  -- one row for each text
  -- what went today was due not long ago: the index of days finds it
  select m.phone_number_id, m.sent_at, m.kind, m.people, m.due_at, m.expires_at from message m
  where m.programme_id = :programme and m.sent_at >= :midnight and m.sent_at < :ahead and m.due_at >= :lately
  union all
  -- what waits, but for paused broadcasts
  select m.phone_number_id, m.sent_at, m.kind, m.people, m.due_at, m.expires_at from message m
  where m.programme_id = :programme and m.status in ('planned', 'queued') and m.due_at <= :until
    and not exists (
      select from broadcast b where b.id = m.subject_id and m.kind = 'broadcast' and b.paused_at is not null)
  union all
  -- what is being sent
  select m.phone_number_id, m.sent_at, m.kind, m.people, m.due_at, m.expires_at from message m
  where m.programme_id = :programme and m.status = 'sending' and m.sent_at is null and m.due_at >= :lately
)
select phone_number_id, array_agg(sent_at is not null) as sent, array_agg(kind = 'broadcast') as is_broadcast,
  array_agg(is_capped(kind, people)) as capped, array_agg(due_at) as due, array_agg(expires_at) as expires
from counted group by phone_number_id having count(*) >= :least
