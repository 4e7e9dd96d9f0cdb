-- name: lists(programme)
-- Who was expected at each session.
select l.training_session_id, l.participant_id
from session_list l join training_session s on s.id = l.training_session_id
where s.programme_id = :programme

-- name: rolls(programme)
-- The rolls, with the coach who took them.
select r.training_session_id, r.coach_id, r.outcome, r.reason, r.headcount
from roll r join training_session s on s.id = r.training_session_id
where s.programme_id = :programme

-- name: attendance(programme)
-- What each source says of each person.
select a.training_session_id, a.participant_id, a.source, a.status
from attendance a join training_session s on s.id = a.training_session_id
where s.programme_id = :programme

-- name: replies(programme)
-- Who said that they will come.
select r.training_session_id, r.participant_id, r.coming
from session_reply r join training_session s on s.id = r.training_session_id
where s.programme_id = :programme

-- name: reports(programme)
-- What members reported by week, after reversals, and the number of entries.
select c.participant_id, c.week_of, sum(c.amount)::bigint as amount, count(*) as entries
from contribution c join participant p on p.id = c.participant_id
where p.programme_id = :programme and c.source = 'member'
group by c.participant_id, c.week_of

-- name: meetings(programme)
-- The savings groups' meetings that were entered.
select m.id, g.number as group_number, m.held_on, m.confirmed_on is not null as is_confirmed
from group_meeting m
join cycle c on c.id = m.cycle_id
join savings_group s on s.id = c.savings_group_id
join training_group g on g.id = s.training_group_id
where s.programme_id = :programme and m.entered_on is not null

-- name: counted(programme)
-- What meetings counted, in the ledger or, before it is confirmed, line by line.
select e.meeting, e.participant_id, e.amount
from (
  select c.group_meeting_id as meeting, c.participant_id, c.amount from contribution c where c.source = 'meeting'
  union all
  select l.group_meeting_id, l.participant_id, l.amount from meeting_line l
) e join participant p on p.id = e.participant_id
where p.programme_id = :programme

-- name: questions(programme)
-- What people said is not right, with the answers.
select d.participant_id, d.about, d.raised_on, d.answer
from dispute d join participant p on p.id = d.participant_id
where p.programme_id = :programme

-- name: people(programme)
-- Where everyone is: group, list number and number now.
select p.id, g.number as group_number, p.list_number, p.left_on is not null as has_left, n.id as phone, n.number_sealed
from participant p
left join training_group g on g.id = p.group_id
left join participant_phone t on t.participant_id = p.id and t.to_on is null
left join phone_number n on n.id = t.phone_number_id
where p.programme_id = :programme

-- name: stopped(programme)
-- The numbers to which no texts go.
select id, number_sealed from phone_number where programme_id = :programme and stopped_on is not null

-- name: costs(programme)
-- What the network charged by day and network.
select day, network_code, sessions, cost from ussd_cost where programme_id = :programme

-- name: messages(programme)
-- Every message that the provider was asked to send, with its number.
select m.provider_id, m.status, m.reason, m.cost, m.phone_number_id, n.number_sealed
from message m join phone_number n on n.id = m.phone_number_id
where m.programme_id = :programme and m.status in ('sending', 'sent', 'delivered', 'failed', 'unknown')

-- name: expired(programme)
-- The messages that were not sent in time, by what they are about.
select subject_id, count(*) as count from message where programme_id = :programme and status = 'expired'
group by subject_id

-- name: planned(programme)
-- Messages by kind and status.
select kind, status, count(*) as count from message where programme_id = :programme group by kind, status

-- name: delivery_reports(since)
-- Reports that were stored since a moment; older ones are deleted after thirty days.
select provider_id, status from delivery_report where received_at > :since
