-- A meeting's count as two accounts of the office enter and confirm it. Nothing here reads an amount.

-- name: groups(programme, after, most)
-- Savings groups with an open cycle, by the number of their training group and their name: how many are on the list, and
-- the day of the latest meeting that is confirmed, and of the latest that was entered.
with open as (
  select c.id as cycle, g.id as group_id, g.name, t.number as "group",
    row_number() over (order by t.number nulls last, g.name, c.id) as place
  from cycle c join savings_group g on g.id = c.savings_group_id
  left join training_group t on t.id = g.training_group_id
  where g.programme_id = :programme and c.closed_on is null
)
select o.cycle, o.name, o."group", o.place,
  (select count(*) from savings_member m
    where m.savings_group_id = o.group_id and m.to_on is null and m.list_number is not null) as members,
  (select max(m.held_on) from group_meeting m where m.cycle_id = o.cycle and m.confirmed_on is not null) as confirmed,
  (select max(m.held_on) from group_meeting m where m.cycle_id = o.cycle and m.entered_on is not null) as entered
from open o where o.place > :after order by o.place limit :most

-- name: waiting(programme, most)
-- Meetings that were entered and wait for a second person, the oldest first.
select m.id, g.name, t.number as "group", m.held_on, m.entered_on, m.entered_by
from group_meeting m join cycle c on c.id = m.cycle_id and c.closed_on is null
join savings_group g on g.id = c.savings_group_id
left join training_group t on t.id = g.training_group_id
where g.programme_id = :programme and m.entered_on is not null and m.confirmed_on is null
order by m.held_on, t.number, m.id limit :most

-- name: cycle(programme, cycle, today)
-- An open cycle, with the day that its meeting was most likely held: the latest planned one, or else the latest check-in
-- day, that is not to come.
select c.id, g.name, t.number as "group", c.mode, c.most_shares, c.opened_on, coalesce(
    (select max((p.starts_at at time zone r.time_zone)::date) from gathering p
      where p.savings_group_id = g.id and p.cancelled_at is null
        and (p.starts_at at time zone r.time_zone)::date <= :today),
    :today - mod(7 + extract(isodow from :today::date)::int - 1 - g.check_in_weekday, 7), :today) as likely
from cycle c join savings_group g on g.id = c.savings_group_id
join programme r on r.id = g.programme_id left join training_group t on t.id = g.training_group_id
where g.programme_id = :programme and c.id = :cycle and c.closed_on is null

-- name: members(cycle)
-- Who is on the list of a cycle's group now.
select m.list_number, p.id, p.name_sealed
from cycle c join savings_member m on m.savings_group_id = c.savings_group_id and m.to_on is null
join participant p on p.id = m.participant_id
where c.id = :cycle and m.list_number is not null order by m.list_number

-- name: meeting(programme, meeting)
-- A meeting that was entered.
select m.id, g.name, t.number as "group", m.held_on, m.entered_on, m.entered_by, m.confirmed_on, m.confirmed_by, c.mode
from group_meeting m join cycle c on c.id = m.cycle_id join savings_group g on g.id = c.savings_group_id
left join training_group t on t.id = g.training_group_id
where g.programme_id = :programme and m.id = :meeting and m.entered_on is not null

-- name: enter(programme, account, cycle, meeting, held_on, numbers, values, total, today)
select enter_meeting_by_office(:programme, :account::uuid, :cycle::uuid, :meeting::uuid, :held_on::date,
  :numbers::int[], :values::bigint[], :total::bigint, :today)

-- name: answer(programme, account, meeting, total, today)
select answer_meeting_by_office(:programme, :account::uuid, :meeting::uuid, :total::bigint, :today)
