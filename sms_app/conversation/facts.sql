-- The facts that flows may name. Each statement gives one JSON value, or null when there is nothing to tell.
-- facts.py makes scalar subqueries of those that a screen needs, in one SELECT that begins with person_by_id or
-- person_by_member: `person` is its one row, and `person.id` is null for a number without a participant.

-- name: person_by_id(person)
-- The participant that the dialogue knows.
with person as (select :person::uuid as id)

-- name: person_by_member(programme, member, phone)
-- The participant with the member number that was typed, if she is reached on the calling number now. It is looked up
-- once, however many facts refer to it.
with person as materialized (
  select (
    select p.id from participant p
    where p.id = member_of(:programme, :member)
      and exists (
        select from participant_phone l
        where l.participant_id = p.id and l.phone_number_id = :phone and l.to_on is null
      )
  ) as id
)

-- name: give_back_tries(given_back)
-- No fact: gives back a right PIN's try. The facts of the same statement are those from before it.
select give_back_tries(:given_back)

-- name: next_session(now)
select json_build_object('starts', s.starts_at, 'place', s.place)
from participant p join training_session s on s.group_id = p.group_id
where p.id = person.id and s.cancelled_at is null and s.ends_at > :now
order by s.starts_at limit 1

-- name: attendance(now)
-- Her group's last four sessions, the oldest first, without those that were not held.
select json_agg(x order by x.starts) from (
  select s.starts_at as starts, a.status
  from participant p
  join training_session s on s.group_id = p.group_id
  left join lateral (
    -- that she came, under whichever number, then her own row before one of a participant who was merged into her
    select a.status from presence a
    where a.training_session_id = s.id and a.participant_id in (select i.id from ids_of(p.id) i)
    order by (a.status in ('present', 'late')) desc, a.participant_id <> p.id limit 1
  ) a on true
  where p.id = person.id and s.cancelled_at is null and s.starts_at <= :now
    and not exists (select from roll r where r.training_session_id = s.id and r.outcome = 'not_held')
  order by s.starts_at desc limit 4
) x

-- name: savings_mode()
-- Of her savings group's open cycle.
select json_build_object('mode', c.mode, 'price', c.share_value, 'most', c.most_shares)
from savings_member sm join cycle c on c.savings_group_id = sm.savings_group_id and c.closed_on is null
where sm.participant_id = person.id and sm.to_on is null
limit 1

-- name: balance()
-- What meetings of her open cycle counted. A meeting counts once a second person confirmed it.
select json_build_object('mode', c.mode, 'amount', sum(e.amount), 'shares', sum(e.shares),
  'counted_on', max(m.held_on))
from savings_member sm join cycle c on c.savings_group_id = sm.savings_group_id and c.closed_on is null
join contribution e on e.cycle_id = c.id and e.participant_id in (select i.id from ids_of(person.id) i)
  and e.source = 'meeting'
join group_meeting m on m.id = e.group_meeting_id and m.confirmed_on is not null
where sm.participant_id = person.id and sm.to_on is null
group by c.mode

-- name: pin_state()
select to_json(true) from participant p where p.id = person.id and p.pin is not null

-- name: pin_changed(today)
select to_json(p.pin_changed_on) from participant p
where p.id = person.id and p.pin_changed_on > :today - 14

-- name: pin_tries(guards, today)
-- The wrong tries for the member number that count today: those of today and of the day before.
select to_json(wrong_tries(g.tried_on, g.wrong, g.day_before, :today)) from pin_guard g
where g.id = any(:guards) order by g.wrong desc limit 1

-- name: amounts_by_phone()
select to_json(true) from participant p where p.id = person.id and p.amounts_by_phone

-- name: bookmark(today)
select to_json(true) from participant p
where p.id = person.id and p.bookmark is not null and p.bookmark_on >= :today - 1

-- name: answers(today, shown_days)
-- Staff's latest answer to a dispute on each subject, as long as she may read it.
select json_agg(x order by x.closed_on, x.about) from (
  select distinct on (d.about) d.raised_on, d.about, d.answer, d.closed_on
  from dispute d
  where d.participant_id in (select i.id from ids_of(person.id) i) and d.answer is not null
    and d.closed_on > :today - :shown_days
  order by d.about, d.closed_on desc, d.raised_on desc
) x

-- name: my_information()
-- `messages` is false once a number that she is reached on is stopped.
select json_build_object('member', p.member_number, 'group', g.number, 'amounts', p.amounts_by_phone,
  'messages', not exists (
    select 1 from participant_phone l join phone_number n on n.id = l.phone_number_id
    where l.participant_id = p.id and l.to_on is null and n.stopped_on is not null
  ))
