-- name: arms(people)
-- The arms, by their latest assignment, of these participants' households and of their relatives' households.
select distinct a.arm_id
from (
  select unnest(:people::uuid[]) as id
  union select case when k.participant_id = any(:people) then k.other_id else k.participant_id end from kinship k
  where k.to_on is null and (k.participant_id = any(:people) or k.other_id = any(:people))
) w
join household_link h on h.participant_id = w.id and h.to_on is null
join arm_assignment a on a.household_id = h.household_id
  and not exists (select from arm_assignment later where later.replaces = a.id)

-- name: copy_consents(merged, kept)!
-- Copy the merged one's latest entry for each purpose, her own and a guardian's, to the kept one. Of both, the latest day
-- counts.
insert into consent (id, participant_id, purpose, given, version, language, how, witness, taken_by, taken_on, given_by,
  asked_alone)
select gen_random_uuid(), :kept, c.purpose, c.given, c.version, c.language, c.how, c.witness, c.taken_by, c.taken_on,
  c.given_by, c.asked_alone
from (
  select distinct on (purpose, given_by) * from consent where participant_id = :merged
  order by purpose, given_by, taken_on desc, given
) c

-- name: copy_nomination(merged, kept)!
-- The kept one, if she nominated nobody, nominated whom the merged one did last, on that day.
insert into nomination (id, participant_id, relation, nominated_on, recorded_by)
select gen_random_uuid(), :kept, relation, nominated_on, recorded_by from nomination
where participant_id = :merged and not exists (select from nomination where participant_id = :kept)
order by nominated_on desc, entry desc limit 1

-- name: take_numbers(merged, kept, today)!
-- The kept one, who has no number, is reached on the merged one's from today on.
insert into participant_phone (id, participant_id, phone_number_id, from_on)
select gen_random_uuid(), :kept, phone_number_id, :today from participant_phone
where participant_id = :merged and to_on is null

-- name: take_household(merged, kept, today)!
-- The kept one, if she is in no household, is in the merged one's.
with ended as (
  -- the merged one's household, which ends for her today
  update household_link set to_on = :today where participant_id = :merged and to_on is null
  returning household_id, relation
)
insert into household_link (id, participant_id, household_id, relation, from_on)
select gen_random_uuid(), :kept, household_id, relation, :today from ended
where not exists (select from household_link where participant_id = :kept and to_on is null)

-- name: take_relatives(merged, kept, today)!
-- Whose relative the merged one was, the kept one is, unless that is known already or it would be herself.
with ended as (
  -- the merged one's relations, with the kept one in her place; they end for her today
  update kinship set to_on = :today where to_on is null and (participant_id = :merged or other_id = :merged)
  returning case when participant_id = :merged then :kept else participant_id end as participant_id, relation,
    case when other_id = :merged then :kept else other_id end as other_id
)
insert into kinship (id, participant_id, relation, other_id, from_on)
select gen_random_uuid(), participant_id, relation, other_id, :today from ended where participant_id <> other_id
on conflict (participant_id, other_id, relation) where to_on is null do nothing

-- name: take_savings(merged, kept, today)!
-- The kept one, if she is in no savings group, is in the merged one's, with its list's next number.
with ended as (
  -- the merged one's savings group, which ends for her today
  update savings_member set to_on = :today where participant_id = :merged and to_on is null
  returning savings_group_id
)
insert into savings_member (id, savings_group_id, participant_id, list_number, from_on)
select gen_random_uuid(), e.savings_group_id, :kept,
  (select coalesce(max(m.list_number), 0) + 1 from savings_member m where m.savings_group_id = e.savings_group_id),
  :today
from ended e where not exists (select from savings_member where participant_id = :kept and to_on is null)

-- name: take_offices(merged, kept, today)!
-- An office of the merged one in the group in which the kept one saves now, unless she has one there.
insert into savings_officer (id, savings_group_id, participant_id, office, from_on)
select gen_random_uuid(), o.savings_group_id, :kept, o.office, :today
from savings_officer o join savings_member m
  on m.savings_group_id = o.savings_group_id and m.participant_id = :kept and m.to_on is null
where o.participant_id = :merged and o.to_on is null
on conflict (savings_group_id, participant_id) where to_on is null do nothing

-- name: sides(people)
-- The two rows of a merge side by side: what each has of what only one can have, and how much of what is kept of both.
select p.id, p.member_number, p.name_sealed, p.enrolled_on, g.number as group_number, p.list_number, p.contact,
  (select count(*) from participant_phone l where l.participant_id = p.id and l.to_on is null) as numbers,
  h.reference as household, has_pin(p.id) as has_pin,
  (select s.name from savings_member m join savings_group s on s.id = m.savings_group_id
    where m.participant_id = p.id and m.to_on is null) as savings_group,
  (select count(*) from attendance a where a.participant_id = p.id) as attendance,
  (select count(*) from contribution c where c.participant_id = p.id) as ledger,
  (select count(distinct purpose) from consent c where c.participant_id = p.id) as purposes
from participant p left join training_group g on g.id = p.group_id
  left join household_link l on l.participant_id = p.id and l.to_on is null
  left join household h on h.id = l.household_id
where p.id = any(:people)
