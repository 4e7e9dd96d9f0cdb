-- Revision 0017. A later change is a later revision: this file stays as it is.

-- Who was present: what each source says is kept beside the others. `corrected_on` is the day on which a coach said of
-- somebody who was absent or excused on the roll that she came after all.
alter table attendance
  add column corrected_on date,
  drop constraint pk_attendance,
  add constraint pk_attendance primary key (training_session_id, participant_id, source);

-- One row a person and session: staff before coach before self.
create view presence as
  select a.training_session_id, a.participant_id, a.status, a.source, a.assisted from attendance a
  where a.source = 'staff' or not exists (
    select from attendance b
    where b.training_session_id = a.training_session_id and b.participant_id = a.participant_id
      and (b.source = 'staff' or (b.source = 'coach' and a.source = 'self'))
  );

-- A fingerprint of each roll that a coach or staff entered, as revision 0015 has it; both may have a row of a person now.
create or replace view roll_digest with (security_invoker = true) as
  select training_session_id,
    encode(sha256(convert_to(
      string_agg(participant_id::text || status, ',' order by participant_id, source), 'UTF8')), 'hex') as digest
  from attendance where source in ('coach', 'staff') group by training_session_id;

-- Who was expected at a session, fixed when it starts.
create table session_list (
  training_session_id uuid not null, participant_id uuid not null, list_number integer not null,
  constraint pk_session_list primary key (training_session_id, participant_id),
  constraint uq_session_list_training_session_id_list_number unique (training_session_id, list_number),
  constraint fk_session_list_training_session_id foreign key (training_session_id) references training_session (id),
  constraint fk_session_list_participant_id foreign key (participant_id) references participant (id)
);
create index ix_session_list_participant_id on session_list (participant_id);

create table roll (
  training_session_id uuid not null, coach_id uuid, outcome varchar not null, reason varchar, headcount integer,
  taken_on date not null, changed_on date,
  constraint pk_roll primary key (training_session_id),
  constraint fk_roll_training_session_id foreign key (training_session_id) references training_session (id),
  constraint fk_roll_coach_id foreign key (coach_id) references coach (id),
  constraint ck_roll_outcome check (outcome in ('held', 'not_held')),
  constraint ck_roll_reason check (reason in ('weather', 'few_came', 'coach_away', 'funeral', 'place', 'other')),
  constraint ck_roll_not_held check ((outcome = 'not_held') = (reason is not null)),
  constraint ck_roll_headcount check ((outcome = 'held') = (headcount is not null) and headcount >= 0)
);
create index ix_roll_coach_id on roll (coach_id);
-- a session with what a coach or staff entered has a roll
insert into roll (training_session_id, outcome, headcount, taken_on)
  select training_session_id, 'held', count(*) filter (where status in ('present', 'late')), max(recorded_on)
  from attendance where source in ('coach', 'staff') group by training_session_id;
insert into session_list (training_session_id, participant_id, list_number)
  select s.id, m.participant_id, m.list_number
  from training_session s
  join programme p on p.id = s.programme_id
  join group_membership m on m.group_id = s.group_id and m.list_number is not null
    and m.from_on <= (s.starts_at at time zone p.time_zone)::date
    and (m.to_on is null or m.to_on > (s.starts_at at time zone p.time_zone)::date)
  where exists (select from attendance a where a.training_session_id = s.id)
  on conflict do nothing;

-- Coaches who stand in for another at one session.
create table session_substitute (
  training_session_id uuid not null, coach_id uuid not null, from_on date not null,
  constraint pk_session_substitute primary key (training_session_id, coach_id),
  constraint fk_session_substitute_training_session_id foreign key (training_session_id)
    references training_session (id),
  constraint fk_session_substitute_coach_id foreign key (coach_id) references coach (id)
);
create index ix_session_substitute_coach_id on session_substitute (coach_id);

-- What a coach has to ask about: a participant who was absent from two sessions running.
create table follow_up (
  id uuid not null, participant_id uuid not null, training_session_id uuid not null, reason varchar not null,
  raised_on date not null, answer varchar, closed_on date,
  constraint pk_follow_up primary key (id),
  constraint fk_follow_up_participant_id foreign key (participant_id) references participant (id),
  constraint fk_follow_up_training_session_id foreign key (training_session_id) references training_session (id),
  constraint ck_follow_up_reason check (reason in ('absent_twice')),
  constraint ck_follow_up_answer check (answer in ('comes_again', 'cannot_come', 'wants_to_leave', 'not_found')),
  constraint ck_follow_up_closed check ((answer is null) = (closed_on is null))
);
create unique index uq_follow_up_open on follow_up (participant_id) where closed_on is null;
create index ix_follow_up_training_session_id on follow_up (training_session_id);

-- Whose PIN it is: a participant's, by her member number, or a coach's, by an id.
create view pin_holder as
  select id, programme_id, member_number::text as number, pin from participant where left_on is null
  union all
  select id, programme_id, 'coach:' || id::text, pin from coach where suspended_on is null;
