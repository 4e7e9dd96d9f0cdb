-- What a correction corrects was read out of its occasion until now: `corrects <id> <digest>`, then ` ambiguous` or
-- nothing; without a digest for a coach's. The occasion stays as it is, for it is part of the unique key.

alter table message
  add column corrects_id uuid, add column truth_digest varchar, add column ambiguous boolean not null default false;
update message set
    corrects_id = split_part(occasion, ' ', 2)::uuid,
    truth_digest = nullif(split_part(occasion, ' ', 3), ''),
    ambiguous = split_part(occasion, ' ', 4) = 'ambiguous'
  where kind in ('correction', 'coach_gathering', 'coach_roll')
    and occasion ~ '^corrects [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}( |$)';
alter table message
  add constraint fk_message_corrects_id foreign key (corrects_id) references message (id),
  add constraint ck_message_corrects check (corrects_id is not null or (truth_digest is null and not ambiguous));

-- As in revision 0011, and the new columns, too.
drop trigger plans_read_this on message;
create trigger plans_read_this after delete or truncate
  or update of programme_id, phone_number_id, kind, rule, subject_id, occasion, gathering_id, corrects_id, truth_digest,
    ambiguous
  on message for each statement execute function note_plan_change('message');
