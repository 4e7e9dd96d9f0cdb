-- A meeting's count. What is written goes through functions of revision 0018, which check who does it; the cycle is null,
-- and everything refused, for who is neither an officer of a group with an open cycle nor a coach of it.

-- name: cycle_of_officer(person)
-- The open cycle of the savings group in which somebody holds an office now.
select c.id from savings_officer o join cycle c on c.savings_group_id = o.savings_group_id and c.closed_on is null
where o.participant_id = :person and o.to_on is null
  and meeting_actor(c.id, :person::uuid, null) is not null
order by o.from_on, o.id limit 1

-- name: cycle_of_coach(cycle, coach)
-- The cycle, if it is open and this coach may enter its meetings.
select c.id from cycle c where c.id = :cycle and meeting_actor(c.id, null, :coach::uuid) is not null

-- name: enter(cycle, person, coach, meeting, numbers, values, today)
select enter_meeting_lines(:cycle::uuid, :person::uuid, :coach::uuid, :meeting, :numbers::int[], :values::bigint[],
  :today)

-- name: drop(cycle, person, coach, number, today)
select drop_meeting_line(:cycle::uuid, :person::uuid, :coach::uuid, :number, :today)

-- name: total(cycle, today)
-- What the draft comes to, and whether that day's meeting is entered already.
select t.held_on, t.mode, t.shares, t.amount, t.members, t.meeting is null and exists (
    select from group_meeting m where m.cycle_id = :cycle and m.held_on = t.held_on
  ) as recorded
from meeting_total(:cycle, :today) t

-- name: finish(cycle, person, coach, meeting, shares, amount, today)
select finish_meeting(:cycle::uuid, :person::uuid, :coach::uuid, :meeting, :shares::bigint, :amount::bigint, :today)

-- name: waiting(cycle, person)
-- The meeting that waits longest for this officer's answer: one that others entered comes before the officer's own.
select m.id, m.held_on, c.mode, coalesce(sum(l.shares), 0)::bigint as shares, sum(l.amount)::bigint as amount,
  entered_meeting(m.id, 'participant:' || :person::uuid) as own
from group_meeting m join cycle c on c.id = m.cycle_id join meeting_line l on l.group_meeting_id = m.id
where m.cycle_id = :cycle and m.entered_on is not null and m.confirmed_on is null
group by m.id, c.mode
order by own, m.held_on limit 1

-- name: answer(meeting, person, agrees, shares, amount, today)
select answer_meeting(:meeting, :person::uuid, :agrees, :shares::bigint, :amount::bigint, :today)