from participant p left join training_group g on g.id = p.group_id
where p.id = person.id

-- name: coach_pin_state(coach)
select to_json(true) from coach c where c.id = :coach and c.pin is not null and c.suspended_on is null

-- name: coach_bookmark(coach, today)
-- The sealed place in a coach's item where her line dropped; the fact's reader says which item it is.
select to_json(encode(c.bookmark, 'hex')) from coach c
where c.id = :coach and c.bookmark is not null and c.bookmark_on >= :today - 1 and c.suspended_on is null

-- name: roll_sessions(coach, now)
-- The sessions that a coach may take the roll of: those without one first, the latest first.
select json_agg(x order by x.taken, x.starts desc, x."group") from (
  select s.id, g.number as "group", s.starts_at as starts,
    exists (select from roll r where r.training_session_id = s.id) as taken
  from training_session s join training_group g on g.id = s.group_id
  where s.starts_at <= :now and s.starts_at > :now - interval '9 days' and (
    s.group_id in (select k.group_id from group_coach k where k.coach_id = :coach and k.to_on is null)
    or s.id in (select b.training_session_id from session_substitute b where b.coach_id = :coach)
  ) and may_take_roll(:coach, s.id, :now)
) x

-- name: roll_session(coach, session, now)
-- The chosen session, how many are on its list, the highest number on it, and whether it has the roll of
-- a session that was held.
select json_build_object('group', g.number, 'starts', s.starts_at, 'listed', l.listed, 'highest', l.highest,
  'taken', exists (select from roll r where r.training_session_id = s.id and r.outcome = 'held'))
from training_session s join training_group g on g.id = s.group_id
cross join lateral (
  select count(*) as listed, max(k.list_number) as highest from session_list k where k.training_session_id = s.id
) l
where s.id = :session and l.listed > 0 and may_take_roll(:coach, s.id, :now)

-- name: roll_people(coach, session, named, now)
-- The sealed initials of a few people on the list, by number; nothing of more than six.
select json_agg(json_build_object('number', r.list_number, 'id', r.participant_id,
  'sealed', encode(r.initials_sealed, 'hex')))
from roll_initials(:coach, :session, :named, :now) r

-- name: session_codes(coach, now)
-- Of the sessions that are on, or begin within half an hour.
select json_agg(json_build_object('group', g.number, 'code', s.check_in_code) order by s.starts_at, g.number)
from training_session s join training_group g on g.id = s.group_id
where s.starts_at <= :now + interval '30 minutes' and s.ends_at > :now and s.cancelled_at is null and (
  s.group_id in (select k.group_id from group_coach k where k.coach_id = :coach and k.to_on is null)
  or s.id in (select b.training_session_id from session_substitute b where b.coach_id = :coach)
) and coaches_session(:coach, s.id)

-- name: office()
-- Whether she holds an office of a savings group with an open cycle.
select to_json(true) from savings_officer o
join cycle c on c.savings_group_id = o.savings_group_id and c.closed_on is null
where o.participant_id = person.id and o.to_on is null and meeting_actor(c.id, person.id, null) is not null
limit 1

-- name: meeting(today)
-- The meeting that her group's officers enter now: its day, and how many lines of it are typed.
select json_build_object('mode', c.mode, 'day', d.held_on, 'price', c.share_value, 'most', c.most_shares,
  'recorded', draft.id is null and exists (
    select from group_meeting m where m.cycle_id = c.id and m.held_on = d.held_on
  ),
  'typed', (select count(*) from meeting_line l where l.group_meeting_id = draft.id))
from savings_officer o
join cycle c on c.savings_group_id = o.savings_group_id and c.closed_on is null
cross join lateral (select meeting_day(c.id, :today) as held_on, meeting_draft(c.id, :today) as draft) d
left join group_meeting draft on draft.id = d.draft
where o.participant_id = person.id and o.to_on is null and meeting_actor(c.id, person.id, null) is not null
order by o.from_on, o.id limit 1

-- name: meeting_lines(today)
-- What is typed of it so far: shares, or amounts in a group that saves freely.
select json_agg(x order by x.number) from (
  select m.list_number as number, coalesce(l.shares, l.amount) as value
  from savings_officer o
  join cycle c on c.savings_group_id = o.savings_group_id and c.closed_on is null
  join meeting_line l on l.group_meeting_id = meeting_draft(c.id, :today)
  join savings_member m
    on m.savings_group_id = c.savings_group_id and m.participant_id = l.participant_id and m.to_on is null
  where o.participant_id = person.id and o.to_on is null and meeting_actor(c.id, person.id, null) is not null
) x

