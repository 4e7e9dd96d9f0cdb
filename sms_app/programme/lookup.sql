-- name: shown(programme, member)
-- What the office may see of a participant: nothing of what she did by phone.
select p.id, p.member_number, p.reference, p.role, p.name_sealed, p.language, p.contact, g.number as group_number,
  p.list_number, has_pin(p.id) as has_pin, p.enrolled_on, p.left_on, p.left_reason, e.erased_on,
  k.member_number as merged_number, h.reference as household,
  array(select m.member_number from participant m where m.merged_into = p.id order by m.member_number)
    as merged_here,
  (select s.name from savings_member m join savings_group s on s.id = m.savings_group_id
    where m.participant_id = p.id and m.to_on is null) as savings_group
from participant p left join training_group g on g.id = p.group_id left join participant k on k.id = p.merged_into
  left join household_link l on l.participant_id = p.id and l.to_on is null
  left join household h on h.id = l.household_id
  left join erasure e on e.participant_id = p.id
where p.programme_id = :programme and p.member_number = :member

-- name: phones(person)
-- The numbers on which she is reached now.
select n.id, n.number_sealed, n.stopped_on is not null as stopped
from participant_phone l join phone_number n on n.id = l.phone_number_id
where l.participant_id = :person and l.to_on is null

-- name: consents(person)
-- Her latest word on each purpose, and a guardian's: the latest day counts, and a no on it.
select distinct on (purpose, given_by) purpose, given, taken_on, given_by from consent
where participant_id = :person order by purpose, given_by desc, taken_on desc, given

-- name: everyone(programme)
-- Names to look through: they are sealed, so the database can't.
select p.id, p.member_number, p.name_sealed, p.reference, g.number as group_number, p.list_number,
  p.left_on is not null as has_left
from participant p left join training_group g on g.id = p.group_id
where p.programme_id = :programme order by g.number, p.list_number, p.member_number

-- name: numbered(programme, looked_for)
-- Who has a member number or the office's reference, by their indexes.
select p.id, p.member_number, p.name_sealed, p.reference, g.number as group_number, p.list_number,
  p.left_on is not null as has_left
from participant p left join training_group g on g.id = p.group_id
where p.programme_id = :programme and (p.member_number = :looked_for or p.reference = :looked_for)
order by g.number, p.list_number, p.member_number

-- name: reached_on(programme, indexes)
-- Who is reached on a number now.
select p.id, p.member_number, p.name_sealed, p.reference, g.number as group_number, p.list_number,
  p.left_on is not null as has_left
from participant p left join training_group g on g.id = p.group_id
where p.programme_id = :programme and p.id in (
  select l.participant_id from phone_number n join participant_phone l on l.phone_number_id = n.id and l.to_on is null
  where n.programme_id = :programme and n.number_index = any(:indexes))
order by g.number, p.list_number, p.member_number

-- name: named(programme, ids)
-- Those with these ids.
select p.id, p.member_number, p.name_sealed, p.reference, g.number as group_number, p.list_number,
  p.left_on is not null as has_left
from participant p left join training_group g on g.id = p.group_id
where p.programme_id = :programme and p.id = any(:ids)
