-- Back from revision 0027: requests and withdrawn keys have no programme, and the functions are those of 0022 and 0023.
delete from private.request r where exists (
  select from private.request other where other.id = r.id and other.programme_id < r.programme_id
);
delete from private.inbox i where exists (select from private.request r where r.id = i.id);
alter table private.inbox drop column programme_id;
alter table private.request drop column programme_id, add constraint pk_request primary key (id);
delete from private.withdrawn_key w where exists (
  select from private.withdrawn_key other
  where other.fingerprint = w.fingerprint and other.programme_id < w.programme_id
);
alter table private.withdrawn_key drop column programme_id,
  add constraint pk_withdrawn_key primary key (fingerprint);

create or replace function rewrite_requests() returns void language plpgsql security definer
set search_path = pg_catalog set lock_timeout = '200ms' as $$
declare
  ids bytea[];
  envelopes bytea[];
begin
  -- in a transaction with a snapshot of earlier, the rows that came since would be destroyed unseen
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the rewrite runs in read committed only' using errcode = 'invalid_transaction_state';
  end if;
  lock table private.inbox, private.request in access exclusive mode;
  select array_agg(mixed.id order by mixed.at), array_agg(mixed.envelope order by mixed.at) into ids, envelopes
  from (
    select waiting.id, waiting.envelope, random() as at
    from (table private.inbox union all table private.request) waiting
  ) mixed;
  truncate private.inbox, private.request;
  insert into private.request (id, envelope) select * from unnest(ids, envelopes)
    -- who broke into `web` may insert an id of its own again, and must not stop the rewrite by that
    on conflict do nothing;
end $$;

create or replace function record_outcome(entry uuid, worker uuid, request bytea, said text, today date) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  state private.request_state;
begin
  if not exists (select from private.caseworker c where c.id = worker and c.disabled_on is null)
    or not exists (select from private.request r where r.id = request)
  then
    return 'unknown';
  end if;
  insert into private.request_state (request_id, calls, kept) values (request, 0, false) on conflict do nothing;
  select s.* into state from private.request_state s where s.request_id = request for update;
  if exists (select from private.outcome o where o.id = entry) then
    return 'recorded';
  elsif state.kept
    or said <> 'D' and exists (select from private.outcome o where o.request_id = request and o.code = 'X')
  then
    return 'closed';
  elsif said not in ('D', 'X') and state.taken_by <> worker then
    return 'taken';
  end if;
  insert into private.outcome (id, request_id, n, caseworker_id, code, on_day)
    select entry, request, count(*) + 1, worker, said, today from private.outcome o where o.request_id = request;
  state.calls := case said when 'A' then state.calls + 1 when 'F' then 1 else state.calls end;
  update private.request_state s set
    taken_by = case said when 'H' then null else worker end,
    calls = state.calls,
    kept = said = 'D',
    closed_on = case
      when said in ('R', 'E', 'X', 'D') or said = 'A' and state.calls >= 2 then today
      when said in ('F', 'M', 'H') then null
      else s.closed_on end
    where s.request_id = request;
  return 'recorded';
end $$;
