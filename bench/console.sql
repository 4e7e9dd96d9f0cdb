-- name: indexes()
-- The indexes of the largest tables that no constraint needs.
select i.relname as name, pg_get_indexdef(i.oid) as definition
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
where t.relname in ('message', 'attendance', 'session_list', 'audit_entry') and not x.indisunique

-- name: groups(programme, groups)
-- The groups; each will have 25 people.
insert into training_group (id, programme_id, number, role, sector, place)
select gen_random_uuid(), :programme, 1000 + n, 'woman', 'Rwamagana', 'Rwamagana, Kigabiro'
from generate_series(1, :groups) n

-- name: people(programme, enrolled)
-- 25 people a group. Their names are sealed afterwards.
insert into participant (id, programme_id, reference, role, member_number, name_sealed, language, contact, group_id,
  list_number, amounts_by_phone, enrolled_on)
select gen_random_uuid(), :programme, 'b' || g.number || '-' || n, 'woman', (2000000 + g.number * 100 + n)::text, '',
  'rw', 'own', g.id, n, true, :enrolled
from training_group g cross join generate_series(1, 25) n where g.number > 1000 and g.programme_id = :programme

-- name: memberships(programme, enrolled)
-- Since when they are on their group's list, which a trigger writes otherwise.
insert into group_membership (id, participant_id, group_id, list_number, from_on)
select gen_random_uuid(), p.id, p.group_id, p.list_number, :enrolled
from participant p where p.programme_id = :programme and p.reference like 'b%%'

-- name: phones(programme, today)
-- A number for 24 of 25; one in a hundred is stopped.
insert into phone_number (id, programme_id, number_sealed, number_index, sharing, stopped_on)
select p.id, p.programme_id, '', decode(md5(p.member_number), 'hex'), 'unmarked',
  case when p.list_number = 7 and g.number %% 4 = 0 then :today::date end
from participant p join training_group g on g.id = p.group_id
where g.number > 1000 and g.programme_id = :programme and p.list_number < 25

-- name: links(enrolled)
-- Who is reached on which number.
insert into participant_phone (id, participant_id, phone_number_id, from_on)
select gen_random_uuid(), n.id, n.id, :enrolled from phone_number n join participant p on p.id = n.id

-- name: consents(programme, enrolled)
-- All but one in 25 agreed to texts.
insert into consent (id, participant_id, purpose, given, version, language, how, taken_by, taken_on, given_by)
select gen_random_uuid(), p.id, 'messages', true, '1', 'rw', 'written', 'bench', :enrolled, 'herself'
from participant p join training_group g on g.id = p.group_id
where g.number > 1000 and g.programme_id = :programme and p.list_number <> 24

-- name: coaches(programme)
-- A coach for every second group, without a number.
insert into coach (id, programme_id, code, name_sealed) select g.id, :programme, 'b' || g.number, ''
from training_group g where g.programme_id = :programme and g.number > 1000 and g.number %% 2 = 0

-- name: group_coaches(enrolled)
-- They coach since then.
insert into group_coach (id, group_id, coach_id, from_on) select gen_random_uuid(), g.id, g.id, :enrolled
from training_group g join coach c on c.id = g.id

-- name: sessions(programme, monday)
-- A session a week for 20 weeks, this week's and the next included, a seventh of the groups on each day.
insert into training_session (id, programme_id, group_id, title, starts_at, ends_at, place, check_in_code)
select gen_random_uuid(), :programme, g.id, 'Rights', day + interval '12 hours', day + interval '14 hours',
  g.place, '4821'
from training_group g cross join generate_series(-18, 1) week
cross join lateral (
  select (:monday::date + 7 * week + g.number %% 7)::timestamp at time zone 'UTC' as day) d
where g.programme_id = :programme and g.number > 1000

-- name: messages(programme, now)
-- A text for each person and session, in the order in which they are due.
insert into message (id, programme_id, phone_number_id, kind, rule, subject_id, gathering_id, occasion, people, status,
  reason, planned_at, due_at, expires_at, attempts, sent_at, settled_at, language, segments, cost, currency,
  provider, provider_id)
select gen_random_uuid(), :programme, case when p.list_number < 25 then p.id else first.id end, 'reminder', 'session_day_before', s.id, s.id, 'bench ' || p.list_number,
  array[p.id],
  status, case when status in ('failed', 'unknown', 'cancelled') then 'no_answer' end, s.starts_at - interval '2 days',
  due, s.starts_at, case when due < :now then 1 else 0 end,
  case when status in ('sent', 'delivered', 'failed', 'unknown') then due + interval '5 minutes' end,
  case when status in ('sent', 'delivered', 'failed', 'unknown') then due + interval '6 minutes' end,
  'rw', 1, case when status in ('sent', 'delivered') then 5.2 end,
  case when status in ('sent', 'delivered') then 'RWF' end,
  case when status in ('sent', 'delivered') then 'bench' end,
  case when status in ('sent', 'delivered') then gen_random_uuid()::text end
