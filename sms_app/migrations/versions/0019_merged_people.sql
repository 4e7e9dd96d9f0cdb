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