-- name: my_groups(coach)
-- The groups that a coach coaches now.
select json_agg(json_build_object('id', g.id, 'group', g.number) order by g.number)
from training_group g where coaches_group(:coach, g.id) and g.id in (
  select k.group_id from group_coach k where k.coach_id = :coach and k.to_on is null
)

-- name: chosen_group(coach, group)
select json_build_object('group', g.number) from training_group g
where g.id = :group and coaches_group(:coach, g.id)

-- name: group_next(coach, group, now)
select json_build_object('group', g.number, 'starts', s.starts_at, 'place', s.place)
from training_session s join training_group g on g.id = s.group_id
where s.group_id = :group and coaches_group(:coach, g.id) and s.cancelled_at is null and s.ends_at > :now
order by s.starts_at limit 1

-- name: group_rolls(coach, group)
-- The last four rolls of a group: how many of the list came; null for a session that was not held.
select json_agg(x order by x.starts) from (
  select s.starts_at as starts,
    (select count(*) from presence a join session_list l using (training_session_id, participant_id)
      where a.training_session_id = s.id and a.status in ('present', 'late') and r.outcome = 'held') as came,
    (select count(*) from session_list l where l.training_session_id = s.id and r.outcome = 'held') as listed
  from training_session s join roll r on r.training_session_id = s.id
  where s.group_id = :group and coaches_group(:coach, s.group_id)
  order by s.starts_at desc limit 4
) x

-- name: group_sessions(coach, group, now)
-- A group's sessions whose roll the coach may take or correct, the latest first, with their roll's outcome.
select json_agg(json_build_object('id', s.id, 'starts', s.starts_at, 'roll', (
  select r.outcome from roll r where r.training_session_id = s.id
)) order by s.starts_at desc)
from training_session s
where s.group_id = :group and s.starts_at <= :now and s.starts_at > :now - interval '9 days'
  and coaches_group(:coach, s.group_id) and may_take_roll(:coach, s.id, :now)

-- name: group_not_reached(coach, group, now)
select json_agg(json_build_object('number', r.list_number, 'id', r.participant_id,
  'sealed', encode(r.initials_sealed, 'hex')) order by r.list_number)
from not_reached(:coach, :group, :now) r

-- name: group_follow_ups(coach, group)
-- The open follow-ups on people of a group, with the day of the later session that they missed.
select json_agg(json_build_object('row', f.id, 'starts', s.starts_at, 'number', r.list_number,
  'id', r.participant_id, 'sealed', encode(r.initials_sealed, 'hex')) order by s.starts_at, r.list_number)
from follow_up f join training_session s on s.id = f.training_session_id
join group_initials(:coach, :group, array(
  select p.id from participant p where p.group_id = :group
)) r on r.participant_id = f.participant_id
where f.closed_on is null

-- name: group_questions(coach, group)
-- What people of a group say is not right in their attendance, and nobody has answered yet.
select json_agg(json_build_object('row', d.id, 'raised_on', d.raised_on, 'number', r.list_number,
  'id', r.participant_id, 'sealed', encode(r.initials_sealed, 'hex')) order by d.raised_on, r.list_number)
from dispute d join group_initials(:coach, :group, array(
  select p.id from participant p where p.group_id = :group
)) r on r.participant_id = d.participant_id
where d.closed_on is null and d.about = 'attendance'

-- name: follow_up(coach, group, follow_up)
select json_build_object('number', r.list_number, 'id', r.participant_id, 'sealed', encode(r.initials_sealed, 'hex'))
from follow_up f join group_initials(:coach, :group, array[f.participant_id]) r on true
where f.id = :follow_up and f.closed_on is null

-- name: question(coach, group, question)
select json_build_object('raised_on', d.raised_on, 'number', r.list_number, 'id', r.participant_id,
  'sealed', encode(r.initials_sealed, 'hex'))
from dispute d join group_initials(:coach, :group, array[d.participant_id]) r on true
where d.id = :question and d.closed_on is null and d.about = 'attendance'

