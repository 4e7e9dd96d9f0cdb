-- Revision 0037. A later change is a later revision: this file stays as it is.

-- Whether a session has no roll yet, so that the missing ones are found by an index and not by comparing all sessions of
-- two months with all rolls. A trigger writes it; no role does.
alter table training_session add column awaits_roll boolean default true not null;
update training_session s set awaits_roll = false
where exists (select from roll r where r.training_session_id = s.id);

create index ix_training_session_awaits_roll on training_session (programme_id, starts_at)
  where awaits_roll and cancelled_at is null;
create index ix_roll_not_held on roll (training_session_id) where outcome = 'not_held';

-- Whether somebody checked in herself at a session whom its roll calls absent or excused, or that was not held. It stays
-- when the office has decided: it says where to look, so that not every check-in of two months is compared. Triggers
-- write it; no role does.
alter table training_session add column mismatched boolean default false not null;
update training_session s set mismatched = true
where exists (
  select from attendance a where a.training_session_id = s.id and a.source = 'self' and (
    exists (
      select from attendance b where b.training_session_id = s.id and b.participant_id = a.participant_id
        and b.source <> 'self' and b.status in ('absent', 'excused'))
    or exists (select from roll r where r.training_session_id = s.id and r.outcome = 'not_held')));

create function note_mismatch() returns trigger language plpgsql security definer
set search_path = pg_catalog, public as $$
begin
  -- of two that contradict each other at the same moment the second sees the first
  perform from public.training_session
    where id = new.training_session_id and not mismatched for no key update;
  update public.training_session s set mismatched = true
  where s.id = new.training_session_id and not s.mismatched and (
    exists (
      select from public.attendance o
      where o.training_session_id = new.training_session_id and o.participant_id = new.participant_id
        and (o.source = 'self') <> (new.source = 'self')
        and (o.source = 'self' or o.status in ('absent', 'excused')))
    or (new.source = 'self' and exists (
      select from public.roll r where r.training_session_id = new.training_session_id and r.outcome = 'not_held')));
  return null;
end $$;
revoke execute on function note_mismatch from public;
create trigger note_mismatch after insert or update of status on attendance for each row
  when (new.source = 'self' or new.status in ('absent', 'excused')) execute function note_mismatch();
create function note_roll() returns trigger language plpgsql security definer
set search_path = pg_catalog, public as $$
begin
  perform from public.training_session where id = new.training_session_id for no key update;
  update public.training_session set awaits_roll = false where id = new.training_session_id and awaits_roll;
  if new.outcome = 'not_held' then
    update public.training_session s set mismatched = true
    where s.id = new.training_session_id and not s.mismatched and exists (
      select from public.attendance a where a.training_session_id = new.training_session_id and a.source = 'self');
  end if;
  return null;
end $$;
revoke execute on function note_roll from public;
create trigger note_roll after insert or update of outcome on roll for each row execute function note_roll();
create index ix_training_session_mismatched on training_session (programme_id, starts_at) where mismatched;

create index ix_phone_number_stopped on phone_number (programme_id, stopped_on desc) where stopped_on is not null;
create index ix_participant_phone_former on participant_phone (phone_number_id) where to_on is not null;
-- the texts that wait for somebody, by her numbers
create index ix_message_waiting on message (phone_number_id) where status in ('planned', 'queued');
