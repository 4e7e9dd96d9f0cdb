-- name: page(programme, looked_for, after, most)
-- Coaches by code, after a code, suspended ones included: all (empty), or the one with this code and those who run the
-- group with this number.
select c.id, c.code, c.name_sealed, n.id as phone_id, n.number_sealed, c.suspended_on, has_coach_pin(c.id) as has_pin,
  array(select g.number from group_coach k join training_group g on g.id = k.group_id
    where k.coach_id = c.id and k.to_on is null order by g.number) as groups
from coach c left join phone_number n on n.id = c.phone_number_id
where c.programme_id = :programme and c.code > :after
  and (:looked_for in ('', upper(c.code)) or c.id in (
    select k.coach_id from group_coach k join training_group g on g.id = k.group_id
    where g.programme_id = :programme and g.number::text = :looked_for and k.to_on is null))
order by c.code limit :most

-- name: codes_of_group(programme, number)
-- The codes of the active coaches of a group.
select c.code from group_coach k join coach c on c.id = k.coach_id join training_group g on g.id = k.group_id
where g.programme_id = :programme and g.number = :number and k.to_on is null and c.suspended_on is null
order by c.code