-- name: question_attendance(coach, group, question, now)
-- The attendance that the woman who asks can read: her group's last four sessions, the oldest first.
select json_agg(x order by x.starts) from (
  select s.starts_at as starts, a.status
  from dispute d
  join group_initials(:coach, :group, array[d.participant_id]) r on true
  join training_session s on s.group_id = :group
  left join presence a on a.training_session_id = s.id and a.participant_id = d.participant_id
  where d.id = :question and s.cancelled_at is null and s.starts_at <= :now
    and not exists (select from roll r where r.training_session_id = s.id and r.outcome = 'not_held')
  order by s.starts_at desc limit 4
) x

-- name: question_sessions(coach, group, question, now)
-- The sessions whose roll says that she was not there, and that the coach may still correct.
select json_agg(json_build_object('id', s.id, 'starts', s.starts_at) order by s.starts_at desc)
from dispute d
join group_initials(:coach, :group, array[d.participant_id]) r on true
join presence a on a.participant_id = d.participant_id and a.source = 'coach' and a.status in ('absent', 'excused')
join training_session s on s.id = a.training_session_id
where d.id = :question and d.closed_on is null and may_take_roll(:coach, s.id, :now)

-- name: member_questions()
-- Open questions of her savings group's members about savings, the oldest first; her own are not hers to answer.
select json_agg(x order by x.raised_on, x.number, x.about) from (
  select d.id, m.list_number as number, d.about, d.raised_on
  from savings_officer o
  join cycle c on c.savings_group_id = o.savings_group_id and c.closed_on is null
  join savings_member m on m.savings_group_id = o.savings_group_id and m.to_on is null
  join dispute d on d.participant_id = m.participant_id and d.closed_on is null
    and d.about in ('shares', 'loan', 'fine')
  where o.participant_id = person.id and o.to_on is null and m.participant_id <> person.id
    and meeting_actor(c.id, person.id, null) is not null
) x

-- name: her(coach)
-- Of the participant whom the coach acts for; nothing when the coach may not.
select json_build_object('number', r.list_number, 'sealed', encode(r.initials_sealed, 'hex'))
from assisted_initials(:coach, person.id) r

-- name: her_session(coach, now)
select to_json(s.starts_at) from training_session s where s.id = assisted_session(:coach, person.id, :now)

-- name: her_saving(coach)
select json_build_object('mode', c.mode, 'price', c.share_value, 'most', c.most_shares)
from savings_member sm join cycle c on c.savings_group_id = sm.savings_group_id and c.closed_on is null
where sm.participant_id = person.id and sm.to_on is null and assists(:coach, person.id)
limit 1

-- name: her_questions(coach, today, shown_days)
-- What a coach asked for her, the newest first: what she raised on her own phone is not the coach's to read.
select json_agg(x order by x.raised_on desc, x.about) from (
  select d.id, d.about, d.raised_on, d.answer
  from dispute d
  where d.participant_id in (select i.id from ids_of(person.id) i) and d.assisted
    and (d.closed_on is null or (d.answer is not null and d.closed_on > :today - :shown_days))
    and assists(:coach, person.id)
) x

-- name: her_phone(coach)
select json_build_object('stopped', bool_or(n.stopped_on is not null), 'alone', bool_and(n.sharing = 'private'))
from participant_phone l join phone_number n on n.id = l.phone_number_id
where l.participant_id = person.id and l.to_on is null and assists(:coach, person.id)
having count(*) > 0

-- name: coached_cycles(coach, group)
select json_agg(json_build_object('id', r.cycle, 'name', r.name) order by r.name, r.cycle)
from coached_cycles(:coach, :group) r

-- name: coach_meeting(coach, cycle, today)
-- The meeting that is entered now, as an officer has it, for a coach of the group.
select json_build_object('mode', c.mode, 'day', d.held_on, 'price', c.share_value, 'most', c.most_shares,
  'recorded', draft.id is null and exists (
    select from group_meeting m where m.cycle_id = c.id and m.held_on = d.held_on
  ),
  'typed', (select count(*) from meeting_line l where l.group_meeting_id = draft.id))
from cycle c
cross join lateral (select meeting_day(c.id, :today) as held_on, meeting_draft(c.id, :today) as draft) d
left join group_meeting draft on draft.id = d.draft
where c.id = :cycle and meeting_actor(c.id, null, :coach) is not null

-- name: coach_meeting_lines(coach, cycle, today)
select json_agg(x order by x.number) from (
  select m.list_number as number, coalesce(l.shares, l.amount) as value
  from cycle c
  join meeting_line l on l.group_meeting_id = meeting_draft(c.id, :today)
  join savings_member m
    on m.savings_group_id = c.savings_group_id and m.participant_id = l.participant_id and m.to_on is null
  where c.id = :cycle and meeting_actor(c.id, null, :coach) is not null
) x
