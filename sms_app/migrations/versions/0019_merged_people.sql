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

-- From the day of a suspension on a coach gets no text, so a plan reads it.
drop trigger plans_read_this on coach;
create trigger plans_read_this
  after insert or delete or truncate or update of id, phone_number_id, suspended_on on coach
  for each statement execute function note_plan_change('coach');
