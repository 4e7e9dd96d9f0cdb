-- What the programme did with each participant, week by week. In all statements a `person` is the participant whom an
-- id stands for: its own row's, or that of the row that it was merged into. A week is named by its Monday, `first` is the
-- first Monday, `after` the Monday after the last week. Days are local days of the programme. Nothing here reads a
-- dialogue, its cost, a bookmark, or anything behind the wall.

-- name: people(programme)
-- Who took part from which day to which day, and in which arm. The arm is that of the latest household that has one.
select k.id as person, k.role, k.contact, k.left_on as last_on,
  (select min(r.enrolled_on) from participant r where k.id in (r.id, r.merged_into)) as first_on,
  (
    select a.code from household_link h
      join arm_assignment s on s.household_id = h.household_id
        and not exists (select from arm_assignment later where later.replaces = s.id)
      join arm a on a.id = s.arm_id
    where h.participant_id = k.id order by h.to_on is null desc, h.from_on desc, h.id limit 1
  ) as arm
from participant k
where k.programme_id = :programme and k.merged_into is null
order by k.id

-- name: memberships(programme)
-- Who was on which group's list from a day to a day (not that day), in the order of time. `own`: the row is hers, and not
-- one of a participant who was merged into her.
select coalesce(p.merged_into, p.id) as person, g.number as group_number, m.from_on, m.to_on,
  p.merged_into is null as own
from group_membership m
  join participant p on p.id = m.participant_id
  join training_group g on g.id = m.group_id
where p.programme_id = :programme
order by person, m.from_on, m.to_on nulls last, m.id

-- name: sessions(programme, first, after)
-- Sessions and attendance by person and week.
with session as (
  -- the sessions of these weeks: the local day, and what became of each
  select s.id, s.group_id, d.day, date_trunc('week', d.day)::date as week,
    case when s.cancelled_at is not null then 'cancelled' else coalesce(r.outcome, 'no_roll') end as outcome,
    exists (select from session_substitute b where b.training_session_id = s.id) as substitute
  from training_session s
    join programme z on z.id = s.programme_id
    cross join lateral (select (s.starts_at at time zone z.time_zone)::date as day) d
    left join roll r on r.training_session_id = s.id
  where s.programme_id = :programme and d.day >= :first and d.day < :after
), hers as (
  -- whose session it is: of those who were in the group on that day, who are on its list, or of whom a word was said;
  -- two rows of one person are one
  select w.session_id, coalesce(p.merged_into, p.id) as person, bool_or(w.listed) as listed
  from (
    select s.id as session_id, m.participant_id, false as listed
    from session s join group_membership m
      on m.group_id = s.group_id and m.from_on <= s.day and (m.to_on is null or m.to_on > s.day)
    union all
    select l.training_session_id, l.participant_id, true
    from session s join session_list l on l.training_session_id = s.id
    union all
    select a.training_session_id, a.participant_id, false
    from session s join attendance a on a.training_session_id = s.id
  ) w join participant p on p.id = w.participant_id
  group by w.session_id, coalesce(p.merged_into, p.id)
), said as (
  -- the word that counts about each of them; of two rows of one person, the one that staff said, then a coach
  select distinct on (h.training_session_id, coalesce(p.merged_into, p.id))
    h.training_session_id as session_id, coalesce(p.merged_into, p.id) as person, h.status, h.source, h.assisted
  from session s
    join presence h on h.training_session_id = s.id
    join participant p on p.id = h.participant_id
  -- a session that was cancelled or not held was attended by nobody
  where s.outcome in ('held', 'no_roll')
  order by h.training_session_id, coalesce(p.merged_into, p.id),
    array_position(array['staff', 'coach', 'self'], h.source::text),
    array_position(array['present', 'late', 'excused', 'absent'], h.status::text)
)
select h.person, s.week,
  count(*) as planned,
  count(*) filter (where s.outcome = 'cancelled') as cancelled,
  count(*) filter (where s.outcome = 'held') as held,
  count(*) filter (where s.outcome = 'not_held') as not_held,
  count(*) filter (where s.outcome = 'no_roll') as no_roll,
  count(*) filter (where s.outcome = 'held' and s.substitute) as substitute,
  count(*) filter (where h.listed and s.outcome <> 'cancelled') as expected,
  count(*) filter (where a.status in ('present', 'late')) as attended,
  count(*) filter (where a.status = 'late') as late,
  count(*) filter (where a.status = 'excused') as excused,
  count(*) filter (where a.status = 'absent') as absent,
  count(*) filter (where h.listed and s.outcome in ('held', 'no_roll') and a.status is null) as not_reported,
  count(*) filter (where a.source = 'self') as by_self,
  count(*) filter (where a.source = 'coach') as by_coach,
  count(*) filter (where a.source = 'staff') as by_staff,
  count(*) filter (where a.assisted) as assisted
