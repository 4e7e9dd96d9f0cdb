-- name: ties_two_arms(person)
-- Whether a man or leader is tied to women of two arms, by kin or household: the participant, or a relative of now.
with around as (
  -- the participant, and the relatives of now
  select :person as id
  union
  select case when k.participant_id = :person then k.other_id else k.participant_id end
  from kinship k
  where k.to_on is null and :person in (k.participant_id, k.other_id)
), men as (
  -- those of them who are no woman
  select a.id from around a join participant p on p.id = a.id where p.role <> 'woman'
), ties as (
  -- their own households, and those of the women whose relatives they are
  select m.id, h.household_id
  from men m join household_link h on h.participant_id = m.id and h.to_on is null
  union
  select m.id, h.household_id
  from men m
  join kinship k on k.to_on is null and m.id in (k.participant_id, k.other_id)
  join participant w
    on w.id = case when k.participant_id = m.id then k.other_id else k.participant_id end and w.role = 'woman'
  join household_link h on h.participant_id = w.id and h.to_on is null
)
select exists (
  select from ties t
  join arm_assignment a on a.household_id = t.household_id
    and not exists (select from arm_assignment later where later.replaces = a.id)
  group by t.id having count(distinct a.arm_id) > 1)
