-- name: log(programme)
-- The screening log without its exclusions.
select id, screened_on, village, seen, refused, enrolled from screening
where programme_id = :programme order by screened_on, village

-- name: of_day(programme, day, village)
-- The screening of a day in a village without its exclusions.
select id, screened_on, village, seen, refused, enrolled from screening
where programme_id = :programme and screened_on = :day and village = :village

-- name: exclusions(programme, only)
-- How many each criterion excluded, in one screening or (null) in all.
select e.screening_id, e.criterion, e.count
from screening_exclusion e join screening s on s.id = e.screening_id
where s.programme_id = :programme and (cast(:only as uuid) is null or s.id = :only) order by e.criterion

-- name: spelling(programme, village)
-- How the village was written first, in small and capital letters.
select village from (
  select village from screening where programme_id = :programme
  union select village from household where programme_id = :programme and village is not null
) v where lower(village) = lower(:village) order by village limit 1

-- name: allocated(programme)
-- Women who were ever on record, and their households of now, by the household's arm; who was merged into another woman
-- is that one.
select a.code as arm, count(distinct l.household_id) as households, count(*) as women
from participant p
  left join household_link l on l.participant_id = p.id and l.to_on is null
  left join arm_now a on a.participant_id = p.id
where p.programme_id = :programme and p.role = 'woman' and p.merged_into is null
group by a.code order by a.code nulls last