from hers h
  join session s on s.id = h.session_id
  left join said a on a.session_id = h.session_id and a.person = h.person
group by h.person, s.week
order by h.person, s.week

-- name: messages(programme, first, after)
-- Texts for each person by week. A text is dated by when it was sent, or else by when it was due. A text for several
-- people on one number counts for each of them; a text to a coach or a caseworker is for nobody here.
with text as (
  -- the texts of these weeks, a row for each person
  select distinct m.id, m.phone_number_id, m.status, m.sent_at is not null as sent, d.day,
    coalesce(p.merged_into, p.id) as person
  from message m
    join programme z on z.id = m.programme_id
    cross join lateral (select (coalesce(m.sent_at, m.due_at) at time zone z.time_zone)::date as day) d
    cross join lateral unnest(m.people) as w (participant_id)
    join participant p on p.id = w.participant_id
  where m.programme_id = :programme and d.day >= :first and d.day < :after
), hers as (
  -- without those from before she was enrolled and from after she left
  select t.id, t.phone_number_id, t.status, t.sent, t.day, t.person
  from text t join participant k on k.id = t.person
  where (k.left_on is null or t.day <= k.left_on)
    and t.day >= (select min(r.enrolled_on) from participant r where k.id in (r.id, r.merged_into))
)
select h.person, date_trunc('week', h.day)::date as week,
  count(*) as planned,
  count(*) filter (where h.sent and h.status <> 'unknown') as sent,
  count(*) filter (where h.status = 'delivered') as delivered,
  count(*) filter (where h.status = 'failed') as failed,
  count(*) filter (where h.status = 'unknown') as unknown,
  count(*) filter (where h.status in ('cancelled', 'expired')) as not_sent,
  count(*) filter (where h.status in ('planned', 'queued', 'sending')) as waiting,
  count(*) filter (where h.sent and h.status <> 'unknown' and exists (
    -- somebody else was reached on the number on that day
    select from participant_phone l join participant o on o.id = l.participant_id
    where l.phone_number_id = h.phone_number_id and l.from_on <= h.day and (l.to_on is null or l.to_on > h.day)
      and coalesce(o.merged_into, o.id) <> h.person
  )) as shared
from hers h
group by h.person, date_trunc('week', h.day)
order by h.person, week

-- name: actions(programme, first, after)
-- Finished ordinary actions by person and week. What a coach did with her counts as assisted and not by its kind.
with action as (
  -- each stored with its day alone
  select participant_id, replied_on as day, 'reply' as kind, false as assisted from session_reply
  union all
  select participant_id, recorded_on, 'check_in', assisted from attendance where source = 'self'
  union all
  select participant_id, recorded_on, 'saving', assisted from contribution
  where source = 'member' and reverses is null
  union all
  select participant_id, raised_on, 'dispute', assisted from dispute
), hers as (
  -- without those from before she was enrolled and from after she left
  select k.id as person, date_trunc('week', a.day)::date as week, a.kind, a.assisted
  from action a
    join participant p on p.id = a.participant_id
    join participant k on k.id = coalesce(p.merged_into, p.id)
  where k.programme_id = :programme and a.day >= :first and a.day < :after
    and (k.left_on is null or a.day <= k.left_on)
    and a.day >= (select min(r.enrolled_on) from participant r where k.id in (r.id, r.merged_into))
)
select person, week,
  count(*) filter (where kind = 'reply' and not assisted) as replies,
  count(*) filter (where kind = 'check_in' and not assisted) as check_ins,
  count(*) filter (where kind = 'saving' and not assisted) as savings,
  count(*) filter (where kind = 'dispute' and not assisted) as disputes,
  count(*) filter (where assisted) as assisted
from hers
group by person, week
order by person, week
