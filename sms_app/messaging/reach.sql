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
-- The people of a group whom nothing reached, as her coach's list has them: what `silent_people` says of everybody, for
-- these people only, each by an index.
with members as (
  -- who may be silent
  select id, member_number, name_sealed, list_number, contact from participant
  where programme_id = :programme and group_id = :group and left_on is null and enrolled_on <= :since_day
), phones as (
  -- her numbers, also those that she had; `stopped` is of those that she has now
  select m.id as person, l.phone_number_id, l.to_on is null as now, n.stopped_on is not null as stopped
  from members m join participant_phone l on l.participant_id = m.id join phone_number n on n.id = l.phone_number_id
), texts as (
  -- what went or failed since then, and what never went
  select p.person, t.status from phones p join message t on t.phone_number_id = p.phone_number_id
  where t.sent_at >= :since and t.due_at >= :since and p.person = any(t.people)
  union all
  select p.person, t.status from phones p join message t on t.phone_number_id = p.phone_number_id
  where t.sent_at is null and t.status in ('failed', 'expired') and t.due_at >= :since and p.person = any(t.people)
), rated as (
  -- by person: the best that became of the texts
  select person, bool_or(status in ('sent', 'delivered')) as reached, bool_or(status = 'unknown') as unknown,
    bool_or(status in ('failed', 'expired')) as failed
  from texts group by person
), numbers as (
  select person, bool_and(stopped) as stopped from phones where now group by person
)
select m.id, m.member_number, m.name_sealed, m.list_number, m.contact, case
    when n.person is null then 'no_phone'
    when n.stopped then 'stopped'
    when not coalesce((
      select c.given from consent_now c where c.participant_id = m.id and c.purpose = 'messages'), false) then 'refused'
    when r.unknown then 'unknown'
    when r.failed then 'failed'
    else 'no_text'
  end as reason
from members m left join rated r on r.person = m.id left join numbers n on n.person = m.id
where not coalesce(r.reached, false)
  and not exists (
    select from attendance a join training_session s on s.id = a.training_session_id
    where a.participant_id = m.id and a.status in ('present', 'late') and s.starts_at >= :since)
  and not exists (select from session_reply r where r.participant_id = m.id and r.replied_on >= :since_day)
  and not exists (select from dispute d where d.participant_id = m.id and d.raised_on >= :since_day)
  and not exists (
    select from contribution c where c.participant_id = m.id and c.source = 'member' and c.recorded_on >= :since_day)
order by m.list_number, m.member_number
