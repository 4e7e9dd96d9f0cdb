-- Revision 0020. A later change is a later revision: this file stays as it is.

-- Whether a coach works now and coaches this group.
create function coaches_group(coach uuid, of_group uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  select exists (
    select from public.group_coach k join public.coach c on c.id = k.coach_id
    where k.group_id = of_group and k.to_on is null and c.id = coaches_group.coach and c.suspended_on is null
  )
$$;

-- The list numbers and sealed initials of some people of a group that the coach coaches.
create function group_initials(coach uuid, in_group uuid, people uuid[])
returns table (participant_id uuid, list_number integer, initials_sealed bytea) language sql stable security definer
set search_path = pg_catalog, public as $$
  select p.id, p.list_number, p.initials_sealed
  from public.participant p
  where p.group_id = in_group and p.id = any(people) and p.left_on is null
    and public.coaches_group(group_initials.coach, in_group)
$$;

-- Who of a group that the coach coaches gets no text by SMS as far as is known: no number that a text may go to, or the
-- last text of thirty days about a gathering failed, or nobody knows whether it came. The reason is not given.
create function not_reached(coach uuid, in_group uuid, moment timestamptz)
returns table (participant_id uuid, list_number integer, initials_sealed bytea) language sql stable security definer
set search_path = pg_catalog, public as $$
  with last as (
    -- what became of each person's last text about a session of the group
    select distinct on (t.person) t.person, t.status
    from (
      select unnest(m.people) as person, m.status, m.due_at, m.id
      from public.training_session s join public.message m on m.gathering_id = s.id
      where s.group_id = in_group and s.starts_at > moment - interval '30 days'
        and m.kind in ('gathering', 'correction')
        and m.status in ('sent', 'delivered', 'failed', 'unknown', 'expired')
    ) t
    order by t.person, t.due_at desc, t.id
  )
  select p.id, p.list_number, p.initials_sealed
  from public.participant p left join last on last.person = p.id
  where p.group_id = in_group and p.left_on is null and p.list_number is not null
    and public.coaches_group(not_reached.coach, in_group)
    and (last.status in ('failed', 'unknown', 'expired') or not exists (
      -- the limit of texts a day is not a reason: there is another day
      select from public.participant_phone l
      cross join lateral public.refusal(
        l.phone_number_id, array[p.id], 'gathering', '{}', moment, moment, 1000) r
      where l.participant_id = p.id and l.to_on is null and r.reason is null
    ))
$$;

-- Let a coach stand in at the session of the day, of any group of her programme, that has this code: from half an hour
-- before it begins. Gives the session and whether it has begun; no row for a wrong number or code, as for a coach who is
-- suspended. Who coaches the group needs no row of her own.
create function stand_in(coach uuid, of_group integer, code text, moment timestamptz, today date)
returns table (session uuid, begun boolean) language plpgsql security definer
set search_path = pg_catalog, public as $$
declare
  chosen public.training_session;
begin
  select s.* into chosen
    from public.coach c
    join public.programme p on p.id = c.programme_id
    join public.training_group g on g.programme_id = c.programme_id and g.number = of_group
    join public.training_session s on s.group_id = g.id
    where c.id = stand_in.coach and c.suspended_on is null and s.check_in_code = stand_in.code
      and s.cancelled_at is null and s.starts_at <= moment + interval '30 minutes'
      and (s.starts_at at time zone p.time_zone)::date = (moment at time zone p.time_zone)::date
    order by s.starts_at desc, s.id limit 1;
  if chosen.id is null then
    return;
  end if;
  if not public.coaches_session(stand_in.coach, chosen.id) then
    insert into public.session_substitute (training_session_id, coach_id, from_on)
      values (chosen.id, stand_in.coach, today) on conflict do nothing;
  end if;
  return query select chosen.id, chosen.starts_at <= moment;
end $$;

-- Close a follow-up of a group that the coach coaches, with what she heard. `closed` when it is not open any more, or
-- not hers.
create function close_follow_up(coach uuid, follow_up uuid, heard text, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  update public.follow_up f set answer = heard, closed_on = today
    from public.participant p
    where f.id = close_follow_up.follow_up and f.closed_on is null and p.id = f.participant_id
      and public.coaches_group(close_follow_up.coach, p.group_id);
  if not found then
    return 'closed';
  end if;
  insert into public.audit_entry (programme_id, at, who, what, subject, subject_id)
    select c.programme_id, today::timestamp at time zone p.time_zone, 'coach:' || c.id, 'close_follow_up', 'follow_up',
      close_follow_up.follow_up::text
    from public.coach c join public.programme p on p.id = c.programme_id where c.id = close_follow_up.coach;
  return 'stored';
end $$;

-- Say of people on a roll that they came after all, came late, or were excused. Outcomes as of store_roll.
create or replace function correct_roll(
  coach uuid, session uuid, numbers integer[], said text, moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not public.may_take_roll(coach, session, moment) or said is null or said not in ('present', 'late', 'excused')
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

-- Whether the roll of a session before a question about attendance was corrected for her since she asked: she came.
create function corrected_since(question uuid) returns boolean language sql stable as $$
  select exists (
    select from public.dispute d
    join public.participant q on q.id = d.participant_id
    join public.attendance a on a.participant_id in (select i.id from public.ids_of(coalesce(q.merged_into, q.id)) i)
      and a.source = 'coach' and a.status in ('present', 'late') and a.corrected_on >= d.raised_on
    join public.training_session s on s.id = a.training_session_id
    join public.programme p on p.id = s.programme_id
    where d.id = question and (s.starts_at at time zone p.time_zone)::date <= d.raised_on
  )
$$;

-- Answer what a participant of a group that the coach coaches says is not right in her attendance: `right`, `ask`, or
-- `corrected`, and then the roll of `session` is corrected: she came. Without a session it must be corrected already. She
-- reads the answer as she reads the office's. `closed` when the question is not open any more, or not for this coach.
create function answer_question(
  coach uuid, question uuid, said text, session uuid, moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  asked public.dispute;
  listed integer;
begin
  select d.* into asked
    from public.dispute d
    join public.participant q on q.id = d.participant_id
    join public.participant p on p.id = coalesce(q.merged_into, q.id) and p.left_on is null
    where d.id = question and d.about = 'attendance' and d.closed_on is null
      and public.coaches_group(answer_question.coach, p.group_id)
    for no key update of d;
  if asked.id is null or said is null or said not in ('corrected', 'right', 'ask') then
    return 'closed';
  end if;
  if said = 'corrected' and answer_question.session is not null then
    select l.list_number into listed from public.session_list l
      where l.training_session_id = answer_question.session and l.participant_id = asked.participant_id;
    if listed is null or public.correct_roll(
      answer_question.coach, answer_question.session, array[listed], 'present', moment, today) <> 'stored'
    then
      return 'closed';
    end if;
  elsif said = 'corrected' and not public.corrected_since(question) then
    return 'closed';
  end if;
  update public.dispute d set answer = said, closed_on = today where d.id = asked.id;
  insert into public.audit_entry (programme_id, at, who, what, subject, subject_id)
    select c.programme_id, today::timestamp at time zone p.time_zone, 'coach:' || c.id, 'answer', 'dispute',
      asked.id::text
    from public.coach c join public.programme p on p.id = c.programme_id where c.id = answer_question.coach;
  return 'stored';
end $$;

-- The sessions whose follow-ups a roll changes: its own, and the later ones of the group that have a roll, since two
-- absences running are of two sessions, and an open follow-up keeps those of later sessions away.
create function follow_up_sessions(session uuid) returns table (id uuid, starts_at timestamptz) language sql stable
security definer set search_path = pg_catalog, public as $$
  select s.id, s.starts_at from public.training_session s where s.id = session
  union all
  select e.id, e.starts_at from public.training_session s
  join public.training_session e on e.group_id = s.group_id and e.starts_at > s.starts_at and e.cancelled_at is null
  join public.roll r on r.training_session_id = e.id and r.outcome = 'held'
  where s.id = session
$$;

-- As in revision 0017, but also for the group's later rolls, the earliest first, and a follow-up that the coach has closed is not raised again
-- by a correction of the same roll.
create or replace function raise_follow_ups(session uuid, today date) returns void language sql security definer
set search_path = pg_catalog, public as $$
  delete from public.follow_up f
    where f.training_session_id in (select a.id from public.follow_up_sessions(session) a) and f.closed_on is null;
  insert into public.follow_up (id, participant_id, training_session_id, reason, raised_on)
    select gen_random_uuid(), h.participant_id, h.training_session_id, 'absent_twice', today
    from public.follow_up_sessions(session) a
    join public.presence h on h.training_session_id = a.id and h.status = 'absent'
    join public.presence b on b.participant_id = h.participant_id and b.status = 'absent'
    join public.participant p on p.id = h.participant_id and p.left_on is null
    where b.training_session_id = (
      select e.id from public.training_session s
      join public.training_session e on e.group_id = s.group_id and e.starts_at < s.starts_at and e.cancelled_at is null
      join public.roll r on r.training_session_id = e.id and r.outcome = 'held'
      where s.id = a.id order by e.starts_at desc limit 1
    )
    and not exists (
      select from public.follow_up f where f.training_session_id = a.id and f.participant_id = h.participant_id)
    order by a.starts_at
    on conflict (participant_id) where closed_on is null do nothing
$$;

-- Store a roll that has everybody on the list absent, unless the session has a roll by now. Outcomes as of store_roll.
create function store_nobody(coach uuid, session uuid, moment timestamptz, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not public.may_take_roll(coach, session, moment)
    or exists (select from public.roll r where r.training_session_id = session)
  then
    return 'closed';
  end if;
  perform public.fix_session_list(session, moment);
  return public.store_roll(coach, session, array(
    select l.list_number from public.session_list l where l.training_session_id = session
  ), 0, moment, today);
end $$;

revoke execute on function coaches_group, group_initials, not_reached, stand_in, close_follow_up, corrected_since,
  answer_question, follow_up_sessions, store_nobody from public;
