-- Who uses a phone: what a phone or a coach marked, instead of a yes that also meant "nobody marked it yet".

alter table phone_number add column sharing varchar;
update phone_number set sharing = case when shared then 'unmarked' else 'private' end;
alter table phone_number
  alter column sharing set not null,
  add constraint ck_phone_number_sharing check (sharing in ('unmarked', 'marked_shared', 'private')),
  drop column shared;

-- Only a coach says that a number is hers alone, by a command; a phone can only mark it as shared. Who may not write the
-- audit trail is no command.
create function only_a_coach_unmarks() returns trigger language plpgsql as $$
begin
  raise exception 'a phone can only be marked as shared' using errcode = 'insufficient_privilege';
end $$;
create trigger only_a_coach_unmarks before update of sharing on phone_number
  for each row
  when (new.sharing <> old.sharing and new.sharing <> 'marked_shared'
    and not has_table_privilege('public.audit_entry', 'insert'))
  execute function only_a_coach_unmarks();
create trigger only_a_coach_marks_private before insert on phone_number
  for each row
  when (new.sharing = 'private' and not has_table_privilege('public.audit_entry', 'insert'))
  execute function only_a_coach_unmarks();

-- Who may not write the audit trail, which is web, only says of members themselves that they are there.
create function only_a_coach_says_absent() returns trigger language plpgsql as $$
begin
  raise exception 'a phone only checks its member in' using errcode = 'insufficient_privilege';
end $$;
create trigger only_a_coach_says_absent before insert on attendance
  for each row
  when ((new.source <> 'self' or new.status <> 'present' or new.assisted)
    and not has_table_privilege('public.audit_entry', 'insert'))
  execute function only_a_coach_says_absent();

-- A member number that was typed with a session's right code on a phone that is nobody's, and matches nobody of that
-- session's group: the coach looks at it. No number of a phone, and no time but the day.

create table unmatched_check_in (
  training_session_id uuid not null, member_number varchar not null, recorded_on date not null,
  constraint pk_unmatched_check_in primary key (training_session_id, member_number),
  constraint fk_unmatched_check_in_training_session_id foreign key (training_session_id)
    references training_session(id)
);
