-- name: participants_without_id(programme)
-- Participants who have no study id. A row that was merged into another needs none.
select p.id from participant p
where p.programme_id = :programme and p.merged_into is null
  and not exists (select from study.identity i where i.participant_id = p.id)

-- name: households_without_id(programme)
-- Households that have no study id.
select h.id from household h
where h.programme_id = :programme and not exists (select from study.household i where i.household_id = h.id)

-- name: participants_ids()
-- All participants' ids that were ever given, of every programme.
select study_id from study.identity

-- name: households_ids()
-- All households' ids that were ever given, of every programme.
select study_id from study.household

-- name: add_participants(rows, ids)!
-- Give each of these participants the id at the same place.
insert into study.identity (participant_id, study_id) select * from unnest(:rows::uuid[], :ids::text[])

-- name: add_households(rows, ids)!
-- Give each of these households the id at the same place.
insert into study.household (household_id, study_id) select * from unnest(:rows::uuid[], :ids::text[])

-- name: of(programme)
-- The study id of every participant's row; a merged row has that of the one who stays.
select p.id, i.study_id
from participant p join study.identity i on i.participant_id = coalesce(p.merged_into, p.id)
where p.programme_id = :programme

-- name: of_households(programme)
-- The study id of every household.
select h.id, i.study_id from household h join study.household i on i.household_id = h.id
where h.programme_id = :programme

-- name: whole_map(programme)
-- Which study id is whose. The id of a row that was merged later names the one that exports give now.
select i.study_id, p.member_number, k.study_id as replaced_by
from study.identity i
  join participant p on p.id = i.participant_id
  left join study.identity k on k.participant_id = p.merged_into
where p.programme_id = :programme order by i.study_id
