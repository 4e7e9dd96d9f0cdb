-- name: silence_by_group(programme, since, since_day)
-- Each group with its people, and how many of them nothing reached, by the reason why no text did.
with silent as (
  -- who is silent, counted by group and reason
  select group_id,
    count(*) filter (where reason = 'no_phone') as no_phone,
    count(*) filter (where reason = 'stopped') as stopped,
    count(*) filter (where reason = 'refused') as refused,
    count(*) filter (where reason = 'unknown') as unknown,
    count(*) filter (where reason = 'failed') as failed,
    count(*) filter (where reason = 'no_text') as no_text,
    count(*) as people
  from silent_people(:programme, :since, :since_day) group by group_id
), members as (
  -- everybody of now
  select group_id, count(*) as people from participant
  where programme_id = :programme and left_on is null group by group_id
)
select m.group_id, g.number, g.sector, m.people, coalesce(s.no_phone, 0) as no_phone,
  coalesce(s.stopped, 0) as stopped, coalesce(s.refused, 0) as refused, coalesce(s.unknown, 0) as unknown,
  coalesce(s.failed, 0) as failed, coalesce(s.no_text, 0) as no_text
from members m
left join training_group g on g.id = m.group_id
-- people without a group are one row
left join silent s on s.group_id is not distinct from m.group_id
order by coalesce(s.people, 0) desc, g.number

-- name: silent_of_group(programme, since, since_day, group)
-- The people of a group whom nothing reached, as her coach's list has them.
select p.id, p.member_number, p.name_sealed, p.list_number, p.contact, s.reason
from silent_people(:programme, :since, :since_day) s join participant p on p.id = s.participant_id
where s.group_id = :group
order by p.list_number, p.member_number