alter table pin_opening add column holder_id uuid;
update pin_opening set holder_id = participant_id;
alter table pin_opening drop column participant_id, alter column holder_id set not null;
alter table pin_opening add constraint pk_pin_opening primary key (holder_id);
create or replace function pin_was_opened() returns trigger language plpgsql as $$
begin
  if not exists (select from public.pin_opening o where o.holder_id = new.id) then
    raise exception 'no coach opened this PIN' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger pin_was_opened before update of pin on coach
  for each row
  when (new.pin is distinct from old.pin and not has_table_privilege('public.coach', 'insert'))
  execute function pin_was_opened();

-- Fix who is expected at a session that has started, unless it is fixed already. A session's row is locked meanwhile,
-- so two at once fix one list.
create function fix_session_list(session uuid, moment timestamptz) returns void language plpgsql security definer
set search_path = pg_catalog, public as $$
begin
  if exists (select from public.session_list l where l.training_session_id = session) then
    return;
  end if;
  perform 1 from public.training_session s where s.id = session for no key update;
  insert into public.session_list (training_session_id, participant_id, list_number)
    select s.id, m.participant_id, m.list_number
    from public.training_session s
    join public.programme p on p.id = s.programme_id
    join public.group_membership m on m.group_id = s.group_id and m.list_number is not null
      and m.from_on <= (s.starts_at at time zone p.time_zone)::date
      and (m.to_on is null or m.to_on > (s.starts_at at time zone p.time_zone)::date)
    where s.id = session and s.cancelled_at is null and s.starts_at <= moment
      and not exists (select from public.session_list l where l.training_session_id = session)
    on conflict do nothing;
end $$;

-- The same for all sessions of a programme that started in the last eight days. Gives how many it fixed.
create function fix_session_lists(programme integer, moment timestamptz) returns integer language plpgsql security definer
set search_path = pg_catalog, public as $$
declare
  session uuid;
  fixed integer := 0;
begin
  for session in
    select s.id from public.training_session s
    where s.programme_id = programme and s.cancelled_at is null
      and s.starts_at <= moment and s.starts_at > moment - interval '8 days'
      and not exists (select from public.session_list l where l.training_session_id = s.id)
    order by s.id
  loop
    perform public.fix_session_list(session, moment);
    fixed := fixed + 1;
  end loop;
  return fixed;
end $$;

