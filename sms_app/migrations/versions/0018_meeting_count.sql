-- Revision 0018. A later change is a later revision: this file stays as it is.

-- A meeting is a draft until who enters it finishes it (entered_on), then waits for a second person.
alter table group_meeting add column entered_on date;
update group_meeting set entered_on = coalesce(confirmed_on, held_on);
alter table group_meeting
  add constraint ck_group_meeting_entered check (confirmed_on is null or entered_on is not null);
create unique index uq_group_meeting_draft on group_meeting (cycle_id, held_on) where entered_on is null;

-- What was typed of a meeting that is not confirmed yet: one line a member and kind. Loans, fines and the social fund
-- will be kinds of their own.
create table meeting_line (
  group_meeting_id uuid not null, participant_id uuid not null, kind varchar not null, amount bigint not null,
  shares integer, entered_by varchar not null, entered_on date not null,
  constraint pk_meeting_line primary key (group_meeting_id, participant_id, kind),
  constraint fk_meeting_line_group_meeting_id foreign key (group_meeting_id) references group_meeting (id),
  constraint fk_meeting_line_participant_id foreign key (participant_id) references participant (id),
  constraint ck_meeting_line_kind check (kind in ('saving')),
  constraint ck_meeting_line_amount check (amount >= 0),
  constraint ck_meeting_line_shares check (shares >= 0)
);
create index ix_meeting_line_participant_id on meeting_line (participant_id);

-- Who acts for a savings group's open cycle, as group_meeting names them: `participant:ID` for an officer of the group,
-- `coach:ID` for a coach of its training group who is not suspended; null for anybody else. Either person or coach is
-- given.
create function meeting_actor(cycle uuid, person uuid, coach uuid) returns text
language sql stable security definer set search_path = pg_catalog, public as $$
  select case
    when person is not null and exists (
      select from public.cycle c join public.savings_officer o on o.savings_group_id = c.savings_group_id
      join public.savings_member m on m.savings_group_id = o.savings_group_id and m.participant_id = o.participant_id
      join public.participant p on p.id = o.participant_id
      where c.id = meeting_actor.cycle and c.closed_on is null and o.participant_id = person and o.to_on is null
        and m.to_on is null and p.left_on is null
    ) then 'participant:' || person
    when coach is not null and exists (
      select from public.cycle c join public.savings_group g on g.id = c.savings_group_id
      join public.group_coach t on t.group_id = g.training_group_id and t.to_on is null
      join public.coach k on k.id = t.coach_id
      where c.id = meeting_actor.cycle and c.closed_on is null and k.id = meeting_actor.coach
        and k.suspended_on is null
    ) then 'coach:' || coach
  end
$$;

-- The day of the meeting that is entered now: that of the oldest draft that has lines or
-- is of the last seven days; else of the last planned meeting, or else of the
-- last check-in day, of the last seven days; else today.
create function meeting_day(cycle uuid, today date) returns date
language sql stable security definer set search_path = pg_catalog, public as $$
  select coalesce(
    (
      select min(m.held_on) from public.group_meeting m
      where m.cycle_id = c.id and m.entered_on is null
        and (m.held_on > today - 7 or exists (select from public.meeting_line l where l.group_meeting_id = m.id))
    ),
    (
      select max((p.starts_at at time zone r.time_zone)::date) from public.planned_meeting p
      where p.savings_group_id = g.id and p.cancelled_at is null
        and (p.starts_at at time zone r.time_zone)::date between today - 6 and today
    ),
    today - mod(7 + extract(isodow from today)::int - 1 - g.check_in_weekday, 7),
    today
  )
  from public.cycle c join public.savings_group g on g.id = c.savings_group_id
  join public.programme r on r.id = g.programme_id
  where c.id = meeting_day.cycle
$$;

-- The draft of a cycle's meeting of that day, or null. Whoever changes a meeting holds its cycle's row first.
create function meeting_draft(cycle uuid, today date) returns uuid
language sql stable security definer set search_path = pg_catalog, public as $$
  select m.id from public.group_meeting m
  where m.cycle_id = cycle and m.entered_on is null and m.held_on = public.meeting_day(cycle, today)
$$;

