-- name: person(programme, member)
-- A participant by the own member number, whoever left or was merged included.
select p.id, p.member_number, p.role, p.group_id, g.number as group_number, p.list_number, p.contact,
  has_pin(p.id) as has_pin, p.left_on, p.left_reason, p.merged_into, k.member_number as merged_number, e.erased_on
from participant p left join training_group g on g.id = p.group_id left join participant k on k.id = p.merged_into
  left join erasure e on e.participant_id = p.id
where p.programme_id = :programme and p.member_number = :member

-- name: end_membership(person, today, reason, into)!
-- End her membership: she leaves the programme, or was merged into the participant `into`. Her list number is not given
-- again.
update participant set left_on = :today, left_reason = :reason, merged_into = :into, contact = 'none', bookmark = null
where id = :person

-- name: end_phones(person, today)!
-- End her numbers. A number that was hers alone may soon be somebody else's, so its mark `private` ends.
with ended as (
  -- her numbers, which end today
  update participant_phone set to_on = :today where participant_id = :person and to_on is null
  returning phone_number_id
), claims as (
  -- delete her codes for a new number
  delete from number_claim where participant_id = :person
), openings as (
  -- make the code for setting her PIN useless
  update pin_opening set used = true where holder_id = :person
)
update phone_number set sharing = 'unmarked' where id in (select phone_number_id from ended) and sharing = 'private'
