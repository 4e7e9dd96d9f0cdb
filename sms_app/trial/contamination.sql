-- How the arms of the trial could reach each other on a day. A participant who was merged into another is that one.
-- Memberships and links hold from their first day on and not on their last.

-- name: people(programme, day)
-- The participants of that day, with household, village, and the arm that the household had on that day.
select distinct on (k.id) k.id as person, k.role, h.household_id, o.village, a.code as arm
from participant k
  left join participant p on k.id in (p.id, p.merged_into)
  left join household_link h on h.participant_id = p.id
    and h.from_on <= :day and (h.to_on is null or h.to_on > :day)
  left join household o on o.id = h.household_id
  left join arm_assignment s on s.household_id = h.household_id and s.assigned_on <= :day and not exists (
    select from arm_assignment later where later.replaces = s.id and later.assigned_on <= :day
  )
  left join arm a on a.id = s.arm_id
where k.programme_id = :programme and k.merged_into is null
  and k.enrolled_on <= :day and (k.left_on is null or k.left_on > :day)
order by k.id, h.from_on desc nulls last, h.id

-- name: training_groups(programme, day)
-- Who was in which training group; of several rows of one person, the own one counts.
select distinct on (coalesce(p.merged_into, p.id)) coalesce(p.merged_into, p.id) as person, m.group_id, g.number
from group_membership m
  join participant p on p.id = m.participant_id
  join training_group g on g.id = m.group_id
where p.programme_id = :programme and m.from_on <= :day and (m.to_on is null or m.to_on > :day)
order by coalesce(p.merged_into, p.id), p.merged_into is null desc, m.from_on desc, m.id

-- name: savings_groups(programme, day)
-- Who saved in which savings group.
select distinct on (coalesce(p.merged_into, p.id)) coalesce(p.merged_into, p.id) as person,
  m.savings_group_id as group_id
from savings_member m join participant p on p.id = m.participant_id
where p.programme_id = :programme and m.from_on <= :day and (m.to_on is null or m.to_on > :day)
order by coalesce(p.merged_into, p.id), m.from_on desc, m.id

-- name: trained_men(programme, day)
-- The men who had attended a session by that day, which was neither cancelled nor called not held.
select distinct coalesce(p.merged_into, p.id) as person
from training_session s
  join programme z on z.id = s.programme_id
  join presence a on a.training_session_id = s.id and a.status in ('present', 'late')
  join participant p on p.id = a.participant_id and p.role = 'man'
  left join roll r on r.training_session_id = s.id
where s.programme_id = :programme and s.cancelled_at is null and coalesce(r.outcome, 'held') = 'held'
  and (s.starts_at at time zone z.time_zone)::date <= :day

-- name: coached_groups(programme, day)
-- For each training group the groups that its coaches coached, its own included.
select distinct k.group_id, o.group_id as also_coached, g.role
from group_coach k
  join group_coach o on o.coach_id = k.coach_id
  join training_group g on g.id = o.group_id
where g.programme_id = :programme and k.from_on <= :day and (k.to_on is null or k.to_on > :day)
  and o.from_on <= :day and (o.to_on is null or o.to_on > :day)

-- name: numbers(programme, day)
-- Who was reached on which number.
select distinct l.phone_number_id, coalesce(p.merged_into, p.id) as person
from participant_phone l join participant p on p.id = l.participant_id
where p.programme_id = :programme and l.from_on <= :day and (l.to_on is null or l.to_on > :day)
