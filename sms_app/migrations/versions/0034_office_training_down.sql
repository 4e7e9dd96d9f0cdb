-- Takes revision 0034 back: `answer_meeting` is as in revision 0018.
drop function answer_meeting_by_office, enter_meeting_by_office, is_office_draft, office_actor, not_held_by_office,
  enter_roll_by_office;
create or replace function answer_meeting(meeting uuid, person uuid, agrees boolean, shares bigint, amount bigint, today date)
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
drop function settle_meeting;
drop table roll_correction;