from training_session s join training_group g on g.id = s.group_id and g.number > 1000
join participant p on p.group_id = g.id
-- who has no number of her own is reached on that of the first on the list; a number has the id of its first user
join participant first on first.group_id = g.id and first.list_number = 1
cross join lateral (select s.starts_at - interval '4 hours' as due) d
cross join lateral (
  select case when due >= :now then 'planned'
    when p.list_number <= 20 then 'delivered' when p.list_number = 21 then 'sent'
    when p.list_number = 22 then 'failed' when p.list_number = 23 then 'unknown' else 'cancelled' end as status) x
where s.programme_id = :programme
order by due

-- name: lists(programme, since, now)
-- Who was expected at the sessions of the last eight weeks.
insert into session_list (training_session_id, participant_id, list_number)
select s.id, p.id, p.list_number from training_session s join training_group g on g.id = s.group_id and g.number > 1000
join participant p on p.group_id = g.id
where s.programme_id = :programme and s.starts_at > :since and s.ends_at < :now

-- name: rolls(programme, since, now)
-- Their rolls, but for one in fifty.
insert into roll (training_session_id, outcome, headcount, taken_on)
select s.id, 'held', 20, s.starts_at::date from training_session s join training_group g on g.id = s.group_id
where s.programme_id = :programme and g.number > 1000 and s.ends_at < :now and (s.starts_at > :since or true)
  and (g.number %% 50 <> 0 or s.starts_at < :since)

-- name: attendance(programme)
-- Who came by these rolls: six in seven.
insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)
select l.training_session_id, l.participant_id, 'coach',
  case when (l.list_number + g.number) %% 7 = 0 then 'absent' else 'present' end, false, s.starts_at::date
from session_list l join training_session s on s.id = l.training_session_id
join training_group g on g.id = s.group_id
where s.programme_id = :programme and g.number > 1000 and g.number %% 50 <> 0
  -- in one group of ten, nobody took anybody for present, for the page of silence
  and g.number %% 10 <> 3

-- name: sessions_with_rolls(programme)
-- What triggers write otherwise.
update training_session s set awaits_roll = false
where s.programme_id = :programme and exists (select from roll r where r.training_session_id = s.id)

-- name: self_check_ins(programme)
-- A twentieth checked in herself, also some whom the roll calls absent.
insert into attendance (training_session_id, participant_id, source, status, assisted, recorded_on)
select l.training_session_id, l.participant_id, 'self', 'present', false, s.starts_at::date
from session_list l join training_session s on s.id = l.training_session_id
join training_group g on g.id = s.group_id
where s.programme_id = :programme and g.number > 1000 and l.list_number = 3

-- name: mismatched(programme)
-- Sessions at which somebody checked in herself whom the roll calls absent, which a trigger writes otherwise.
update training_session s set mismatched = true
where s.programme_id = :programme and exists (
  select from attendance a join attendance b on b.training_session_id = s.id and b.participant_id = a.participant_id
    and b.source = 'coach' and b.status = 'absent'
  where a.training_session_id = s.id and a.source = 'self')

-- name: questions(today)
-- 500 questions that wait, and 500 follow-ups.
insert into dispute (id, participant_id, about, raised_on, assisted)
select gen_random_uuid(), id, 'shares', :today::date - 3, false from participant
where reference like 'b%%' order by member_number limit 500

-- name: follow_ups(today)
-- After a session of hers.
insert into follow_up (id, participant_id, training_session_id, reason, raised_on)
select gen_random_uuid(), p.id, (select min(s.id::text)::uuid from training_session s where s.group_id = p.group_id),
  'absent_twice', :today::date - 2
from participant p where p.reference like 'b%%' order by p.member_number desc limit 500

-- name: replies(programme, now, today)
-- A thousand can't come to a session of these days.
insert into session_reply (training_session_id, participant_id, coming, replied_on, session_on)
select s.id, p.id, false, :today, s.starts_at::date
from training_session s join participant p on p.group_id = s.group_id and p.list_number = 5
where s.programme_id = :programme and s.starts_at between :now - interval '2 days' and :now + interval '2 days'
limit 1000

-- name: trail(programme, now)
-- 500,000 entries of the trail, of 50 accounts and coaches.
insert into audit_entry (programme_id, at, who, what, subject, subject_id)
select :programme, :now - n * interval '1 minute', 'office-' || n %% 50, 'view', 'participant', gen_random_uuid()::text
from generate_series(500000, 1, -1) n
