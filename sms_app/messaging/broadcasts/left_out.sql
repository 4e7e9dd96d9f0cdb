-- name: left_out(programme, roles, groups, sectors, only_arms, only_languages, contacts, arms, now, day_start, most_a_day, given_up, waits, no_phone)
-- The people whom a broadcast leaves out, by reason and group. A person is left out when none of her numbers gets it.
with judged as materialized (
  -- a number that waits for the next day gets it, unless that is too late (`given_up`)
  select people,
    case when phone_number_id = any(:given_up::uuid[]) then :waits::text else nullif(reason, :waits) end as reason
  from broadcast_refusals(
    :programme, :roles, :groups, :sectors, :only_arms, :only_languages, :contacts, :arms, :now, :day_start, :most_a_day)
), lacking as (
  -- the people none of whose numbers gets it, and those without a number
  select person, min(j.reason) as reason from judged j cross join unnest(j.people) as person
  group by person having bool_and(j.reason is not null)
  union all
  select p.participant_id, :no_phone::text
  from broadcast_people(:programme, :roles, :groups, :sectors, :only_arms, :only_languages, :contacts) p
  where not exists (select from participant_phone l where l.participant_id = p.participant_id and l.to_on is null)
)
select l.reason, g.number as group, count(*) filter (where p.list_number is null) as unlisted,
  coalesce(array_agg(p.list_number order by p.list_number) filter (where p.list_number is not null), '{}') as numbers
from lacking l join participant p on p.id = l.person left join training_group g on g.id = p.group_id
group by 1, 2 order by 1, 2 nulls last

-- name: waiting(programme, roles, groups, sectors, only_arms, only_languages, contacts, arms, now, day_start, most_a_day, phones, hours, waits)
-- The people whose numbers wait for another day, by the hour at which they get a broadcast, and by group. `phones` and
-- `hours` have an item for each number that waits.
with held as materialized (
  select phone, at from unnest(:phones::uuid[], :hours::timestamptz[]) as h(phone, at)
), judged as materialized (
  -- the numbers of the audience that get it, now or later
  select phone_number_id, people from broadcast_refusals(
    :programme, :roles, :groups, :sectors, :only_arms, :only_languages, :contacts, :arms, :now, :day_start, :most_a_day)
  where reason is null or reason = :waits
)
select h.at, g.number as group, count(*) filter (where p.list_number is null) as unlisted,
  coalesce(array_agg(distinct p.list_number order by p.list_number) filter (where p.list_number is not null), '{}')
    as numbers
from held h join judged j on j.phone_number_id = h.phone cross join unnest(j.people) as person
  join participant p on p.id = person left join training_group g on g.id = p.group_id
group by 1, 2 order by 1, 2 nulls last
