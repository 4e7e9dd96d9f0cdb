-- name: contamination(programme, day, mens_arm)
-- What could reach a woman from another arm, as of a day, for each woman who was a participant on it. A participant who was
-- merged into another is that one. Memberships and links hold from their first day on and not on their last.
with person as (
  -- each participant of that day under the id that stands for her, with every id of hers
  select p.id as own_id, k.id as person, k.role
  from participant p join participant k on k.id = coalesce(p.merged_into, p.id)
  where k.programme_id = :programme and k.enrolled_on <= :day and (k.left_on is null or k.left_on > :day)
), home as (
  -- the household of each, its village, and the arm that it had on that day
  select distinct on (p.person) p.person, p.role, h.household_id, o.village, a.code as arm
  from person p
    join household_link h on h.participant_id = p.own_id
      and h.from_on <= :day and (h.to_on is null or h.to_on > :day)
    join household o on o.id = h.household_id
    left join arm_assignment s on s.household_id = h.household_id and s.assigned_on <= :day and not exists (
      select from arm_assignment later where later.replaces = s.id and later.assigned_on <= :day
    )
    left join arm a on a.id = s.arm_id
  order by p.person, h.from_on desc, h.id
), in_group as (
  -- the training group of each; of several, that of her own row
  select distinct on (p.person) p.person, p.role, m.group_id, h.arm
  from person p
    join group_membership m on m.participant_id = p.own_id
      and m.from_on <= :day and (m.to_on is null or m.to_on > :day)
    left join home h on h.person = p.person
  order by p.person, (p.own_id = p.person) desc, m.from_on desc, m.id
), saves as (
  -- the savings group of each
  select distinct on (p.person) p.person, m.savings_group_id, h.arm
  from person p
    join savings_member m on m.participant_id = p.own_id
      and m.from_on <= :day and (m.to_on is null or m.to_on > :day)
    left join home h on h.person = p.person
  order by p.person, m.from_on desc, m.id
), trained as (
  -- men who had attended a session by that day
  select h.person, h.household_id, h.village from home h
  where h.role = 'man' and exists (
    select from person p
      join presence a on a.participant_id = p.own_id and a.status in ('present', 'late')
      join training_session s on s.id = a.training_session_id and s.cancelled_at is null
      join programme z on z.id = s.programme_id
      left join roll r on r.training_session_id = s.id
    where p.person = h.person and coalesce(r.outcome, 'held') = 'held'
      and (s.starts_at at time zone z.time_zone)::date <= :day
  )
), coached as (
  -- the groups of each group's coaches of that day, its own included
  select distinct k.group_id, o.group_id as also_coached
  from group_coach k join group_coach o on o.coach_id = k.coach_id
  where k.from_on <= :day and (k.to_on is null or k.to_on > :day)
    and o.from_on <= :day and (o.to_on is null or o.to_on > :day)
), on_number as (
  -- who was reached on which number
  select distinct l.phone_number_id, p.person, h.arm
  from person p
    join participant_phone l on l.participant_id = p.own_id
      and l.from_on <= :day and (l.to_on is null or l.to_on > :day)
    left join home h on h.person = p.person
)
select w.person, h.arm, t.number as group_number,
  (select count(*) from in_group o where o.group_id = g.group_id and o.person <> w.person) as group_others,
  (
    select count(*) from in_group o
    where o.group_id = g.group_id and o.person <> w.person and o.arm = :mens_arm
  ) as group_others_in_mens_arm,
  (
    select count(*) from saves o where o.savings_group_id = s.savings_group_id and o.person <> w.person
  ) as savings_others,
  (
    select count(*) from saves o
    where o.savings_group_id = s.savings_group_id and o.person <> w.person and o.arm = :mens_arm
  ) as savings_others_in_mens_arm,
  case when h.village is not null then (
    select count(*) from trained m where m.village = h.village and m.household_id <> h.household_id
  ) end as trained_men_in_village,
  array(
    select distinct o.arm from coached c join in_group o on o.group_id = c.also_coached
    where c.group_id = g.group_id and o.arm is not null order by o.arm
  ) as coach_arms,
  exists (
    select from coached c join training_group o on o.id = c.also_coached
    where c.group_id = g.group_id and o.role = 'man'
  ) as coach_trains_men,
  exists (
    select from coached c join in_group o on o.group_id = c.also_coached
    where c.group_id = g.group_id and c.also_coached <> g.group_id and o.arm <> h.arm
  ) as coach_has_other_arm,
  exists (
    select from on_number n join on_number o on o.phone_number_id = n.phone_number_id
    where n.person = w.person and o.person <> w.person and o.arm <> h.arm
  ) as number_across_arms
from person w
  left join home h on h.person = w.person
  left join in_group g on g.person = w.person
  left join training_group t on t.id = g.group_id
  left join saves s on s.person = w.person
where w.own_id = w.person and w.role = 'woman'
order by w.person
