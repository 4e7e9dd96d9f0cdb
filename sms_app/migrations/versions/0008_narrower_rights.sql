-- Revision 0008. A later change is a later revision: this file stays as it is.

-- A reversal takes back one whole entry: of the same source, person, cycle and week. So who may only enter what members
-- say cannot take back what a meeting counted. Only reversals are looked at.
create function reverse_the_same() returns trigger language plpgsql as $$
begin
  if not exists (
    select from public.contribution e
    where e.id = new.reverses and e.reverses is null and e.source = new.source and e.cycle_id = new.cycle_id
      and e.participant_id = new.participant_id and e.week_of = new.week_of and e.amount = -new.amount
      and e.shares is not distinct from -new.shares
  ) then
    raise exception 'a reversal is of one whole entry' using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger reverses_the_same before insert on contribution
  for each row when (new.reverses is not null) execute function reverse_the_same();

-- Who may not write messages, which is web, may move one only as a delivery report does (messaging/reports.py).
create function move_as_a_report() returns trigger language plpgsql as $$
begin
  if old.status in ('sent', 'unknown', 'failed', 'delivered')
    and (new.status in (old.status, 'delivered')
      or (new.status = 'failed' and old.status <> 'delivered')
      or (new.status = 'sent' and old.status = 'unknown'))
    and (new.reason is null or new.status = 'failed' or new.reason is not distinct from old.reason)
    and (old.open or not new.open)
    and (new.sent_at is not distinct from old.sent_at or (old.sent_at is null and new.sent_at = old.claimed_at))
    and (new.provider_id is not distinct from old.provider_id
      or (old.provider_id is null and old.status = 'unknown' and old.open))
  then
    return new;
  end if;
  raise exception 'no report moves a message so' using errcode = 'insufficient_privilege';
end $$;
create trigger moves_as_a_report before update on message
  for each row when (not has_table_privilege('public.message', 'insert')) execute function move_as_a_report();

-- Who may not make participants, which is web, may set a PIN only while a coach's code for it is there.
create function pin_was_opened() returns trigger language plpgsql as $$
begin
  if not exists (select from public.pin_opening o where o.participant_id = new.id) then
    raise exception 'no coach opened this PIN' using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;
create trigger pin_was_opened before update of pin on participant
  for each row
  when (new.pin is distinct from old.pin and not has_table_privilege('public.participant', 'insert'))
  execute function pin_was_opened();

-- What was seen goes as dialogues do: what goes on is put into a new file. Texts are kept for a day, so their file is
-- made anew only when more than half of it is empty. The clock does it as the owner.
create function sweep_seen(last_event timestamptz, last_text timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  events public.ussd_event_seen[];
  texts public.inbound_message_seen[];
begin
  if exists (select from public.ussd_event_seen where seen_at <= last_event) then
    lock table public.ussd_event_seen in access exclusive mode;
    events := array(select e from public.ussd_event_seen e where seen_at > last_event);
    truncate public.ussd_event_seen;
    insert into public.ussd_event_seen select (unnest(events)).*;
  end if;
  delete from public.inbound_message_seen where seen_at <= last_text;
  if pg_relation_size('public.inbound_message_seen')
    > 8192 * (16 + (select count(*) from public.inbound_message_seen) / 50) then
    lock table public.inbound_message_seen in access exclusive mode;
    texts := array(select t from public.inbound_message_seen t);
    truncate public.inbound_message_seen;
    insert into public.inbound_message_seen select (unnest(texts)).*;
  end if;
end $$;
