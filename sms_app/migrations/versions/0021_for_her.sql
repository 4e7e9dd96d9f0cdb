-- Revision 0021. A later change is a later revision: this file stays as it is.

-- Whether her coach raised it with her.
alter table dispute add column assisted boolean not null default false;

-- Whether a coach may act for a participant: who did not leave and is in a group that the coach coaches now.
create function assists(coach uuid, person uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  select exists (
    select from public.participant p
    where p.id = person and p.left_on is null and public.coaches_group(assists.coach, p.group_id)
  )
$$;

-- The participant with a number on a group's list, for a coach of this group; null also for who left.
create function coached_person(coach uuid, of_group uuid, number integer) returns uuid language sql stable
security definer set search_path = pg_catalog, public as $$
  select p.id from public.participant p
  where p.group_id = of_group and p.list_number = number and public.assists(coached_person.coach, p.id)
$$;

-- The list number and the sealed initials of a participant whom the coach acts for: one person at a time, and no name.
create function assisted_initials(coach uuid, person uuid)
returns table (list_number integer, initials_sealed bytea) language sql stable security definer
set search_path = pg_catalog, public as $$
  select p.list_number, p.initials_sealed from public.participant p
  where p.id = person and public.assists(assisted_initials.coach, p.id)
$$;

-- The session to which a coach checks a participant in: of her group, of today, from half an hour before its start. Of
-- several the latest; null without one, or when the coach may not.
create function assisted_session(coach uuid, person uuid, moment timestamptz) returns uuid language sql stable
security definer set search_path = pg_catalog, public as $$
  select s.id from public.participant p
  join public.training_session s on s.group_id = p.group_id
  join public.programme r on r.id = s.programme_id
  where p.id = person and public.assists(assisted_session.coach, p.id) and s.cancelled_at is null
    and s.starts_at <= moment + interval '30 minutes'
    and (s.starts_at at time zone r.time_zone)::date = (moment at time zone r.time_zone)::date
  order by s.starts_at desc, s.id limit 1
$$;

-- Add to the audit trail what a coach did for a participant, by the day only.
create function record_of_coach(coach uuid, person uuid, what text, subject text, subject_id uuid, moment timestamptz)
returns void language sql security definer set search_path = pg_catalog, public as $$
  insert into public.audit_entry (programme_id, at, who, what, subject, subject_id)
  select r.id, date_trunc('day', moment, r.time_zone), 'coach:' || coach, what, subject, subject_id::text
  from public.participant p join public.programme r on r.id = p.programme_id where p.id = person
$$;

-- Check a participant in to today's session. received, also when she is checked in already; nothing: no session is on;
-- closed: the coach may not act for her.
create function assist_check_in(coach uuid, person uuid, moment timestamptz, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  session uuid;
begin
  if not public.assists(coach, person) then
    return 'closed';
  end if;
  session := public.assisted_session(coach, person, moment);
  if session is null then
    return 'nothing';
  end if;
  insert into public.attendance (training_session_id, participant_id, status, source, assisted, recorded_on)
    values (session, person, 'present', 'self', true, today)
    on conflict on constraint pk_attendance do nothing;
  return 'received';
end $$;

-- Store what a participant saved in the week of today: added to her reports of the week, or (whole) in their place, those
-- of her own phone included. saved, also when this entry is stored already; no_open_cycle; closed.
create function assist_saving(coach uuid, person uuid, entry uuid, amount bigint, shares integer, whole boolean,
  week date, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  of_cycle public.cycle;
begin
  if not public.assists(coach, person) or amount not between 0 and 10000000 or week not between today - 13 and today then
    return 'closed';
  end if;
  -- two corrections at once wait for each other here, as in savings.correct
  perform 1 from public.participant p where p.id = person for no key update;
  if exists (select from public.contribution c where c.id = entry) then
    return 'saved';
  end if;
  select c.* into of_cycle from public.savings_member m
    join public.cycle c on c.savings_group_id = m.savings_group_id and c.closed_on is null
    where m.participant_id = person and m.to_on is null;
  if of_cycle.id is null then
    return 'no_open_cycle';
  end if;
  if shares > of_cycle.most_shares then
    return 'closed';
  end if;
  if whole then
    insert into public.contribution
      (id, cycle_id, participant_id, amount, shares, source, week_of, recorded_on, assisted, reverses)
    select gen_random_uuid(), e.cycle_id, e.participant_id, -e.amount, -e.shares, 'member', e.week_of, today, true, e.id
    from public.contribution e
    where e.cycle_id = of_cycle.id and e.participant_id = person and e.source = 'member' and e.week_of = week
      and e.reverses is null and not exists (select from public.contribution r where r.reverses = e.id);
  end if;
  insert into public.contribution
    (id, cycle_id, participant_id, amount, shares, source, week_of, recorded_on, assisted)
    values (entry, of_cycle.id, person, assist_saving.amount, assist_saving.shares, 'member', week, today, true);
  return 'saved';
end $$;

-- Who may not write the audit trail, which is web, makes no entry in a coach's name but by assist_saving, and takes none
-- back.
create function only_with_a_coach() returns trigger language plpgsql as $$
begin
  if new.assisted or exists (select from public.contribution e where e.id = new.reverses and e.assisted) then
    raise exception 'only a coach makes or takes back an entry made with help' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger only_with_a_coach before insert on contribution
  for each row
  when ((new.assisted or new.reverses is not null) and not has_table_privilege('public.audit_entry', 'insert'))
  execute function only_with_a_coach();

-- Raise a participant's question, without any amount: raised, also while one on the same subject is open; or closed.
create function assist_question(coach uuid, person uuid, entry uuid, about text, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if not public.assists(coach, person) then
    return 'closed';
  end if;
  insert into public.dispute (id, participant_id, about, raised_on, assisted)
    values (entry, person, assist_question.about, today, true) on conflict do nothing;
  return 'raised';
end $$;

-- Answer a question that a coach raised with a participant: answered; or gone when it is answered already, was raised
-- without a coach, the coach may not act for her, or her attendance is said to be corrected and no roll was.
create function assist_answer(coach uuid, question uuid, answer text, moment timestamptz, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  person uuid;
begin
  -- null too: a question that is closed without an answer is shown to nobody
  if answer is null or answer not in ('corrected', 'right', 'ask') then
    return 'gone';
  end if;
  update public.dispute d set answer = assist_answer.answer, closed_on = today
    from public.participant p
    where d.id = question and d.closed_on is null and d.assisted and p.id = d.participant_id
      and public.assists(coach, coalesce(p.merged_into, p.id))
      and (d.about <> 'attendance' or assist_answer.answer <> 'corrected' or public.corrected_since(d.id))
    returning d.participant_id into person;
  if person is null then
    return 'gone';
  end if;
  perform public.record_of_coach(coach, person, 'answer', 'dispute', question, moment);
  return 'answered';
end $$;

-- Stop all texts to a participant's numbers in every programme that knows them, or let them go again. done; none: she has
-- no number; closed.
create function assist_texts(coach uuid, person uuid, stop boolean, moment timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  hers uuid[];
begin
  if not public.assists(coach, person) then
    return 'closed';
  end if;
  hers := array(select h.phone_number_id from public.participant_phone h
    where h.participant_id = person and h.to_on is null);
  if cardinality(hers) = 0 then
    return 'none';
  end if;
  -- locked in the order of their ids, as other stops do
  perform 1 from public.phone_number n
    where n.number_index in (select o.number_index from public.phone_number o where o.id = any(hers))
    order by n.id for no key update;
  if stop then
    update public.phone_number n set stopped_on = (moment at time zone r.time_zone)::date, resumed_at = null
      from public.phone_number o, public.programme r
      where o.id = any(hers) and r.id = n.programme_id and n.number_index = o.number_index and n.stopped_on is null;
  else
    update public.phone_number n set stopped_on = null, resumed_at = date_trunc('second', moment)
      where n.id = any(hers) and n.stopped_on is not null;
  end if;
  perform public.record_of_coach(coach, person, case when stop then 'stop_messages' else 'resume_messages' end,
    'participant', person, moment);
  return 'done';
end $$;

-- Open a participant's PIN: `code` is the HMAC of what the coach reads out. opened or closed.
create function assist_open_pin(coach uuid, person uuid, code bytea, expires timestamptz, moment timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if not public.assists(coach, person) or expires > moment + interval '10 minutes' then
    return 'closed';
  end if;
  insert into public.pin_opening as o (holder_id, code, opened_by, expires_at, tried, used)
    values (person, assist_open_pin.code, 'coach:' || coach, expires, '{}', false)
    on conflict (holder_id) do update set code = excluded.code, opened_by = excluded.opened_by,
      expires_at = excluded.expires_at, tried = '{}', used = false;
  perform public.record_of_coach(coach, person, 'open_pin', 'participant', person, moment);
  return 'opened';
end $$;

-- Make the number of a claim, whose row is `phone`, a participant's own, and end her earlier ones and her claims. `link`
-- is the id of the new link. confirmed; wrong: there is no such claim of hers any more; closed.
create function assist_confirm_number(coach uuid, person uuid, claim uuid, phone uuid, link uuid, moment timestamptz,
  today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if not public.assists(coach, person) then
    return 'closed';
  end if;
  delete from public.number_claim c using public.phone_number n
    where c.id = claim and c.participant_id = person and c.expires_at > moment and n.id = phone
      and n.programme_id = c.programme_id;
  if not found then
    return 'wrong';
  end if;
  delete from public.number_claim c where c.participant_id = person;
  insert into public.participant_phone (id, participant_id, phone_number_id, from_on) values (link, person, phone, today)
    on conflict (phone_number_id, participant_id) where to_on is null do nothing;
  update public.participant_phone h set to_on = today
    where h.participant_id = person and h.phone_number_id <> phone and h.to_on is null;
  -- the mark `private` was made for the number's earlier owner; the mark that others use it stays
  update public.phone_number n set sharing = 'unmarked' where n.id = phone and n.sharing = 'private';
  update public.participant p set contact = 'own' where p.id = person;
  perform public.record_of_coach(coach, person, 'confirm_number', 'participant', person, moment);
  return 'confirmed';
end $$;

-- Mark a participant's numbers as hers alone (private) or as used by others too (marked_shared). done; others: somebody
-- else is reached on one that is to be private; none: she has no number; closed.
create function assist_mark_phone(coach uuid, person uuid, mark text, moment timestamptz) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  hers uuid[];
begin
  if not public.assists(coach, person) or mark not in ('private', 'marked_shared') then
    return 'closed';
  end if;
  hers := array(select h.phone_number_id from public.participant_phone h
    where h.participant_id = person and h.to_on is null);
  if cardinality(hers) = 0 then
    return 'none';
  end if;
  if mark = 'private' and exists (
    select from public.participant_phone h join public.participant p on p.id = h.participant_id
    where h.phone_number_id = any(hers) and h.to_on is null and p.left_on is null and h.participant_id <> person
  ) then
    return 'others';
  end if;
  update public.phone_number n set sharing = mark where n.id = any(hers);
  perform public.record_of_coach(coach, person, 'mark_' || replace(mark, 'marked_', ''), 'phone_number', h, moment)
    from unnest(hers) h;
  return 'done';
end $$;

-- The open savings cycles of a training group's savings groups, with their names, for a coach of this group.
create function coached_cycles(coach uuid, of_group uuid) returns table (cycle uuid, name text) language sql stable
security definer set search_path = pg_catalog, public as $$
  select c.id, g.name::text from public.savings_group g
  join public.cycle c on c.savings_group_id = g.id and c.closed_on is null
  where g.training_group_id = of_group and public.meeting_actor(c.id, null, coached_cycles.coach) is not null
$$;

-- An officer's answer to a member's question about savings: answered; gone: it is answered already, about something else,
-- or the officer's own; refused: no officer of the group in which its member saves.
create function answer_member_question(person uuid, question uuid, answer text, moment timestamptz, today date)
returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  if answer is null or answer not in ('corrected', 'right', 'ask') or not exists (
    select from public.dispute d
    join public.savings_member m on m.participant_id = d.participant_id and m.to_on is null
    join public.savings_officer o
      on o.savings_group_id = m.savings_group_id and o.participant_id = person and o.to_on is null
    join public.savings_member s
      on s.savings_group_id = m.savings_group_id and s.participant_id = person and s.to_on is null
    join public.participant p on p.id = person and p.left_on is null
    where d.id = question
  ) then
    return 'refused';
  end if;
  update public.dispute d set answer = answer_member_question.answer, closed_on = today
    where d.id = question and d.closed_on is null and d.about in ('shares', 'loan', 'fine')
      and d.participant_id <> person;
  if not found then
    return 'gone';
  end if;
  insert into public.audit_entry (programme_id, at, who, what, subject, subject_id)
    select r.id, date_trunc('day', moment, r.time_zone), 'participant:' || person, 'answer', 'dispute', question::text
    from public.participant p join public.programme r on r.id = p.programme_id where p.id = person;
  return 'answered';
end $$;

revoke execute on function assists, coached_person, assisted_initials, assisted_session, record_of_coach,
  assist_check_in, assist_saving, assist_question, assist_answer, assist_texts, assist_open_pin, assist_confirm_number,
  assist_mark_phone, coached_cycles, answer_member_question from public;
