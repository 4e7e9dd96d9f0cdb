-- name: texts_to_members(gatherings)
-- Each member of the gatherings, once for each text about it that was planned for her, or once without one. A text counts
-- (`reached`) while what it told is what is true. What is still to go (`waits`) would tell the truth, but only a
-- correction goes about a cancelled gathering.
select t.gathering_id, t.participant_id, p.list_number, m.id, m.phone_number_id, m.due_at,
  coalesce((m.status in ('sending', 'sent', 'delivered') or m.reason = 'same_text')
    and m.told_cancelled = (g.cancelled_at is not null)
    and (m.told_cancelled or (m.told_starts_at = g.starts_at and m.told_place = g.place)), false) as reached,
  coalesce(m.status in ('planned', 'queued') and m.reason is distinct from 'quiet_hours'
    and (g.cancelled_at is null or m.kind = 'correction') and not m.ambiguous, false) as waits,
  coalesce(m.status in ('failed', 'unknown', 'expired'), false) as failed
from gathering_member t
join gathering g on g.id = t.gathering_id
join participant p on p.id = t.participant_id
left join message m on m.gathering_id = t.gathering_id and m.kind in ('gathering', 'correction')
  and t.participant_id = any(m.people)
where t.gathering_id = any(:gatherings)
