-- name: persons(programme)
-- Everyone in the programme with the number that reaches them, in the order of the groups' lists. `saves` is the number
-- on the savings group's list, `office` whether they hold one.
select p.id, p.member_number, p.role, g.number as group_number, p.list_number, n.id as phone, n.number_sealed,
  m.list_number as saves, o.id is not null as office
from participant p
join training_group g on g.id = p.group_id
left join participant_phone t on t.participant_id = p.id and t.to_on is null
left join phone_number n on n.id = t.phone_number_id
left join savings_member m on m.participant_id = p.id and m.to_on is null
left join savings_officer o on o.participant_id = p.id and o.to_on is null
where p.programme_id = :programme and p.left_on is null
order by g.number, p.list_number

-- name: coaches(programme)
-- Every coach with the number and the groups.
select c.id, c.code, n.id as phone, n.number_sealed, array_agg(g.number order by g.number) as groups
from coach c
join phone_number n on n.id = c.phone_number_id
join group_coach k on k.coach_id = c.id and k.to_on is null
join training_group g on g.id = k.group_id
where c.programme_id = :programme
group by c.id, n.id
order by c.code

-- name: sessions(programme, after, before)
-- The sessions of the year.
select s.id, g.number as group_number, s.starts_at, s.ends_at, s.check_in_code as code
from training_session s join training_group g on g.id = s.group_id
where s.programme_id = :programme and s.starts_at >= :after and s.starts_at < :before
order by s.starts_at, g.number

-- name: savings(programme)
-- The savings groups with their open cycles, by the number of the training group.
select g.number as group_number, s.check_in_weekday as weekday, c.mode, c.share_value, c.most_shares
from savings_group s
join training_group g on g.id = s.training_group_id
join cycle c on c.savings_group_id = s.id and c.closed_on is null
where s.programme_id = :programme
order by g.number

-- name: meetings(programme, after, before)
-- The planned meetings of the savings groups.
select g.number as group_number, m.starts_at
from planned_meeting m
join savings_group s on s.id = m.savings_group_id
join training_group g on g.id = s.training_group_id
where m.programme_id = :programme and m.starts_at >= :after and m.starts_at < :before
order by m.starts_at, g.number
