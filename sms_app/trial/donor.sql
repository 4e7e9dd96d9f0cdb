-- What a donor's report of a quarter needs beside the exposure. `first` is the Monday of the first week, `after` the Monday
-- after the last one.

-- name: birth_years(programme)
-- The year of birth of each participant, null where it is not known.
select id as person, birth_year from participant where programme_id = :programme and merged_into is null

-- name: groups(programme)
-- The programme's training groups, by number.
select number, role, sector from training_group where programme_id = :programme order by number

-- name: savings(programme, first, after)
-- What each savings group saved by source, and how many people put something in. What members report and what meetings
-- count are never added. The name of a savings group is left out: it could name a person.
with saved as (
  -- each person's sum of these weeks, reversals included; a participant who was merged counts as the other one
  select c.savings_group_id, n.source, coalesce(p.merged_into, p.id) as person, sum(n.amount) as amount
  from contribution n
    join cycle c on c.id = n.cycle_id
    join participant p on p.id = n.participant_id
  where p.programme_id = :programme and n.week_of >= :first and n.week_of < :after
  group by c.savings_group_id, n.source, coalesce(p.merged_into, p.id)
)
select g.id as group_id, t.number, t.sector,
  count(*) filter (where s.source = 'meeting' and s.amount > 0) as counted_people,
  coalesce(sum(s.amount) filter (where s.source = 'meeting'), 0)::bigint as counted,
  count(*) filter (where s.source = 'member' and s.amount > 0) as reported_people,
  coalesce(sum(s.amount) filter (where s.source = 'member'), 0)::bigint as reported
from savings_group g
  left join training_group t on t.id = g.training_group_id
  left join saved s on s.savings_group_id = g.id
where g.programme_id = :programme
group by g.id, t.number, t.sector
order by t.number, g.id

-- name: costs(programme, first, after)
-- What texts and dialogues cost by currency, in one sum, without the texts to caseworkers on duty.
select currency, sum(cost) as cost
from (
  select m.currency, m.cost
  from message m
    join programme z on z.id = m.programme_id
    cross join lateral (select (coalesce(m.sent_at, m.settled_at) at time zone z.time_zone)::date as day) d
  where m.programme_id = :programme and m.kind <> 'duty' and m.cost is not null and m.currency is not null
    and d.day >= :first and d.day < :after
  union all
  select c.currency, c.cost from ussd_cost c
  where c.programme_id = :programme and c.day >= :first and c.day < :after
) charged
group by currency
order by currency
