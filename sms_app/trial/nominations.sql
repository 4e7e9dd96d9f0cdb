-- name: is_assigned(person)
-- Whether a household of hers was assigned to an arm while she was in it.
select exists (
  select from household_link l join arm_assignment a on a.household_id = l.household_id and a.replaces is null
  where l.participant_id = :person and (l.to_on is null or l.to_on > a.assigned_on)
)

-- name: later(person, day)
-- The day of a nomination of hers after this day.
select max(nominated_on) from nomination where participant_id = :person and nominated_on > :day

-- name: missing(programme)
-- Women who have not left and nominated nobody, and whose household has no arm.
select p.member_number, g.number as group_number, p.list_number, l.household_id is not null as has_household
from participant p
  left join training_group g on g.id = p.group_id
  left join household_link l on l.participant_id = p.id and l.to_on is null
where p.programme_id = :programme and p.role = 'woman' and p.left_on is null
  and not exists (select from nomination n where n.participant_id = p.id)
  and not exists (select from arm_assignment a where a.household_id = l.household_id)
order by g.number nulls last, p.list_number, p.member_number

-- name: latest(programme)
-- The latest nomination of each woman; what was said under a number that was merged is copied to the one who stays.
select distinct on (n.participant_id) n.participant_id, n.relation, n.nominated_on
from nomination n join participant p on p.id = n.participant_id
where p.programme_id = :programme and p.merged_into is null
order by n.participant_id, n.nominated_on desc, n.entry desc
