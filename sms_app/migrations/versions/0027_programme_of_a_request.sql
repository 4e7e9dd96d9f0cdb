-- Revision 0027. A later change is a later revision: this file stays as it is.

-- Each request has its programme, so that the console of one shows no row of another. The inbox gets no foreign key: it
-- would lock the programme's row, and leave the transaction id of a request there.
--
-- Nobody can tell whose an earlier request is, since it is sealed. It goes to the only programme that ever had a roster;
-- of several each gets a copy, as each saw it before, and only the right one's caseworkers can open it.
do $$
declare
  programmes integer[];
  ids bytea[];
  envelopes bytea[];
begin
  lock table private.inbox, private.request in access exclusive mode;
  select array_agg(mixed.programme_id order by mixed.at), array_agg(mixed.id order by mixed.at),
    array_agg(mixed.envelope order by mixed.at)
    into programmes, ids, envelopes
  from (
    select p.id as programme_id, waiting.id, waiting.envelope, random() as at
    from (table private.inbox union all table private.request) waiting
    cross join public.programme p
    where exists (select from private.roster r where r.programme_id = p.id)
      or not exists (select from private.roster)
  ) mixed;
  truncate private.inbox, private.request;
  alter table private.inbox add column programme_id integer not null;
  alter table private.request add column programme_id integer not null,
    drop constraint pk_request, add constraint pk_request primary key (programme_id, id);
  insert into private.request (programme_id, id, envelope) select * from unnest(programmes, ids, envelopes)
    on conflict do nothing;
end $$;
alter table private.inbox alter column programme_id set statistics 0;
alter table private.request alter column programme_id set statistics 0;

-- Move the inbox to the requests, and rewrite both in random order into new files, those of all programmes together:
-- then no transaction id and no place in a file tells when a row came or beside which one. It gives up after 200 ms when
-- another connection holds a table, since each hop that stores a request would wait behind it. It returns nothing, also
-- not how many rows there are.
create or replace function rewrite_requests() returns void language plpgsql security definer
set search_path = pg_catalog set lock_timeout = '200ms' as $$
declare
  programmes integer[];
  ids bytea[];
  envelopes bytea[];
begin
  -- in a transaction with a snapshot of earlier, the rows that came since would be destroyed unseen
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'the rewrite runs in read committed only' using errcode = 'invalid_transaction_state';
  end if;
  lock table private.inbox, private.request in access exclusive mode;
  select array_agg(mixed.programme_id order by mixed.at), array_agg(mixed.id order by mixed.at),
    array_agg(mixed.envelope order by mixed.at)
    into programmes, ids, envelopes
  from (
    select waiting.programme_id, waiting.id, waiting.envelope, random() as at
    from (
      select i.programme_id, i.id, i.envelope from private.inbox i
      union all select r.programme_id, r.id, r.envelope from private.request r
    ) waiting
  ) mixed;
  truncate private.inbox, private.request;
  insert into private.request (programme_id, id, envelope) select * from unnest(programmes, ids, envelopes)
    -- who broke into `web` may insert an id of its own again, and must not stop the rewrite by that
    on conflict do nothing;
end $$;

-- Record what came of a request, as revision 0023 says; a caseworker records it for requests of their own programme only.
create or replace function record_outcome(entry uuid, worker uuid, request bytea, said text, today date) returns text
language plpgsql security definer set search_path = pg_catalog as $$
declare
  state private.request_state;
begin
  if not exists (
    select from private.caseworker c join private.request r on r.programme_id = c.programme_id
    where c.id = worker and c.disabled_on is null and r.id = request
  ) then
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

-- A key is withdrawn in a programme, so that a caseworker's download has no fingerprint of another one's. Which keys were
-- withdrawn before stay so in all.
alter table private.withdrawn_key add column programme_id integer, drop constraint pk_withdrawn_key;
insert into private.withdrawn_key (programme_id, fingerprint, withdrawn_on)
  select p.id, w.fingerprint, w.withdrawn_on from private.withdrawn_key w cross join programme p;
delete from private.withdrawn_key where programme_id is null;
alter table private.withdrawn_key alter column programme_id set not null,
  add constraint pk_withdrawn_key primary key (programme_id, fingerprint),
  add constraint fk_withdrawn_key_programme_id foreign key (programme_id) references programme (id);
