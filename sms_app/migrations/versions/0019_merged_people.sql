-- Revision 0019. A later change is a later revision: this file stays as it is.

-- Who has a member number now: the participant whose own it is, or the one that this participant was merged into.
-- Null when that is nobody, or somebody who left.
create function member_of(programme integer, number varchar) returns uuid language sql stable as $$
  select k.id
  from public.participant p join public.participant k on k.id = coalesce(p.merged_into, p.id)
  where p.programme_id = programme and p.member_number = number and k.left_on is null
$$;

-- Under which ids something of a participant is stored: the own one, and those of the participants merged into it.
create function ids_of(person uuid) returns table (id uuid) language sql stable as $$
  select person union all select p.id from public.participant p where p.merged_into = person
$$;

-- Whose PIN it is, as revision 0017 has it; a merged participant's member number is the other one's.
create or replace view pin_holder as
  select k.id, p.programme_id, p.member_number::text as number, k.pin
  from participant p join participant k on k.id = coalesce(p.merged_into, p.id)
  where k.left_on is null
  union all
  select id, programme_id, 'coach:' || id::text, pin from coach where suspended_on is null;

-- From the day of a suspension on a coach gets no text, so a plan reads it.
drop trigger plans_read_this on coach;
create trigger plans_read_this
  after insert or delete or truncate or update of id, phone_number_id, suspended_on on coach
  for each statement execute function note_plan_change('coach');

-- The numbers of each group's coaches of now, without those of suspended coaches.
create or replace view coach_phone with (security_invoker = true) as
  select k.group_id, c.phone_number_id
  from group_coach k join coach c on c.id = k.coach_id
  where k.to_on is null and c.phone_number_id is not null and c.suspended_on is null;

-- The coaches whom a broadcast is for, by the groups that they have now; `phone_number_id` is null without a number.
create or replace function broadcast_coaches(of_programme int, roles text[], groups int[], sectors text[])
returns table (coach_id uuid, phone_number_id uuid) language sql stable as $$
  select c.id, c.phone_number_id
  from coach c
  where c.programme_id = of_programme and c.suspended_on is null and 'coach' = any(roles) and (
    (groups = '{}' and sectors = '{}') or exists (
      select from group_coach k join training_group g on g.id = k.group_id
      where k.coach_id = c.id and k.to_on is null
        and (groups = '{}' or g.number = any(groups))
        and (sectors = '{}' or g.sector = any(sectors))))
$$;

-- Whether somebody had a hand in entering a meeting, as in revision 0018; what a participant who was merged entered, the
-- other one entered.
create or replace function entered_meeting(meeting uuid, actor text) returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  with hers as (
    -- under which ids the participant is stored; none for a coach
    select i.id from public.ids_of(case when actor like 'participant:%' then substr(actor, 13)::uuid end) i
  )
  select exists (
    select from (
      select m.entered_by from public.group_meeting m where m.id = meeting
      union all select l.entered_by from public.meeting_line l where l.group_meeting_id = meeting
    ) e
    where e.entered_by = actor or exists (select from hers h where e.entered_by = 'participant:' || h.id) or exists (
      select from public.coach k join public.participant_phone n on n.phone_number_id = k.phone_number_id
      where n.to_on is null and e.entered_by = 'coach:' || k.id and n.participant_id in (select h.id from hers h)
    )
  )
$$;
