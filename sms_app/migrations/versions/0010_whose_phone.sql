-- Who uses a phone: what a phone or a coach marked, instead of a yes that also meant "nobody marked it yet".

alter table phone_number add column sharing varchar;
update phone_number set sharing = case when shared then 'unmarked' else 'private' end;
alter table phone_number
  alter column sharing set not null,
  add constraint ck_phone_number_sharing check (sharing in ('unmarked', 'marked_shared', 'private')),
  drop column shared;

-- A member number that was typed with a session's right code on a phone that is nobody's, and matches nobody of that
-- session's group: the coach looks at it. No number of a phone, and no time but the day.

create table unmatched_check_in (
  training_session_id uuid not null, member_number varchar not null, recorded_on date not null,
  constraint pk_unmatched_check_in primary key (training_session_id, member_number),
  constraint fk_unmatched_check_in_training_session_id foreign key (training_session_id)
    references training_session(id)
);
