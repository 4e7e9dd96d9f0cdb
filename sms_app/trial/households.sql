-- name: links(programme)
-- Every place in a household that ever was. A place that ended on the day of the first assignment stood there no more:
-- what follows it begins on that day. Earlier enrolments stored `member` where nothing was said.
with baseline as (
  -- the day on which each household was first assigned to an arm
  select household_id, min(assigned_on) as assigned_on from arm_assignment where replaces is null group by household_id
)
select l.participant_id, l.household_id, case l.relation when 'member' then 'other' else l.relation end as relation,
  l.from_on, l.to_on,
  case when b.assigned_on is not null
    then l.from_on <= b.assigned_on and (l.to_on is null or l.to_on > b.assigned_on) end as at_baseline
from household_link l
  join household h on h.id = l.household_id
  left join baseline b on b.household_id = l.household_id
where h.programme_id = :programme