-- Whether a coach works now and coaches this session's group, or stands in at this session.
create function coaches_session(coach uuid, session uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  select exists (
    select from public.coach c join public.training_session s on s.programme_id = c.programme_id
    where c.id = coach and c.suspended_on is null and s.id = session and (
      exists (select from public.group_coach k
        where k.group_id = s.group_id and k.coach_id = c.id and k.to_on is null)
      or exists (select from public.session_substitute b
        where b.training_session_id = s.id and b.coach_id = c.id)
    )
  )
$$;

-- Whether the coach may take or correct the roll of a session now: from its start to the end of the seventh day after.
create function may_take_roll(coach uuid, session uuid, moment timestamptz) returns boolean language sql stable
security definer set search_path = pg_catalog, public as $$
  select public.coaches_session(coach, session) and exists (
    select from public.training_session s join public.programme p on p.id = s.programme_id
    where s.id = session and s.cancelled_at is null and s.starts_at <= moment
      and (s.starts_at at time zone p.time_zone)::date >= (moment at time zone p.time_zone)::date - 7
  )
$$;

-- Hold a session's row, and before it its group's, until the transaction ends: of two rolls of a group the second sees
-- the first, since absences running are of several sessions.
create function lock_roll(session uuid) returns void language plpgsql security definer
set search_path = pg_catalog, public as $$
begin
  perform 1 from public.training_group g
    where g.id = (select s.group_id from public.training_session s where s.id = session) for no key update;
  perform 1 from public.training_session s where s.id = session for no key update;
end $$;

-- Store a roll: who of the list was absent, everyone else was present. Who was late or excused before stays so as long as
-- she still came, or still did not. `closed` when the coach may not; `changed` when the numbers do not fit the list.
-- Two coaches at once wait for each other, and the later word counts.
create function store_roll(
  coach uuid, session uuid, absent integer[], headcount integer, moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not public.may_take_roll(coach, session, moment) then
    return 'closed';
  end if;
  perform public.fix_session_list(session, moment);
  if absent is null or headcount is null
    or (select count(*) from public.session_list l where l.training_session_id = session) = 0
    or (select count(*) from public.session_list l where l.training_session_id = session)
      <> headcount + cardinality(absent)
    or (select count(*) from public.session_list l
      where l.training_session_id = session and l.list_number = any(absent)) <> cardinality(absent)
  then
    return 'changed';
  end if;
  insert into public.roll as r (training_session_id, coach_id, outcome, headcount, taken_on)
    values (session, coach, 'held', store_roll.headcount, today)
    on conflict (training_session_id) do update set coach_id = excluded.coach_id, outcome = 'held', reason = null,
      headcount = excluded.headcount, changed_on = today;
  insert into public.attendance as a
      (training_session_id, participant_id, status, source, assisted, recorded_on)
    select session, l.participant_id,
      case when l.list_number = any(absent) then 'absent' else 'present' end, 'coach', false, today
    from public.session_list l where l.training_session_id = session
    on conflict (training_session_id, participant_id, source)
    do update set status = excluded.status, recorded_on = excluded.recorded_on,
      corrected_on = case when excluded.status = 'present' then excluded.recorded_on end
    where (a.status, excluded.status) not in
      (('present', 'present'), ('late', 'present'), ('absent', 'absent'), ('excused', 'absent'));
  perform public.raise_follow_ups(session, today);
  return 'stored';
end $$;

-- Those on a session's list who were absent from it and from the group's session with a roll before it, unless a
-- follow-up on them is open. Open ones that this session raised are made anew.
create function raise_follow_ups(session uuid, today date) returns void language sql security definer
set search_path = pg_catalog, public as $$
  delete from public.follow_up f where f.training_session_id = session and f.closed_on is null;
  insert into public.follow_up (id, participant_id, training_session_id, reason, raised_on)
    select gen_random_uuid(), h.participant_id, session, 'absent_twice', today
    from public.presence h
    join public.presence b on b.participant_id = h.participant_id and b.status = 'absent'
    join public.participant p on p.id = h.participant_id and p.left_on is null
    where h.training_session_id = session and h.status = 'absent' and b.training_session_id = (
      select e.id from public.training_session s
      join public.training_session e on e.group_id = s.group_id and e.starts_at < s.starts_at and e.cancelled_at is null
      join public.roll r on r.training_session_id = e.id and r.outcome = 'held'
      where s.id = session order by e.starts_at desc limit 1
    )
    on conflict (participant_id) where closed_on is null do nothing
$$;

-- Say of people on a roll that they came late, or were excused. Outcomes as of store_roll.
create function correct_roll(
  coach uuid, session uuid, numbers integer[], said text, moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not public.may_take_roll(coach, session, moment) or said is null or said not in ('late', 'excused')
    or not exists (select from public.roll r where r.training_session_id = session and r.outcome = 'held')
  then
    return 'closed';
  end if;
  if numbers is null or (select count(*) from public.session_list l
    where l.training_session_id = session and l.list_number = any(numbers)) <> cardinality(numbers)
  then
    return 'changed';
  end if;
  insert into public.attendance as a (training_session_id, participant_id, status, source, assisted, recorded_on)
    select session, l.participant_id, said, 'coach', false, today
    from public.session_list l where l.training_session_id = session and l.list_number = any(numbers)
    on conflict (training_session_id, participant_id, source)
    do update set status = excluded.status, recorded_on = excluded.recorded_on, corrected_on = case
      when excluded.status = 'excused' then null
      when a.status in ('absent', 'excused') then excluded.recorded_on
      else a.corrected_on end;
  update public.roll r set coach_id = coach, changed_on = today, headcount = (
      select count(*) from public.attendance a
      where a.training_session_id = session and a.source = 'coach' and a.status in ('present', 'late'))
    where r.training_session_id = session;
  perform public.raise_follow_ups(session, today);
  return 'stored';
end $$;

-- Say that a session was not held, and why. `closed` when the coach may not, or it has a roll by now.
create function store_not_held(coach uuid, session uuid, why text, moment timestamptz, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not public.may_take_roll(coach, session, moment)
    or exists (select from public.roll r where r.training_session_id = session)
  then
    return 'closed';
  end if;
  insert into public.roll (training_session_id, coach_id, outcome, reason, taken_on)
    values (session, coach, 'not_held', why, today);
  return 'stored';
end $$;

-- The initials of a few people on the list of a session that the coach may take the roll of, sealed.
create function roll_initials(coach uuid, session uuid, numbers integer[], moment timestamptz)
returns table (list_number integer, participant_id uuid, initials_sealed bytea) language sql stable security definer
set search_path = pg_catalog, public as $$
  select l.list_number, l.participant_id, p.initials_sealed
  from public.session_list l join public.participant p on p.id = l.participant_id
  where l.training_session_id = session and l.list_number = any(numbers) and cardinality(numbers) <= 6
    and public.may_take_roll(coach, session, moment)
$$;

revoke execute on function fix_session_list, fix_session_lists, coaches_session, may_take_roll, lock_roll, store_roll,
  raise_follow_ups, correct_roll, store_not_held, roll_initials from public;
-- What plans read: that a session has a roll.
create trigger plans_read_this after insert or delete or truncate or update of training_session_id, outcome on roll
  for each statement execute function note_plan_change('roll');
