-- name: enter(entry, amount, shares, week_of, today, assisted, person)
-- Add her report to her savings group's open cycle. The same entry is stored once.
insert into contribution (id, cycle_id, participant_id, amount, shares, source, week_of, recorded_on, assisted)
select :entry, c.id, sm.participant_id, :amount, :shares, 'member', :week_of, :today, :assisted
from savings_member sm join cycle c on c.savings_group_id = sm.savings_group_id and c.closed_on is null
where sm.participant_id = :person and sm.to_on is null
on conflict (id) do nothing

-- name: correct(person, entry, today, assisted, week_of, amount, shares)
-- Reverse the week's reports entry by entry and add the new total, unless this very correction was stored before. An
-- entry made with help is reversed only by a correction made with help: a phone alone does not change what her coach
-- wrote with her.
with open as (
  -- her group's open cycle, and nothing if this correction was stored before
  select c.id as cycle_id, sm.participant_id
  from savings_member sm join cycle c on c.savings_group_id = sm.savings_group_id and c.closed_on is null
  where sm.participant_id = :person and sm.to_on is null
  and not exists (select 1 from contribution where id = :entry)
), reversed as (
  -- a reversal of each entry of the week that has none
  insert into contribution (
    id, cycle_id, participant_id, amount, shares, source, week_of, recorded_on, assisted, reverses
  )
  select gen_random_uuid(), e.cycle_id, e.participant_id, -e.amount, -e.shares, 'member', e.week_of, :today,
    :assisted, e.id
  from open join contribution e on e.cycle_id = open.cycle_id and e.participant_id = open.participant_id
  where e.source = 'member' and e.week_of = :week_of and e.reverses is null and (:assisted or not e.assisted)
  and not exists (select 1 from contribution r where r.reverses = e.id)
)
insert into contribution (id, cycle_id, participant_id, amount, shares, source, week_of, recorded_on, assisted)
select :entry, cycle_id, participant_id, :amount, :shares, 'member', :week_of, :today, :assisted
from open