-- Keep what was typed for some numbers of the list: shares, or amounts in a group that saves freely; 0 where somebody
-- bought none. `meeting` is the id of a new draft. kept; unknown: a number is nobody's of the list; recorded: that day's
-- meeting is entered already; refused: neither an officer nor a coach of the group, or a value beyond the bounds.
create function enter_meeting_lines(cycle uuid, person uuid, coach uuid, meeting uuid, numbers int[], values_ bigint[],
  today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  of_cycle public.cycle;
  actor text;
  draft uuid;
  day date;
begin
  select * into of_cycle from public.cycle c where c.id = enter_meeting_lines.cycle for no key update;
  actor := public.meeting_actor(cycle, person, coach);
  if actor is null or exists (
    select from unnest(values_) v
    where v is null or v < 0 or v > case of_cycle.mode when 'shares' then of_cycle.most_shares else 10000000 end
  ) then
    return 'refused';
  end if;
  if exists (
    select from unnest(numbers) n where not exists (
      select from public.savings_member m
      where m.savings_group_id = of_cycle.savings_group_id and m.list_number = n and m.to_on is null
    )
  ) then
    return 'unknown';
  end if;
  day := public.meeting_day(cycle, today);
  draft := public.meeting_draft(cycle, today);
  if draft is null then
    if exists (select from public.group_meeting m where m.cycle_id = of_cycle.id and m.held_on = day) then
      return 'recorded';
    end if;
    insert into public.group_meeting (id, cycle_id, held_on, entered_by) values (meeting, of_cycle.id, day, actor);
    draft := meeting;
  end if;
  insert into public.meeting_line as l
    (group_meeting_id, participant_id, kind, amount, shares, entered_by, entered_on)
  select draft, m.participant_id, 'saving',
    case of_cycle.mode when 'shares' then t.value * of_cycle.share_value else t.value end,
    case of_cycle.mode when 'shares' then t.value end, actor, today
  from unnest(numbers, values_) as t (number, value)
  join public.savings_member m
    on m.savings_group_id = of_cycle.savings_group_id and m.list_number = t.number and m.to_on is null
  on conflict on constraint pk_meeting_line do update
    set amount = excluded.amount, shares = excluded.shares, entered_by = excluded.entered_by,
      entered_on = excluded.entered_on;
  return 'kept';
end $$;

-- Take a line of the draft away, and the draft when this was its last line. kept, also when there is none; or refused.
create function drop_meeting_line(cycle uuid, person uuid, coach uuid, number int, today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
  perform from public.cycle c where c.id = drop_meeting_line.cycle for no key update;
  if public.meeting_actor(cycle, person, coach) is null then
    return 'refused';
  end if;
  delete from public.meeting_line l using public.savings_member m, public.cycle c
  where c.id = drop_meeting_line.cycle and l.group_meeting_id = public.meeting_draft(c.id, today)
    and m.savings_group_id = c.savings_group_id and m.participant_id = l.participant_id
    and m.list_number = drop_meeting_line.number;
  delete from public.group_meeting g
  where g.id = public.meeting_draft(drop_meeting_line.cycle, today) and g.confirmed_on is null
    and not exists (select from public.meeting_line l where l.group_meeting_id = g.id);
  return 'kept';
end $$;

-- What the draft comes to: in a share group everyone on the list without a line bought one share.
create function meeting_total(cycle uuid, today date)
returns table (meeting uuid, held_on date, mode text, shares bigint, amount bigint, members bigint)
language sql stable security definer set search_path = pg_catalog, public as $$
  select public.meeting_draft(c.id, meeting_total.today), public.meeting_day(c.id, meeting_total.today), c.mode::text,
    coalesce(sum(case c.mode when 'shares' then coalesce(l.shares, 1) end), 0)::bigint,
    coalesce(sum(case c.mode when 'shares' then coalesce(l.amount, c.share_value) else l.amount end), 0)::bigint,
    count(*) filter (where c.mode = 'shares' or l.amount is not null)
  from public.cycle c
  join public.savings_member m
    on m.savings_group_id = c.savings_group_id and m.to_on is null and m.list_number is not null
  left join public.meeting_line l
    on l.group_meeting_id = public.meeting_draft(c.id, meeting_total.today) and l.participant_id = m.participant_id
    and l.kind = 'saving'
  where c.id = meeting_total.cycle
  group by c.id
$$;

-- Finish the draft with the totals that were read back; in a share group everyone without a line gets one of one share.
-- `meeting` is the id of a draft for a group in which nobody differs. finished; changed: it comes to something else
-- meanwhile; empty; recorded: that day's meeting is entered already; refused.
create function finish_meeting(cycle uuid, person uuid, coach uuid, meeting uuid, shares bigint, amount bigint,
  today date) returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  of_cycle public.cycle;
  actor text;
  draft uuid;
  total record;
begin
  select * into of_cycle from public.cycle c where c.id = finish_meeting.cycle for no key update;
  actor := public.meeting_actor(cycle, person, coach);
  if actor is null then
    return 'refused';
  end if;
  select * into total from public.meeting_total(cycle, today);
  draft := total.meeting;
  if draft is null then
    if exists (select from public.group_meeting m where m.cycle_id = of_cycle.id and m.held_on = total.held_on) then
      return 'recorded';
    end if;
    if of_cycle.mode = 'shares' and total.members > 0 then
      insert into public.group_meeting (id, cycle_id, held_on, entered_by)
        values (meeting, of_cycle.id, total.held_on, actor);
      draft := meeting;
    end if;
  end if;
  if draft is null or total.members = 0 then
    return 'empty';
  end if;
  if (total.shares, total.amount) is distinct from (finish_meeting.shares, finish_meeting.amount) then
    return 'changed';
  end if;
  -- who left the list since a line of hers was typed is not counted
  delete from public.meeting_line l where l.group_meeting_id = draft and not exists (
    select from public.savings_member m where m.savings_group_id = of_cycle.savings_group_id and m.to_on is null
      and m.participant_id = l.participant_id and m.list_number is not null
  );
  if of_cycle.mode = 'shares' then
    insert into public.meeting_line (group_meeting_id, participant_id, kind, amount, shares, entered_by, entered_on)
    select draft, m.participant_id, 'saving', of_cycle.share_value, 1, actor, today from public.savings_member m
    where m.savings_group_id = of_cycle.savings_group_id and m.to_on is null and m.list_number is not null
    on conflict on constraint pk_meeting_line do nothing;
  end if;
  update public.group_meeting m set entered_by = actor, entered_on = today where m.id = draft;
  return 'finished';
end $$;

-- Whether somebody had a hand in entering a meeting: finished it, typed one of its lines, or is the coach who did, on the
-- same number.
create function entered_meeting(meeting uuid, actor text) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (
    select from (
      select m.entered_by from public.group_meeting m where m.id = meeting
      union all select l.entered_by from public.meeting_line l where l.group_meeting_id = meeting
    ) e
    where e.entered_by = actor or exists (
      select from public.coach k join public.participant_phone h on h.phone_number_id = k.phone_number_id
      where h.to_on is null and e.entered_by = 'coach:' || k.id and actor = 'participant:' || h.participant_id
    )
  )
$$;

-- A second officer's answer to a meeting that waits, with the totals that were read to them. confirmed: its lines are in
-- the ledger now; given_back: it is a draft again; own: who entered it can't answer; gone: it does not wait, or comes to
-- something else; refused: no officer of the group.
create function answer_meeting(meeting uuid, person uuid, agrees boolean, shares bigint, amount bigint, today date)
returns text
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  of_meeting public.group_meeting;
  actor text;
begin
  perform from public.cycle c join public.group_meeting m on m.cycle_id = c.id where m.id = meeting
    for no key update of c;
  select * into of_meeting from public.group_meeting m where m.id = meeting for update;
  actor := public.meeting_actor(of_meeting.cycle_id, person, null);
  if actor is null then
    return 'refused';
  end if;
  if of_meeting.entered_on is null or of_meeting.confirmed_on is not null or not exists (
    select from public.meeting_line l where l.group_meeting_id = meeting
    having coalesce(sum(l.shares), 0) = answer_meeting.shares and sum(l.amount) = answer_meeting.amount
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

revoke all on function meeting_actor, meeting_day, meeting_draft, meeting_total, entered_meeting, enter_meeting_lines,
  drop_meeting_line, finish_meeting, answer_meeting from public;
