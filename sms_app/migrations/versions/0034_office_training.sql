-- Revision 0034. A later change is a later revision: this file stays as it is.

-- Why the office corrected a roll: which list numbers it said to be what, who said so and when.
create table roll_correction (
  id uuid not null, training_session_id uuid not null, said varchar not null, list_numbers integer[] not null,
  reason varchar not null, who varchar not null, made_at timestamp with time zone not null,
  constraint pk_roll_correction primary key (id),
  constraint fk_roll_correction_training_session_id foreign key (training_session_id)
    references training_session (id),
  constraint ck_roll_correction_said check (said in ('present', 'late', 'absent', 'excused')),
  constraint ck_roll_correction_reason check (reason in ('paper', 'coach', 'participant', 'mistyped', 'other'))
);
create index ix_roll_correction_training_session_id on roll_correction (training_session_id);

-- Store a roll that the office enters: these list numbers were absent, late and excused, everyone else on the list was
-- present. `seen` is the outcome of the roll that the office saw: empty for no roll, or not_held, which this replaces.
-- `stored`; `closed`: the session has not begun, or is cancelled; `recorded`: its roll is no longer what was seen;
-- `changed`: the numbers do not fit the list, or not the headcount.
create function enter_roll_by_office(
  programme integer, session uuid, absent integer[], late integer[], excused integer[], headcount integer, seen text,
  moment timestamptz, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  outcome text;
  listed bigint;
begin
  perform public.lock_roll(session);
  if not exists (
    select from public.training_session s
    where s.id = session and s.programme_id = programme and s.starts_at <= moment and s.cancelled_at is null
  ) then
    return 'closed';
  end if;
  select r.outcome into outcome from public.roll r where r.training_session_id = session;
  if coalesce(outcome, '') is distinct from seen or outcome = 'held' then
    return 'recorded';
  end if;
  perform public.fix_session_list(session, moment);
  select count(*) into listed from public.session_list l where l.training_session_id = session;
  if absent is null or late is null or excused is null or headcount is null or listed = 0
    or listed <> headcount + cardinality(absent) + cardinality(excused)
    or (select count(*) from public.session_list l
      where l.training_session_id = session and l.list_number = any(absent || late || excused))
      <> cardinality(absent) + cardinality(late) + cardinality(excused)
  then
    return 'changed';
  end if;
  insert into public.roll as r (training_session_id, coach_id, outcome, headcount, taken_on)
    values (session, null, 'held', enter_roll_by_office.headcount, today)
    on conflict (training_session_id) do update set coach_id = null, outcome = 'held', reason = null,
      headcount = excluded.headcount, changed_on = today;
  insert into public.attendance (training_session_id, participant_id, status, source, assisted, recorded_on)
    select session, l.participant_id, case when l.list_number = any(absent) then 'absent'
      when l.list_number = any(late) then 'late' when l.list_number = any(excused) then 'excused'
      else 'present' end, 'staff', false, today
    from public.session_list l where l.training_session_id = session
    on conflict (training_session_id, participant_id, source)
    do update set status = excluded.status, recorded_on = excluded.recorded_on, corrected_on = null;
  perform public.raise_follow_ups(session, today);
  return 'stored';
end $$;

-- Store that a session was not held, and why, as the office says. `closed`: it has not begun, or is cancelled;
-- `recorded`: it has a roll by now.
create function not_held_by_office(programme integer, session uuid, why text, moment timestamptz, today date)
returns text language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform public.lock_roll(session);
  if not exists (
    select from public.training_session s
    where s.id = session and s.programme_id = programme and s.starts_at <= moment and s.cancelled_at is null
  ) then
    return 'closed';
  end if;
  if exists (select from public.roll r where r.training_session_id = session) then
    return 'recorded';
  end if;
  insert into public.roll (training_session_id, outcome, reason, taken_on) values (session, 'not_held', why, today);
  return 'stored';
end $$;

-- What group_meeting calls an account of the console that may count meetings; null for anybody else.
create function office_actor(programme integer, account uuid) returns text language sql stable security definer
set search_path = pg_catalog, public as $$
  select 'console:' || a.email from public.account a
  where a.id = account and a.programme_id = programme and a.disabled_on is null
    and a.role in ('officer', 'supervisor')
$$;

-- Whether an account of the office may write a meeting's draft: nobody else has typed any of it.
create function is_office_draft(meeting uuid) returns boolean language sql stable security definer
set search_path = pg_catalog, public as $$
  select not exists (
    select from (
      select m.entered_by from public.group_meeting m where m.id = meeting
      union all select l.entered_by from public.meeting_line l where l.group_meeting_id = meeting
    ) e where e.entered_by not like 'console:%'
  )
$$;

-- Enter a meeting's count that the office has on paper: a value for each number of the group's list (shares, or an
-- amount where the group saves freely; 0 for who saved nothing), and the sum that the paper has. It waits for another
-- account then. `meeting` is the id of a new meeting. `finished`, also when this very count was entered before;
-- `differs`: the values come to another sum; `unknown`: the numbers are not those of the list; `begun`: the group's
-- officers or its coach are entering it; `recorded`: the meeting of that day is entered already; `refused`: the account
-- may not, the cycle is not open, the day does not fit, or a value is beyond the bounds.
create function enter_meeting_by_office(
  programme integer, account uuid, cycle uuid, meeting uuid, held_on date, numbers integer[], values_ bigint[],
  total bigint, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  of_cycle public.cycle;
  actor text := public.office_actor(programme, account);
  draft uuid;
begin
  select c.* into of_cycle from public.cycle c join public.savings_group g on g.id = c.savings_group_id
    where c.id = enter_meeting_by_office.cycle and c.closed_on is null and g.programme_id = programme
    for no key update of c;
  if of_cycle.id is null or actor is null or held_on is null or held_on > today or held_on < of_cycle.opened_on
    or cardinality(numbers) is distinct from cardinality(values_) or exists (
      select from unnest(values_) v
      where v is null or v < 0 or v > case of_cycle.mode when 'shares' then of_cycle.most_shares else 10000000 end)
  then
    return 'refused';
  end if;
  if exists (select from public.group_meeting m
    where m.id = meeting and m.cycle_id = of_cycle.id and m.entered_by = actor and m.entered_on is not null)
  then
    return 'finished';
  end if;
  if cardinality(numbers) = 0 or array(select n from unnest(numbers) n order by n) is distinct from array(
    select m.list_number from public.savings_member m where m.savings_group_id = of_cycle.savings_group_id
      and m.to_on is null and m.list_number is not null order by m.list_number)
  then
    return 'unknown';
  end if;
  if (select sum(v) from unnest(values_) v) is distinct from total then
    return 'differs';
  end if;
  select m.id into draft from public.group_meeting m where m.cycle_id = of_cycle.id
    and m.held_on = enter_meeting_by_office.held_on and m.entered_on is null;
  if draft is null and exists (select from public.group_meeting m
    where m.cycle_id = of_cycle.id and m.held_on = enter_meeting_by_office.held_on)
  then
    return 'recorded';
  end if;
  if draft is not null and not public.is_office_draft(draft) then
    return 'begun';
  end if;
  if draft is null then
    draft := meeting;
    insert into public.group_meeting (id, cycle_id, held_on, entered_by)
      values (meeting, of_cycle.id, enter_meeting_by_office.held_on, actor);
  end if;
  delete from public.meeting_line l where l.group_meeting_id = draft;
  insert into public.meeting_line
    (group_meeting_id, participant_id, kind, amount, shares, entered_by, entered_on)
  select draft, m.participant_id, 'saving',
    case of_cycle.mode when 'shares' then t.value * of_cycle.share_value else t.value end,
    case of_cycle.mode when 'shares' then t.value end, actor, today
  from unnest(numbers, values_) as t (number, value)
  join public.savings_member m
    on m.savings_group_id = of_cycle.savings_group_id and m.list_number = t.number and m.to_on is null;
  update public.group_meeting m set entered_by = actor, entered_on = today where m.id = draft;
  return 'finished';
end $$;

-- Settle a meeting that waits, with the totals that the second person agrees with, or not. The caller has checked that
-- `actor` may answer, and holds the cycle's row. Outcomes as of answer_meeting.
create function settle_meeting(meeting uuid, actor text, agrees boolean, shares bigint, amount bigint, today date)
returns text language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  of_meeting public.group_meeting;
begin
  select * into of_meeting from public.group_meeting m where m.id = meeting for update;
  if of_meeting.entered_on is null or of_meeting.confirmed_on is not null or not exists (
    select from public.meeting_line l where l.group_meeting_id = meeting
    having coalesce(sum(l.shares), 0) = settle_meeting.shares and sum(l.amount) = settle_meeting.amount
  ) then
    return 'gone';
  end if;
  if public.entered_meeting(meeting, actor) then
    return 'own';
  end if;
  if not agrees then
    update public.group_meeting m set entered_on = null where m.id = meeting;
    return 'given_back';
  end if;
  insert into public.contribution
    (id, cycle_id, participant_id, amount, shares, source, group_meeting_id, week_of, recorded_on, assisted)
  select gen_random_uuid(), of_meeting.cycle_id, l.participant_id, l.amount, l.shares, 'meeting', meeting,
    of_meeting.held_on - (extract(isodow from of_meeting.held_on)::int - 1), today, false
  from public.meeting_line l where l.group_meeting_id = meeting and l.kind = 'saving';
  delete from public.meeting_line l where l.group_meeting_id = meeting;
  update public.group_meeting m set confirmed_by = actor, confirmed_on = today where m.id = meeting;
  return 'confirmed';
end $$;

-- As in revision 0018, with what settles a meeting in a function of its own.
create or replace function answer_meeting(
  meeting uuid, person uuid, agrees boolean, shares bigint, amount bigint, today date
) returns text language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  actor text;
begin
  perform from public.cycle c join public.group_meeting m on m.cycle_id = c.id where m.id = meeting
    for no key update of c;
  actor := public.meeting_actor(
    (select m.cycle_id from public.group_meeting m where m.id = meeting), person, null);
  if actor is null then
    return 'refused';
  end if;
  return public.settle_meeting(meeting, actor, agrees, shares, amount, today);
end $$;

-- A second account's answer to a count that another account entered. `total` is the sum that the second account has
-- from the paper (shares, or an amount where the group saves freely), null to give the count back, which deletes it: the
-- office types it anew. `differs`: the count has another sum, and nothing is changed; `refused`: the account may not, or
-- no account entered it. Other outcomes as of answer_meeting.
create function answer_meeting_by_office(programme integer, account uuid, meeting uuid, total bigint, today date)
returns text language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  actor text := public.office_actor(programme, account);
  sums record;
begin
  perform from public.cycle c join public.group_meeting m on m.cycle_id = c.id where m.id = meeting
    for no key update of c;
  select c.mode, m.entered_on is not null and m.confirmed_on is null as waits,
    coalesce(sum(l.shares), 0)::bigint as shares, sum(l.amount)::bigint as amount into sums
  from public.group_meeting m join public.cycle c on c.id = m.cycle_id and c.closed_on is null
  join public.savings_group g on g.id = c.savings_group_id and g.programme_id = programme
  left join public.meeting_line l on l.group_meeting_id = m.id
  where m.id = meeting and public.is_office_draft(m.id) group by c.mode, m.entered_on, m.confirmed_on;
  if actor is null or sums.mode is null then
    return 'refused';
  end if;
  if not sums.waits then
    return 'gone';
  end if;
  if public.entered_meeting(meeting, actor) then
    return 'own';
  end if;
  if total is distinct from (case sums.mode when 'shares' then sums.shares else sums.amount end) and total is not null
  then
    return 'differs';
  end if;
  if total is null then
    delete from public.meeting_line l where l.group_meeting_id = meeting;
    delete from public.group_meeting m where m.id = meeting;
    return 'given_back';
  end if;
  return public.settle_meeting(meeting, actor, true, sums.shares, sums.amount, today);
end $$;

revoke all on function enter_roll_by_office, not_held_by_office, office_actor, is_office_draft,
  enter_meeting_by_office, settle_meeting, answer_meeting_by_office from public;
